/*
 * typical_gap.c: the median over users of their median gap.
 */
#include "kernel/metrics/typical_gap.h"

#include <string.h>

#include "kernel/base/civil.h"
#include "kernel/base/sort.h"

#define INITIAL_ENTRIES 8
#define MAX_ENTRIES     ((STATE_LIMIT - sizeof(GapCounts)) / sizeof(Run))
#define MAX_DOUBLED_GAP (2 * ((int64_t) CIVIL_END_DAY - CIVIL_MIN_DAY))
#define MAX_USERS       ((uint64_t) 1 << 62)

static inline size_t
bytes_needed(size_t n)
{
	return sizeof(GapCounts) + n * sizeof(Run);
}

static GapCounts *
create(int32_t as_of, size_t n)
{
	GapCounts *counts = state_create(bytes_needed(n > INITIAL_ENTRIES ? n : INITIAL_ENTRIES));

	counts->as_of = as_of;
	return counts;
}

GapCounts *
gap_counts_create(int32_t as_of)
{
	return create(as_of, 0);
}

void
gap_counts_expect(const GapCounts *counts, int32_t as_of)
{
	if (counts->as_of != as_of)
		host_fail(KERNEL_PARAMETERS);
}

static int
compare_runs(const void *a, const void *b)
{
	int64_t x = ((const Run *) a)->value;
	int64_t y = ((const Run *) b)->value;

	return (x > y) - (x < y);
}

/* Ascending, each gap once. */
static void
compact(GapCounts *counts)
{
	uint32_t kept = 0;

	if (counts->n == 0)
		return;
	host_poll();
	sort_entries(counts->entries, counts->n, sizeof(Run), compare_runs);
	for (uint32_t i = 1; i < counts->n; i++)
	{
		if (counts->entries[i].value == counts->entries[kept].value)
			counts->entries[kept].count += counts->entries[i].count;
		else
			counts->entries[++kept] = counts->entries[i];
		host_poll_at(i);
	}
	memset(&counts->entries[kept + 1], 0, (counts->n - kept - 1) * sizeof(Run));
	counts->n = kept + 1;
}

/* A copy, ascending, each gap once. */
static GapCounts *
sorted_copy(const GapCounts *counts)
{
	GapCounts *copy = state_copy(counts);

	compact(copy);
	return copy;
}

GapCounts *
gap_counts_add(GapCounts *counts, int64_t doubled_gap, uint64_t users)
{
	if (bytes_needed((size_t) counts->n + 1) > counts->state.capacity)
	{
		uint32_t full = counts->n;

		compact(counts);
		if (counts->n > full / 2)
			counts = state_grow(counts, bytes_needed(counts->n), bytes_needed((size_t) full + 1));
	}
	if (users > MAX_USERS - counts->users)
		host_fail(KERNEL_USERS_RANGE);
	counts->users += users;
	counts->entries[counts->n++] = (Run){doubled_gap, users};
	return counts;
}

static void *
merge(void *state, const void *from_state)
{
	GapCounts *counts = state;
	const GapCounts *from = from_state;

	gap_counts_expect(from, counts->as_of);
	for (uint32_t i = 0; i < from->n; i++)
	{
		counts = gap_counts_add(counts, from->entries[i].value, from->entries[i].count);
		host_poll_at(i);
	}
	return counts;
}

static void
pack(const void *state, ByteWriter *out)
{
	GapCounts *sorted = sorted_copy(state);
	Run previous = {0};

	write_byte(out, GAP_COUNTS_VERSION);
	write_zigzag(out, sorted->as_of);
	write_varint(out, sorted->n);
	for (uint32_t i = 0; i < sorted->n; i++)
	{
		write_run(out, &sorted->entries[i], &previous);
		previous = sorted->entries[i];
		host_poll_at(i);
	}
	host_free(sorted);
}

/* Read n entries into counts that have room; what is wrong with them, or NULL. */
static const char *
read_entries(ByteReader *in, GapCounts *counts, uint64_t n)
{
	Run run = {0};

	while (counts->n < n)
	{
		run = read_run(in, MAX_USERS - counts->users, &run);
		if (in->bad || run.value < 2 || run.value > MAX_DOUBLED_GAP)
			return "truncated or bad gaps";
		counts->users += run.count;
		host_poll_at(counts->n);
		counts->entries[counts->n++] = run;
	}
	return in->next == in->end ? NULL : "bytes after the last gap";
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	int64_t as_of = read_zigzag(&in);
	uint64_t n = read_varint(&in, size / 2);
	GapCounts *counts;

	*problem = "unknown format version";
	if (version != GAP_COUNTS_VERSION)
		return NULL;
	*problem = "truncated or bad parameters";
	if (in.bad || n > MAX_ENTRIES || !civil_day_valid(as_of))
		return NULL;

	counts = create((int32_t) as_of, n);
	*problem = read_entries(&in, counts, n);
	if (*problem == NULL)
		return counts;
	host_free(counts);
	return NULL;
}

const StateKind gap_counts_kind = {
	.type = "gap_counts", .pack = pack, .unpack = unpack, .merge = merge};

/* The doubled gap of the user at this place in ascending order. */
static int64_t
gap_at(const GapCounts *sorted, uint64_t place)
{
	uint32_t i = 0;

	for (; place >= sorted->entries[i].count; i++)
	{
		place -= sorted->entries[i].count;
		host_poll_at(i);
	}
	return sorted->entries[i].value;
}

double
gap_counts_median(const GapCounts *counts)
{
	GapCounts *sorted;
	int64_t middle;

	if (counts->users == 0)
		return TYPICAL_GAP_DEFAULT;
	sorted = sorted_copy(counts);
	middle = gap_at(sorted, (counts->users - 1) / 2) + gap_at(sorted, counts->users / 2);
	host_free(sorted);
	return (double) middle / 4;
}
