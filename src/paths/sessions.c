/*
 * sessions.c: the sessions of one journey.
 *
 *	1. A NULL journey: no rows.  A NULL as_of: all of the journey counts, and whether a
 *	   session is complete is not known.
 *	2. A session is complete once more than the gap has passed between its last row and
 *	   as_of.
 *	3. Without names there is no first and no last event; the amount is NULL where no row
 *	   of the session has one.
 *	4. A journey without some of its rows is refused (55000).
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "journey/journey.h"
#include "kernel/base/money.h"
#include "paths/session_rules.h"
#include "server/as_of.h"
#include "server/call.h"
#include "server/decimal.h"

#define COLUMNS 8

enum
{
	ARG_JOURNEY,
	ARG_GAP,
	ARG_AS_OF,
	ARG_MAX_LENGTH,
	ARG_MIDNIGHT_ZONE
};

/* What is left: the session at hand begins with the next row. */
typedef struct SessionCursor
{
	const Journey *journey;
	SessionRules rules;
	Zone *midnight; /* NULL: it does not cut */
	TimestampTz as_of;
	bool has_as_of;
	uint32 n_rows; /* before as_of */
	uint32 next;
	Session session;
} SessionCursor;

static SessionCursor *
open_sessions(FunctionCallInfo fcinfo, AsOfArg as_of_arg)
{
	JourneyReading *reading = journey_reading_here(sizeof(JourneyReading));
	SessionCursor *cursor = palloc0(sizeof(SessionCursor));

	cursor->rules.gap = session_gap(PG_GETARG_DATUM(ARG_GAP), PG_ARGISNULL(ARG_GAP));
	cursor->rules.max_length =
		session_max_length(PG_GETARG_DATUM(ARG_MAX_LENGTH), PG_ARGISNULL(ARG_MAX_LENGTH));
	if (!PG_ARGISNULL(ARG_MIDNIGHT_ZONE))
		cursor->midnight = zone_in(CurrentMemoryContext, PG_GETARG_TEXT_PP(ARG_MIDNIGHT_ZONE));
	cursor->journey = journey_arg(reading, fcinfo, ARG_JOURNEY, -1);
	journey_refuse_partial(cursor->journey, "sessions need");
	cursor->has_as_of = !PG_ARGISNULL(ARG_AS_OF);
	cursor->as_of = cursor->has_as_of ? as_of_arg(fcinfo, ARG_AS_OF) : DT_NOEND;
	cursor->n_rows = journey_rows_before(cursor->journey, cursor->as_of);
	return cursor;
}

static inline bool
take_row(SessionCursor *cursor, const JourneyRow *row)
{
	int64 day =
		cursor->midnight == NULL ? 0 : floor_to_day(usecs_in_zone(cursor->midnight, row->at));

	return session_take(&cursor->session, &cursor->rules, row->at, day, false);
}

static Datum
name_datum(const Journey *journey, const JourneyRow *row, bool *is_null)
{
	const JourneyText *name = &journey->names.texts[row->event];

	*is_null = !journey->by_name;
	if (*is_null)
		return (Datum) 0;
	return PointerGetDatum(cstring_to_text_with_len(name->bytes, (int) name->size));
}

static HeapTuple
next_session(SessionCursor *cursor, TupleDesc descriptor)
{
	const Journey *journey = cursor->journey;
	const JourneyRow *first = &journey->rows[cursor->next];
	const JourneyRow *last;
	int64 number = cursor->session.number;
	__int128 amount = 0;
	bool has_amount = false;
	int64 events = 0;
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	do
	{
		last = &journey->rows[cursor->next++];
		amount = money_sum_add(amount, last->amount);
		has_amount |= last->has_amount;
		host_poll_at((uint64) events++);
	} while (cursor->next < cursor->n_rows && !take_row(cursor, &journey->rows[cursor->next]));

	values[0] = Int32GetDatum((int32) number);
	values[1] = TimestampTzGetDatum(first->at);
	values[2] = TimestampTzGetDatum(last->at);
	values[3] = Int64GetDatum(events);
	values[4] = name_datum(journey, first, &nulls[4]);
	values[5] = name_datum(journey, last, &nulls[5]);
	nulls[6] = !has_amount;
	if (has_amount)
		values[6] = NumericGetDatum(decimal_to_numeric(amount, journey->scale));
	nulls[7] = !cursor->has_as_of;
	values[7] = BoolGetDatum(TIMESTAMP_IS_NOEND(cursor->as_of) ||
							 session_time_between(last->at, cursor->as_of) > cursor->rules.gap);
	return heap_form_tuple(descriptor, values, nulls);
}

static Datum
sessions(FunctionCallInfo fcinfo, AsOfArg as_of_arg)
{
	FuncCallContext *call;
	SessionCursor *cursor;
	HeapTuple tuple;

	if (PG_ARGISNULL(ARG_JOURNEY))
		return no_rows(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		cursor = call->user_fctx = open_sessions(fcinfo, as_of_arg);
		if (cursor->n_rows > 0)
			take_row(cursor, &cursor->journey->rows[0]);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	cursor = call->user_fctx;
	if (cursor->next == cursor->n_rows)
		SRF_RETURN_DONE(call);
	tuple = next_session(cursor, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* sessions(journey, gap, as_of, max_length, midnight_zone): a row for each session */
SQL_FUNCTION(sessions, sessions(fcinfo, as_of_timestamptz))

/* The same with a date. */
SQL_FUNCTION(sessions_date, sessions(fcinfo, as_of_date))
