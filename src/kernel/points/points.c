/*
 * points.c: a ledger of points as a state: rows of any order, and other ledgers, added up.
 */
#include "kernel/points/points_private.h"

#define INITIAL_ENTRIES 6

static inline size_t
bytes_needed(size_t n)
{
	return sizeof(Points) + n * sizeof(PointsEntry);
}

Points *
points_with_room(size_t n)
{
	Points *points;

	if (bytes_needed(n) > STATE_LIMIT)
		host_fail(KERNEL_STATE_TOO_BIG);
	points = state_create(bytes_needed(n));
	points->sorted = true;
	return points;
}

Points *
points_create(void)
{
	return points_with_room(INITIAL_ENTRIES);
}

static int
compare_entries(const void *a, const void *b)
{
	uint64_t left = ((const PointsEntry *) a)->key;
	uint64_t right = ((const PointsEntry *) b)->key;

	return (left > right) - (left < right);
}

SORT_MOSTLY_FEW(PointsEntry, sort_by_key, compare_entries)

/* Ascending, each key once. */
static void
compact(Points *points)
{
	PointsEntry *last = points->entries;

	if (points->sorted)
		return;
	sort_by_key(points->entries, points->n);
	for (uint32_t i = 1; i < points->n; i++)
	{
		if (last->key == points->entries[i].key)
			last->points += points->entries[i].points;
		else
			*++last = points->entries[i];
		host_poll_at(i);
	}
	points->n = (uint32_t) (last - points->entries) + 1;
	points->sorted = true;
}

const Points *
points_sorted(const Points *points)
{
	Points *copy;

	if (points->sorted)
		return points;
	copy = state_copy(points);
	compact(copy);
	return copy;
}

static Points *
make_room(Points *points)
{
	uint32_t full = points->n;

	compact(points);
	if (points->n <= full / 2)
		return points;
	return state_grow(points, bytes_needed(points->n), bytes_needed((size_t) full + 1));
}

/* One more entry, of points at the scale of the working form. */
static Points *
add_entry(Points *points, uint64_t key, __int128 amount)
{
	if (amount > POINTS_MOST - points->total)
		host_fail(KERNEL_POINTS_RANGE);
	points->total += amount;
	if (points->n > 0 && points->entries[points->n - 1].key == key)
	{
		points->entries[points->n - 1].points += amount;
		return points;
	}
	if (bytes_needed((size_t) points->n + 1) > points->state.capacity)
		points = make_room(points);
	points->sorted = points->n == 0 || (points->sorted && points->entries[points->n - 1].key < key);
	points->entries[points->n++] = (PointsEntry){key, amount};
	return points;
}

Points *
points_add(Points *points, uint64_t key, __int128 amount, int scale)
{
	return add_entry(points, key, amount * power_of_ten(MONEY_MAX_SCALE - scale));
}

static void *
merge(void *state, const void *other)
{
	Points *points = state;
	const Points *from = other;

	for (uint32_t i = 0; i < from->n; i++)
	{
		points = add_entry(points, from->entries[i].key, from->entries[i].points);
		host_poll_at(i);
	}
	return points;
}

const StateKind points_state = {
	.type = "points", .pack = points_pack, .unpack = points_unpack, .merge = merge};
