/*
 * funnel.c: how far a user comes, by questions of every kind.
 */
#include "asked.h"
#include "questions.h"

#include "kernel/funnel/entries.h"
#include "kernel/funnel/funnel.h"

static void
ask(Input *in, Input *from)
{
	JourneyKind kind = {.n_conditions = (uint8_t) (1 + in_below(in, 8))};
	FunnelQuestion question;
	const Journey *journey;
	FunnelRows rows;
	FunnelChain chain;
	bool choose_rows;
	int level;

	if (!in_question(in, &question, kind.n_conditions))
		return;
	journey = in_journey(from, &kind);
	rows = funnel_rows(&question, journey);
	level = funnel_level(&question, &rows);
	CHECK(level >= 0 && level <= question.n_steps);
	if (level > 0)
		(void) funnel_mature(&question, &rows);
	choose_rows = in_bool(in);
	funnel_chain(&question, &rows, choose_rows, &chain);
	CHECK(chain.level == level);
	if (level > 0)
	{
		int64_t last = INT64_MIN;
		int64_t begun = INT64_MAX;

		CHECK(chain.held >> (level - 1) & 1 && (chain.held >> (level - 1)) == 1);
		for (int step = 0; step < level; step++)
		{
			int64_t at;

			if (!(chain.held >> step & 1))
				continue;
			CHECK(chain.rows[step] < rows.n);
			CHECK(!choose_rows || question.unordered || rows.rows[chain.rows[step]].mask >> step & 1);
			at = rows.rows[chain.rows[step]].at;
			CHECK(question.unordered || at >= last);
			last = at;
			begun = at < begun ? at : begun;
			CHECK(funnel_elapsed(begun, at) <= (uint64_t) question.within || question.unordered);
		}
	}
	if (question.optional == 0 && !question.gaps && !question.unordered && !question.repeats_break && question.in_between == FUNNEL_ANYTHING &&
		question.pick == FUNNEL_FIRST)
	{
		uint32_t n;
		FunnelEntry *entries = funnel_entries(&question, &rows, &n);

		for (uint32_t i = 0; i < n; i++)
			CHECK(entries[i].level >= 1 && entries[i].level <= question.n_steps && (i == 0 || entries[i - 1].at <= entries[i].at));
	}
}
