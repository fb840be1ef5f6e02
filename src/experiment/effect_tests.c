/*
 * effect_tests.c: tests of effects and shares that were worked out before.
 *
 *	1. NULL for what was measured: NULL.  NULL for how it is asked (confidence, method) is an
 *	   error (22004), but for tightest_at, which has a default.
 *	2. Arguments out of their range are errors (22023).
 *	3. NULL among the elements of an array, and a standard error of 0: that test or segment
 *	   does not count.
 */
#include "server/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "experiment/tightest_at.h"
#include "kernel/experiment/statistics/many_tests.h"
#include "kernel/experiment/statistics/rates.h"
#include "kernel/experiment/statistics/sequential.h"
#include "server/calendar.h"
#include "server/call.h"

/* sequential_interval(effect, std_error, n_both, confidence, tightest_at) */
PG_FUNCTION_INFO_V1(user_ops_sequential_interval);
Datum
user_ops_sequential_interval(PG_FUNCTION_ARGS)
{
	float8 confidence = between_0_and_1(fcinfo, 3, "confidence", HINT_CONFIDENCE);
	float8 tightest_at = tightest_at_arg(fcinfo, 4);
	float8 numbers[] = {NAN, NAN, NAN};
	float8 effect;
	float8 std_error;
	float8 n;

	if (any_null(fcinfo, 3))
		PG_RETURN_NULL();
	effect = PG_GETARG_FLOAT8(0);
	std_error = PG_GETARG_FLOAT8(1);
	n = (float8) PG_GETARG_INT64(2);
	refuse_value(!isfinite(effect), "effect must be a finite number",
				 "Give the difference of the arms.");
	refuse_value(!(std_error >= 0) || isinf(std_error),
				 "std_error must be a number of at least 0",
				 "Give the standard error of the effect, as compare returns it.");
	refuse_value(n < 1, "n_both must be above 0", "Give the number of users of both arms.");
	if (std_error > 0)
	{
		float8 reach = sequential_width(n, 1 - confidence, tightest_at) * std_error;

		numbers[0] = effect - reach;
		numbers[1] = effect + reach;
		refuse_size(!isfinite(numbers[0]) || !isfinite(numbers[1]), "the interval is out of range",
					"Give a smaller std_error.");
		numbers[2] = sequential_p(effect / std_error, n, 1 - confidence, tightest_at);
	}
	return row_of_numbers(fcinfo, numbers, lengthof(numbers));
}

/* The share of an arm, k being argument n and all users the one behind it. */
static Share
share_arg(FunctionCallInfo fcinfo, int n)
{
	int64 k = PG_GETARG_INT64(n);
	int64 users = PG_GETARG_INT64(n + 1);

	refuse_value(k < 0 || k > users, "of n users 0 to n can have converted",
				 "Give how many converted, then how many users the arm has.");
	return (Share){(float8) k, (float8) users};
}

static Datum
row_of_rates(FunctionCallInfo fcinfo, Share control, Share variant, float8 width)
{
	RateDifference rates = rate_difference(control, variant, width);
	float8 numbers[] = {variant.k / variant.n, control.k / control.n, rates.effect,
						rates.bounds.lower, rates.bounds.upper, rates.p_value,
						rates.lift, rates.lift_bounds.lower, rates.lift_bounds.upper};

	return row_of_numbers(fcinfo, numbers, lengthof(numbers));
}

/* rate_difference(k_control, n_control, k_variant, n_variant, confidence) */
PG_FUNCTION_INFO_V1(user_ops_rate_difference);
Datum
user_ops_rate_difference(PG_FUNCTION_ARGS)
{
	float8 confidence = between_0_and_1(fcinfo, 4, "confidence", HINT_CONFIDENCE);
	Share control;
	Share variant;

	if (any_null(fcinfo, 4))
		PG_RETURN_NULL();
	control = share_arg(fcinfo, 0);
	variant = share_arg(fcinfo, 2);
	if (control.n == 0 || variant.n == 0)
		PG_RETURN_NULL();
	return row_of_rates(fcinfo, control, variant, normal_width(log1p(-confidence)));
}

/* adjust_p(p, method) */
PG_FUNCTION_INFO_V1(user_ops_adjust_p);
Datum
user_ops_adjust_p(PG_FUNCTION_ARGS)
{
	static const char *const methods[] = {"none", "bonferroni", "holm", "benjamini_hochberg"};
	PAdjustment method;
	ArrayType *array;
	float8 *p;
	Datum *values;
	bool *nulls;
	int n;

	refuse_null(fcinfo, 1, "method", "Give 'none', 'bonferroni', 'holm' or 'benjamini_hochberg'.");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	array = PG_GETARG_ARRAYTYPE_P(0);
	method = ADJUST_NONE + enum_code(PG_GETARG_OID(1), methods, lengthof(methods));
	p = numbers_arg(fcinfo, 0, "p", &n);
	for (int i = 0; i < n; i++)
		refuse_value(p[i] < 0 || p[i] > 1, "a p-value must be between 0 and 1",
					 "Give the p-values of all comparisons of one decision.");
	adjust_p(p, n, method);
	values = palloc(n * sizeof(Datum));
	nulls = palloc(n * sizeof(bool));
	numbers_or_null(p, n, values, nulls);
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, ARR_NDIM(array), ARR_DIMS(array),
											 ARR_LBOUND(array), FLOAT8OID, sizeof(float8),
											 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
row_of_heterogeneity(FunctionCallInfo fcinfo, const Heterogeneity *test)
{
	float8 numbers[] = {test->pooled, test->pooled_std_error, test->q,
						test->df < 0 ? NAN : (float8) test->df, test->p_value, test->i_squared};
	Datum values[lengthof(numbers)];
	bool nulls[lengthof(numbers)];

	numbers_or_null(numbers, lengthof(numbers), values, nulls);
	values[3] = Int32GetDatum((int32) test->df);
	return row_of_values(fcinfo, values, nulls);
}

/* heterogeneity(effects, std_errors) */
PG_FUNCTION_INFO_V1(user_ops_heterogeneity);
Datum
user_ops_heterogeneity(PG_FUNCTION_ARGS)
{
	int n;
	int n_errors;
	float8 *effects = numbers_arg(fcinfo, 0, "effects", &n);
	float8 *std_errors = numbers_arg(fcinfo, 1, "std_errors", &n_errors);
	Heterogeneity test;

	refuse_value(n != n_errors, "there must be a standard error for each effect",
				 "Give the effects of the segments and their standard errors in the same order.");
	for (int i = 0; i < n; i++)
	{
		refuse_value(isinf(effects[i]), "an effect must be a finite number",
					 "NULL leaves a segment out.");
		refuse_value(std_errors[i] < 0 || isinf(std_errors[i]),
					 "a standard error must be a number of at least 0",
					 "NULL leaves a segment out.");
	}
	test = heterogeneity(effects, std_errors, n);
	refuse_size(isinf(test.pooled) || isinf(test.q) || (isnan(test.pooled) && test.df >= 0),
				"the effects are out of range",
				"Give effects and standard errors in a larger unit.");
	return row_of_heterogeneity(fcinfo, &test);
}
