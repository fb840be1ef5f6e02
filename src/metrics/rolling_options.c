/*
 * rolling_options.c: the question of rolling retention.
 *
 * Options are checked when they are built, and again when they are read, because ROW(...)
 * builds them as well.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "utils/memutils.h"
#include "metrics/rolling_options.h"
#include "server/call.h"
#include "server/duration.h"

#define HINT_DEFAULT "Omit an option to get its default."
#define HINT_AS_OF   "Give the moment up to which rows count."

static const char *const mode_labels[] = {"on", "on_or_after", "streak"};

/* The attributes of the type, which are the arguments of the function, too. */
enum
{
	OPTION_MODE,
	OPTION_ZONE,
	N_OPTIONS
};

/* Mode and zone; returns the zone, made in the current memory context. */
static Zone *
read_options(const Datum *values, const bool *nulls, RollingQuestion *question)
{
	static const char *const names[N_OPTIONS] = {"mode", "zone"};
	Zone *zone;

	for (int i = 0; i < N_OPTIONS; i++)
		if (nulls[i])
			null_argument(names[i], HINT_DEFAULT);
	question->mode =
		enum_code(DatumGetObjectId(values[OPTION_MODE]), mode_labels, lengthof(mode_labels));
	zone = zone_in(CurrentMemoryContext, DatumGetTextPP(values[OPTION_ZONE]));
	strlcpy(question->zone, zone_name(zone), sizeof(question->zone));
	return zone;
}

/* rolling_retention_options(mode, zone): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_rolling_retention_options);
Datum
user_ops_rolling_retention_options(PG_FUNCTION_ARGS)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];
	RollingQuestion question;

	values_of_call(fcinfo, N_OPTIONS, values, nulls);
	(void) read_options(values, nulls, &question);
	return row_of_values(fcinfo, values, nulls);
}

static Zone *
default_options(RollingQuestion *question)
{
	question->mode = RETENTION_ON;
	strlcpy(question->zone, "UTC", sizeof(question->zone));
	return zone_in(CurrentMemoryContext, cstring_to_text("UTC"));
}

/* Mode and zone of the call, read anew if the options have other bytes than before. */
static void
set_options(RollingCall *call, HeapTupleHeader options)
{
	uint32 size = options == NULL ? 0 : HeapTupleHeaderGetDatumLength(options);
	MemoryContext old_context;
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	if (call->zone != NULL && call->options_size == size &&
		(size == 0 || memcmp(call->options, options, size) == 0))
		return;
	if (call->zone != NULL)
		pfree(call->zone);
	if (call->options_size > 0)
		pfree(call->options);
	old_context = MemoryContextSwitchTo(call->reading.context);
	if (options == NULL)
		call->zone = default_options(&call->question);
	else
	{
		values_of_row(options, N_OPTIONS, values, nulls);
		call->zone = read_options(values, nulls, &call->question);
		call->options = memcpy(palloc(size), options, size);
	}
	call->options_size = size;
	MemoryContextSwitchTo(old_context);
}

static TimestampTz
finite_as_of_arg(FunctionCallInfo fcinfo, int n, AsOfArg read_as_of)
{
	TimestampTz as_of = read_as_of(fcinfo, n);

	if (!IS_VALID_TIMESTAMP(as_of))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("as_of must be finite"), errhint(HINT_AS_OF)));
	return as_of;
}

static uint64
condition_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	int32 condition;

	refuse_null(fcinfo, n, name, "Give the number of a condition.");
	condition = PG_GETARG_INT32(n);
	if (condition < 1 || condition > JOURNEY_CONDITIONS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be from 1 to %d", name, JOURNEY_CONDITIONS),
						errhint("Conditions are numbered in the order in which they were given.")));
	return (uint64) 1 << (condition - 1);
}

RollingCall *
rolling_call(FunctionCallInfo fcinfo, int n, int steps, AsOfArg read_as_of)
{
	RollingCall *call = journey_reading(fcinfo, sizeof(RollingCall));
	RollingQuestion *question = &call->question;
	int32 periods;

	call->has_steps = steps >= 0;
	n += call->has_steps;
	question->start = condition_arg(fcinfo, n, "start_condition");
	question->returns = condition_arg(fcinfo, n + 1, "return_condition");
	question->unit = duration_arg(fcinfo, n + 2, "unit");
	if (question->unit == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unit must be longer than nothing"),
						errhint("Give the length of a period, such as '1 day' or '1 hour'.")));
	refuse_null(fcinfo, n + 3, "periods", "Give the number of the last period.");
	periods = PG_GETARG_INT32(n + 3);
	if (periods < 0 || periods > ROLLING_MAX_PERIODS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("periods must be from 0 to %d", ROLLING_MAX_PERIODS),
						errhint("It is the number of the last period; the first is 0.")));
	question->periods = (uint32) periods;
	refuse_null(fcinfo, n + 4, "as_of", HINT_AS_OF);
	question->as_of = finite_as_of_arg(fcinfo, n + 4, read_as_of);
	if (PG_NARGS() > n + 5)
		refuse_null(fcinfo, n + 5, "options", HINT_DEFAULT);
	set_options(call, PG_NARGS() > n + 5 ? ROW_ARG(n + 5) : NULL);
	return call;
}

void
rolling_check_conditions(const RollingCall *call, const Journey *journey)
{
	int n_conditions =
		!journey->by_name && call->has_steps ? journey->n_steps : journey->n_conditions;
	uint64 asked = call->question.start | call->question.returns;

	if (journey->by_name && !call->has_steps)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the journey is by name, and has no numbered conditions"),
						errhint("Give the steps first: rolling_retention(journey, "
								"'{signup,visit}', 1, 2, ...).")));
	if (n_conditions < JOURNEY_CONDITIONS && asked >> n_conditions != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there is no condition %d", 64 - __builtin_clzll(asked)),
						errhint("Conditions, or steps, are numbered from 1; there are %d.",
								n_conditions)));
}
