/*
 * retention.c: the type retention_matrix and the aggregates that make it.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. retention_between: without a return activity nobody came back.
 *	3. A NULL parameter is an error (22004), one that differs from another row's
 *	   too (22023).
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.  An aggregate's own state
 * is counted up in place.  When it has to grow, the larger copy is made in the
 * memory of the row, and the executor replaces the old one by it: freeing or
 * reallocating it here would free it twice.
 */
#include "compat.h"

#include "retention.h"

#include "activity.h"
#include "metric_io.h"

static void
pack(const void *working, ByteWriter *out)
{
	retention_pack(working, out);
}

static const StateKind kind = {"retention_matrix", retention_check, pack};

STATE_FUNCTIONS(retention_matrix, kind)

static Retention *
unpack(const struct varlena *value)
{
	const char *problem;
	Retention *matrix =
		retention_unpack((const uint8 *) VARDATA(value), VARSIZE(value) - VARHDRSZ, &problem);

	if (matrix == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a stored retention_matrix is damaged"), errdetail("%s.", problem)));
	return matrix;
}

const Retention *
retention_arg(FunctionCallInfo fcinfo, int n)
{
	struct varlena *value = STATE_ARG(n);

	return state_is_working(value) ? (const Retention *) value : unpack(value);
}

/* Argument 0 to be changed: in place if it is the state of an aggregate. */
static Retention *
matrix_to_change(FunctionCallInfo fcinfo)
{
	struct varlena *value = STATE_ARG(0);

	if (!state_is_working(value))
		return unpack(value);
	if (AggCheckCallContext(fcinfo, NULL))
		return (Retention *) value;
	return retention_copy((const Retention *) value);
}

/* The matrix as a varlena whose size is its capacity. */
static struct varlena *
as_varlena(Retention *matrix)
{
	SET_VARSIZE(matrix, retention_capacity(matrix));
	return (struct varlena *) matrix;
}

/* The matrix so far, made with these parameters, or a new one. */
static Retention *
begin_transition(FunctionCallInfo fcinfo, const RetentionParams *params)
{
	Retention *matrix;

	if (PG_ARGISNULL(0))
		return retention_create(params);
	matrix = matrix_to_change(fcinfo);
	retention_expect(matrix, params);
	return matrix;
}

static Datum
keep_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
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
		return keep_state(fcinfo);
	ACTIVITY_OPEN_ARG(&activity, 1);
	expect_amounts(params, &activity);
	matrix = begin_transition(fcinfo, params);
	PG_RETURN_POINTER(as_varlena(retention_add(matrix, &activity)));
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
		return keep_state(fcinfo);
	ACTIVITY_OPEN_ARG(&start, 1);
	if (!PG_ARGISNULL(2))
	{
		ACTIVITY_OPEN_ARG(&returns, 2);
		expect_amounts(params, &returns);
	}
	matrix = begin_transition(fcinfo, params);
	PG_RETURN_POINTER(
		as_varlena(retention_add_between(matrix, &start, PG_ARGISNULL(2) ? NULL : &returns)));
}

/* Also the combine function: then the result stays in working form. */
PG_FUNCTION_INFO_V1(user_ops_retention_matrix_merge);
Datum
user_ops_retention_matrix_merge(PG_FUNCTION_ARGS)
{
	Retention *matrix;

	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	matrix = retention_merge(matrix_to_change(fcinfo), retention_arg(fcinfo, 1));
	if (AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_POINTER(as_varlena(matrix));
	PG_RETURN_POINTER(state_stored(&kind, as_varlena(matrix)));
}
