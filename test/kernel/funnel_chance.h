/*
 * funnel_chance.h: funnels and journeys at random, in seconds without a unit.
 */
#include "kernel/funnel/question.h"

static long n_cases;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

/* What a failure was about. */
static inline void
show_case(const FunnelQuestion *question, const JourneyRow *rows, int n)
{
	printf("# steps=%d within=%lld in_between=%d break=%d strict=%d first=%d unordered=%d optional=%llx exclusions=%d drop=%d gaps=%d pick=%d enter %lld to %lld as_of %lld\n",
		   question->n_steps, (long long) question->within, question->in_between, question->repeats_break, question->strict_ties,
		   question->first_entry, question->unordered, (unsigned long long) question->optional, question->exclusions,
		   question->drop_entry, question->gaps, question->pick, (long long) question->entry_from, (long long) question->entry_to,
		   (long long) question->as_of);
	for (int i = 1; i < question->n_steps; i++)
		printf("# level %d: hit by %llx, gap %llu to %llu\n", i, (unsigned long long) question->hits[i],
			   (unsigned long long) question->min_gap[i], (unsigned long long) question->max_gap[i]);
	for (int i = 0; i < n; i++)
		printf("# row %d: at %lld, tiebreak %lld, mask %llx\n", i, (long long) rows[i].at, (long long) rows[i].tiebreak,
			   (unsigned long long) rows[i].mask);
}

/* A few rows, in order; some are simultaneous, and some have a tiebreak. */
static inline int
random_rows(JourneyRow *rows, int n_conditions)
{
	int n = below(10) == 0 ? below(3) : 2 + below(6);
	int n_times = 1 + below(below(3) == 0 ? 3 : 10);
	int bits = 1 + below(3); /* a row tends to have */

	for (int i = 0; i < n; i++)
	{
		rows[i] = (JourneyRow){.at = below(n_times), .tiebreak = below(4) == 0 ? below(3) : 0, .label = JOURNEY_NONE};
		for (int bit = below(1 + bits); bit > 0; bit--)
			rows[i].mask |= (uint64_t) 1 << below(n_conditions);
	}
	qsort(rows, (size_t) n, sizeof(JourneyRow), compare_rows);
	return n;
}

static void
random_exclusions(FunnelQuestion *question, int n_conditions, bool pairs)
{
	for (int n = 1 + below(2); n > 0; n--)
	{
		int condition = below(3) > 0 && n_conditions > question->n_steps ? question->n_steps + 1 + below(n_conditions - question->n_steps)
																		  : 1 + below(n_conditions);
		int from = pairs && question->n_steps > 1 ? 1 + below(question->n_steps - 1) : 1;
		int to = pairs && question->n_steps > 1 ? from + 1 + below(question->n_steps - from) : question->n_steps;

		exclude(question, condition, from, to);
	}
}

/* A random question with these switches. */
static FunnelQuestion
random_question(int switches, int extra, int n_conditions, int n_steps)
{
	FunnelQuestion question = plain_question(n_steps, below(3) == 0 ? below(3) : below(14));

	question.in_between = (uint8_t) (switches % 3);
	question.repeats_break = (switches / 3 & 1) != 0;
	question.strict_ties = (switches / 6 & 1) != 0;
	question.first_entry = (switches / 12 & 1) != 0;
	if (extra % 5 > 0)
	{
		random_exclusions(&question, n_conditions, extra % 5 > 2);
		question.drop_entry = extra % 5 % 2 == 0;
	}
	for (int step = 2; extra / 5 == 1 && step < n_steps; step++)
		question.optional |= (uint64_t) below(2) << (step - 1);
	question.gaps = extra / 5 == 2;
	for (int level = 1; question.gaps && level < n_steps; level++)
	{
		question.min_gap[level] = (uint64_t) (below(2) * below(4));
		if (below(2) == 0)
			question.max_gap[level] = (uint64_t) below(6);
	}
	if (below(4) == 0)
		question.entry_from = below(5);
	if (below(4) == 0)
		question.entry_to = 3 + below(8);
	if (below(8) == 0)
		question.as_of = 3 + below(8);
	return question;
}
