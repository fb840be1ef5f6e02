/*
 * run.c: what all ways to look for chains have in common.
 */
#include "kernel/funnel/ways/run.h"

bool
run_better(const FunnelRun *run, const FunnelFind *a, const FunnelFind *b)
{
	int pick = run->question->pick;

	if (a->level != b->level)
		return a->level > b->level;
	if (a->n_held != b->n_held)
		return a->n_held > b->n_held;
	if (run->trace)
	{
		/* all begin at one instant */
		if (pick != FUNNEL_FIRST && a->end != b->end)
			return a->end < b->end;
		return links_earlier(run->rows, a->link, b->link);
	}
	if (pick == FUNNEL_FASTEST)
	{
		uint64_t of_a = funnel_elapsed(a->start, a->end);
		uint64_t of_b = funnel_elapsed(b->start, b->end);

		return of_a < of_b || (of_a == of_b && a->start < b->start);
	}
	if (pick == FUNNEL_LATEST_ENTRY)
		return a->end < b->end || (a->end == b->end && a->start > b->start);
	return false;
}

bool
run_done(const FunnelRun *run, int64_t at)
{
	const FunnelQuestion *question = run->question;

	return run->best.end < at && run->best.level == question->n_steps &&
		   run->best.n_held == question->n_steps &&
		   (run->trace ? question->pick != FUNNEL_FIRST : question->pick != FUNNEL_FASTEST);
}
