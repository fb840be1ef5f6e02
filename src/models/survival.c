/*
 * survival.c: the type survival, the aggregates that make it, its readings.
 *
 *	1. A NULL among the arguments of a row: the row is skipped.  No row left:
 *	   NULL.
 *	2. A duration below 0, infinite or NaN: 22003.
 *	3. The order of rows, and how they were split, is invisible.
 *	4. Activities: the basis is purchase days, or active days where the source
 *	   has no amounts.  The last day observed is as_of - 1: a user who has not
 *	   come back is censored after the days from the last one to that.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include <math.h>

#include "utils/array.h"
#include "activity/activity.h"
#include "kernel/math/distributions.h"
#include "kernel/models/log_rank.h"
#include "kernel/models/survival.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

STATE_FUNCTIONS(survival, survival_kind.state)

static Tally *
state_so_far(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &survival_kind.state);
}

/* A duration or a point in time, finite and not below 0. */
static double
time_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	double value = PG_GETARG_FLOAT8(n);

	if (!isfinite(value) || value < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("%s must be a number of at least 0", name),
						errhint("Durations count from the start of each subject, all in the same unit.")));
	return value;
}

/* survival_add(state, duration, event [, subjects]) */
AGGREGATE_ONLY(user_ops_survival_add)
{
	int64 subjects = 1;
	double duration;
	bool event;

	for (int i = 1; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			return state_as_it_is(fcinfo);
	duration = time_arg(fcinfo, 1, "a duration");
	event = PG_GETARG_BOOL(2);
	if (PG_NARGS() > 3)
		subjects = PG_GETARG_INT64(3);
	if (subjects < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the number of subjects must not be negative"),
						errhint("Give how many subjects have this duration.")));
	return state_datum(survival_add(state_so_far(fcinfo), duration, event ? (uint64) subjects : 0,
									event ? 0 : (uint64) subjects));
}

/* The next day of the basis before as_of; false when there is none. */
static bool
next_basis_day(ActivityReader *reader, int32 as_of, ActivityDay *day)
{
	while (activity_next_before(reader, as_of, day))
		if (activity_is_basis(reader, day))
			return true;
	return false;
}

/* Add the first so many gaps of a user, of which the last may be open: (state, activity, as_of) */
static Datum
add_gaps(FunctionCallInfo fcinfo, uint32 n_gaps)
{
	ActivityReader reader;
	ActivityDay day;
	Tally *state;
	int32 as_of;
	int32 last;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	refuse_null(fcinfo, 2, "as_of", "Give the first day that is not counted.");
	as_of = finite_as_of(AS_OF_ARG(2));
	ACTIVITY_OPEN_ARG(&reader, 1);
	state = survival_add(state_so_far(fcinfo), 0, 0, 0);
	if (!next_basis_day(&reader, as_of, &day))
		return state_datum(state);
	for (last = day.day; n_gaps > 0 && next_basis_day(&reader, as_of, &day); n_gaps--)
	{
		Tally *grown = survival_add(state, (double) day.day - last, 1, 0);

		last = day.day;
		state = grown;
	}
	if (n_gaps > 0)
		state = survival_add(state, (double) as_of - 1 - last, 0, 1);
	return state_datum(state);
}

AGGREGATE_ONLY(user_ops_second_purchase_add)
{
	return add_gaps(fcinfo, 1);
}

AGGREGATE_ONLY(user_ops_purchase_gaps_add)
{
	return add_gaps(fcinfo, UINT32_MAX);
}

/* The half width of a band whose confidence is argument n. */
static double
width_arg(FunctionCallInfo fcinfo, int n)
{
	double confidence = PG_GETARG_FLOAT8(n);

	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("confidence must be between 0 and 1"),
						errhint("0.95 is usual.")));
	return normal_width(log1p(-confidence));
}

static SurvivalBand
band_arg(FunctionCallInfo fcinfo, int n)
{
	static const char *const labels[] = {"plain", "log", "loglog"};

	return BAND_PLAIN + enum_code(PG_GETARG_OID(n), labels, lengthof(labels));
}

/* A curve that is returned row by row. */
typedef struct Curve
{
	SurvivalReader reader;
	SurvivalBand band;
	double width;
} Curve;

static Curve *
open_curve(FunctionCallInfo fcinfo)
{
	Curve *curve = palloc(sizeof(Curve));

	curve->width = width_arg(fcinfo, 1);
	curve->band = band_arg(fcinfo, 2);
	curve->reader = survival_read(state_copy(state_arg(fcinfo, 0, &survival_kind.state)));
	return curve;
}

static HeapTuple
form_point(const Curve *curve, TupleDesc row_type)
{
	const SurvivalPoint *point = &curve->reader.point;
	double survival = exp(point->log_survival);
	double lower;
	double upper;
	bool has_band = survival_band(point, curve->band, curve->width, &lower, &upper);
	Datum values[] = {Float8GetDatum(point->at_time), Int64GetDatum((int64) point->at_risk),
					  Int64GetDatum((int64) point->events), Int64GetDatum((int64) point->censored),
					  Float8GetDatum(survival),
					  Float8GetDatum(survival * sqrt(point->greenwood)),
					  Float8GetDatum(lower), Float8GetDatum(upper)};
	bool nulls[] = {false, false, false, false, false, !has_band, !has_band, !has_band};

	return heap_form_tuple(row_type, values, nulls);
}

/* survival_curve(survival, confidence, band) */
PG_FUNCTION_INFO_V1(user_ops_survival_curve);
Datum
user_ops_survival_curve(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Curve *curve;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_curve(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	curve = call->user_fctx;
	if (!survival_next(&curve->reader))
		SRF_RETURN_DONE(call);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(form_point(curve, call->tuple_desc)));
}

/* The level's time and its limits; the confidence and the band are arguments n and n + 1. */
static Datum
return_quantile(FunctionCallInfo fcinfo, double level, int n)
{
	KnownTime quantile[3];
	Datum values[3];
	bool nulls[3];

	if (!(level > 0 && level < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the surviving share must be between 0 and 1"),
						errhint("0.5 gives the median, 0.75 the time by which a quarter had the event.")));
	survival_quantile(state_arg(fcinfo, 0, &survival_kind.state), level, band_arg(fcinfo, n + 1),
					  width_arg(fcinfo, n), quantile);
	for (int i = 0; i < 3; i++)
	{
		values[i] = Float8GetDatum(quantile[i].at_time);
		nulls[i] = !quantile[i].known;
	}
	return HeapTupleGetDatum(heap_form_tuple(result_row_type(fcinfo), values, nulls));
}

/* survival_quantile(survival, surviving, confidence, band) */
PG_FUNCTION_INFO_V1(user_ops_survival_quantile);
Datum
user_ops_survival_quantile(PG_FUNCTION_ARGS)
{
	return return_quantile(fcinfo, PG_GETARG_FLOAT8(1), 2);
}

/* median_survival(survival, confidence, band) */
PG_FUNCTION_INFO_V1(user_ops_median_survival);
Datum
user_ops_median_survival(PG_FUNCTION_ARGS)
{
	return return_quantile(fcinfo, 0.5, 1);
}

/* survival_at(survival, at_time) */
PG_FUNCTION_INFO_V1(user_ops_survival_at);
Datum
user_ops_survival_at(PG_FUNCTION_ARGS)
{
	double at_time = time_arg(fcinfo, 1, "at_time");
	double survival = survival_at(state_arg(fcinfo, 0, &survival_kind.state), at_time);

	if (isnan(survival))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(survival);
}

/* restricted_mean(survival, horizon) */
PG_FUNCTION_INFO_V1(user_ops_restricted_mean);
Datum
user_ops_restricted_mean(PG_FUNCTION_ARGS)
{
	double horizon = time_arg(fcinfo, 1, "horizon");
	double std_error;
	double area = survival_area(state_arg(fcinfo, 0, &survival_kind.state), horizon, &std_error);
	Datum values[] = {Float8GetDatum(area), Float8GetDatum(std_error)};
	bool nulls[] = {isnan(area), isnan(area)};

	return row_of_values(fcinfo, values, nulls);
}

/* log_rank(VARIADIC survival[]) */
PG_FUNCTION_INFO_V1(user_ops_log_rank);
Datum
user_ops_log_rank(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	const Tally *groups[LOG_RANK_MAX];
	int n_groups = 0;
	LogRank test;
	Datum *elements;
	bool *empty;
	int n_elements;
	Datum values[3];
	bool nulls[3];

	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &elements, &empty,
					  &n_elements);
	if (n_elements > LOG_RANK_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("log_rank compares at most %d groups", LOG_RANK_MAX),
						errhint("Merge small groups with ||.")));
	for (int i = 0; i < n_elements; i++)
		if (!empty[i])
			groups[n_groups++] = state_of_datum(elements[i], &survival_kind.state);
	nulls[0] = nulls[2] = !log_rank(groups, n_groups, &test);
	nulls[1] = false;
	values[0] = Float8GetDatum(test.chi_square);
	values[1] = Int32GetDatum(test.df);
	values[2] = Float8GetDatum(test.p_value);
	return row_of_values(fcinfo, values, nulls);
}
