/*
 * questions.h: questions of funnels, of the fuzzer's bytes.
 */
#include "kernel/funnel/question_check.h"

/* False: there is no such question. */
static inline bool
in_question(Input *in, FunnelQuestion *question, int n_conditions)
{
	uint8_t how = in_byte(in);
	uint8_t more = in_byte(in);
	const char *hint;

	*question = (FunnelQuestion){.entry_from = INT64_MIN, .entry_to = INT64_MAX, .as_of = INT64_MAX};
	question->n_steps = (uint8_t) (1 + in_below(in, (uint32_t) n_conditions));
	question->within = in_duration(in);
	question->in_between = (how & 3) % 3;
	question->pick = (how >> 2 & 3) % 3;
	question->repeats_break = how & 0x10;
	question->strict_ties = how & 0x20;
	question->first_entry = how & 0x40;
	question->unordered = (how & 0x80) != 0;
	question->drop_entry = more & 1;
	question->exclusions = more & 2;
	question->gaps = more & 4;
	if (more & 8)
		question->entry_from = in_time(in);
	if (more & 0x10)
		question->entry_to = in_time(in);
	if (more & 0x20)
		question->as_of = in_time(in);
	if (more & 0x40)
		question->optional = in_byte(in) & funnel_steps(question) & ~(1 | (uint64_t) 1 << (question->n_steps - 1));
	for (int level = 1; level < question->n_steps && level < 6; level++)
	{
		if (question->exclusions)
			question->hits[level] = in_byte(in) & (UINT64_MAX >> (64 - n_conditions));
		if (question->gaps)
		{
			question->min_gap[level] = (uint64_t) in_duration(in);
			question->max_gap[level] = in_bool(in) ? UINT64_MAX : (uint64_t) in_duration(in);
		}
	}
	if (funnel_problem(question, &hint) != NULL)
		return false;
	funnel_normalize(question);
	return true;
}
