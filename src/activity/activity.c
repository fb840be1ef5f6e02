/*
 * activity.c: the type activity: text, binary, comparison, merging.
 */
#include "server/compat.h"

#include "utils/memutils.h"
#include "activity/activity.h"
#include "server/state_io.h"

struct varlena *
activity_from_builder(ActivityBuilder *builder)
{
	struct varlena *result;
	size_t bound;

	builder = activity_builder_finish(builder);
	bound = activity_builder_bound(builder);
	result = host_alloc(VARHDRSZ + bound);
	bound = VARHDRSZ + activity_builder_encode(builder, (uint8 *) VARDATA(result));
	if (bound > MaxAllocSize)
		host_fail(KERNEL_STATE_TOO_BIG);
	SET_VARSIZE(result, bound);
	return result;
}

int32
finite_as_of(DateADT as_of)
{
	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("as_of must be finite"),
						errhint("Give the first day that is not observed, such as current_date.")));
	return as_of;
}

PG_FUNCTION_INFO_V1(user_ops_activity_in);
Datum
user_ops_activity_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	const char *problem;
	ActivityBuilder *builder = activity_parse(text, &problem);
	struct varlena *result = NULL;

	if (builder != NULL)
	{
		result = activity_from_builder(builder);
		problem = activity_check((uint8 *) VARDATA(result), VARSIZE(result) - VARHDRSZ);
	}
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type activity: \"%s\"", text),
						errdetail_problem(problem),
						errhint("The form is {date:events,...} or "
								"amounts {date:events:purchases:amount,...}.")));
	PG_RETURN_POINTER(result);
}

PG_FUNCTION_INFO_V1(user_ops_activity_out);
Datum
user_ops_activity_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(activity_print((uint8 *) VARDATA_ANY(PG_GETARG_VARLENA_PP(0))));
}

VALUE_FUNCTIONS(activity, activity_check)

/* NULL is a user without days: merging with it gives the other. */
PG_FUNCTION_INFO_V1(user_ops_activity_merge);
Datum
user_ops_activity_merge(PG_FUNCTION_ARGS)
{
	ActivityBuilder *builder;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	builder = activity_builder(false);
	for (int i = 0; i < 2; i++)
		builder = activity_add_encoded(builder,
									   (uint8 *) VARDATA_ANY(PG_GETARG_VARLENA_PP(i)));
	PG_RETURN_POINTER(activity_from_builder(builder));
}

/* activity_between(activity, from, to): the days in [from, to), NULL if there are none */
PG_FUNCTION_INFO_V1(user_ops_activity_between);
Datum
user_ops_activity_between(PG_FUNCTION_ARGS)
{
	int32 from = PG_GETARG_DATEADT(1);
	int32 to = PG_GETARG_DATEADT(2);
	ActivityReader reader;
	ActivityBuilder *builder = NULL;
	ActivityDay day;

	if (from > to)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the range of days ends before it begins"),
						errhint("The second date is the first day after the range.")));
	ACTIVITY_OPEN_ARG(&reader, 0);
	while (activity_next_before(&reader, to, &day))
	{
		if (day.day < from)
			continue;
		if (builder == NULL)
			builder = activity_builder(reader.amounts);
		builder = activity_add_day(builder, &day, reader.scale);
	}
	if (builder == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(activity_from_builder(builder));
}
