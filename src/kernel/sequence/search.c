/*
 * search.c: find the matches of a sequence.
 *
 * Rows are read from the last to the first: see program.h.
 */
#include "kernel/sequence/search.h"

#include <string.h>

static uint32_t
n_values(const SequenceProgram *program)
{
	return sequence_fork_value(program, program->n_forks);
}

SequenceSearch *
sequence_search(const SequenceProgram *program)
{
	SequenceSearch *search = host_alloc(sizeof(SequenceSearch));

	*search = (SequenceSearch){.program = program, .ends_capacity = 64};
	search->values = host_alloc(n_values(program) * sizeof(uint32_t));
	search->takes = host_alloc((program->n_takes + 1) * sizeof(uint32_t));
	search->reaches = host_alloc((program->n_windows + 1) * sizeof(SequenceReach));
	search->ends = host_alloc(search->ends_capacity * sizeof(uint32_t));
	for (uint32_t i = 0; i < program->n_windows; i++)
		search->reaches[i] = (SequenceReach){sequence_queue(), sequence_queue()};
	return search;
}

void
sequence_search_free(SequenceSearch *search)
{
	for (uint32_t i = 0; i < search->program->n_windows; i++)
	{
		host_free(search->reaches[i].near.entries);
		host_free(search->reaches[i].open.entries);
	}
	host_free(search->values);
	host_free(search->takes);
	host_free(search->reaches);
	host_free(search->ends);
	host_free(search);
}

void
sequence_search_begin(SequenceSearch *search, const Journey *journey)
{
	const SequenceProgram *program = search->program;

	search->rows = journey->rows;
	for (uint32_t i = 0; i < program->n_takes + 2; i++)
		search->values[i] = SEQUENCE_NO_ROW;
	for (uint32_t i = 0; i < program->n_windows; i++)
		search->reaches[i].near.n = search->reaches[i].open.n = 0;
}

/*
 * The earliest end of those that a window's take reaches from a row.  Of two that are
 * open the newer is the nearer one, and stays open for longer: so an older one is of use
 * only while its end is earlier.
 */
static uint32_t
reach_from(SequenceSearch *search, uint32_t window, uint32_t row)
{
	const SequenceSpan *span = &search->program->windows[window].span;
	SequenceQueue *near = &search->reaches[window].near;
	SequenceQueue *open = &search->reaches[window].open;

	while (near->n > 0 && sequence_difference(search, sequence_oldest(near)->row, row) >= span->low)
	{
		SequenceEntry entry = *sequence_oldest(near);

		search->work++;
		sequence_drop_oldest(near);
		while (open->n > 0 && sequence_newest(open)->end >= entry.end)
			open->n--;
		if (open->n == 0 || span->high != SEQUENCE_UNBOUNDED)
			sequence_push(open, entry);
	}
	while (open->n > 0 && sequence_difference(search, sequence_oldest(open)->row, row) > span->high)
		sequence_drop_oldest(open);
	return open->n > 0 ? sequence_oldest(open)->end : SEQUENCE_NO_ROW;
}

void
sequence_search_read(SequenceSearch *search, uint32_t row)
{
	const SequenceProgram *program = search->program;
	uint64_t mask = search->rows[row].mask;
	uint32_t *values = search->values;
	uint32_t *fork = &values[sequence_fork_value(program, 0)];
	uint32_t out = 0;

	values[sequence_end_value(program)] = row;
	for (uint32_t i = 0; i < program->n_windows; i++)
		values[sequence_window_value(program, i)] = reach_from(search, i, row);
	for (uint32_t i = 0; i < program->n_forks; i++)
	{
		uint32_t least = SEQUENCE_NO_ROW;

		for (; out < program->fork_ends[i]; out++)
			if (values[program->outs[out]] < least)
				least = values[program->outs[out]];
		fork[i] = least;
	}
	for (uint32_t i = 0; i < program->n_takes; i++)
		search->takes[i] =
			mask & program->takes[i].mask ? values[program->takes[i].next] : SEQUENCE_NO_ROW;
	sequence_poll(search, n_values(program));
}

void
sequence_search_keep(SequenceSearch *search, uint32_t row)
{
	const SequenceProgram *program = search->program;

	memcpy(search->values, search->takes, program->n_takes * sizeof(uint32_t));
	for (uint32_t i = 0; i < program->n_windows; i++)
	{
		uint32_t end = search->takes[program->windows[i].take];

		if (end != SEQUENCE_NO_ROW)
			sequence_push(&search->reaches[i].near, (SequenceEntry){row, end});
	}
}

/* Read a row: where the match ends that begins there, or SEQUENCE_NO_ROW. */
static uint32_t
match_at(SequenceSearch *search, uint32_t row)
{
	const SequenceProgram *program = search->program;
	uint32_t end = SEQUENCE_NO_ROW;

	if (!sequence_visible(search, row))
		return SEQUENCE_NO_ROW;
	sequence_search_read(search, row);
	for (uint32_t i = 0; i < program->n_firsts; i++)
		if (search->takes[program->firsts[i]] < end)
			end = search->takes[program->firsts[i]];
	sequence_search_keep(search, row);
	if (end != SEQUENCE_NO_ROW &&
		!sequence_span_holds(&program->limit, sequence_difference(search, end, row)))
		return SEQUENCE_NO_ROW;
	return end;
}

static uint64_t
count_visible(SequenceSearch *search, const Journey *journey)
{
	uint64_t n = 0;

	for (uint32_t row = 0; row < journey->n_rows; row++)
		n += sequence_visible(search, row);
	return n;
}

bool
sequence_match(SequenceSearch *search, const Journey *journey)
{
	sequence_search_begin(search, journey);
	if (search->program->takes_nothing)
		return count_visible(search, journey) > 0;
	for (uint32_t row = journey->n_rows; row > 0; row--)
		if (match_at(search, row - 1) != SEQUENCE_NO_ROW)
			return true;
	return false;
}

static void
make_room(SequenceSearch *search, uint32_t n_rows)
{
	if (n_rows <= search->ends_capacity)
		return;
	search->ends = host_realloc(search->ends, n_rows * sizeof(uint32_t));
	search->ends_capacity = n_rows;
}

uint64_t
sequence_count(SequenceSearch *search, const Journey *journey, bool overlap)
{
	uint64_t n = 0;
	uint64_t n_behind = 0;
	uint32_t *ends;

	sequence_search_begin(search, journey);
	if (search->program->takes_nothing)
		return count_visible(search, journey);
	make_room(search, journey->n_rows);
	ends = search->ends;
	for (uint32_t row = journey->n_rows; row > 0; row--)
	{
		ends[row - 1] = match_at(search, row - 1);
		n += ends[row - 1] != SEQUENCE_NO_ROW;
	}
	if (overlap)
		return n;
	for (uint64_t row = 0; row < journey->n_rows; row++)
		if (ends[row] != SEQUENCE_NO_ROW)
		{
			row = ends[row];
			n_behind++;
		}
	return n_behind;
}

bool
sequence_first(SequenceSearch *search, const Journey *journey, uint32_t *first, uint32_t *last)
{
	bool found = false;

	sequence_search_begin(search, journey);
	for (uint32_t row = journey->n_rows; row > 0; row--)
	{
		uint32_t end = match_at(search, row - 1);

		if (end == SEQUENCE_NO_ROW)
			continue;
		*first = row - 1;
		*last = end;
		found = true;
	}
	return found;
}
