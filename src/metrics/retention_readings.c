/*
 * retention_readings.c: the cells and the curve of a retention matrix.
 */
#include "server/compat.h"

#include "kernel/metrics/retention.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

#define CELL_COLUMNS  7
#define CURVE_COLUMNS 4

/* The next cell to be returned. */
typedef struct CellCursor
{
	const Retention *matrix;
	const RetentionParams *params;
	RetentionRow *rows;
	uint32 n_rows;
	uint32 row;
	uint32 cell;
} CellCursor;

static CellCursor *
open_cells(FunctionCallInfo fcinfo)
{
	CellCursor *cursor = palloc0(sizeof(CellCursor));

	cursor->matrix = state_copy(state_arg(fcinfo, 0, &retention_kind));
	cursor->params = retention_params_of(cursor->matrix);
	cursor->rows = retention_rows(cursor->matrix, &cursor->n_rows);
	return cursor;
}

static HeapTuple
form_cell(const CellCursor *cursor, TupleDesc descriptor)
{
	const RetentionRow *row = &cursor->rows[cursor->row];
	RetentionCells cells = retention_cells(cursor->matrix, row);
	int64 users = cells.users[cursor->cell];
	Datum values[CELL_COLUMNS];
	bool nulls[CELL_COLUMNS] = {false};

	values[0] = DateADTGetDatum(retention_cohort_day(cursor->params, row->cohort));
	values[1] = Int32GetDatum((int32) cursor->cell);
	values[2] = Int64GetDatum(cells.users[0]);
	values[3] = Int64GetDatum(users);
	values[4] = Float8GetDatum((double) users / (double) cells.users[0]);
	values[5] = BoolGetDatum(retention_complete(cursor->params, row->cohort, cursor->cell));
	nulls[6] = cells.amounts == NULL;
	if (cells.amounts != NULL)
		values[6] = NumericGetDatum(decimal_to_numeric(cells.amounts[cursor->cell],
													   retention_scale(cursor->matrix)));
	return heap_form_tuple(descriptor, values, nulls);
}

/* cells(retention_matrix): a row for each cell */
PG_FUNCTION_INFO_V1(user_ops_retention_cells);
Datum
user_ops_retention_cells(PG_FUNCTION_ARGS)
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
	if (cursor->row == cursor->n_rows)
		SRF_RETURN_DONE(call);
	tuple = form_cell(cursor, call->tuple_desc);
	if (++cursor->cell == cursor->rows[cursor->row].cells)
	{
		cursor->row++;
		cursor->cell = 0;
	}
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* The points of a curve, and which mean is asked for. */
typedef struct Curve
{
	RetentionPoint *points;
	uint32 n_points;
	bool simple;
} Curve;

static Curve *
open_curve(FunctionCallInfo fcinfo)
{
	static const char *const means[] = {"pooled", "simple"};
	Curve *curve = palloc(sizeof(Curve));

	curve->points = retention_curve(state_arg(fcinfo, 0, &retention_kind), &curve->n_points);
	curve->simple = enum_code(PG_GETARG_OID(1), means, lengthof(means)) == 1;
	return curve;
}

/* curve(retention_matrix, retention_mean): a row for each period number */
PG_FUNCTION_INFO_V1(user_ops_retention_curve);
Datum
user_ops_retention_curve(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Curve *curve;
	RetentionPoint *point;
	Datum values[CURVE_COLUMNS];
	bool nulls[CURVE_COLUMNS] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_curve(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	curve = call->user_fctx;
	if (call->call_cntr >= curve->n_points)
		SRF_RETURN_DONE(call);

	point = &curve->points[call->call_cntr];
	values[0] = Int32GetDatum((int32) call->call_cntr);
	values[1] = Int64GetDatum(point->retained);
	values[2] = Int64GetDatum(point->eligible);
	values[3] = Float8GetDatum(curve->simple ? point->rates / (double) point->cohorts
											 : (double) point->retained / (double) point->eligible);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
