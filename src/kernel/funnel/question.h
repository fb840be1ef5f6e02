/*
 * question.h: what is asked of a funnel, and what is answered.
 *
 * The definitions, with all switches, stand in docs/definitions.md.  In short: a chain is
 * rows in order that match step 1, step 2 and so on, from its first row to its last within
 * the window; its level is the last step that it matches.  Every row of step 1 opens an
 * attempt, and the user's level is that of the best chain.  Simultaneous rows (journey.h)
 * may be read in whatever order serves the user best.
 *
 * Times are microseconds, masks are conditions (bit i: condition i + 1), the first n_steps
 * of which are the steps.  Levels and step numbers begin with 1; 0 means none.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_QUESTION_H
#define USER_OPS_KERNEL_FUNNEL_QUESTION_H

#include "kernel/journey/journey.h"

#define FUNNEL_STEPS JOURNEY_CONDITIONS /* at most */

/* What may stand between two rows of a chain. */
typedef enum FunnelInBetween
{
	FUNNEL_ANYTHING, /* every row */
	FUNNEL_NO_STEPS, /* no row of a step that was not matched yet */
	FUNNEL_NOTHING   /* nor one that matches no step */
} FunnelInBetween;

/* Which of the chains with the greatest level and the most steps wins. */
typedef enum FunnelPick
{
	FUNNEL_FIRST,       /* the earliest times, compared step by step, none last */
	FUNNEL_FASTEST,     /* the smallest time from the first row to the last */
	FUNNEL_LATEST_ENTRY /* the earliest last row, and then the latest first one */
} FunnelPick;

typedef struct FunnelQuestion
{
	int64_t within;     /* at most so long from the first row to the last */
	int64_t entry_from; /* an entry begins at this time or later */
	int64_t entry_to;   /* and before this one */
	int64_t as_of;      /* rows before this time exist; INT64_MAX: all */
	uint64_t optional;  /* bit i: step i + 1 may be left out; not the first, not the last */
	bool exclusions;
	bool gaps;
	bool drop_entry;    /* a hit makes the attempt void; else it keeps its level */
	bool repeats_break; /* rows of a step that was matched, and of the next one, break a chain */
	bool strict_ties;   /* the times of a chain increase */
	bool first_entry;   /* the attempt of the first row of step 1 alone */
	bool unordered;
	uint8_t in_between; /* FunnelInBetween */
	uint8_t pick;       /* FunnelPick */
	uint8_t n_steps;
	uint8_t unused[6];  /* 0 */
	uint64_t hits[FUNNEL_STEPS];    /* [k]: conditions that hit an attempt which stands at level k */
	uint64_t min_gap[FUNNEL_STEPS]; /* [k]: from the row of step k to that of step k + 1 */
	uint64_t max_gap[FUNNEL_STEPS];
} FunnelQuestion;

_Static_assert(sizeof(FunnelQuestion) == (7 + 3 * FUNNEL_STEPS) * 8, "questions are compared as bytes");

/* The winning chain. */
typedef struct FunnelChain
{
	uint8_t level;
	uint64_t held;               /* bit i: step i + 1 was matched */
	uint32_t rows[FUNNEL_STEPS]; /* [i]: by which row, if it was */
} FunnelChain;

static inline uint64_t
funnel_steps(const FunnelQuestion *question)
{
	return UINT64_MAX >> (FUNNEL_STEPS - question->n_steps);
}

/* Exact, also where it does not fit an int64: then it is beyond every window. */
static inline uint64_t
funnel_elapsed(int64_t from, int64_t to)
{
	return (uint64_t) to - (uint64_t) from;
}

/*
 * The rows of a journey that a question is about: attempts begin at rows[enter_from] or
 * later, and before rows[enter_to]; what follows are all rows before as_of.
 */
typedef struct FunnelRows
{
	const JourneyRow *rows;
	uint32_t n;
	uint32_t enter_from; /* no row before it is simultaneous with it */
	uint32_t enter_to;   /* nor with this one */
} FunnelRows;

/* The first of the rows from..to - 1 at this time or later; to if there is none. */
static inline uint32_t
funnel_row_at(const JourneyRow *rows, uint32_t from, uint32_t to, int64_t at)
{
	while (from < to)
	{
		uint32_t middle = from + (to - from) / 2;

		if (rows[middle].at < at)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

#endif
