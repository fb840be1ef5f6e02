/*
 * rolling_retention.c: the type rolling_retention, the aggregates over journeys that make
 * it, and its cells.
 *
 *	1. A NULL journey: the row is skipped.  No row left: NULL.
 *	2. A NULL parameter is an error (22004), one that differs from another row's is, too
 *	   (22023); but which conditions start and return may differ.
 *	3. Journeys by conditions are asked about their own, or the first so many; journeys by
 *	   name about the steps that are given (22023).
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "journey/journey_states.h"
#include "metrics/rolling_options.h"
#include "server/call.h"

#define COLUMNS 6

STATE_FUNCTIONS(rolling_retention, rolling_retention_kind.state)

/* The parameter is the call. */
static void *
add_user(void *state, const Journey *journey, const void *params)
{
	const RollingCall *call = params;
	int64 start;

	rolling_check_conditions(call, journey);
	if (!rolling_retention_start(&call->question, journey, &start))
		return state;
	return rolling_retention_add(state, &call->question, journey, start,
								 day_in_zone(call->zone, start));
}

/* The aggregates: (state, journey [, steps], start_condition, ...) */
static Datum
add_row(FunctionCallInfo fcinfo, int steps, AsOfArg read_as_of)
{
	RollingCall *call = rolling_call(fcinfo, 2, steps, read_as_of);
	JourneyAdding adding = {
		.reading = &call->reading, .steps = steps, .params = call, .add = add_user};
	Tally *state;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		return state_add_journeys(fcinfo, rolling_retention_create(&call->question), adding);
	state = state_to_change(fcinfo, &rolling_retention_kind.state);
	rolling_retention_expect(state, &call->question);
	return state_add_journey(fcinfo, state, adding);
}

/* The functions: (journeys [, steps], start_condition, ...) */
static Datum
of_users(FunctionCallInfo fcinfo, int steps, AsOfArg read_as_of)
{
	RollingCall *call = rolling_call(fcinfo, 1, steps, read_as_of);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return state_result_of_journeys(fcinfo, 0, steps, rolling_retention_create(&call->question),
									&rolling_retention_kind.state, call, add_user);
}

/* For each type of as_of, without steps and with them: the aggregate's function, and its twin. */
#define ROLLING_AS_OF(suffix, read_as_of) \
	AGGREGATE_ONLY(user_ops_rolling_retention_add##suffix) \
	{ \
		return add_row(fcinfo, -1, read_as_of); \
	} \
	AGGREGATE_ONLY(user_ops_rolling_retention_add_steps##suffix) \
	{ \
		return add_row(fcinfo, 2, read_as_of); \
	} \
	SQL_FUNCTION(journeys_rolling_retention##suffix, of_users(fcinfo, -1, read_as_of)) \
	SQL_FUNCTION(journeys_rolling_retention_steps##suffix, of_users(fcinfo, 1, read_as_of))

ROLLING_AS_OF(, as_of_timestamptz)
ROLLING_AS_OF(_date, as_of_date)

/* The next cell to be returned: of a cohort, from the first moment of its day to the next day's. */
typedef struct CellCursor
{
	RollingReader reader;
	RollingQuestion question;
	Zone *zone;
	TimestampTz midnight;
	TimestampTz next_midnight;
	bool cohort; /* is there one? */
	uint32 period;
} CellCursor;

static void
next_cohort(CellCursor *cursor)
{
	cursor->period = 0;
	cursor->cohort = rolling_retention_cohort(&cursor->reader);
	if (!cursor->cohort)
		return;
	cursor->midnight = midnight_in_zone(cursor->zone, cursor->reader.day);
	cursor->next_midnight = midnight_in_zone(cursor->zone, (int64) cursor->reader.day + 1);
}

static CellCursor *
open_cells(FunctionCallInfo fcinfo)
{
	CellCursor *cursor = palloc0(sizeof(CellCursor));
	const Tally *state = state_copy(state_arg(fcinfo, 0, &rolling_retention_kind.state));

	rolling_retention_question(state, &cursor->question);
	cursor->reader = rolling_retention_read(tally_sorted(state));
	cursor->zone = zone_in(CurrentMemoryContext, cstring_to_text(cursor->question.zone));
	next_cohort(cursor);
	return cursor;
}

/* When the period begins for those whose clock started at that midnight. */
static int128
period_start(const CellCursor *cursor, TimestampTz midnight, uint32 period)
{
	return (int128) midnight + (int128) period * cursor->question.unit;
}

static HeapTuple
form_cell(CellCursor *cursor, TupleDesc descriptor)
{
	uint64 size = cursor->reader.size;
	uint64 retained = rolling_retention_retained(&cursor->reader, cursor->period);
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	values[0] = DateADTGetDatum(cursor->reader.day);
	values[1] = Int32GetDatum((int32) cursor->period);
	values[2] = Int64GetDatum((int64) size);
	values[3] = Int64GetDatum((int64) retained);
	values[4] = Float8GetDatum((double) retained / (double) size);
	values[5] = BoolGetDatum(cursor->question.mode != RETENTION_ON_OR_AFTER &&
							 period_start(cursor, cursor->next_midnight, cursor->period + 1) <=
								 cursor->question.as_of);
	return heap_form_tuple(descriptor, values, nulls);
}

/* cells(rolling_retention): a row for each cell that has begun */
PG_FUNCTION_INFO_V1(user_ops_rolling_retention_cells);
Datum
user_ops_rolling_retention_cells(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	CellCursor *cursor;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_cells(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	cursor = call->user_fctx;
	while (cursor->cohort &&
		   (cursor->period > cursor->question.periods ||
			period_start(cursor, cursor->midnight, cursor->period) >= cursor->question.as_of))
		next_cohort(cursor);
	if (!cursor->cohort)
		SRF_RETURN_DONE(call);
	tuple = form_cell(cursor, call->tuple_desc);
	cursor->period++;
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}
