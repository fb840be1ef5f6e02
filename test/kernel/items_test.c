/*
 * items_test.c: baskets outside the server.
 *
 *	items_test [SEED [ROUNDS]]
 *
 * Users with items at random become baskets, whole and in parts that are packed, unpacked and
 * merged: the bytes must be equal, and what is read of them what the rows say.  The bytes are
 * damaged: what is still a value is written as it was read.
 */
#include "items_shop.h"

/* The rows of a user in so many parts, each packed and unpacked, put together. */
static ByteWriter
basket_of_parts(const Shop *shop, int u)
{
	Basket *merged = NULL;
	ByteWriter out;

	for (int part = PARTS - 1; part >= 0; part--)
	{
		Basket *basket = basket_create(shop->kind);
		const char *problem;

		for (int i = part; i < shop->n_rows[u]; i += PARTS)
			basket = add_row(basket, shop, &shop->rows[u][i]);
		if (basket->n > 0)
		{
			out = packed_basket(basket);
			host_free(basket);
			basket = basket_state.unpack(out.start, bytes_written(&out), &problem);
			CHECK(basket != NULL);
			host_free(out.start);
			if (merged == NULL)
			{
				merged = basket;
				continue;
			}
			else
			{
				Basket *larger = basket_state.merge(merged, basket);

				if (larger != merged)
					host_free(merged);
				merged = larger;
			}
		}
		host_free(basket);
	}
	out = packed_basket(merged);
	host_free(merged);
	return out;
}

static void
check_readings(const Shop *shop, int u, int as_of, int half_life)
{
	const ByteWriter *bytes = &shop->baskets[u];
	BasketReader reader;
	BasketItem item;
	Favourite favourite;
	uint64_t all = 0;
	double entropy = 0;
	int best = -1;
	int n = 0;
	Told of_best = {0};

	CHECK(basket_open(&reader, bytes->start, bytes_written(bytes)) == NULL);
	for (int i = 0; i < shop->n_items; i++)
	{
		Told told = told_item(shop, u, i, as_of, half_life);

		if (told.events == 0)
			continue;
		CHECK(basket_next(&reader, as_of, half_life, &item));
		CHECK(item_equal(&item.id, &shop->keys[i]));
		CHECK(item.events == (uint64_t) told.events && item.first_day == told.first_day &&
			  item.last_day == told.last_day);
		CHECK(item.weight == told.weight);
		if (best < 0 || told.weight > of_best.weight ||
			(told.weight == of_best.weight && told.last_day > of_best.last_day))
		{
			best = i;
			of_best = told;
		}
		all += told.weight;
		n++;
	}
	CHECK(!basket_next(&reader, as_of, half_life, &item) && !reader.in.bad);
	for (int i = 0; i < shop->n_items; i++)
	{
		double p = (double) told_item(shop, u, i, as_of, half_life).weight / (double) all;

		entropy -= all > 0 && p > 0 ? p * log(p) : 0;
	}
	CHECK(basket_favourite(bytes->start, bytes_written(bytes), as_of, half_life, &favourite) ==
		  NULL);
	CHECK(favourite.items == (uint64_t) n);
	if (n == 0)
		return;
	CHECK(item_equal(&favourite.item.id, &shop->keys[best]) &&
		  favourite.item.weight == of_best.weight);
	CHECK(all == 0 ? isnan(favourite.share) && isnan(favourite.entropy)
				   : fabs(favourite.share - (double) of_best.weight / (double) all) < 1e-15 &&
						 fabs(favourite.entropy - entropy) < 1e-12);
}

static void
check_baskets(Shop *shop)
{
	for (int u = 0; u < shop->n_users; u++)
	{
		ByteWriter parts;

		if (shop->n_rows[u] == 0)
			continue;
		parts = basket_of_parts(shop, u);
		CHECK(same_bytes(&parts, &shop->baskets[u]));
		host_free(parts.start);
		check_readings(shop, u, FIRST_DAY + below(DAYS + 5), 0);
		check_readings(shop, u, FIRST_DAY + below(DAYS + 5), 1 + below(20));
		damage(&basket_state, &shop->baskets[u]);
	}
}

int
main(int argc, char **argv)
{
	long rounds = argc > 2 ? atol(argv[2]) : 100;
	static Shop shop;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (long round = 0; round < rounds; round++)
	{
		make_shop(&shop);
		make_baskets(&shop);
		check_baskets(&shop);
		free_baskets(&shop);
	}
	CHECK(rounds < 50 || n_accepted > 0);
	printf("# %ld shops, %d damaged values were values\n", rounds, n_accepted);
	return 0;
}
