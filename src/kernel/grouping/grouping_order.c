/*
 * grouping_order.c: a user's rows in the order of the codec, where that is more than when.
 *
 * Rows mostly come as they should, or in a few parts that do: one pass sees it.  Those
 * parts are then merged two by two, until one is left; equal rows stay as they were.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

typedef struct RowOrder
{
	const GroupCodec *codec;
	int (*compare)(const GroupCodec *codec, const uint8_t *a, const uint8_t *b);
	size_t size; /* of a row */
} RowOrder;

static inline int32_t
when_of(const uint8_t *row)
{
	int32_t when;

	memcpy(&when, row, sizeof(when));
	return when;
}

static inline bool
is_before(const RowOrder *order, const uint8_t *a, const uint8_t *b)
{
	int32_t when_a = when_of(a);
	int32_t when_b = when_of(b);

	if (when_a != when_b)
		return when_a < when_b;
	return order->compare(order->codec, a + sizeof(when_a), b + sizeof(when_b)) < 0;
}

/* Where the rows that come in order from here on end. */
static const uint8_t *
end_of_part(const RowOrder *order, const uint8_t *row, const uint8_t *end)
{
	uint64_t n = 0;

	for (row += order->size; row < end; row += order->size)
	{
		if (is_before(order, row, row - order->size))
			return row;
		host_poll_at(n++);
	}
	return end;
}

/* Two neighbouring parts in one; the second may be empty. */
static void
merge_parts(const RowOrder *order, const uint8_t *first, const uint8_t *second,
			const uint8_t *end, uint8_t *to)
{
	const uint8_t *first_end = second;
	uint64_t n = 0;

	while (first < first_end && second < end)
	{
		bool from_second = is_before(order, second, first);

		memcpy(to, from_second ? second : first, order->size);
		if (from_second)
			second += order->size;
		else
			first += order->size;
		to += order->size;
		host_poll_at(n++);
	}
	memcpy(to, first, (size_t) (first_end - first));
	memcpy(to + (first_end - first), second, (size_t) (end - second));
}

/* A user's rows, n from this one on. */
static void
order_rows(const GroupCodec *codec, int stream, SortedRows *rows, uint32_t first, uint32_t n)
{
	RowOrder order = {codec, codec->compare[stream], rows->size};
	size_t size = n * order.size;
	uint8_t *here = rows->sorted + first * order.size;
	uint8_t *from = here;
	uint8_t *to = rows->rows;

	if (size == 0)
		return;
	while (end_of_part(&order, from, from + size) < from + size)
	{
		const uint8_t *end = from + size;
		const uint8_t *part = from;
		uint8_t *merged = to;

		while (part < end)
		{
			const uint8_t *second = end_of_part(&order, part, end);
			const uint8_t *both_end = second < end ? end_of_part(&order, second, end) : end;

			merge_parts(&order, part, second, both_end, merged);
			merged += both_end - part;
			part = both_end;
		}
		to = from;
		from = merged - size;
	}
	if (from != here)
		memcpy(here, from, size);
}

void
grouping_order_user(const Grouping *g, SortedPartition *s, uint32_t slot, GroupUser *user)
{
	for (int i = 0; i < g->codec->n_streams; i++)
		if (g->codec->compare[i] != NULL)
		{
			order_rows(g->codec, i, &s->streams[i], s->streams[i].starts[slot],
					   user->rows.n_rows[i]);
			user->rows.in_order[i] = true;
		}
}
