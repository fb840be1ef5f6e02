/*
 * funnel.h: how far a user comes in a funnel, and by which rows.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_H
#define USER_OPS_KERNEL_FUNNEL_H

#include "kernel/funnel/question.h"

/* All of a journey, as far as the question allows. */
extern FunnelRows funnel_rows(const FunnelQuestion *question, const Journey *journey);

/* The greatest level, 0 to n_steps. */
extern int funnel_level(const FunnelQuestion *question, const FunnelRows *rows);

/*
 * Is the window of the deciding entry over by as_of, so that nothing will change any more?
 * That is the last row of step 1 that may begin an attempt, the first, if only the first one
 * counts, or the last one of any step, if the order does not matter.  Where the level is not 0.
 */
extern bool funnel_mature(const FunnelQuestion *question, const FunnelRows *rows);

/*
 * The winning chain; level 0 without one.  Which of simultaneous rows it consists of is
 * looked for only where it matters, which is where a row has more than a time.
 */
extern void funnel_chain(const FunnelQuestion *question, const FunnelRows *rows, bool choose_rows,
						 FunnelChain *chain);

#endif
