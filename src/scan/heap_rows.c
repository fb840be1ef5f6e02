/*
 * heap_rows.c: some columns of the visible rows of a heap's page, without a slot.
 *
 * A sequential scan looks at visibility a page at a time, and notes which rows
 * are visible.  Here those are read from the page, which the scan keeps pinned;
 * only the first row of a page comes through the table access method.
 */
#include "server/compat.h"

#include "scan/heap_rows.h"

#include "access/heapam.h"
#include "executor/instrument.h"
#include "pgstat.h"
#include "utils/rel.h"

static HeapScanDesc
heap_scan(const HeapRows *rows)
{
	return (HeapScanDesc) rows->state->ss.ss_currentScanDesc;
}

/* The rows of the current page, from this one on. */
static void
take_page(HeapRows *rows, int from)
{
	HeapScanDesc scan = heap_scan(rows);
	int n = (int) scan->rs_ntuples;

	rows->page = BufferGetPage(scan->rs_cbuf);
	rows->next = scan->rs_vistuples + from;
	rows->end = scan->rs_vistuples + n;
	scan->rs_cindex = n - 1; /* the scan goes on behind them */
	/* nothing of it may have been touched: where all is visible, no row was looked at; the first stand at the end */
	for (const char *line = rows->page + BLCKSZ; line > rows->page; line -= HOST_CACHE_LINE)
		__builtin_prefetch(line - HOST_CACHE_LINE);
}

/* Rows that the executor does not see are rows read, all the same. */
static void
count_rows(HeapRows *rows, ptrdiff_t n)
{
	NodeInstrumentation *instrument = rows->state->ss.ps.instrument;

	if (instrument != NULL)
		InstrUpdateTupleCount(instrument, (double) n);
	pgstat_count_heap_rows(rows->state->ss.ss_currentRelation, n);
}

/* The scan's rows are those of the heap, found page by page. */
static bool
is_plain(const SeqScanState *state)
{
	TableScanDesc scan = state->ss.ss_currentScanDesc;

	return HEAP_ROWS_POSSIBLE && scan != NULL && state->ss.ps.qual == NULL &&
		   state->ss.ps.state->es_epq_active == NULL &&
		   ScanDirectionIsForward(state->ss.ps.state->es_direction) &&
		   scan->rs_rd->rd_tableam == GetHeapamTableAmRoutine() &&
		   (scan->rs_flags & SO_ALLOW_PAGEMODE) != 0 &&
		   BufferIsValid(((HeapScanDesc) scan)->rs_cbuf);
}

static void
describe_attributes(HeapRows *rows, TupleDesc descriptor)
{
	bool fixed = true;
	uint32 offset = 0;
	int column = 0;

	for (int i = 0; i < rows->n_attributes; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		HeapAttribute form = {attribute->attlen, attribute->attbyval, attribute->attalign};
		uint32 aligned = (uint32) att_align_nominal(offset, form.align);

		rows->attributes[i] = form;
		/* a variable-length value may stand unaligned */
		if (fixed && form.length < 0 && aligned != offset)
			fixed = false;
		if (fixed)
		{
			offset = aligned;
			rows->walk_from = i;
			rows->walk_offset = (int32) offset;
		}
		for (; column < rows->n_columns && rows->columns[column].attribute == i; column++)
		{
			rows->columns[column].form = form;
			rows->columns[column].offset = fixed ? (int32) offset : -1;
		}
		offset += (uint32) form.length;
		fixed &= form.length > 0;
	}
}

bool
heap_rows_begin(HeapRows *rows, SeqScanState *state, int n, const AttrNumber *attributes,
				const int *arguments)
{
	*rows = (HeapRows){.state = state};
	if (!is_plain(state) || n > HEAP_ROWS_COLUMNS)
		return false;
	for (int i = 0; i < n; i++)
	{
		HeapColumn column = {.attribute = attributes[i] - 1, .argument = arguments[i]};
		int at = rows->n_columns++;

		if (attributes[i] < 1 || attributes[i] > HEAP_ROWS_ATTRIBUTES)
			return false;
		for (; at > 0 && rows->columns[at - 1].attribute > column.attribute; at--)
			rows->columns[at] = rows->columns[at - 1];
		rows->columns[at] = column;
		rows->n_attributes = Max(rows->n_attributes, attributes[i]);
	}
	rows->before = ((uint64) 1 << (rows->n_attributes - 1)) - 1;
	describe_attributes(rows, RelationGetDescr(state->ss.ss_currentScanDesc->rs_rd));
	take_page(rows, (int) heap_scan(rows)->rs_cindex + 1);
	count_rows(rows, rows->end - rows->next);
	return true;
}

bool
heap_rows_next_page(HeapRows *rows)
{
	ScanState *state = &rows->state->ss;
	NodeInstrumentation *instrument = state->ps.instrument;
	bool found;

	if (instrument != NULL)
		InstrStartNode(instrument);
	found = table_scan_getnextslot(state->ss_currentScanDesc, ForwardScanDirection,
								   state->ss_ScanTupleSlot);
	if (instrument != NULL)
		InstrStopNode(instrument, found ? 1.0 : 0.0);
	if (!found)
		return false;
	take_page(rows, (int) heap_scan(rows)->rs_cindex);
	count_rows(rows, rows->end - rows->next - 1);
	return true;
}

uint64
heap_rows_nulls(const HeapRows *rows, HeapTupleHeader row)
{
	int n = Min(HeapTupleHeaderGetNatts(row), rows->n_attributes);
	uint64 nulls = 0;

	for (int i = 0; i < n; i++)
		if (att_isnull(i, row->t_bits))
			nulls |= (uint64) 1 << i;
	return nulls;
}

/* Where an attribute that is not NULL begins. */
static uint32
walk_to(const HeapRows *rows, const char *data, uint64 nulls, HeapWalk *walk, int attribute)
{
	while (walk->next <= attribute)
		if ((nulls >> walk->next & 1) != 0)
			walk->next++;
		else
			heap_rows_step(rows, data, walk);
	return walk->start;
}

void
heap_rows_walk(const HeapRows *rows, HeapTupleHeader row, uint64 nulls, NullableDatum *values)
{
	const char *data = (const char *) row + row->t_hoff;
	int n_there = HeapTupleHeaderGetNatts(row);
	HeapWalk walk = {0};

	for (int i = 0; i < rows->n_columns; i++)
	{
		const HeapColumn *column = &rows->columns[i];
		NullableDatum *value = &values[column->argument];
		uint32 offset;

		if (column->attribute >= n_there) /* added to the table after the row */
		{
			value->value = getmissingattr(RelationGetDescr(rows->state->ss.ss_currentRelation),
										  column->attribute + 1, &value->isnull);
			continue;
		}
		value->isnull = (nulls >> column->attribute & 1) != 0;
		if (value->isnull)
			continue;
		offset = walk_to(rows, data, nulls, &walk, column->attribute);
		value->value = fetch_att(data + offset, column->form.by_value, column->form.length);
	}
}
