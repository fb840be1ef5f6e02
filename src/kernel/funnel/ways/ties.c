/*
 * ties.c: matchings of steps and simultaneous rows, by augmenting paths (Kuhn).
 */
#include "kernel/funnel/ways/ties.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/base/sort.h"

#define SMALL 64 /* members, to be sorted at once */

void
ties_init(Ties *ties)
{
	ties->classes = &ties->one_class;
	ties->members = &ties->one_member;
	ties->room = 1;
	ties->n = ties->n_rows = 0;
}

void
ties_free(Ties *ties)
{
	if (ties->room == 1)
		return;
	host_free(ties->classes);
	host_free(ties->members);
}

static void
make_room(Ties *ties, uint32_t n)
{
	if (n <= ties->room)
		return;
	ties_free(ties);
	ties->room = n < 16 ? 16 : n;
	ties->classes = host_alloc(ties->room * sizeof(TieClass));
	ties->members = host_alloc(ties->room * sizeof(TieMember));
}

static int
compare_members(const void *a, const void *b)
{
	const TieMember *x = a;
	const TieMember *y = b;

	if (x->mask != y->mask)
		return x->mask < y->mask ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

void
ties_read(Ties *ties, const JourneyRow *rows, uint32_t from, uint32_t to, uint64_t mask,
		  uint64_t steps, uint64_t hits, bool others)
{
	make_room(ties, to - from);
	ties->n = ties->n_rows = 0;
	for (uint32_t row = from; row < to; row++)
	{
		host_poll_at(row - from);
		if ((rows[row].mask & mask) != 0 || others)
			ties->members[ties->n_rows++] = (TieMember){rows[row].mask & mask, row};
	}
	if (ties->n_rows > SMALL)
		sort_entries(ties->members, ties->n_rows, sizeof(TieMember), compare_members);
	else if (ties->n_rows > 1)
		qsort(ties->members, ties->n_rows, sizeof(TieMember), compare_members);
	for (uint32_t i = 0; i < ties->n_rows; i++)
	{
		uint64_t of_row = ties->members[i].mask;

		if (ties->n == 0 || ties->classes[ties->n - 1].mask != of_row)
			ties->classes[ties->n++] =
				(TieClass){.mask = of_row,
						   .serves = of_row & ((of_row & hits) != 0 ? 1 : steps),
						   .members = i};
		ties->classes[ties->n - 1].n++;
	}
}

static void
begin(Ties *ties)
{
	for (uint32_t c = 0; c < ties->n; c++)
		ties->classes[c].used = 0;
	memset(ties->class_of, 0xFF, sizeof(ties->class_of));
}

/* Find the step a place, of which others may have to make room. */
static bool
find_place(Ties *ties, int step, bool must)
{
	for (uint32_t c = 0; c < ties->n; c++)
	{
		TieClass *class = &ties->classes[c];
		bool found;

		if (class->seen || class->n == 0 || (must && !class->must) ||
			(class->serves >> (step - 1) & 1) == 0)
			continue;
		class->seen = true;
		found = class->used < class->n;
		for (int other = 1; !found && other <= FUNNEL_STEPS; other++)
			if (ties->class_of[other - 1] == (int32_t) c && find_place(ties, other, must))
			{
				class->used--;
				found = true;
			}
		if (!found)
			continue;
		class->used++;
		ties->class_of[step - 1] = (int32_t) c;
		return true;
	}
	return false;
}

static bool
serve(Ties *ties, int step, bool must)
{
	for (uint32_t c = 0; c < ties->n; c++)
		ties->classes[c].seen = false;
	return find_place(ties, step, must);
}

bool
ties_serve_all(Ties *ties, uint64_t steps)
{
	if ((uint32_t) __builtin_popcountll(steps) > ties->n_rows)
		return false;
	begin(ties);
	for (; steps != 0; steps &= steps - 1)
		if (!serve(ties, __builtin_ctzll(steps) + 1, false))
			return false;
	return true;
}

bool
ties_take_all(Ties *ties, uint64_t steps)
{
	uint64_t left = 0;

	for (uint32_t c = 0; c < ties->n; c++)
		if (ties->classes[c].must)
			left += ties->classes[c].n;
	if (left > (uint64_t) __builtin_popcountll(steps))
		return false;
	if (left == 0)
		return true;
	begin(ties);
	for (; left > 0 && steps != 0; steps &= steps - 1)
		left -= serve(ties, __builtin_ctzll(steps) + 1, true);
	return left == 0;
}

/* The first row of a class that is not taken yet: rows of a class are taken from the front. */
static uint32_t
next_row(const Ties *ties, uint32_t c)
{
	const TieClass *class = &ties->classes[c];
	uint32_t end = c + 1 < ties->n ? ties->classes[c + 1].members : ties->n_rows;

	return ties->members[end - class->n].row;
}

/* Take the first row that leaves a solution for the other steps; false if none does. */
static bool
take_first(Ties *ties, int step, uint64_t others, uint32_t *row)
{
	uint64_t tried = 0;

	for (;;)
	{
		uint32_t best = UINT32_MAX;

		for (uint32_t c = 0; c < ties->n; c++)
			if (ties->classes[c].n > 0 && (ties->classes[c].serves >> (step - 1) & 1) != 0 &&
				next_row(ties, c) >= tried &&
				(best == UINT32_MAX || next_row(ties, c) < next_row(ties, best)))
				best = c;
		if (best == UINT32_MAX)
			return false;
		*row = next_row(ties, best);
		ties->classes[best].n--;
		if (ties_serve_all(ties, others) && ties_take_all(ties, others))
			return true;
		ties->classes[best].n++;
		tried = (uint64_t) *row + 1;
	}
}

bool
ties_choose(Ties *ties, uint64_t steps, uint32_t *rows)
{
	uint32_t chosen[FUNNEL_STEPS];
	int n = 0;

	while (steps != 0 &&
		   take_first(ties, __builtin_ctzll(steps) + 1, steps & (steps - 1), &chosen[n]))
	{
		steps &= steps - 1;
		n++;
	}
	/* what was taken is there again for the next question */
	for (uint32_t c = 0; c < ties->n; c++)
		ties->classes[c].n = (c + 1 < ties->n ? ties->classes[c + 1].members : ties->n_rows) -
							 ties->classes[c].members;
	if (steps != 0)
		return false;
	memcpy(rows, chosen, (size_t) n * sizeof(*rows));
	return true;
}
