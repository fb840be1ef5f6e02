/*
 * log_rank.c: do groups have the same survival?
 */
#include "kernel/models/log_rank.h"

#include <math.h>

#include "kernel/math/special.h"
#include "kernel/models/survival.h"

/* All groups, watched from time to time. */
typedef struct Watch
{
	int n;
	SurvivalReader readers[LOG_RANK_MAX];
	bool has_point[LOG_RANK_MAX];  /* the reader stands before a time to come */
	double at_risk[LOG_RANK_MAX];  /* now */
	double surplus[LOG_RANK_MAX];  /* observed less expected */
	double expected[LOG_RANK_MAX];
	double variance[LOG_RANK_MAX * LOG_RANK_MAX];
} Watch;

static void
count_events(Watch *watch, double events, double at_risk)
{
	double scale = at_risk > 1 ? events * (at_risk - events) / (at_risk - 1) : 0;

	for (int i = 0; i < watch->n; i++)
	{
		double share = watch->at_risk[i] / at_risk;

		watch->expected[i] += events * share;
		watch->surplus[i] -= events * share;
		for (int j = 0; j < watch->n; j++)
			watch->variance[i * LOG_RANK_MAX + j] +=
				scale * share * ((i == j) - watch->at_risk[j] / at_risk);
	}
}

/* Go on to the next time at which something was observed. */
static bool
watch_next(Watch *watch)
{
	double at_time = INFINITY;
	double at_risk = 0;
	double events = 0;

	for (int i = 0; i < watch->n; i++)
	{
		at_risk += watch->at_risk[i];
		if (watch->has_point[i])
			at_time = fmin(at_time, watch->readers[i].point.at_time);
	}
	for (int i = 0; i < watch->n; i++)
		if (watch->has_point[i] && watch->readers[i].point.at_time == at_time)
		{
			events += (double) watch->readers[i].point.events;
			watch->surplus[i] += (double) watch->readers[i].point.events;
		}
	if (events > 0)
		count_events(watch, events, at_risk);
	for (int i = 0; i < watch->n; i++)
		if (watch->has_point[i] && watch->readers[i].point.at_time == at_time)
		{
			const SurvivalPoint *point = &watch->readers[i].point;

			watch->at_risk[i] = (double) (point->at_risk - point->events - point->censored);
			watch->has_point[i] = survival_next(&watch->readers[i]);
		}
	return at_time < INFINITY;
}

/* The quadratic form over those groups; false if it has none. */
static bool
solve(const Watch *watch, const int *groups, int n, double *chi_square)
{
	double factor[LOG_RANK_MAX * LOG_RANK_MAX];
	double solution[LOG_RANK_MAX];

	for (int i = 0; i < n; i++)
	{
		solution[i] = watch->surplus[groups[i]];
		for (int j = 0; j < n; j++)
			factor[i * n + j] = watch->variance[groups[i] * LOG_RANK_MAX + groups[j]];
	}
	if (!cholesky_factor(factor, n))
		return false;
	cholesky_solve(factor, n, solution);
	*chi_square = 0;
	for (int i = 0; i < n; i++)
		*chi_square += watch->surplus[groups[i]] * solution[i];
	return true;
}

bool
log_rank(const Tally *const *groups, int n_groups, LogRank *test)
{
	Watch watch = {.n = n_groups};
	int present[LOG_RANK_MAX];
	int n_present = 0;

	for (int i = 0; i < n_groups; i++)
	{
		watch.readers[i] = survival_read(groups[i]);
		watch.at_risk[i] = (double) groups[i]->total;
		watch.has_point[i] = survival_next(&watch.readers[i]);
	}
	while (watch_next(&watch))
		host_poll();
	for (int i = 0; i < n_groups; i++)
		if (watch.expected[i] > 0)
			present[n_present++] = i;
	test->df = n_present > 0 ? n_present - 1 : 0;
	if (test->df == 0 || !solve(&watch, present, test->df, &test->chi_square))
		return false;
	test->p_value = test->chi_square > 0 ? gamma_q(test->df / 2.0, test->chi_square / 2) : 1;
	return true;
}
