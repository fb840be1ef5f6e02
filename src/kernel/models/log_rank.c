/*
 * log_rank.c: do groups have the same survival?
 */
#include "kernel/models/log_rank.h"

#include <math.h>

#include "kernel/math/special.h"
#include "kernel/models/survival.h"

/* All groups at a time. */
typedef struct GroupsAtRisk
{
	int n;
	SurvivalReader readers[LOG_RANK_MAX];
	bool has_point[LOG_RANK_MAX];  /* the reader stands before a time to come */
	double at_risk[LOG_RANK_MAX];  /* now */
	double surplus[LOG_RANK_MAX];  /* observed less expected */
	double expected[LOG_RANK_MAX];
	double variance[LOG_RANK_MAX * LOG_RANK_MAX];
} GroupsAtRisk;

static void
count_events(GroupsAtRisk *at, double events, double at_risk)
{
	double scale = at_risk > 1 ? events * (at_risk - events) / (at_risk - 1) : 0;

	for (int i = 0; i < at->n; i++)
	{
		double share = at->at_risk[i] / at_risk;

		at->expected[i] += events * share;
		at->surplus[i] -= events * share;
		for (int j = 0; j < at->n; j++)
			at->variance[i * LOG_RANK_MAX + j] +=
				scale * share * ((i == j) - at->at_risk[j] / at_risk);
	}
}

/* Go on to the next time at which something was observed. */
static bool
count_next_time(GroupsAtRisk *at)
{
	double at_time = INFINITY;
	double at_risk = 0;
	double events = 0;

	for (int i = 0; i < at->n; i++)
	{
		at_risk += at->at_risk[i];
		if (at->has_point[i])
			at_time = fmin(at_time, at->readers[i].point.at_time);
	}
	for (int i = 0; i < at->n; i++)
		if (at->has_point[i] && at->readers[i].point.at_time == at_time)
		{
			events += (double) at->readers[i].point.events;
			at->surplus[i] += (double) at->readers[i].point.events;
		}
	if (events > 0)
		count_events(at, events, at_risk);
	for (int i = 0; i < at->n; i++)
		if (at->has_point[i] && at->readers[i].point.at_time == at_time)
		{
			const SurvivalPoint *point = &at->readers[i].point;

			at->at_risk[i] = (double) (point->at_risk - point->events - point->censored);
			at->has_point[i] = survival_next(&at->readers[i]);
		}
	return at_time < INFINITY;
}

/* The quadratic form over those groups; false if it has none. */
static bool
solve(const GroupsAtRisk *at, const int *groups, int n, double *chi_square)
{
	double factor[LOG_RANK_MAX * LOG_RANK_MAX];
	double solution[LOG_RANK_MAX];

	for (int i = 0; i < n; i++)
	{
		solution[i] = at->surplus[groups[i]];
		for (int j = 0; j < n; j++)
			factor[i * n + j] = at->variance[groups[i] * LOG_RANK_MAX + groups[j]];
	}
	if (!cholesky_factor(factor, n))
		return false;
	cholesky_solve(factor, n, solution);
	*chi_square = 0;
	for (int i = 0; i < n; i++)
		*chi_square += at->surplus[groups[i]] * solution[i];
	return true;
}

bool
log_rank(const Tally *const *groups, int n_groups, LogRank *test)
{
	GroupsAtRisk at = {.n = n_groups};
	int present[LOG_RANK_MAX];
	int n_present = 0;

	for (int i = 0; i < n_groups; i++)
	{
		at.readers[i] = survival_read(groups[i]);
		at.at_risk[i] = (double) groups[i]->total;
		at.has_point[i] = survival_next(&at.readers[i]);
	}
	while (count_next_time(&at))
		host_poll();
	for (int i = 0; i < n_groups; i++)
		if (at.expected[i] > 0)
			present[n_present++] = i;
	test->df = n_present > 0 ? n_present - 1 : 0;
	if (test->df == 0 || !solve(&at, present, test->df, &test->chi_square))
		return false;
	test->p_value = test->chi_square > 0 ? gamma_q(test->df / 2.0, test->chi_square / 2) : 1;
	return true;
}
