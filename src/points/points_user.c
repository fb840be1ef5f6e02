/*
 * points_user.c: all that views say of one user's points, and the rows of a ledger.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "points/ledger_call.h"
#include "server/call.h"

#define USER_COLUMNS 11
#define SOON         30 /* days */

static void
set_day(Datum *value, bool *null, int32 day, int32 none)
{
	*value = DateADTGetDatum(day);
	*null = day == none;
}

static Datum
row_of_user(const Ledger *ledger, TupleDesc row_type)
{
	Datum values[USER_COLUMNS];
	bool nulls[USER_COLUMNS] = {false};
	__int128 next_points;

	values[0] = points_datum(ledger, ledger_balance(ledger));
	values[1] = points_datum(ledger, ledger->totals[POINTS_EARN]);
	values[2] = points_datum(ledger, ledger->totals[POINTS_SPEND]);
	values[3] = points_datum(ledger, ledger->totals[POINTS_REVERSE]);
	values[4] = points_datum(ledger, ledger->totals[POINTS_EXPIRE]);
	values[5] = points_datum(ledger, ledger->debt);
	set_day(&values[6], &nulls[6], ledger_next_end(ledger, &next_points), POINTS_NEVER);
	values[7] = points_datum(ledger, next_points);
	nulls[7] = nulls[6];
	values[8] = points_datum(ledger, ledger_expiring(ledger, SOON));
	set_day(&values[9], &nulls[9], ledger->last_earned, POINTS_NO_DAY);
	set_day(&values[10], &nulls[10], ledger->last_spent, POINTS_NO_DAY);
	return HeapTupleGetDatum(heap_form_tuple(row_type, values, nulls));
}

/* points_user(points, as_of, options): NULL where there was nothing before as_of */
PG_FUNCTION_INFO_V1(user_ops_points_user);
Datum
user_ops_points_user(PG_FUNCTION_ARGS)
{
	LedgerQuestion question = question_of_call(fcinfo, 1, 2);
	Ledger ledger;
	Datum row;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	ledger = ledger_of_call(fcinfo, 0, &question);
	if (ledger.n_entries == 0)
		PG_RETURN_NULL();
	row = row_of_user(&ledger, kept_row_type(fcinfo));
	ledger_free(&ledger);
	PG_RETURN_DATUM(row);
}

/* A ledger that is returned row by row. */
typedef struct Rows
{
	PointsReader reader;
	Datum kinds[POINTS_KINDS];
} Rows;

#define ROW_COLUMNS 4

static HeapTuple
form_row(const Rows *rows, const PointsEntry *entry, TupleDesc row_type)
{
	PointsKind kind = points_kind(entry->key);
	int32 expires_on = kind == POINTS_EARN ? points_expires_on(entry->key) : POINTS_NEVER;
	Datum values[ROW_COLUMNS];
	bool nulls[ROW_COLUMNS] = {false};

	values[0] = DateADTGetDatum(points_day(entry->key));
	values[1] = rows->kinds[kind];
	values[2] = NumericGetDatum(decimal_to_numeric(entry->points, rows->reader.scale));
	set_day(&values[3], &nulls[3], expires_on, POINTS_NEVER);
	return heap_form_tuple(row_type, values, nulls);
}

/* What argument 0 has; of NULL nothing. */
static Rows *
begin_ledger(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	Rows *rows = palloc0(sizeof(Rows));
	Oid type = TupleDescAttr(row_type, 1)->atttypid;
	const uint8 *bytes;
	size_t size;

	if (PG_ARGISNULL(0))
		return rows;
	for (int kind = 0; kind < POINTS_KINDS; kind++)
		rows->kinds[kind] = DirectFunctionCall2(enum_in, CStringGetDatum(points_kind_labels[kind]), ObjectIdGetDatum(type));
	bytes = points_bytes_arg(fcinfo, 0, &size);
	check_points_read(points_open(&rows->reader, memcpy(palloc(size), bytes, size), size));
	return rows;
}

/* points_rows(points) */
PG_FUNCTION_INFO_V1(user_ops_points_rows);
Datum
user_ops_points_rows(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	PointsEntry entry;
	HeapTuple row;
	Rows *rows;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = begin_ledger(fcinfo, call->tuple_desc);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	rows = call->user_fctx;
	if (!points_next(&rows->reader, &entry))
	{
		check_points_read(rows->reader.in.bad ? "entries that are cut off or too large" : NULL);
		SRF_RETURN_DONE(call);
	}
	row = form_row(rows, &entry, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(row));
}

/* points_decimals(points): how many decimals the points have, at most */
PG_FUNCTION_INFO_V1(user_ops_points_decimals);
Datum
user_ops_points_decimals(PG_FUNCTION_ARGS)
{
	PointsReader reader;
	size_t size;
	const uint8 *bytes = points_bytes_arg(fcinfo, 0, &size);

	check_points_read(points_open(&reader, bytes, size));
	PG_RETURN_INT32(reader.scale);
}
