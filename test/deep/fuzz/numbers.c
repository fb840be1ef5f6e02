/*
 * numbers.c: functions of plain numbers: tests of effects, sizes of samples, small cells,
 * unusual values, days.
 */
#include "asked.h"

#include "kernel/alerts/robust_z.h"
#include "kernel/base/civil.h"
#include "kernel/experiment/statistics/many_tests.h"
#include "kernel/experiment/statistics/rates.h"
#include "kernel/experiment/statistics/sample_ratio.h"
#include "kernel/experiment/statistics/sample_size.h"
#include "kernel/experiment/statistics/sequential.h"
#include "kernel/privacy/suppress.h"

#define MOST 24

static void
check_p(double p)
{
	CHECK(!(p < 0) && !(p > 1));
}

static void
ask_tests(Input *in, uint32_t n)
{
	double p[MOST];
	double effects[MOST];
	double std_errors[MOST];
	double weights[MOST];
	uint64_t users[MOST];
	Share control = {0, (double) in_int(in, 1, INT64_MAX)};
	Share variant = {0, (double) in_int(in, 1, INT64_MAX)};
	double width = normal_width(-in_positive(in));
	double users_in = (double) in_int(in, 1, INT64_MAX);

	for (uint32_t i = 0; i < n; i++)
	{
		p[i] = in_share(in);
		effects[i] = in_real(in);
		std_errors[i] = in_positive(in);
		weights[i] = in_positive(in);
		users[i] = (uint64_t) in_int(in, 0, INT64_MAX >> 2);
	}
	adjust_p(p, n, (PAdjustment) in_below(in, 4));
	for (uint32_t i = 0; i < n; i++)
		check_p(p[i]);
	check_p(heterogeneity(effects, std_errors, n).p_value);
	if (n > 0)
		check_p(sample_ratio(users, weights, (int) n).p_value);
	control.k = control.n * in_share(in);
	variant.k = variant.n * in_share(in);
	check_p(rate_difference(control, variant, width).p_value);
	check_p(sequential_p(in_real(in), users_in, in_share(in), in_positive(in)));
	CHECK(!(sequential_width(users_in, in_share(in), in_positive(in)) < 0));
}

static void
ask_plans(Input *in)
{
	double ratio = in_positive(in);
	double baseline = in_share(in);
	double effect = (in_share(in) - 0.5) / 2;
	PlannedTest tests[2] = {planned_mean(in_positive(in), in_real(in)),
							baseline + effect > 0 && baseline + effect < 1 ? planned_rate(baseline, effect, ratio) : planned_mean(1, 1)};

	for (int i = 0; i < 2; i++)
	{
		check_p(planned_power(&tests[i], (double) in_int(in, 1, INT64_MAX), (double) in_int(in, 1, INT64_MAX), in_share(in)));
		if (tests[i].effect != 0)
			CHECK(!(planned_size(&tests[i], in_share(in), in_share(in), ratio) < 0));
	}
	CHECK(!(detectable_effect(in_positive(in), (double) in_int(in, 1, INT64_MAX), (double) in_int(in, 1, INT64_MAX), in_share(in), in_share(in)) < 0));
}

/* A day is in the period that it begins before and ends behind it. */
static void
ask_days(Input *in)
{
	for (int i = 0; i < 4; i++)
	{
		int32_t day = in_day(in);
		CivilDate date = civil_date(day);
		int32_t again;

		CHECK(civil_day(date, &again) && again == day);
		for (int period = PERIOD_DAY; period <= PERIOD_YEAR; period++)
		{
			WeekStart week_start = period == PERIOD_WEEK ? (WeekStart) (i & 1) : WEEK_MONDAY;
			int32_t number = civil_period(day, (Period) period, week_start);
			PeriodCursor cursor = period_cursor((Period) period, week_start);

			CHECK(civil_period_start(number, (Period) period, week_start) <= day);
			CHECK(civil_period_start((int64_t) number + 1, (Period) period, week_start) > day);
			CHECK(period_at(&cursor, day) == number);
		}
	}
}

static void
ask(Input *in, Input *rows)
{
	uint32_t n = in_below(in, MOST);
	int64_t k = in_int(in, 1, INT64_MAX);
	bool published = in_bool(in);
	int64_t counts[MOST];
	bool hide[MOST];
	double history[MOST];
	RobustZ z;
	bool total_hidden;

	ask_days(in);
	if (in_bool(in))
		ask_tests(rows, n);
	if (in_bool(in))
		ask_plans(rows);
	for (uint32_t i = 0; i < n; i++)
	{
		counts[i] = in_int(rows, 0, INT64_MAX / MOST);
		history[i] = in_real(rows);
	}
	total_hidden = suppress_line(counts, n, k, published, hide);
	CHECK(published || !total_hidden);
	for (uint32_t i = 0; i < n; i++)
		CHECK(hide[i] || counts[i] == 0 || counts[i] >= k);
	z = robust_z(in_real(in), history, n, in_positive(in));
	CHECK((z.status == ROBUST_Z_TOO_FEW) == (n < ROBUST_Z_FEWEST));
}
