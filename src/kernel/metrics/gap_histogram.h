/*
 * gap_histogram.h: the gaps between users' basis days, counted in brackets.
 *
 * A gap is the number of days from a basis day (summary.h) to the user's next
 * one.  A bracket begins at a number of days and ends before the next one; the
 * first begins at 1, which no gap is below, and the last is open.
 *
 * A state (state.h), as small as there are brackets.  The stored form:
 *
 *	+---------+--------+------------+=========+=========+==
 *	| version | as_of  | n brackets | bracket | bracket | ...
 *	+---------+--------+------------+=========+=========+==
 *	  1 byte    zigzag   varint       n times, ascending
 *
 *	a bracket	varint days from the start of the one before, less 1	but for the first
 *				varint gaps
 *				varint users											if gaps > 0
 */
#ifndef USER_OPS_KERNEL_GAP_HISTOGRAM_H
#define USER_OPS_KERNEL_GAP_HISTOGRAM_H

#include "kernel/activity/activity.h"
#include "kernel/base/state.h"

#define GAP_HISTOGRAM_VERSION      1
#define GAP_HISTOGRAM_MAX_BRACKETS 1000

typedef struct GapBracket
{
	uint64_t gaps;
	uint64_t users;     /* with at least one of them */
	uint64_t last_user; /* the last of those, as numbered by n_added; not stored */
	int32_t from_days;
} GapBracket;

typedef struct GapHistogram
{
	State state;
	int32_t as_of;    /* first day that is not observed */
	uint32_t n;       /* brackets */
	uint64_t gaps;    /* in all of them */
	uint64_t n_added; /* users added to this chunk; not stored */
	GapBracket brackets[];
} GapHistogram;

extern const StateKind gap_histogram_kind;

/* What is wrong with these starts of brackets, or NULL. */
extern const char *gap_brackets_problem(const int32_t *from_days, int64_t n);
#define GAP_BRACKETS_HINT "'{1,8,31}' means gaps of 1 to 7 days, of 8 to 30, and of 31 or more."

extern GapHistogram *gap_histogram_create(int32_t as_of, const int32_t *from_days, uint32_t n);

/* Fails unless the histogram was begun with this as_of and these brackets. */
extern void gap_histogram_expect(const GapHistogram *histogram, int32_t as_of,
								 const int32_t *from_days, uint32_t n);

extern GapHistogram *gap_histogram_add(GapHistogram *histogram, ActivityReader *activity);

#endif
