/*
 * entries.h: a funnel entered again and again: all entries of a user, not only the best.
 *
 * An entry is the attempt of the next row of step 1, completed as early as possible.  The
 * next one is looked for behind its last row, if it got through, else behind the row that
 * hit it, or its window; its rows are used up.  Where the question is not for the first
 * entry, a row of step 1 in the window of an entry that does not get through ends it, if the
 * attempt of that row comes further: the entry stays at the level that it had reached by
 * then.  Entries that were hit are listed, or not if a hit makes them void.
 *
 * Of simultaneous rows those that an entry does not use are there for the next one.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_ENTRIES_H
#define USER_OPS_KERNEL_FUNNEL_ENTRIES_H

#include "kernel/funnel/question.h"

typedef struct FunnelEntry
{
	int64_t at;
	int level;
} FunnelEntry;

/*
 * The entries in order, to be freed by the host; *n says how many.  The question has nothing
 * but strict ties, the first entry and exclusions.
 */
extern FunnelEntry *funnel_entries(const FunnelQuestion *question, const FunnelRows *rows,
								   uint32_t *n);

#endif
