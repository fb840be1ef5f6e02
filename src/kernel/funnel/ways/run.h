/*
 * run.h: one look at the rows of a journey for the best chain of some attempts.
 *
 * A survey looks at all attempts of a range at once, and keeps of the starts of chains only
 * the one that dominates; it finds the greatest level and the most steps, and, where the
 * pick asks for it, when the winner begins and ends.  A trace looks at the attempts of one
 * instant, and keeps whole chains.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_RUN_H
#define USER_OPS_KERNEL_FUNNEL_RUN_H

#include "kernel/funnel/ways/links.h"

/* A chain that was found. */
typedef struct FunnelFind
{
	int level;
	int n_held;
	int64_t start;
	int64_t end;
	const FunnelLink *link; /* in a trace */
} FunnelFind;

typedef struct FunnelRun
{
	const FunnelQuestion *question;
	const JourneyRow *rows;
	uint32_t n_rows;       /* before as_of */
	uint32_t enter_from;   /* attempts begin at this row or later */
	uint32_t enter_to;     /* and before this one */
	bool trace;
	bool choose_rows;      /* in a trace: among simultaneous rows, too */
	bool only_complete;    /* of attempts that are void if they are hit: those that get through, */
	bool only_clean;       /* or those that nothing hits */
	FunnelLinks links;
	FunnelFind best;
	/* where all orders are tried, of one attempt: */
	int stood;             /* the greatest level it stood at, void or not */
	uint32_t hit;          /* it was hit by this row, or a simultaneous one; UINT32_MAX: it was not */
} FunnelRun;

/* The rows that are simultaneous with the row, from there on. */
static inline uint32_t
run_group_end(const FunnelRun *run, uint32_t from)
{
	uint32_t to = from + 1;

	while (to < run->n_rows && journey_simultaneous(&run->rows[from], &run->rows[to]))
		to++;
	return to;
}

/* Is a better than b?  Both exist. */
extern bool run_better(const FunnelRun *run, const FunnelFind *a, const FunnelFind *b);

static inline void
run_found(FunnelRun *run, FunnelFind find)
{
	if (run->only_complete && find.level < run->question->n_steps)
		return;
	if (run->best.level == 0 || run_better(run, &find, &run->best))
		run->best = find;
}

/* Is there nothing better to be found from this time on? */
extern bool run_done(const FunnelRun *run, int64_t at);

/* The ways to look, with what they are for at the head of each. */
extern void fronts_run(FunnelRun *run);
extern void orders_run(FunnelRun *run);

/* Those that find levels and chains without a run. */
extern bool funnel_is_plain(const FunnelQuestion *question);
extern int plain_level(const FunnelQuestion *question, const FunnelRows *rows);
extern void plain_chain(const FunnelQuestion *question, const FunnelRows *rows, bool choose_rows,
						FunnelChain *chain);
extern int unordered_level(const FunnelQuestion *question, const FunnelRows *rows);
extern void unordered_chain(const FunnelQuestion *question, const FunnelRows *rows,
							FunnelChain *chain);

#endif
