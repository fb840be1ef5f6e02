/*
 * typical_gap.h: the median over users of their median gap, from counts.
 *
 * A median gap is a multiple of 0.5 days, so doubled gaps are integers and few
 * of them differ.  A state (state.h).  To the working form, struct GapCounts,
 * new entries are appended; when the chunk is full, equal ones become one, and
 * it grows if that did not halve it.  The stored form:
 *
 *	+---------+--------+----------+======+
 *	| version | as_of  | n gaps   | runs |
 *	+---------+--------+----------+======+
 *	  1 byte    zigzag   varint     of doubled gaps (bytes.h)
 */
#ifndef USER_OPS_KERNEL_TYPICAL_GAP_H
#define USER_OPS_KERNEL_TYPICAL_GAP_H

#include "kernel/base/state.h"

#define GAP_COUNTS_VERSION  1
#define TYPICAL_GAP_DEFAULT 30 /* where nobody has a gap */

typedef struct GapCounts
{
	State state;
	int32_t as_of;
	uint64_t users; /* sum of all counts */
	uint32_t n;     /* entries in use */
	Run entries[];  /* doubled gap, users */
} GapCounts;

extern const StateKind gap_counts_kind;

extern GapCounts *gap_counts_create(int32_t as_of);

/* Fails unless the counts were begun with this as_of. */
extern void gap_counts_expect(const GapCounts *counts, int32_t as_of);

extern GapCounts *gap_counts_add(GapCounts *counts, int64_t doubled_gap, uint64_t users);

extern double gap_counts_median(const GapCounts *counts);

#endif
