/*
 * heap_rows.h: some columns of the visible rows of a heap's page, without a slot.
 *
 *	row		+--------+-------------+----------+-------------+----------+----
 *			| header | null bitmap | column 1 |  column 2   | column 3 |
 *			+--------+-------------+----------+-------------+----------+----
 *
 * Where the columns before it have a fixed length and are not NULL, a column's
 * place is known beforehand; else the row is walked up to it.
 */
#ifndef USER_OPS_HEAP_ROWS_H
#define USER_OPS_HEAP_ROWS_H

#include "server/compat.h"

#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/tupmacs.h"
#include "nodes/execnodes.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "kernel/base/host.h"

#define HEAP_ROWS_COLUMNS    8  /* that are wanted at most */
#define HEAP_ROWS_ATTRIBUTES 64 /* of the table up to the last of them, at most */

typedef struct HeapAttribute
{
	int16 length;
	bool by_value;
	char align;
} HeapAttribute;

/* A column that is wanted, and which element of the result gets it. */
typedef struct HeapColumn
{
	int attribute; /* from 0 */
	int argument;
	int32 offset;  /* behind the header; -1: depends on the row */
	HeapAttribute form;
} HeapColumn;

typedef struct HeapRows
{
	const OffsetNumber *next; /* rows of the page that are to come */
	const OffsetNumber *end;
	Page page;
	int n_columns;
	HeapColumn columns[HEAP_ROWS_COLUMNS]; /* in the order of the table */
	int n_attributes; /* of the table, up to the last column */
	uint64 before;    /* bits of the attributes before the last column */
	HeapAttribute attributes[HEAP_ROWS_ATTRIBUTES];
	int walk_from;    /* the last attribute whose place is known */
	int32 walk_offset; /* where that is */
	SeqScanState *state;
} HeapRows;

/*
 * Read on in a sequential scan of a heap, behind its current row: attributes[i],
 * from 1, goes to arguments[i], of n.  False, with no rows, if it can't be read so.
 */
extern bool heap_rows_begin(HeapRows *rows, SeqScanState *scan, int n, const AttrNumber *attributes,
							const int *arguments);

/* Go on to the next page that has rows; false at the end of the scan. */
extern bool heap_rows_next_page(HeapRows *rows);

/* How far a row has been walked: to an attribute that stands in [start, end). */
typedef struct HeapWalk
{
	int next; /* the attribute behind it */
	uint32 start;
	uint32 end;
} HeapWalk;

/* Go to the next attribute, which is not NULL. */
static pg_attribute_always_inline void
heap_rows_step(const HeapRows *rows, const char *data, HeapWalk *walk)
{
	const HeapAttribute *form = &rows->attributes[walk->next++];

	walk->start =
		(uint32) att_align_pointer(walk->end, form->align, form->length, data + walk->end);
	walk->end = (uint32) att_addlength_pointer(walk->start, form->length, data + walk->start);
}

/* A row with NULLs before its last column, or which does not have all of them. */
extern void heap_rows_walk(const HeapRows *rows, HeapTupleHeader row, uint64 nulls,
						   NullableDatum *values);

/* Bits of the attributes that are NULL; HEAP_HASNULL is set. */
extern uint64 heap_rows_nulls(const HeapRows *rows, HeapTupleHeader row);

/* The next row of the page, its columns in values; false if there is none. */
static pg_attribute_always_inline bool
heap_rows_next(HeapRows *rows, NullableDatum *values)
{
	HeapWalk walk = {.next = rows->walk_from, .end = (uint32) rows->walk_offset};
	HeapTupleHeader row;
	const char *data;
	uint64 nulls = 0;

	if (unlikely(rows->next == rows->end))
		return false;
	row = (HeapTupleHeader) PageGetItem(rows->page, PageGetItemId(rows->page, *rows->next++));
	/* most likely the next page stands behind this one, and has a row at the same place */
	__builtin_prefetch((const char *) row + BLCKSZ);
	if (row->t_infomask & HEAP_HASNULL)
		nulls = rows->n_attributes <= BITS_PER_BYTE ? (uint8) ~row->t_bits[0]
													: heap_rows_nulls(rows, row);
	if (unlikely((nulls & rows->before) != 0 ||
				 HeapTupleHeaderGetNatts(row) < rows->n_attributes))
	{
		heap_rows_walk(rows, row, nulls, values);
		return true;
	}
	data = (const char *) row + row->t_hoff;
	for (int i = 0; i < rows->n_columns; i++)
	{
		const HeapColumn *column = &rows->columns[i];
		NullableDatum *value = &values[column->argument];
		uint32 offset = (uint32) column->offset;

		value->isnull = (nulls >> column->attribute & 1) != 0;
		if (value->isnull)
			continue;
		if (column->offset < 0)
		{
			while (walk.next <= column->attribute)
				heap_rows_step(rows, data, &walk);
			offset = walk.start;
		}
		value->value = fetch_att(data + offset, column->form.by_value, column->form.length);
	}
	return true;
}

#endif
