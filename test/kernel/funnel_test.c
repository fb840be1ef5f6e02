/*
 * funnel_test.c: funnels against the definitions as programs that try everything, outside
 * the server.
 *
 *	funnel_test SEED [ROUNDS]	random journeys: so many of every legal combination of
 *								switches, and more of the main ones
 *	funnel_test golden FILE		cases with results worked out elsewhere, a line each
 */
#include "simple_host.h"

#include "funnel_cases.h"
#include "funnel_chance.h"
#include "funnel_brute.h"
#include "kernel/funnel/entries.h"
#include "kernel/funnel/funnel.h"
#include "kernel/funnel/ways/run.h"

#define MAIN_TIMES 50 /* rounds of a main combination, for one of the others */

/* --- what is wrong with an answer ------------------------------------------ */

static bool
same_chain(const FunnelQuestion *question, const JourneyRow *rows, const FunnelChain *chain,
		   const BruteChain *expected, bool choose_rows)
{
	if (chain->level != expected->level || chain->held != expected->held)
		return false;
	for (int k = 1; k <= question->n_steps; k++)
		if ((chain->held >> (k - 1) & 1) != 0 &&
			(choose_rows ? (int) chain->rows[k - 1] != expected->rows[k]
						 : rows[chain->rows[k - 1]].at != rows[expected->rows[k]].at))
			return false;
	return true;
}

static void
check_funnel(FunnelQuestion question, const JourneyRow *rows, int n)
{
	static Brute brute;
	Journey journey = {.rows = rows, .n_rows = (uint32_t) n};
	FunnelRows all;
	int level;

	n_cases++;
	brute_funnel(&brute, &question, rows, n);
	all = funnel_rows(&question, &journey);
	level = funnel_level(&question, &all);
	if (level != brute.best[0].level)
	{
		show_case(&question, rows, n);
		printf("# level %d, expected %d\n", level, brute.best[0].level);
		CHECK(level == brute.best[0].level);
	}
	if (!question.first_entry && !question.unordered)
	{
		FunnelRun run = {.question = &question, .rows = rows, .n_rows = all.n, .enter_from = all.enter_from, .enter_to = all.enter_to};

		orders_run(&run);
		if (run.best.level != level)
			show_case(&question, rows, n);
		CHECK(run.best.level == level);
	}
	for (int pick = 0; pick < (question.unordered ? 1 : 3); pick++)
		for (int choose_rows = 0; choose_rows < 2; choose_rows++)
		{
			FunnelChain chain;

			question.pick = (uint8_t) pick;
			funnel_chain(&question, &all, choose_rows != 0, &chain);
			if (same_chain(&question, rows, &chain, &brute.best[pick], choose_rows != 0))
				continue;
			show_case(&question, rows, n);
			for (int k = 1; k <= question.n_steps; k++)
				printf("# step %d: row %d, expected %d\n", k, (chain.held >> (k - 1) & 1) != 0 ? (int) chain.rows[k - 1] : -1,
					   (brute.best[pick].held >> (k - 1) & 1) != 0 ? brute.best[pick].rows[k] : -1);
			printf("# level %d, expected %d\n", chain.level, brute.best[pick].level);
			CHECK(same_chain(&question, rows, &chain, &brute.best[pick], choose_rows != 0));
		}
}

static void
check_entries(FunnelQuestion question, const JourneyRow *rows, int n)
{
	BruteEntry expected[BRUTE_ROWS];
	Journey journey = {.rows = rows, .n_rows = (uint32_t) n};
	FunnelRows all = funnel_rows(&question, &journey);
	int n_expected = brute_entries(&question, rows, (int) all.n, expected);
	uint32_t n_entries;
	FunnelEntry *entries = funnel_entries(&question, &all, &n_entries);

	n_cases++;
	if ((int) n_entries != n_expected)
		show_case(&question, rows, n);
	for (uint32_t i = 0; i < n_entries; i++)
	{
		if ((int) n_entries != n_expected || entries[i].at != expected[i].at || entries[i].level != expected[i].level)
		{
			show_case(&question, rows, n);
			printf("# entry %u: at %lld, level %d, expected %lld, %d\n", i, (long long) entries[i].at, entries[i].level,
				   (long long) expected[i].at, expected[i].level);
		}
		CHECK((int) n_entries == n_expected && entries[i].at == expected[i].at && entries[i].level == expected[i].level);
	}
	CHECK((int) n_entries == n_expected);
	host_free(entries);
}

/* --- random journeys ---------------------------------------------------------- */

static void
random_case(int switches, int extra)
{
	JourneyRow rows[BRUTE_ROWS];
	int n_steps = below(12) == 0 ? 1 : 2 + below(3);
	int n_conditions = n_steps + below(3);
	FunnelQuestion question = random_question(switches, extra, n_conditions, n_steps);

	check_funnel(question, rows, random_rows(rows, n_conditions));
}

static void
random_unordered(int switches)
{
	JourneyRow rows[BRUTE_ROWS];
	int n_steps = 1 + below(4);
	int n_conditions = n_steps + below(3);
	FunnelQuestion question = random_question(0, switches / 2, n_conditions, n_steps);

	question.first_entry = switches % 2 != 0;
	question.unordered = true;
	check_funnel(question, rows, random_rows(rows, n_conditions));
}

static void
random_entries(int switches)
{
	JourneyRow rows[BRUTE_ROWS];
	int n_steps = 1 + below(4);
	int n_conditions = n_steps + below(3);
	FunnelQuestion question = random_question(switches % 2 * 12, switches / 2, n_conditions, n_steps);
	int n = random_rows(rows, n_conditions);
	int n_distinct = 0;

	for (int i = 0; i < n; i++)
		if (i == 0 || rows[i].at != rows[i - 1].at)
			rows[n_distinct++] = rows[i];
	check_entries(question, rows, n_distinct);
}

/* Entries of simultaneous rows: there is no more than what must hold. */
static void
random_tied_entries(int switches)
{
	JourneyRow rows[BRUTE_ROWS];
	int n_steps = 1 + below(4);
	int n_conditions = n_steps + below(3);
	FunnelQuestion question = random_question(switches % 4 * 6, switches / 4, n_conditions, n_steps);
	int n = random_rows(rows, n_conditions);
	Journey journey = {.rows = rows, .n_rows = (uint32_t) n};
	FunnelRows all = funnel_rows(&question, &journey);
	uint32_t n_entries;
	FunnelEntry *entries = funnel_entries(&question, &all, &n_entries);
	int best = funnel_level(&question, &all);
	int rows_of_chains = 0;
	bool same = n_entries > 0 && entries[0].level == best;

	for (uint32_t i = 0; i < n_entries; i++)
	{
		int row = 0;

		while (row < n && (rows[row].at != entries[i].at || (rows[row].mask & 1) == 0))
			row++;
		CHECK(row < n && entries[i].level >= 1 && (entries[i].level <= best || question.exclusions || question.first_entry));
		CHECK(i == 0 || entries[i].at >= entries[i - 1].at);
		rows_of_chains += entries[i].level;
		same = same || entries[i].level == best;
	}
	/* a row serves one entry; the best attempt is one of the entries, where they may be cut short for it */
	CHECK(rows_of_chains <= n);
	CHECK(same || best == 0 || question.first_entry || question.exclusions);
	n_cases++;
	host_free(entries);
}

/*
 * Combinations: in_between, repeats, ties and entry; with each of them no more, optional
 * steps or gaps; and with each of those no exclusions, or those of all levels or of some,
 * which stop an attempt or drop it.  A main one has one switch, or those that are known
 * by a name elsewhere.
 */
static void
random_cases(int rounds)
{
	for (int switches = 0; switches < 24; switches++)
		for (int extra = 0; extra < 15; extra++)
		{
			bool main_one = (extra == 0 && switches < 12) || (switches == 0) || (switches == 12 && extra == 0);

			for (int round = rounds * (main_one ? MAIN_TIMES : 1); round > 0; round--)
				random_case(switches, extra);
		}
	for (int switches = 0; switches < 6; switches++)
		for (int round = rounds * (switches == 0 ? MAIN_TIMES : 1); round > 0; round--)
			random_unordered(switches);
	for (int switches = 0; switches < 10; switches++)
		for (int round = rounds * (switches == 0 ? MAIN_TIMES : 1); round > 0; round--)
			random_entries(switches);
	for (int switches = 0; switches < 20; switches++)
		for (int round = rounds; round > 0; round--)
			random_tied_entries(switches);
}

/* --- results worked out elsewhere --------------------------------------------- */

static void
check_times(const FunnelCase *c, const char *word, int pick)
{
	CaseValues times = case_values(c->line, word);
	FunnelQuestion question = c->question;
	Journey journey = {.rows = c->rows, .n_rows = (uint32_t) c->n_rows};
	FunnelRows all = funnel_rows(&question, &journey);
	FunnelChain chain;

	if (times.n < 0)
		times = case_values(c->line, "times");
	question.pick = (uint8_t) pick;
	funnel_chain(&question, &all, false, &chain);
	for (int k = 1; k <= question.n_steps; k++)
		if (((chain.held >> (k - 1) & 1) != 0 ? c->rows[chain.rows[k - 1]].at / SECOND : NO_VALUE) != times.values[k - 1])
		{
			printf("# %s of %s", word, c->line);
			CHECK(false);
		}
}

static void
check_level(const FunnelCase *c, const FunnelQuestion *question, const char *word)
{
	Journey journey = {.rows = c->rows, .n_rows = (uint32_t) c->n_rows};
	FunnelRows all = funnel_rows(question, &journey);

	if (funnel_level(question, &all) == case_value(c->line, word, -1))
		return;
	printf("# %s of %s", word, c->line);
	CHECK(false);
}

/* The word entries: time:level each. */
static void
check_golden_entries(const FunnelCase *c)
{
	const char *p = case_word(c->line, "entries");
	Journey journey = {.rows = c->rows, .n_rows = (uint32_t) c->n_rows};
	FunnelRows all = funnel_rows(&c->question, &journey);
	uint32_t n;
	FunnelEntry *entries = funnel_entries(&c->question, &all, &n);
	uint32_t same = 0;

	for (; *p != ' ' && *p != '\n'; same++)
	{
		char *end;
		int64_t at = strtoll(p, &end, 10) * SECOND;
		long level = strtol(end + 1, &end, 10);

		if (same == n || entries[same].at != at || entries[same].level != level)
			break;
		p = end + (*end == ',');
	}
	if (same != n || (*p != ' ' && *p != '\n'))
		printf("# entries of %s", c->line);
	CHECK(same == n && (*p == ' ' || *p == '\n'));
	host_free(entries);
}

/* One line of the file funnel_ties: levels by name. */
static void
check_ties(FunnelCase *c)
{
	FunnelQuestion question = plain_question(c->question.n_steps, 100 * SECOND);

	check_level(c, &question, "any");
	question.strict_ties = true;
	check_level(c, &question, "strict");
	question.strict_ties = false;
	question.in_between = FUNNEL_NO_STEPS;
	check_level(c, &question, "no_steps");
	question.in_between = FUNNEL_ANYTHING;
	question.repeats_break = true;
	check_level(c, &question, "break");
	question.in_between = FUNNEL_NOTHING;
	check_level(c, &question, "both");
}

static void
golden_cases(const char *name)
{
	static FunnelCase c;
	FILE *file = fopen(name, "r");

	CHECK(file != NULL);
	for (; case_next(file, &c); n_cases++)
	{
		if (case_word(c.line, "both") != NULL)
		{
			check_ties(&c);
			continue;
		}
		if (case_word(c.line, "entries") != NULL)
		{
			check_golden_entries(&c);
			continue;
		}
		check_level(&c, &c.question, "level");
		check_times(&c, "times", FUNNEL_FIRST);
		if (c.question.unordered)
			continue;
		check_times(&c, "times_fastest", FUNNEL_FASTEST);
		check_times(&c, "times_latest_entry", FUNNEL_LATEST_ENTRY);
	}
	fclose(file);
}

int
main(int argc, char **argv)
{
	CHECK(argc > 1);
	if (strcmp(argv[1], "golden") == 0)
		golden_cases(argv[2]);
	else
	{
		random_state = strtoull(argv[1], NULL, 10);
		random_cases(argc > 2 ? atoi(argv[2]) : 5);
	}
	printf("# %ld cases\n", n_cases);
	return 0;
}
