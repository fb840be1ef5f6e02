/*
 * computed_args.h: arguments of an aggregate that are expressions over the columns of the
 * node below it, evaluated for rows that its transition function takes itself.
 *
 * The executor has compiled them together with the call of the transition function;
 * here they are compiled once more, each alone.  That nobody can tell, for it is not done
 * where a second evaluator could show: in a volatile function, which may count its calls;
 * in a function that the current user may not execute, as the one could who opened a
 * cursor; in subplans, domains and other expressions with more state than their
 * arguments.  Rows come one after the other, and each is evaluated when the one before it
 * was added: so errors are those of the executor, too.
 */
#ifndef USER_OPS_COMPUTED_ARGS_H
#define USER_OPS_COMPUTED_ARGS_H

#include "server/compat.h"

#include "nodes/execnodes.h"
#include "scan/heap_rows.h"

#define COMPUTED_ARGS 4 /* at most */

/* Columns of the node's rows, from 1, that expressions read. */
typedef struct ComputedColumns
{
	int n;
	AttrNumber columns[HEAP_ROWS_COLUMNS];
	bool too_many; /* not all of them are here */
} ComputedColumns;

/* One more, unless it is among them. */
extern void computed_columns_add(ComputedColumns *read, AttrNumber column);

typedef struct ComputedArgs
{
	int n;
	Expr *expressions[COMPUTED_ARGS];
	ExprState *states[COMPUTED_ARGS];
	int arguments[COMPUTED_ARGS]; /* that they are */
	ComputedColumns read;
	MemoryContext context; /* of states and slot */
	TupleTableSlot *slot;  /* for columns from pages; NULL: rows are in slots of their own */
	NullableDatum values[HEAP_ROWS_COLUMNS]; /* of the columns of a row from a page */
} ComputedArgs;

/* Note an expression as an argument; false if it is not to be evaluated here. */
extern bool computed_args_add(ComputedArgs *args, Expr *expression, int argument);

/* Before the first row; has_slot: the node's rows come in slots. */
extern void computed_args_begin(ComputedArgs *args, PlanState *node, bool has_slot);

/* The columns that are in values, in the slot. */
extern TupleTableSlot *computed_args_store(ComputedArgs *args);

/* Evaluate them over a row, in the memory of the context for it. */
extern void computed_args_evaluate(ComputedArgs *args, ExprContext *context, TupleTableSlot *slot,
								   NullableDatum *arguments);

extern void computed_args_end(ComputedArgs *args);

#endif
