/*
 * points_readings.c: what a ledger of points says as of a day.
 *
 *	1. NULL for the points: NULL, or no rows.  Another NULL: 22004.
 *	2. What the calendar brings on as_of has happened, rows of as_of have not.  An infinite
 *	   as_of: 22008.
 *	3. Nothing before as_of: zeros, no lots.
 */
#include "server/compat.h"

#include "utils/date.h"
#include "points/ledger_call.h"
#include "server/call.h"

/* balance(points, as_of, options) */
PG_FUNCTION_INFO_V1(user_ops_points_balance);
Datum
user_ops_points_balance(PG_FUNCTION_ARGS)
{
	LedgerQuestion question = question_of_call(fcinfo, 1, 2);
	Ledger ledger;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	ledger = ledger_of_call(fcinfo, 0, &question);
	ledger_free(&ledger);
	PG_RETURN_DATUM(points_datum(&ledger, ledger_balance(&ledger)));
}

/* points_totals(points, as_of, options) */
PG_FUNCTION_INFO_V1(user_ops_points_totals);
Datum
user_ops_points_totals(PG_FUNCTION_ARGS)
{
	LedgerQuestion question = question_of_call(fcinfo, 1, 2);
	Datum values[6];
	bool nulls[6] = {false};
	Ledger ledger;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	ledger = ledger_of_call(fcinfo, 0, &question);
	ledger_free(&ledger);
	values[0] = points_datum(&ledger, ledger.totals[POINTS_EARN]);
	values[1] = points_datum(&ledger, ledger.totals[POINTS_SPEND]);
	values[2] = points_datum(&ledger, ledger.totals[POINTS_REVERSE]);
	values[3] = points_datum(&ledger, ledger.totals[POINTS_EXPIRE]);
	values[4] = points_datum(&ledger, ledger.debt);
	values[5] = points_datum(&ledger, ledger_balance(&ledger));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(kept_row_type(fcinfo), values, nulls)));
}

/* expiring(points, as_of, within_days, options) */
PG_FUNCTION_INFO_V1(user_ops_points_expiring);
Datum
user_ops_points_expiring(PG_FUNCTION_ARGS)
{
	LedgerQuestion question = question_of_call(fcinfo, 1, 3);
	Ledger ledger;
	Datum result;

	refuse_null(fcinfo, 2, "within_days", "Give a number of days, such as 30.");
	if (PG_GETARG_INT32(2) < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("within_days must not be negative"),
						errhint("Give a number of days, such as 30.")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	ledger = ledger_of_call(fcinfo, 0, &question);
	result = points_datum(&ledger, ledger_expiring(&ledger, PG_GETARG_INT32(2)));
	ledger_free(&ledger);
	PG_RETURN_DATUM(result);
}

/* Of the rows of a lot, the first two columns. */
static void
name_lot(const Lot *lot, Datum *values, bool *nulls)
{
	values[0] = DateADTGetDatum(lot->earn_day);
	values[1] = DateADTGetDatum(lot->expires_on);
	nulls[1] = lot->expires_on == POINTS_NEVER;
}

/* The ledger of a call that returns rows of it; NULL: there are none. */
static Ledger *
begin_reading(FunctionCallInfo fcinfo, bool moves, FuncCallContext **call)
{
	MemoryContext old_context = begin_rows(fcinfo, call);
	LedgerQuestion question = question_of_call(fcinfo, 1, 2);
	Ledger *ledger = palloc0(sizeof(Ledger));

	question.moves = moves;
	if (!PG_ARGISNULL(0))
		*ledger = ledger_of_call(fcinfo, 0, &question);
	MemoryContextSwitchTo(old_context);
	(*call)->user_fctx = ledger;
	return ledger;
}

#define LOT_COLUMNS 6

static HeapTuple
form_lot(const Ledger *ledger, const Lot *lot, TupleDesc row_type)
{
	Datum values[LOT_COLUMNS];
	bool nulls[LOT_COLUMNS] = {false};

	name_lot(lot, values, nulls);
	values[2] = points_datum(ledger, lot->earned);
	values[3] = points_datum(ledger, lot->used);
	values[4] = points_datum(ledger, lot->expired);
	values[5] = points_datum(ledger, lot_remaining(lot));
	return heap_form_tuple(row_type, values, nulls);
}

/* lots(points, as_of, options) */
PG_FUNCTION_INFO_V1(user_ops_points_lots);
Datum
user_ops_points_lots(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Ledger *ledger;
	HeapTuple row;

	if (SRF_IS_FIRSTCALL())
		begin_reading(fcinfo, false, &call);
	call = SRF_PERCALL_SETUP();
	ledger = call->user_fctx;
	if (call->call_cntr >= ledger->n_lots)
		SRF_RETURN_DONE(call);
	row = form_lot(ledger, &ledger->lots[call->call_cntr], call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(row));
}

#define USE_COLUMNS 4

static HeapTuple
form_use(const Ledger *ledger, const LotMove *move, TupleDesc row_type)
{
	Datum values[USE_COLUMNS];
	bool nulls[USE_COLUMNS] = {false};

	name_lot(&ledger->lots[move->lot], values, nulls);
	values[2] = DateADTGetDatum(move->day);
	values[3] = points_datum(ledger, move->points);
	return heap_form_tuple(row_type, values, nulls);
}

/* uses(points, as_of, options) */
PG_FUNCTION_INFO_V1(user_ops_points_uses);
Datum
user_ops_points_uses(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Ledger *ledger;
	HeapTuple row;

	if (SRF_IS_FIRSTCALL())
	{
		ledger = begin_reading(fcinfo, true, &call);
		ledger_keep_uses(ledger);
	}
	call = SRF_PERCALL_SETUP();
	ledger = call->user_fctx;
	if (call->call_cntr >= ledger->n_moves)
		SRF_RETURN_DONE(call);
	row = form_use(ledger, &ledger->moves[call->call_cntr], call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(row));
}
