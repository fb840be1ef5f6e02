/*
 * events.c: follow the first match forwards.
 *
 * What can still finish is worked out against time first.  Then all ways that have taken
 * the same rows by conditions so far go on together; where some of them take a row by a
 * condition, and can finish, the others are given up.
 */
#include "kernel/sequence/events.h"

#include <string.h>

/* A bit for each row of the match and each take. */
typedef struct Bits
{
	uint64_t *words;
	uint32_t first; /* row */
	uint32_t a_row; /* words */
} Bits;

typedef struct Follow
{
	SequenceSearch *search;
	const SequenceProgram *program;
	Bits finishes; /* taken, it can still be the match */
	Bits ends;     /* ... without another row by a condition */
	uint32_t *now; /* takes that took the row */
	uint32_t n_now;
	bool *reached;        /* values that are reached from there */
	SequenceQueue *bases; /* of each window: rows that it is reached from */
	int64_t *times;
	uint32_t n_times;
	uint32_t capacity; /* times */
} Follow;

static bool
bit(const Bits *bits, uint32_t row, uint32_t take)
{
	const uint64_t *words = bits->words + (size_t) (row - bits->first) * bits->a_row;

	return words[take / 64] >> (take % 64) & 1;
}

/* Which takes of which rows can end at the last row; with no condition behind if they end. */
static Bits
read_back(SequenceSearch *search, const Journey *journey, uint32_t first, uint32_t last, bool ends)
{
	const SequenceProgram *program = search->program;
	Bits bits = {.first = first, .a_row = (program->n_takes + 63) / 64};
	size_t size = ((size_t) (last - first) + 1) * bits.a_row * sizeof(uint64_t);

	bits.words = memset(host_alloc(size), 0, size);
	sequence_search_begin(search, journey);
	for (uint64_t row = (uint64_t) last + 1; row-- > first;)
	{
		uint64_t *words = bits.words + (row - first) * bits.a_row;

		if (!sequence_visible(search, (uint32_t) row))
			continue;
		sequence_search_read(search, (uint32_t) row);
		for (uint32_t i = 0; i < program->n_takes; i++)
		{
			if (search->takes[i] != SEQUENCE_NO_ROW)
				words[i / 64] |= (uint64_t) 1 << (i % 64);
			if (ends && program->takes[i].captures)
				search->takes[i] = SEQUENCE_NO_ROW;
		}
		sequence_search_keep(search, (uint32_t) row);
	}
	return bits;
}

/* Does the window's take reach the row from one of its bases? */
static bool
is_open(const Follow *follow, uint32_t window, uint32_t row)
{
	const SequenceSpan *span = &follow->program->windows[window].span;
	SequenceQueue *bases = &follow->bases[window];

	while (bases->n > 0 &&
		   sequence_difference(follow->search, row, sequence_oldest(bases)->row) > span->high)
		sequence_drop_oldest(bases);
	return bases->n > 0 &&
		   sequence_difference(follow->search, row, sequence_oldest(bases)->row) >= span->low;
}

/* Of many bases, a bound on one side needs but the earliest or the latest. */
static void
add_base(Follow *follow, uint32_t window, uint32_t row)
{
	const SequenceSpan *span = &follow->program->windows[window].span;
	SequenceQueue *bases = &follow->bases[window];

	if (span->high == SEQUENCE_UNBOUNDED && bases->n > 0)
		return;
	if (span->low == 0)
		bases->n = 0;
	sequence_push(bases, (SequenceEntry){.row = row});
}

/* Take the row by what can; is it taken by a condition? */
static bool
take_row(Follow *follow, uint32_t row)
{
	const SequenceProgram *program = follow->program;
	bool captured = false;

	for (uint32_t i = 0; i < program->n_windows; i++)
		if (is_open(follow, i, row))
			follow->reached[program->windows[i].take] = true;
	follow->n_now = 0;
	for (uint32_t i = 0; i < program->n_takes; i++)
	{
		if (!follow->reached[i] || !bit(&follow->finishes, row, i))
			continue;
		if (program->takes[i].captures && !captured)
		{
			captured = true;
			follow->n_now = 0;
		}
		if (program->takes[i].captures == captured)
			follow->now[follow->n_now++] = i;
	}
	return captured;
}

/* All ways but those that took the row are given up, and it is one of the events. */
static void
capture(Follow *follow, uint32_t row)
{
	for (uint32_t i = 0; i < follow->program->n_windows; i++)
		follow->bases[i].n = 0;
	if (follow->n_times == follow->capacity)
	{
		follow->capacity *= 2;
		follow->times = host_realloc(follow->times, follow->capacity * sizeof(int64_t));
	}
	follow->times[follow->n_times++] = follow->search->rows[row].at;
}

/* What is reached from the row that was taken. */
static void
spread(Follow *follow, uint32_t row)
{
	const SequenceProgram *program = follow->program;
	uint32_t n_values = sequence_fork_value(program, program->n_forks);

	memset(follow->reached, 0, n_values * sizeof(bool));
	for (uint32_t i = 0; i < follow->n_now; i++)
		follow->reached[program->takes[follow->now[i]].next] = true;
	for (uint32_t i = program->n_forks; i-- > 0;)
		if (follow->reached[sequence_fork_value(program, i)])
			for (uint32_t out = i > 0 ? program->fork_ends[i - 1] : 0; out < program->fork_ends[i];
				 out++)
				follow->reached[program->outs[out]] = true;
	for (uint32_t i = 0; i < program->n_windows; i++)
		if (follow->reached[sequence_window_value(program, i)])
			add_base(follow, i, row);
	sequence_poll(follow->search, n_values);
}

/* Can one of these takes, which may have taken the row, be the last that matters? */
static bool
can_end(const Follow *follow, uint32_t row, const uint32_t *takes, uint32_t n, bool captures)
{
	for (uint32_t i = 0; i < n; i++)
		if (follow->program->takes[takes[i]].captures == captures &&
			bit(&follow->ends, row, takes[i]))
			return true;
	return false;
}

/* No event is better than any; and once there is none behind one, that was the last. */
static void
follow_match(Follow *follow, uint32_t first)
{
	const SequenceProgram *program = follow->program;
	bool over = can_end(follow, first, program->firsts, program->n_firsts, false);

	for (uint32_t row = first; !over; row++)
	{
		if (!sequence_visible(follow->search, row))
			continue;
		if (take_row(follow, row))
		{
			capture(follow, row);
			over = can_end(follow, row, follow->now, follow->n_now, true);
		}
		spread(follow, row);
	}
}

static Follow
begin_follow(SequenceSearch *search, const Journey *journey, uint32_t first, uint32_t last)
{
	const SequenceProgram *program = search->program;
	size_t reached = sequence_fork_value(program, program->n_forks) * sizeof(bool);
	Follow follow = {.search = search, .program = program, .capacity = 8};

	follow.finishes = read_back(search, journey, first, last, false);
	follow.ends = read_back(search, journey, first, last, true);
	follow.now = host_alloc(program->n_takes * sizeof(uint32_t));
	follow.reached = memset(host_alloc(reached), 0, reached);
	follow.bases = host_alloc((program->n_windows + 1) * sizeof(SequenceQueue));
	follow.times = host_alloc(follow.capacity * sizeof(int64_t));
	for (uint32_t i = 0; i < program->n_windows; i++)
		follow.bases[i] = sequence_queue();
	for (uint32_t i = 0; i < program->n_firsts; i++)
		follow.reached[program->firsts[i]] = true;
	return follow;
}

int64_t *
sequence_events(SequenceSearch *search, const Journey *journey, uint32_t *n)
{
	Follow follow;
	uint32_t first;
	uint32_t last;

	*n = 0;
	if (search->program->takes_nothing || !sequence_first(search, journey, &first, &last))
		return NULL;
	follow = begin_follow(search, journey, first, last);
	follow_match(&follow, first);
	for (uint32_t i = 0; i < search->program->n_windows; i++)
		host_free(follow.bases[i].entries);
	host_free(follow.finishes.words);
	host_free(follow.ends.words);
	host_free(follow.now);
	host_free(follow.reached);
	host_free(follow.bases);
	*n = follow.n_times;
	return follow.times;
}
