/*
 * experiment.c: the type experiment and the aggregates that make it.
 *
 *	1. A NULL variant or metric (of a ratio, either part): the row is skipped.  No row left:
 *	   NULL.  A user who did nothing has 0, and not NULL: else they are not counted.
 *	2. A NULL covariate counts as 0, and its user among those without one.
 *	3. Numbers are exact: at most 9 decimals, 64 bits at the most decimals of any user (22003).
 *	   double precision is rounded to 6 decimals.
 *	4. A label of more than 63 bytes (22023), more than 64 of them (54000).
 *	5. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "experiment/variant.h"
#include "kernel/experiment/experiment.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

STATE_FUNCTIONS(experiment, experiment_kind)

/* Argument 1 of a transition function is the variant, behind it stand the variables. */
#define FIRST_VARIABLE 2

/* The number that is argument n, if it can be at this scale. */
typedef ExperimentValue (*ValueArg)(FunctionCallInfo fcinfo, int n, int scale);

static inline ExperimentValue
of_decimal(Decimal decimal)
{
	return (ExperimentValue){decimal.value, decimal.scale};
}

static pg_attribute_always_inline ExperimentValue
numeric_value(FunctionCallInfo fcinfo, int n, int scale)
{
	Numeric num = (Numeric) PG_GETARG_VARLENA_PP(n);
	ExperimentValue value = {0, scale};

	return decimal_numeric_at(num, scale, &value.value) ? value
														: of_decimal(decimal_from_numeric(num));
}

static pg_attribute_always_inline ExperimentValue
float8_value(FunctionCallInfo fcinfo, int n, int scale)
{
	float8 num = PG_GETARG_FLOAT8(n);
	ExperimentValue value = {0, scale};

	return decimal_float8_at(num, scale, &value.value) ? value
													   : of_decimal(decimal_from_float8(num));
}

static pg_attribute_always_inline ExperimentValue
int8_value(FunctionCallInfo fcinfo, int n, int scale)
{
	return (ExperimentValue){PG_GETARG_INT64(n), 0};
}

static pg_attribute_always_inline ExperimentValue
int4_value(FunctionCallInfo fcinfo, int n, int scale)
{
	return (ExperimentValue){PG_GETARG_INT32(n), 0};
}

/* Add a user with these values; the covariates are behind them, of so many variables in all. */
static pg_attribute_always_inline Datum
add_user(FunctionCallInfo fcinfo, ExperimentMetric metric, int n_values, ValueArg value_arg)
{
	int n_variables = PG_NARGS() - FIRST_VARIABLE;
	ExperimentValue values[EXPERIMENT_VARIABLES];
	bool no_covariate = false;
	Experiment *experiment;
	const char *label;
	size_t size;

	for (int i = 1; i < FIRST_VARIABLE + n_values; i++)
		if (PG_ARGISNULL(i))
			return state_as_it_is(fcinfo);
	experiment = PG_ARGISNULL(0) ? experiment_create(metric, n_variables > n_values)
								 : state_to_change(fcinfo, &experiment_kind);
	for (int i = 0; i < n_variables; i++)
	{
		int n = FIRST_VARIABLE + i;

		if (metric == EXPERIMENT_RATE && i == 0)
			values[i] = (ExperimentValue){PG_GETARG_BOOL(n), 0};
		else if (!PG_ARGISNULL(n))
			values[i] = value_arg(fcinfo, n, experiment->scale[i]);
		else
		{
			values[i] = (ExperimentValue){0, 0};
			no_covariate = true;
		}
	}
	label = variant_arg(fcinfo, 1, &size);
	return state_datum(experiment_add(experiment, label, size, values, no_covariate));
}

/* Transition functions: (state, variant, metric [, covariate]) and their like. */
#define OF_NUMBERS(type, ...) \
	AGGREGATE_ONLY(user_ops_experiment_mean_##type) \
	{ \
		return add_user(fcinfo, EXPERIMENT_MEAN, 1, type##_value); \
	} \
	AGGREGATE_ONLY(user_ops_experiment_ratio_##type) \
	{ \
		return add_user(fcinfo, EXPERIMENT_RATIO, 2, type##_value); \
	} \
	AGGREGATE_ONLY(user_ops_experiment_rate_##type) \
	{ \
		return add_user(fcinfo, EXPERIMENT_RATE, 1, type##_value); \
	}

OF_NUMBERS(numeric)
OF_NUMBERS(float8)
OF_NUMBERS(int8)
OF_NUMBERS(int4)
