/*
 * journey_order.c: the order of a journey's rows.
 */
#include "kernel/journey/journey_order.h"

#include "kernel/base/sort.h"

#define FEW 16 /* rows that are put in their places one by one */

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

int
journey_compare_rows(const JourneyRow *a, const JourneyRow *b, bool by_name)
{
	if (a->at != b->at)
		return ORDER(a->at, b->at);
	if (a->tiebreak != b->tiebreak)
		return ORDER(a->tiebreak, b->tiebreak);
	if (by_name && a->event != b->event)
		return ORDER(a->event, b->event);
	if (!by_name && a->mask != b->mask)
		return mask_before(a->mask, b->mask) ? -1 : 1;
	if (a->has_amount != b->has_amount)
		return a->has_amount ? 1 : -1;
	if (a->amount != b->amount)
		return ORDER(a->amount, b->amount);
	/* no label becomes the first */
	return ORDER(a->label + 1, b->label + 1);
}

static int
compare_names(const void *a, const void *b)
{
	return journey_compare_rows(a, b, true);
}

static int
compare_conditions(const void *a, const void *b)
{
	return journey_compare_rows(a, b, false);
}

static uint32_t
rows_in_order(const JourneyRow *rows, uint32_t n, bool by_name)
{
	uint32_t i = 1;

	for (; i < n; i++)
	{
		/* times tell most rows apart */
		if (rows[i].at <= rows[i - 1].at &&
			journey_compare_rows(&rows[i - 1], &rows[i], by_name) > 0)
			return i;
		host_poll_at(i);
	}
	return n;
}

bool
journey_in_order(const Journey *journey)
{
	return rows_in_order(journey->rows, journey->n_rows, journey->by_name) == journey->n_rows;
}

static void
sort_few(JourneyRow *rows, uint32_t from, uint32_t n, bool by_name)
{
	for (uint32_t i = from; i < n; i++)
	{
		JourneyRow row = rows[i];
		uint32_t to = i;

		for (; to > 0 && journey_compare_rows(&rows[to - 1], &row, by_name) > 0; to--)
			rows[to] = rows[to - 1];
		rows[to] = row;
	}
}

void
journey_sort(JourneyRow *rows, uint32_t n, bool by_name)
{
	uint32_t in_order = rows_in_order(rows, n, by_name);

	if (in_order >= n)
		return;
	if (n <= FEW)
		sort_few(rows, in_order, n, by_name);
	else
		sort_entries(rows, n, sizeof(JourneyRow), by_name ? compare_names : compare_conditions);
}
