/*
 * sample_sizes.c: how many users an experiment needs, and what it can see.
 *
 *	1. NULL for what is known of the metric or planned for the arms: NULL.  NULL for power,
 *	   alpha or ratio is an error (22004).
 *	2. Arguments out of their range are errors (22023): an effect of 0 among them, which no
 *	   number of users shows.  More users than a bigint counts: 22003.
 *	3. Numbers of users are rounded up.
 */
#include "server/compat.h"

#include <math.h>

#include "kernel/experiment/statistics/sample_size.h"
#include "server/call.h"

#define HINT_STD_DEV \
	"Give the standard deviation of the metric: the root of the variance that arms returns."
#define HINT_ALPHA   "0.05 is usual: how often a test may see an effect where there is none."
#define HINT_POWER   "0.8 is usual: how often a test sees the effect where there is one."
#define HINT_RATIO   "Give users of the variant for one of the control: 1 means as many."
#define HINT_RATES   "Give a baseline such as 0.05, and an effect that does not lead to 0 or 1."

/* Argument n, of any sign. */
static float8
effect_arg(FunctionCallInfo fcinfo, int n)
{
	float8 effect = PG_GETARG_FLOAT8(n);

	refuse_value(!isfinite(effect), "effect must be a finite number",
				 "Give the difference of the arms that is to be seen.");
	return effect;
}

/* The same for a size, which cannot be 0. */
static float8
sought_effect_arg(FunctionCallInfo fcinfo, int n)
{
	float8 effect = effect_arg(fcinfo, n);

	refuse_value(effect == 0, "effect must not be 0",
				 "Give the smallest difference of the arms that matters.");
	return effect;
}

/* A test of rates, by arguments 0 and 1. */
static PlannedTest
planned_rate_of_call(FunctionCallInfo fcinfo, float8 effect, float8 ratio)
{
	float8 baseline = PG_GETARG_FLOAT8(0);

	refuse_value(!(baseline > 0 && baseline < 1 && baseline + effect > 0 && baseline + effect < 1),
				 "rates must be between 0 and 1", HINT_RATES);
	return planned_rate(baseline, effect, ratio);
}

/* Argument n, users of an arm. */
static float8
users_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	int64 users = PG_GETARG_INT64(n);

	if (users < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be above 0", name),
						errhint("Give the number of users of each arm.")));
	return (float8) users;
}

static Datum
rounded_up(float8 users)
{
	users = fmax(1, ceil(users));
	refuse_size(!(users < 9e18), "the number of users is out of range",
				"Give an effect that is not as small, or a ratio nearer to 1.");
	return Int64GetDatum((int64) users);
}

/* Sizes of both arms; power, alpha and ratio are arguments 2 to 4. */
static Datum
sizes(FunctionCallInfo fcinfo, const PlannedTest *test, float8 ratio)
{
	float8 size = planned_size(test, between_0_and_1(fcinfo, 2, "power", HINT_POWER),
							   between_0_and_1(fcinfo, 3, "alpha", HINT_ALPHA), ratio);
	Datum values[2] = {rounded_up(size), rounded_up(ratio * size)};
	bool nulls[2] = {false};

	return row_of_values(fcinfo, values, nulls);
}

/* sample_size_mean(std_dev, effect, power, alpha, ratio) */
PG_FUNCTION_INFO_V1(user_ops_sample_size_mean);
Datum
user_ops_sample_size_mean(PG_FUNCTION_ARGS)
{
	PlannedTest test;

	if (any_null(fcinfo, 2))
		PG_RETURN_NULL();
	test = planned_mean(positive_number(fcinfo, 0, "std_dev", HINT_STD_DEV),
						sought_effect_arg(fcinfo, 1));
	return sizes(fcinfo, &test, positive_number(fcinfo, 4, "ratio", HINT_RATIO));
}

/* sample_size_rate(baseline, effect, power, alpha, ratio) */
PG_FUNCTION_INFO_V1(user_ops_sample_size_rate);
Datum
user_ops_sample_size_rate(PG_FUNCTION_ARGS)
{
	float8 ratio = positive_number(fcinfo, 4, "ratio", HINT_RATIO);
	PlannedTest test;

	if (any_null(fcinfo, 2))
		PG_RETURN_NULL();
	test = planned_rate_of_call(fcinfo, sought_effect_arg(fcinfo, 1), ratio);
	return sizes(fcinfo, &test, ratio);
}

/* power_mean(std_dev, effect, n_control, n_variant, alpha) */
PG_FUNCTION_INFO_V1(user_ops_power_mean);
Datum
user_ops_power_mean(PG_FUNCTION_ARGS)
{
	float8 alpha = between_0_and_1(fcinfo, 4, "alpha", HINT_ALPHA);
	PlannedTest test;

	if (any_null(fcinfo, 4))
		PG_RETURN_NULL();
	test = planned_mean(positive_number(fcinfo, 0, "std_dev", HINT_STD_DEV),
						effect_arg(fcinfo, 1));
	PG_RETURN_FLOAT8(planned_power(&test, users_arg(fcinfo, 2, "n_control"),
								   users_arg(fcinfo, 3, "n_variant"), alpha));
}

/* power_rate(baseline, effect, n_control, n_variant, alpha) */
PG_FUNCTION_INFO_V1(user_ops_power_rate);
Datum
user_ops_power_rate(PG_FUNCTION_ARGS)
{
	float8 alpha = between_0_and_1(fcinfo, 4, "alpha", HINT_ALPHA);
	float8 n_control;
	float8 n_variant;
	PlannedTest test;

	if (any_null(fcinfo, 4))
		PG_RETURN_NULL();
	n_control = users_arg(fcinfo, 2, "n_control");
	n_variant = users_arg(fcinfo, 3, "n_variant");
	test = planned_rate_of_call(fcinfo, effect_arg(fcinfo, 1), n_variant / n_control);
	PG_RETURN_FLOAT8(planned_power(&test, n_control, n_variant, alpha));
}

/* detectable_mean(std_dev, n_control, n_variant, power, alpha) */
PG_FUNCTION_INFO_V1(user_ops_detectable_mean);
Datum
user_ops_detectable_mean(PG_FUNCTION_ARGS)
{
	float8 power = between_0_and_1(fcinfo, 3, "power", HINT_POWER);
	float8 alpha = between_0_and_1(fcinfo, 4, "alpha", HINT_ALPHA);
	float8 effect;

	if (any_null(fcinfo, 3))
		PG_RETURN_NULL();
	effect = detectable_effect(positive_number(fcinfo, 0, "std_dev", HINT_STD_DEV),
							   users_arg(fcinfo, 1, "n_control"),
							   users_arg(fcinfo, 2, "n_variant"), power, alpha);
	refuse_size(!isfinite(effect), "the effect is out of range", "Give a smaller std_dev.");
	PG_RETURN_FLOAT8(effect);
}
