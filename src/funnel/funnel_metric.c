/*
 * funnel_metric.c: the type funnel, the aggregates that make it, and its readings.
 *
 *	1. A NULL journey: the row is skipped.  No row left: NULL.
 *	2. A NULL parameter is an error (22004), but for those options that may be NULL; one
 *	   that differs from another row's is, too (22023).
 *	3. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include <math.h>

#include "funnel/funnel_call.h"
#include "journey/journey_states.h"
#include "kernel/funnel/funnel_state.h"
#include "server/call.h"

#define STEP_COLUMNS    10
#define BIN_COLUMNS     3
#define COMPARE_COLUMNS 3
#define MOST_BINS       10000
#define FEWEST_USERS    30 /* of a side that is compared */

STATE_FUNCTIONS(funnel, funnel_kind)

/* The parameter is the call. */
static void *
add_user(void *state, const Journey *journey, const void *params)
{
	funnel_call_check(params, journey);
	return funnel_state_add(state, journey);
}

/* The aggregates: (state, journey, steps, within, as_of [, options]) */
static Datum
add_row(FunctionCallInfo fcinfo, AsOfArg read_as_of)
{
	FunnelPlaces places = {.steps = 2,
						   .within = 3,
						   .as_of = 4,
						   .options = PG_NARGS() > 5 ? 5 : -1,
						   .switches = FUNNEL_NO_SWITCHES,
						   .read_as_of = read_as_of,
						   .needs_as_of = true};
	FunnelCall *call = funnel_call(fcinfo);
	const FunnelQuestion *question = funnel_call_question(call, fcinfo, &places);
	JourneyAdding adding = {
		.reading = &call->reading, .steps = places.steps, .params = call, .add = add_user};
	FunnelState *state;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		return state_add_journeys(fcinfo, funnel_state_create(question), adding);
	state = state_to_change(fcinfo, &funnel_kind);
	funnel_state_expect(state, question);
	return state_add_journey(fcinfo, state, adding);
}

/* The functions: (journeys, steps, within, as_of [, options]) */
static Datum
of_users(FunctionCallInfo fcinfo, AsOfArg read_as_of)
{
	FunnelPlaces places = {.steps = 1,
						   .within = 2,
						   .as_of = 3,
						   .options = PG_NARGS() > 4 ? 4 : -1,
						   .switches = FUNNEL_NO_SWITCHES,
						   .read_as_of = read_as_of,
						   .needs_as_of = true};
	FunnelCall *call = funnel_call(fcinfo);
	const FunnelQuestion *question = funnel_call_question(call, fcinfo, &places);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return state_result_of_journeys(fcinfo, 0, places.steps, funnel_state_create(question),
									&funnel_kind, call, add_user);
}

AGGREGATE_ONLY(user_ops_funnel_add)
{
	return add_row(fcinfo, as_of_timestamptz);
}

AGGREGATE_ONLY(user_ops_funnel_add_date)
{
	return add_row(fcinfo, as_of_date);
}

SQL_FUNCTION(journeys_funnel, of_users(fcinfo, as_of_timestamptz))
SQL_FUNCTION(journeys_funnel_date, of_users(fcinfo, as_of_date))

/* --- readings --------------------------------------------------------------- */

static double
in_seconds(double usecs)
{
	return usecs / USECS_PER_SEC;
}

static void
set_rate(Datum *values, bool *nulls, int column, uint64 users, uint64 of_users)
{
	nulls[column] = of_users == 0;
	values[column] = Float8GetDatum(of_users == 0 ? 0 : (double) users / (double) of_users);
}

/* Average, median, least and greatest duration from the step before; NULL if there is none. */
static void
set_durations(Datum *values, bool *nulls, const FunnelState *state, int step, bool mature)
{
	const FunnelPair *pair =
		funnel_state_pair(state, funnel_required_before(&state->question, step), step);
	DurationReader durations = {0};

	if (pair != NULL)
		durations = funnel_state_durations(state, pair, mature);
	for (int i = 0; i < 4; i++)
		nulls[i] = durations.n == 0;
	if (durations.n > 0)
	{
		values[0] = Float8GetDatum(in_seconds((double) durations.sum / (double) durations.n));
		values[1] = Float8GetDatum(in_seconds(durations_quantile(&durations, 0.5)));
		values[2] = Float8GetDatum(in_seconds((double) durations.least));
		values[3] = Float8GetDatum(in_seconds((double) durations.greatest));
	}
	if (pair != NULL)
		durations_close(&durations);
}

static HeapTuple
form_step(const FunnelState *state, int step, bool mature, TupleDesc descriptor)
{
	uint64 users = funnel_state_users(state, step, mature);
	uint64 before =
		funnel_state_users(state, funnel_required_before(&state->question, step), mature);
	bool open = !mature && step < state->question.n_steps;
	Datum values[STEP_COLUMNS];
	bool nulls[STEP_COLUMNS] = {false};

	values[0] = Int32GetDatum(step);
	values[1] = Int64GetDatum((int64) users);
	set_rate(values, nulls, 2, users, funnel_state_users(state, 1, mature));
	set_rate(values, nulls, 3, users, before);
	values[4] = Int64GetDatum((int64) (before - users));
	values[5] = Int64GetDatum(open ? (int64) state->levels[step - 1] : 0);
	set_durations(values + 6, nulls + 6, state, step, mature);
	return heap_form_tuple(descriptor, values, nulls);
}

/* steps(funnel, matured): a row for each step */
PG_FUNCTION_INFO_V1(user_ops_funnel_steps);
Datum
user_ops_funnel_steps(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const FunnelState *state;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = state_copy(state_arg(fcinfo, 0, &funnel_kind));
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	state = call->user_fctx;
	if (call->call_cntr >= state->question.n_steps)
		SRF_RETURN_DONE(call);
	tuple = form_step(state, (int) call->call_cntr + 1, PG_GETARG_BOOL(1), call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* The durations between two steps; 22023 if they are not kept. */
static DurationReader
durations_of_steps(const FunnelState *state, int from, int to)
{
	const FunnelPair *pair = funnel_state_pair(state, from, to);

	if (pair == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no durations are kept from step %d to step %d", from, to),
				 errhint("They are from step 1 to each other step, and to each from the last one "
						 "before it that is not optional.")));
	return funnel_state_durations(state, pair, false);
}

/* percentile(funnel, p, from_step, to_step) */
PG_FUNCTION_INFO_V1(user_ops_funnel_percentile);
Datum
user_ops_funnel_percentile(PG_FUNCTION_ARGS)
{
	const FunnelState *state = state_arg(fcinfo, 0, &funnel_kind);
	float8 p = PG_GETARG_FLOAT8(1);
	DurationReader durations;

	if (!(p >= 0 && p <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("p must be between 0 and 1"), errhint("0.9 means 90 percent.")));
	durations = durations_of_steps(state, PG_GETARG_INT32(2), PG_GETARG_INT32(3));
	if (durations.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(in_seconds(durations_quantile(&durations, p)));
}

/* exact(funnel): are all durations kept one by one? */
PG_FUNCTION_INFO_V1(user_ops_funnel_exact);
Datum
user_ops_funnel_exact(PG_FUNCTION_ARGS)
{
	const FunnelState *state = state_arg(fcinfo, 0, &funnel_kind);
	bool exact = true;

	for (uint32 i = 0; i < state->n_pairs; i++)
		exact = exact && durations_exact(&state->pairs[i].durations);
	PG_RETURN_BOOL(exact);
}

/* A histogram, to be returned bin by bin. */
typedef struct Histogram
{
	double least;
	double width;
	double greatest;
	uint32 n_bins;
	uint64 *bins;
} Histogram;

/* The smallest number whose cube is n or more. */
static uint32
default_bins(uint64 n)
{
	uint32 bins = (uint32) cbrt((double) n);

	while ((uint64) bins * bins * bins < n)
		bins++;
	while (bins > 1 && (uint64) (bins - 1) * (bins - 1) * (bins - 1) >= n)
		bins--;
	return Min(bins, MOST_BINS);
}

static Histogram *
make_histogram(FunctionCallInfo fcinfo)
{
	const FunnelState *state = state_arg(fcinfo, 0, &funnel_kind);
	DurationReader durations =
		durations_of_steps(state, PG_GETARG_INT32(1), PG_GETARG_INT32(2));
	Histogram *histogram = palloc0(sizeof(Histogram));

	if (!PG_ARGISNULL(3) && (PG_GETARG_INT32(3) < 1 || PG_GETARG_INT32(3) > MOST_BINS))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("bins must be between 1 and %d", MOST_BINS),
						errhint("Omit it to get as many as suit the number of users.")));
	if (durations.n == 0)
		return histogram;
	histogram->n_bins = PG_ARGISNULL(3) ? default_bins(durations.n) : (uint32) PG_GETARG_INT32(3);
	if (PG_ARGISNULL(3) && durations.least == durations.greatest)
		histogram->n_bins = 1;
	histogram->bins = palloc(histogram->n_bins * sizeof(uint64));
	durations_histogram(&durations, histogram->n_bins, histogram->bins);
	histogram->least = in_seconds((double) durations.least);
	histogram->greatest = in_seconds((double) durations.greatest);
	histogram->width = in_seconds((double) (durations.greatest - durations.least)) / histogram->n_bins;
	return histogram;
}

/* histogram(funnel, from_step, to_step, bins): (from_seconds, to_seconds, users) */
PG_FUNCTION_INFO_V1(user_ops_funnel_histogram);
Datum
user_ops_funnel_histogram(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Histogram *histogram;
	Datum values[BIN_COLUMNS];
	bool nulls[BIN_COLUMNS] = {false};
	uint64 bin;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context;

		if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
			return no_rows(fcinfo);
		old_context = begin_rows(fcinfo, &call);
		call->user_fctx = make_histogram(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	histogram = call->user_fctx;
	bin = call->call_cntr;
	if (bin >= histogram->n_bins)
		SRF_RETURN_DONE(call);
	values[0] = Float8GetDatum(histogram->least + (double) bin * histogram->width);
	values[1] = Float8GetDatum(bin + 1 == histogram->n_bins
								   ? histogram->greatest
								   : histogram->least + (double) (bin + 1) * histogram->width);
	values[2] = Int64GetDatum((int64) histogram->bins[bin]);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

/* The step at which two funnels are compared: the last one, unless another is asked for. */
static int
step_to_compare(FunctionCallInfo fcinfo, const FunnelState *a, const FunnelState *b)
{
	int n_steps = a->question.n_steps;
	int step = PG_ARGISNULL(2) ? n_steps : PG_GETARG_INT32(2);

	if (b->question.n_steps != n_steps)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the funnels have %d and %d steps", n_steps, b->question.n_steps),
						errhint("Compare funnels of the same steps over different users.")));
	if (step < 1 || step > n_steps)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("step must be between 1 and %d", n_steps),
						errhint("Omit it to compare the last step.")));
	return step;
}

/* funnel_compare(a, b, step): (difference, z, p_value) */
PG_FUNCTION_INFO_V1(user_ops_funnel_compare);
Datum
user_ops_funnel_compare(PG_FUNCTION_ARGS)
{
	const FunnelState *a;
	const FunnelState *b;
	Datum values[COMPARE_COLUMNS] = {0};
	bool nulls[COMPARE_COLUMNS] = {true, true, true};
	double n_a;
	double n_b;
	double pooled;
	double difference;
	int step;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	a = state_arg(fcinfo, 0, &funnel_kind);
	b = state_arg(fcinfo, 1, &funnel_kind);
	step = step_to_compare(fcinfo, a, b);
	n_a = (double) funnel_state_users(a, 1, false);
	n_b = (double) funnel_state_users(b, 1, false);
	if (n_a > 0 && n_b > 0)
	{
		double users_a = (double) funnel_state_users(a, step, false);
		double users_b = (double) funnel_state_users(b, step, false);

		difference = users_a / n_a - users_b / n_b;
		pooled = (users_a + users_b) / (n_a + n_b);
		values[0] = Float8GetDatum(difference);
		nulls[0] = false;
		if (Min(n_a, n_b) >= FEWEST_USERS && pooled > 0 && pooled < 1)
		{
			double z = difference / sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b));

			values[1] = Float8GetDatum(z);
			values[2] = Float8GetDatum(erfc(fabs(z) / M_SQRT2));
			nulls[1] = nulls[2] = false;
		}
	}
	return row_of_values(fcinfo, values, nulls);
}
