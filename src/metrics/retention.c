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
#include "server/compat.h"

#include "metrics/retention_options.h"
#include "population/population.h"
#include "population/user_states.h"
#include "server/call.h"

STATE_FUNCTIONS(retention_matrix, retention_kind)

/* The matrix so far, made with these parameters. */
static Retention *
matrix_so_far(FunctionCallInfo fcinfo, const RetentionParams *params)
{
	Retention *matrix = state_to_change(fcinfo, &retention_kind);

	retention_expect(matrix, params);
	return matrix;
}

static void
expect_amounts(const RetentionParams *params, const ActivityReader *activity)
{
	if (params->amounts && !activity->amounts)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("amounts are requested, but the activity has none"),
						errhint("Build the activities with an amount argument, or omit "
								"amounts => true.")));
}

static void *
add_user(void *matrix, ActivityReader *activity, const void *params)
{
	expect_amounts(retention_params_of(matrix), activity);
	return retention_add(matrix, activity);
}

/* Transition function: (state, activity, period, as_of [, options]) */
AGGREGATE_ONLY(user_ops_retention_add)
{
	const RetentionParams *params = retention_params_of_call(fcinfo, 2);

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		return state_add_rows(fcinfo, retention_create(params), add_user);
	return state_add_row(fcinfo, matrix_so_far(fcinfo, params), add_user);
}

/* Transition function: (state, start, returns, period, as_of [, options]) */
AGGREGATE_ONLY(user_ops_retention_between_add)
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
	matrix = PG_ARGISNULL(0) ? retention_create(params) : matrix_so_far(fcinfo, params);
	return state_datum(retention_add_between(matrix, &start, PG_ARGISNULL(2) ? NULL : &returns));
}

/* retention(population, period, as_of [, options]) */
PG_FUNCTION_INFO_V1(user_ops_population_retention);
Datum
user_ops_population_retention(PG_FUNCTION_ARGS)
{
	const RetentionParams *params = retention_params_of_call(fcinfo, 1);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return state_result_of_users(&population_users, fcinfo, 0, retention_create(params),
								 &retention_kind, NULL, add_user);
}
