/*
 * value_sample.c: exact quantiles of values that were counted.
 */
#include "kernel/value/value_sample.h"

#include "kernel/base/sort.h"

#define WHOLE 1000000000 /* of a fraction */

enum
{
	SCALE,
	VALUE,
	COUNT,
	ROW_WORDS
};

static bool
row_valid(const uint64_t *head, const TallyShape *shape, const uint64_t *row)
{
	(void) head;
	(void) shape;
	return row[SCALE] <= MONEY_MAX_SCALE && row[COUNT] > 0 &&
		   (row[SCALE] == 0 || unzigzag(row[VALUE]) % 10 != 0);
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	return tally_unpack(&value_sample_kind, bytes, size, problem);
}

const TallyKind value_sample_kind = {
	.state = {.type = "value_sample", .pack = tally_pack, .unpack = unpack, .merge = tally_merge,
			  .checked_by_packing = true},
	.shape = {.row = {.n_keys = COUNT, .n_counts = ROW_WORDS - COUNT}, .version = 1},
	.row_valid = row_valid};

Tally *
value_sample_add(Tally *sample, int64_t value, int scale)
{
	uint64_t row[ROW_WORDS] = {(uint64_t) scale, zigzag(value), 1};

	if (sample == NULL)
		sample = tally_create(&value_sample_kind.shape, NULL);
	return tally_add(sample, row);
}

static int
compare_values(const void *a, const void *b)
{
	__int128 one = ((const CountedValue *) a)->value;
	__int128 other = ((const CountedValue *) b)->value;

	return (one > other) - (one < other);
}

CountedValue *
value_sample_ascending(const Tally *sample, uint32_t *n)
{
	const Tally *sorted = tally_sorted(sample);
	CountedValue *values = host_alloc(((size_t) sorted->n + 1) * sizeof(CountedValue));

	*n = sorted->n;
	for (uint32_t i = 0; i < *n; i++)
	{
		const uint64_t *row = tally_row(sorted, i);

		values[i].value = (__int128) unzigzag(row[VALUE]) *
						  power_of_ten(QUANTILE_SCALE - (int) row[SCALE]);
		values[i].up_to = row[COUNT];
		tally_poll(i);
	}
	sort_entries(values, *n, sizeof(CountedValue), compare_values);
	for (uint32_t i = 1; i < *n; i++)
	{
		values[i].up_to += values[i - 1].up_to;
		tally_poll(i);
	}
	if (sorted != sample)
		host_free((void *) sorted);
	return values;
}

/* The value with this place among all, from 0. */
static __int128
value_at(const CountedValue *values, uint32_t n, uint64_t place)
{
	uint32_t low = 0;

	for (uint32_t high = n - 1; low < high;)
	{
		uint32_t middle = low + (high - low) / 2;

		if (values[middle].up_to > place)
			high = middle;
		else
			low = middle + 1;
	}
	return values[low].value;
}

/* A part of WHOLE of the way from one value to another. */
static __int128
between(__int128 from, __int128 to, int64_t part)
{
	__int128 value = from * WHOLE + (to - from) * part;

	return (value + (value < 0 ? -WHOLE / 2 : WHOLE / 2)) / WHOLE;
}

__int128
value_sample_quantile(const Tally *sample, int64_t fraction, QuantileKind kind)
{
	uint32_t n;
	CountedValue *values = value_sample_ascending(sample, &n);
	uint64_t last = values[n - 1].up_to - 1;
	__int128 position = (__int128) last * fraction;
	uint64_t place = (uint64_t) (position / WHOLE);
	__int128 quantile;

	if (kind == QUANTILE_LOWEST)
	{
		position = ((__int128) last + 1) * fraction;
		place = (uint64_t) ((position + WHOLE - 1) / WHOLE);
		quantile = value_at(values, n, place > 0 ? place - 1 : 0);
	}
	else
		quantile = between(value_at(values, n, place),
						   value_at(values, n, place < last ? place + 1 : last),
						   (int64_t) (position % WHOLE));
	host_free(values);
	return quantile;
}
