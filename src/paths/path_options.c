/*
 * path_options.c: what is asked of paths; options are checked when they are built, and
 * again when they are read, because ROW(...) builds them as well.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "utils/memutils.h"
#include "paths/path_options.h"
#include "server/call.h"
#include "server/duration.h"

#define HINT_DEFAULT "Omit an option to get its default."
#define HINT_AS_OF   "Give the time before which rows count, the same for all rows."

/* The attributes of the type, which are the arguments of the function, too. */
enum
{
	OPTION_MAX_DEPTH,
	OPTION_COLLAPSE,
	OPTION_START_AT,
	OPTION_END_AT,
	OPTION_REVERSE,
	OPTION_EXITS,
	N_OPTIONS
};

static const char *const option_names[N_OPTIONS] = {"max_depth", "collapse", "start_at",
													"end_at",    "reverse",  "exits"};

static const EdgeParams defaults = {.max_depth = 5, .flags = EDGES_COLLAPSE | EDGES_EXITS};

PathCall *
path_call(FunctionCallInfo fcinfo)
{
	return journey_reading(fcinfo, sizeof(PathCall));
}

/* The name that a session begins or ends with, in the current memory context. */
static JourneyText
anchor(Datum name, bool is_null)
{
	text *value;

	if (is_null)
		return (JourneyText){NULL, 0};
	value = DatumGetTextPP(name);
	return (JourneyText){VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

static EdgeParams
params_from_options(const Datum *values, const bool *nulls)
{
	EdgeParams params = {0};
	int32 max_depth;

	for (int i = 0; i < N_OPTIONS; i++)
		if (nulls[i] && i != OPTION_START_AT && i != OPTION_END_AT)
			null_argument(option_names[i], HINT_DEFAULT);
	max_depth = DatumGetInt32(values[OPTION_MAX_DEPTH]);
	if (max_depth < 1 || max_depth > EDGES_MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_depth must be between 1 and %d", EDGES_MAX_DEPTH),
				 errhint("Depth 1 joins the first two names of a session, depth 5, the default, "
						 "the fifth and the sixth.")));
	params.max_depth = (uint32) max_depth;
	params.flags = (DatumGetBool(values[OPTION_COLLAPSE]) ? EDGES_COLLAPSE : 0) |
				   (DatumGetBool(values[OPTION_REVERSE]) ? EDGES_REVERSE : 0) |
				   (DatumGetBool(values[OPTION_EXITS]) ? EDGES_EXITS : 0);
	params.start_at = anchor(values[OPTION_START_AT], nulls[OPTION_START_AT]);
	params.end_at = anchor(values[OPTION_END_AT], nulls[OPTION_END_AT]);
	return params;
}

/* path_options(max_depth, collapse, ...): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_path_options);
Datum
user_ops_path_options(PG_FUNCTION_ARGS)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	values_of_call(fcinfo, N_OPTIONS, values, nulls);
	params_from_options(values, nulls);
	return row_of_values(fcinfo, values, nulls);
}

/* What argument n says, read anew where it differs from the options of the row before. */
static const EdgeParams *
read_options(FunctionCallInfo fcinfo, PathCall *call, int n)
{
	HeapTupleHeader options;
	Size size;
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];
	MemoryContext old_context;

	refuse_null(fcinfo, n, "options", "Give path_options(), or omit the argument.");
	options = ROW_ARG(n);
	size = HeapTupleHeaderGetDatumLength(options);
	if (call->options != NULL && HeapTupleHeaderGetDatumLength(call->options) == size &&
		memcmp(call->options, options, size) == 0)
		return &call->of_options;

	if (call->context == NULL)
		call->context =
			AllocSetContextCreate(call->reading.context, "path options", ALLOCSET_SMALL_SIZES);
	call->options = NULL;
	MemoryContextReset(call->context);
	old_context = MemoryContextSwitchTo(call->context);
	options = memcpy(palloc(size), options, size);
	values_of_row(options, N_OPTIONS, values, nulls);
	call->of_options = params_from_options(values, nulls);
	call->options = options;
	MemoryContextSwitchTo(old_context);
	return &call->of_options;
}

/* What the gap and as_of say; the gap is NULL where all rows are one session. */
static void
read_question(FunctionCallInfo fcinfo, int n, AsOfArg as_of_arg, EdgeParams *params)
{
	params->gap = PG_ARGISNULL(n) ? SESSION_UNLIMITED : (uint64) duration_arg(fcinfo, n, "gap");
	refuse_null(fcinfo, n + 1, "as_of", HINT_AS_OF);
	params->as_of = as_of_arg(fcinfo, n + 1);
}

EdgeParams
path_params(FunctionCallInfo fcinfo, PathCall *call, int n, AsOfArg as_of_arg)
{
	EdgeParams params = PG_NARGS() > n + 2 ? *read_options(fcinfo, call, n + 2) : defaults;

	read_question(fcinfo, n, as_of_arg, &params);
	return params;
}

EdgeParams
transition_params(FunctionCallInfo fcinfo, int n, AsOfArg as_of_arg)
{
	EdgeParams params = {.flags = EDGES_COLLAPSE};

	if (PG_NARGS() > n + 2)
	{
		refuse_null(fcinfo, n + 2, "collapse", "Omit the argument to make equal neighbours one.");
		params.flags = PG_GETARG_BOOL(n + 2) ? EDGES_COLLAPSE : 0;
	}
	read_question(fcinfo, n, as_of_arg, &params);
	return params;
}
