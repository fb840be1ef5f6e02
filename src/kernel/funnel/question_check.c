/*
 * question_check.c: questions that make sense.
 */
#include "kernel/funnel/question_check.h"

bool
funnel_hits_everywhere(const FunnelQuestion *question)
{
	for (int level = 2; level < question->n_steps; level++)
		if (question->hits[level] != question->hits[1])
			return false;
	return true;
}

const char *
funnel_problem(const FunnelQuestion *question, const char **hint)
{
	uint64_t ends = 1 | (uint64_t) 1 << (question->n_steps - 1);

	*hint = "Name steps between the first and the last, which a chain needs.";
	if ((question->optional & (ends | ~funnel_steps(question))) != 0)
		return "optional steps must be between the first and the last";
	*hint = "Leave out min_gap and max_gap, or make all steps required.";
	if (question->optional != 0 && question->gaps)
		return "gaps between steps cannot be combined with optional steps";
	if (!question->unordered)
		return NULL;
	*hint = "Leave out the other switch: without an order there is nothing in between, and no next "
			"step.";
	if (question->in_between != FUNNEL_ANYTHING || question->repeats_break || question->strict_ties)
		return "an unordered funnel takes no in_between, repeats or ties";
	if (question->optional != 0 || question->gaps)
		return "an unordered funnel takes no optional steps and no gaps";
	if (question->pick != FUNNEL_FIRST)
		return "an unordered funnel takes no pick";
	*hint = "Leave out exclude_from and exclude_to: without an order exclusions apply to the whole "
			"window.";
	if (question->exclusions && !funnel_hits_everywhere(question))
		return "an unordered funnel takes no exclude_from and exclude_to";
	return NULL;
}

void
funnel_normalize(FunnelQuestion *question)
{
	uint64_t any_hits = 0;
	bool any_gaps = false;

	for (int level = 0; level < FUNNEL_STEPS; level++)
	{
		bool between = level > 0 && level < question->n_steps;

		if (!between || !question->exclusions)
			question->hits[level] = 0;
		if (!between || !question->gaps)
		{
			question->min_gap[level] = 0;
			question->max_gap[level] = UINT64_MAX;
		}
		any_hits |= question->hits[level];
		any_gaps =
			any_gaps || question->min_gap[level] > 0 || question->max_gap[level] < UINT64_MAX;
	}
	question->exclusions = any_hits != 0;
	question->gaps = any_gaps;
	question->drop_entry = question->drop_entry && question->exclusions;
}
