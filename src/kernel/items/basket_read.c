/*
 * basket_read.c: what a basket says as of a day.
 */
#include <math.h>

#include "kernel/items/basket.h"

static inline uint32_t
weight_of_day(int32_t day, int32_t as_of, int32_t half_life_days)
{
	return half_life_days == 0 ? 1 : item_weight((int64_t) as_of - 1 - day, half_life_days);
}

bool
basket_next(BasketReader *reader, int32_t as_of, int32_t half_life_days, BasketItem *item)
{
	uint64_t n = 0;

	while (basket_next_id(reader))
	{
		BasketDay day = {.more = false};

		*item = (BasketItem){.id = reader->item};
		do
		{
			if (!basket_next_day(reader, &day))
				return false;
			if (day.day < as_of)
			{
				if (item->events == 0)
					item->first_day = day.day;
				item->last_day = day.day;
				item->events += day.count;
				item->weight +=
					(uint64_t) weight_of_day(day.day, as_of, half_life_days) * day.count;
			}
			host_poll_at(n++);
		} while (day.more);
		if (item->events > 0)
			return true;
	}
	return false;
}

static inline double
share_of(unsigned __int128 weight, unsigned __int128 all)
{
	return (double) weight / (double) all;
}

/* Sum of -p ln p over the items that weigh something. */
static double
entropy_of(BasketReader reader, int32_t as_of, int32_t half_life_days, unsigned __int128 all)
{
	BasketItem item;
	double entropy = 0;

	while (basket_next(&reader, as_of, half_life_days, &item))
	{
		double share = share_of(item.weight, all);

		if (item.weight > 0 && item.weight < all)
			entropy -= share * log(share);
	}
	return entropy;
}

const char *
basket_favourite(const uint8_t *bytes, size_t size, int32_t as_of, int32_t half_life_days,
				 Favourite *favourite)
{
	BasketReader start;
	BasketReader reader;
	BasketItem item;
	unsigned __int128 all = 0;
	const char *problem = basket_open(&start, bytes, size);

	if (problem != NULL)
		return problem;
	*favourite = (Favourite){.share = NAN, .entropy = NAN};
	reader = start;
	while (basket_next(&reader, as_of, half_life_days, &item))
	{
		const BasketItem *best = &favourite->item;

		if (favourite->items == 0 || item.weight > best->weight ||
			(item.weight == best->weight && item.last_day > best->last_day))
			favourite->item = item;
		all += item.weight;
		favourite->items++;
	}
	if (reader.in.bad)
		return "items that are cut off, do not ascend or are too large";
	if (all > 0)
	{
		favourite->share = share_of(favourite->item.weight, all);
		favourite->entropy = entropy_of(start, as_of, half_life_days, all);
	}
	return NULL;
}
