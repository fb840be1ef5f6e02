/*
 * search.h: the matches of a sequence in a journey.
 *
 * A match begins with the first row that it takes; of those that begin at one row the one
 * that ends earliest counts.  A pattern that can take nothing does so at every row that is
 * visible.  All take time linear in the rows times the program.
 *
 * One search serves journey after journey.  It keeps 4 bytes a row, and for each window
 * 8 bytes for each row that its span spares before it begins; what is within the span is
 * kept only where a match that begins later ends earlier.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_SEARCH_H
#define USER_OPS_KERNEL_SEQUENCE_SEARCH_H

#include "kernel/journey/journey.h"
#include "kernel/sequence/program.h"
#include "kernel/sequence/queue.h"

/* Rows that a window's take can take, with the end of what goes on there. */
typedef struct SequenceReach
{
	SequenceQueue near; /* not far enough yet */
	SequenceQueue open; /* far enough; the oldest has the earliest end */
} SequenceReach;

typedef struct SequenceSearch
{
	const SequenceProgram *program;
	const JourneyRow *rows;
	uint32_t *values;       /* at the row that was read last; of takes, kept ones */
	uint32_t *takes;        /* at the row that was read last, not kept yet */
	SequenceReach *reaches; /* of the windows */
	uint32_t *ends;         /* of the match that begins at each row */
	uint32_t ends_capacity;
	uint64_t work; /* steps since the host was polled */
} SequenceSearch;

/* What a search keeps from journey to journey stands where this makes it. */
extern SequenceSearch *sequence_search(const SequenceProgram *program);
extern void sequence_search_free(SequenceSearch *search);

extern bool sequence_match(SequenceSearch *search, const Journey *journey);

/* Each match searched behind the end of the one before, or one at every row that has one. */
extern uint64_t sequence_count(SequenceSearch *search, const Journey *journey, bool overlap);

/* The first match that takes a row: from which to which. */
extern bool sequence_first(SequenceSearch *search, const Journey *journey, uint32_t *first,
						   uint32_t *last);

/*
 * Row by row, from the last one that may be taken to the first: begin; then read each
 * row that is visible, which sets takes, and keep them for the rows before.
 */
extern void sequence_search_begin(SequenceSearch *search, const Journey *journey);
extern void sequence_search_read(SequenceSearch *search, uint32_t row);
extern void sequence_search_keep(SequenceSearch *search, uint32_t row);

/* How much later a row is, which is not before the other. */
static inline uint64_t
sequence_difference(const SequenceSearch *search, uint32_t later, uint32_t row)
{
	return (uint64_t) search->rows[later].at - (uint64_t) search->rows[row].at;
}

/* To be called with how much was done. */
static inline void
sequence_poll(SequenceSearch *search, uint64_t work)
{
	search->work += work;
	if (search->work < 1 << 16)
		return;
	search->work = 0;
	host_poll();
}

static inline bool
sequence_visible(SequenceSearch *search, uint32_t row)
{
	sequence_poll(search, 1);
	return (search->rows[row].mask & search->program->visible) != 0;
}

#endif
