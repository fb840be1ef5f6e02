/*
 * retention_options.c: the options of retention: checked when they are built,
 * and again when they are read, because ROW(...) builds them as well.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "activity/activity.h"
#include "metrics/retention_options.h"
#include "server/calendar.h"
#include "server/call.h"

#define HINT_DEFAULT "Omit an option to get its default."

/* The attributes of the type, which are the arguments of the function, too. */
enum
{
	OPTION_COHORT,
	OPTION_MODE,
	OPTION_WEEK_START,
	OPTION_MIN_OCCURRENCES,
	OPTION_BRACKETS,
	OPTION_AMOUNTS,
	OPTION_MAX_PERIODS,
	OPTION_COHORT_FROM,
	OPTION_COHORT_TO,
	N_OPTIONS
};

static const char *const option_names[N_OPTIONS] = {
	"cohort",  "mode",        "week_start",  "min_occurrences", "brackets",
	"amounts", "max_periods", "cohort_from", "cohort_to"};

static const char *const cohort_labels[] = {"first", "recurring"};
static const char *const mode_labels[] = {"on", "on_or_after", "streak"};

/* What an aggregate was called with before, and the parameters it meant. */
typedef struct CallParams
{
	Oid period;
	DateADT as_of;
	uint32 options_size;    /* 0: called without options */
	RetentionParams *params;
	char options[FLEXIBLE_ARRAY_MEMBER];
} CallParams;

/* The brackets' numbers of periods. */
static Datum *
bracket_widths(ArrayType *array, int *n)
{
	Datum *widths;

	if (ARR_NDIM(array) != 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("brackets must be a list of one or more numbers of periods"),
				 errhint("'{1,3,4}' means the periods 1, 2 to 4, and 5 to 8; NULL means none.")));
	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT, &widths, NULL, n);
	return widths;
}

static RetentionParams *
params_with_brackets(Datum brackets, bool is_null)
{
	RetentionParams *params;
	int64 end = 0;
	Datum *widths;
	int n;

	if (is_null)
		return retention_params(0);
	widths = bracket_widths(DatumGetArrayTypeP(brackets), &n);
	params = retention_params(n);
	for (int i = 0; i < n; i++)
	{
		/* What is out of bounds stays just out of bounds: the check says so. */
		end += DatumGetInt32(widths[i]);
		params->ends[i] = (int32) Max(Min(end, RETENTION_MAX_PERIODS + 1), 0);
	}
	return params;
}

/* Parameters with these options, the question itself left open. */
static RetentionParams *
params_from_options(const Datum *values, const bool *nulls)
{
	RetentionParams *params;
	const char *problem;
	const char *hint;

	for (int i = 0; i <= OPTION_AMOUNTS; i++)
		if (nulls[i] && i != OPTION_BRACKETS)
			null_argument(option_names[i], HINT_DEFAULT);
	params = params_with_brackets(values[OPTION_BRACKETS], nulls[OPTION_BRACKETS]);
	params->cohort = enum_code(DatumGetObjectId(values[OPTION_COHORT]), cohort_labels,
							   lengthof(cohort_labels));
	params->mode =
		enum_code(DatumGetObjectId(values[OPTION_MODE]), mode_labels, lengthof(mode_labels));
	params->week_start = week_start_from_enum(DatumGetObjectId(values[OPTION_WEEK_START]));
	params->min_occurrences = DatumGetInt32(values[OPTION_MIN_OCCURRENCES]);
	params->amounts = DatumGetBool(values[OPTION_AMOUNTS]);
	if (!nulls[OPTION_MAX_PERIODS])
		params->max_periods = DatumGetInt32(values[OPTION_MAX_PERIODS]);
	if (params->max_periods < 0 && !nulls[OPTION_MAX_PERIODS])
		params->max_periods = RETENTION_ALL_PERIODS - 1; /* which is no number of periods */
	if (!nulls[OPTION_COHORT_FROM])
		params->cohort_from = DatumGetDateADT(values[OPTION_COHORT_FROM]);
	if (!nulls[OPTION_COHORT_TO])
		params->cohort_to = DatumGetDateADT(values[OPTION_COHORT_TO]);

	problem = retention_problem(params, &hint);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
						errhint("%s", hint)));
	return params;
}

/* retention_options(cohort, mode, ...): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_retention_options);
Datum
user_ops_retention_options(PG_FUNCTION_ARGS)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	values_of_call(fcinfo, N_OPTIONS, values, nulls);
	pfree(params_from_options(values, nulls));
	return row_of_values(fcinfo, values, nulls);
}

static RetentionParams *
params_from_tuple(HeapTupleHeader options)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	if (options == NULL)
		return retention_params(0);
	values_of_row(options, N_OPTIONS, values, nulls);
	return params_from_options(values, nulls);
}

static CallParams *
parse_call(MemoryContext context, Oid period, DateADT as_of, HeapTupleHeader options,
		   uint32 options_size)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	CallParams *call = palloc(offsetof(CallParams, options) + options_size);

	call->period = period;
	call->as_of = as_of;
	call->options_size = options_size;
	if (options != NULL)
		memcpy(call->options, options, options_size);
	call->params = params_from_tuple(options);
	retention_set_period(call->params, period_from_enum(period), finite_as_of(as_of));
	MemoryContextSwitchTo(old_context);
	return call;
}

const RetentionParams *
retention_params_of_call(FunctionCallInfo fcinfo, int n)
{
	static const char *const names[] = {"period", "as_of", "options"};
	CallParams *call = fcinfo->flinfo->fn_extra;
	HeapTupleHeader options = NULL;
	uint32 options_size = 0;

	for (int i = n; i < PG_NARGS(); i++)
		refuse_null(fcinfo, i, names[i - n], HINT_DEFAULT);
	if (PG_NARGS() > n + 2)
	{
		options = ROW_ARG(n + 2);
		options_size = HeapTupleHeaderGetDatumLength(options);
	}
	if (call == NULL || call->period != PG_GETARG_OID(n) ||
		call->as_of != PG_GETARG_DATEADT(n + 1) || call->options_size != options_size ||
		(options_size > 0 && memcmp(call->options, options, options_size) != 0))
	{
		CallParams *parsed = parse_call(fcinfo->flinfo->fn_mcxt, PG_GETARG_OID(n),
										PG_GETARG_DATEADT(n + 1), options, options_size);

		if (call != NULL)
		{
			pfree(call->params);
			pfree(call);
		}
		fcinfo->flinfo->fn_extra = call = parsed;
	}
	return call->params;
}
