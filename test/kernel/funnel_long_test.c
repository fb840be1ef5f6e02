/*
 * funnel_long_test.c: funnels over journeys that are too long for trying everything, and
 * those of the most steps and the longest times, outside the server.
 *
 *	funnel_long_test SEED [ROUNDS]	so many of every legal combination of switches
 */
#include "simple_host.h"

#include "funnel_cases.h"
#include "funnel_chance.h"
#include "kernel/funnel/funnel.h"
#include "kernel/funnel/ways/run.h"

/* A chain as the definitions have it, but for what hits. */
static void
check_chain(const FunnelQuestion *question, const JourneyRow *rows, const FunnelChain *chain)
{
	int before = -1;

	for (int k = 0; k < question->n_steps; k++)
	{
		const JourneyRow *row = &rows[chain->rows[k]];

		if ((chain->held >> k & 1) == 0)
		{
			CHECK(k >= chain->level || (question->optional >> k & 1) != 0);
			continue;
		}
		CHECK(k < chain->level && (row->mask >> k & 1) != 0);
		for (int other = 0; other < k; other++)
			CHECK((chain->held >> other & 1) == 0 || chain->rows[other] != chain->rows[k]);
		if (before >= 0)
		{
			const JourneyRow *last = &rows[chain->rows[before]];

			CHECK(row->at - rows[chain->rows[0]].at <= question->within);
			CHECK(question->strict_ties ? row->at > last->at : row->at >= last->at);
			CHECK(row->at > last->at || row->tiebreak >= last->tiebreak);
			CHECK(!question->gaps || ((uint64_t) (row->at - last->at) >= question->min_gap[k] &&
									  (uint64_t) (row->at - last->at) <= question->max_gap[k]));
		}
		before = k;
	}
}

/* Both ways to look must find the same; rows are many, and few of them simultaneous. */
static void
random_long(int switches, int extra)
{
	JourneyRow rows[CASE_ROWS];
	int n_steps = 2 + below(5);
	int n_conditions = n_steps + below(3);
	FunnelQuestion question = random_question(switches, extra, n_conditions, n_steps);
	int n = CASE_ROWS / 2 + below(CASE_ROWS / 2);
	int n_times = n / (1 + below(3));
	Journey journey = {.rows = rows, .n_rows = (uint32_t) n};
	FunnelRows all;
	FunnelRun run = {.question = &question, .rows = rows};
	FunnelChain chain;

	question.within = below(2 * n_times);
	for (int i = 0; i < n; i++)
	{
		rows[i] = (JourneyRow){.at = below(n_times), .label = JOURNEY_NONE};
		rows[i].mask = (uint64_t) 1 << below(n_conditions) | (uint64_t) (below(4) == 0) << below(n_conditions);
	}
	qsort(rows, (size_t) n, sizeof(JourneyRow), compare_rows);
	all = funnel_rows(&question, &journey);
	question.pick = (uint8_t) below(3);
	funnel_chain(&question, &all, true, &chain);
	CHECK(chain.level == funnel_level(&question, &all));
	check_chain(&question, rows, &chain);
	run.n_rows = all.n;
	run.enter_from = all.enter_from;
	run.enter_to = all.enter_to;
	orders_run(&run);
	if (run.best.level != chain.level || (chain.level > 0 && run.best.n_held != __builtin_popcountll(chain.held)))
		show_case(&question, rows, n);
	CHECK(run.best.level == chain.level);
	CHECK(chain.level == 0 || run.best.n_held == __builtin_popcountll(chain.held));
	n_cases++;
}

/* All steps that there can be, from the first time to the last. */
static void
widest(bool simultaneous, bool strict)
{
	JourneyRow rows[FUNNEL_STEPS];
	FunnelQuestion question = plain_question(FUNNEL_STEPS, INT64_MAX);
	Journey journey = {.rows = rows, .n_rows = FUNNEL_STEPS};
	/* from the first to the last it is more than an int64 holds */
	int64_t between = (int64_t) (((uint64_t) JOURNEY_END_OF_TIME - (uint64_t) JOURNEY_FIRST_TIME) / FUNNEL_STEPS);
	int in_any_window = simultaneous ? FUNNEL_STEPS : 1 + (int) (INT64_MAX / between);
	FunnelRows all;
	FunnelChain chain;

	question.strict_ties = strict;
	for (int i = 0; i < FUNNEL_STEPS; i++)
		rows[i] = (JourneyRow){.at = i == 0 || simultaneous ? JOURNEY_FIRST_TIME : rows[i - 1].at + between, .mask = (uint64_t) 1 << i};
	all = funnel_rows(&question, &journey);
	CHECK(simultaneous || in_any_window == FUNNEL_STEPS - 1);
	for (int ways = 0; ways < 6; ways++)
	{
		question.in_between = (uint8_t) (ways % 3);
		question.repeats_break = ways > 2;
		funnel_chain(&question, &all, true, &chain);
		CHECK(chain.level == (simultaneous && strict ? 1 : in_any_window));
		for (int k = 0; k < chain.level; k++)
			CHECK(chain.rows[k] == (uint32_t) k);
		n_cases++;
	}
	question = plain_question(FUNNEL_STEPS, INT64_MAX);
	question.unordered = true;
	funnel_chain(&question, &all, true, &chain);
	CHECK(chain.level == in_any_window);
	/* every step but the ends may be left out, and none is */
	question = plain_question(FUNNEL_STEPS, INT64_MAX);
	question.optional = ~((uint64_t) 1 | (uint64_t) 1 << 63);
	funnel_chain(&question, &all, true, &chain);
	CHECK(chain.level == in_any_window && __builtin_popcountll(chain.held) == in_any_window);
	n_cases += 2;
}

int
main(int argc, char **argv)
{
	CHECK(argc > 1);
	random_state = strtoull(argv[1], NULL, 10);
	for (int switches = 0; switches < 12; switches++)
		for (int extra = 0; extra < 15; extra++)
			for (int round = argc > 2 ? atoi(argv[2]) : 5; round > 0; round--)
				random_long(switches, extra);
	widest(false, false);
	widest(true, false);
	widest(true, true);
	printf("# %ld cases\n", n_cases);
	return 0;
}
