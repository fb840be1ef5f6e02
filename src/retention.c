/*
 * retention.c: the type retention_matrix and the aggregates that make it.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. retention_between: without a return activity nobody came back.
 *	3. A NULL parameter is an error (22004), one that differs from another row's
 *	   too (22023).
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "compat.h"

#include "retention.h"

#include "activity.h"
#include "population.h"
#include "state_io.h"

STATE_FUNCTIONS(retention_matrix, retention_kind)

/* The matrix so far, made with these parameters, or a new one. */
static Retention *
begin_transition(FunctionCallInfo fcinfo, const RetentionParams *params)
{
	Retention *matrix;

	if (PG_ARGISNULL(0))
		return retention_create(params);
	matrix = state_to_change(fcinfo, &retention_kind);
	retention_expect(matrix, params);
	return matrix;
}

static void
expect_amounts(const RetentionParams *params, const ActivityReader *activity)
{
	if (params->amounts && !activity->amounts)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("amounts are asked for, but the activity has none"),
						errhint("Build the activities with an amount argument, or leave "
								"amounts => true away.")));
}

/* Transition function: (state, activity, period, as_of [, options]) */
PG_FUNCTION_INFO_V1(user_ops_retention_add);
Datum
user_ops_retention_add(PG_FUNCTION_ARGS)
{
	const RetentionParams *params = retention_params_of_call(fcinfo, 2);
	ActivityReader activity;
	Retention *matrix;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	ACTIVITY_OPEN_ARG(&activity, 1);
	expect_amounts(params, &activity);
	matrix = begin_transition(fcinfo, params);
	return state_datum(retention_add(matrix, &activity));
}

/* Transition function: (state, start, returns, period, as_of [, options]) */
PG_FUNCTION_INFO_V1(user_ops_retention_between_add);
Datum
user_ops_retention_between_add(PG_FUNCTION_ARGS)
{
	const RetentionParams *params = retention_params_of_call(fcinfo, 3);
	ActivityReader start;
	ActivityReader returns;
	Retention *matrix;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	ACTIVITY_OPEN_ARG(&start, 1);
	if (!PG_ARGISNULL(2))
	{
		ACTIVITY_OPEN_ARG(&returns, 2);
		expect_amounts(params, &returns);
	}
	matrix = begin_transition(fcinfo, params);
	return state_datum(retention_add_between(matrix, &start, PG_ARGISNULL(2) ? NULL : &returns));
}

/* retention(population, period, as_of [, options]) */
PG_FUNCTION_INFO_V1(user_ops_population_retention);
Datum
user_ops_population_retention(PG_FUNCTION_ARGS)
{
	const RetentionParams *params = retention_params_of_call(fcinfo, 1);
	PopulationReading reading;
	ActivityReader activity;
	Retention *matrix;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	reading = population_read(population_of_handle(PG_GETARG_INT64(0)));
	matrix = retention_create(params);
	while (population_read_activity(&reading, &activity))
	{
		Retention *grown;

		expect_amounts(params, &activity);
		grown = retention_add(matrix, &activity);
		if (grown != matrix)
			pfree(matrix);
		matrix = grown;
	}
	population_read_end(&reading);
	return state_result(matrix, &retention_kind);
}
