/*
 * agg_input.h: the input of an aggregate, taken by its transition function itself.
 *
 * To bring a row to a transition function costs the executor more than a light
 * one takes: a node and a slot for the row, an expression for its arguments, a
 * call.  Where an aggregate is all that its Agg node computes, in one group, the first
 * call takes all other rows in a loop of its own; the node then finds its input at its
 * end.
 *
 *	under the Agg node				the rows come
 *	a SeqScan of a heap, no WHERE	from its pages: no slot, no node
 *	anything else					from the node, in its slot
 *
 * Arguments are columns as they stand, or expressions over columns (computed_args.h);
 * other expressions leave the rows to the executor.
 */
#ifndef USER_OPS_AGG_INPUT_H
#define USER_OPS_AGG_INPUT_H

#include "server/compat.h"

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "scan/computed_args.h"
#include "scan/heap_rows.h"

#define AGG_INPUT_ARGUMENTS HEAP_ROWS_COLUMNS /* that may vary, at most */

typedef struct AggInput
{
	HeapRows heap; /* of the current page, of which the columns are arguments; else none */
	bool from_heap;
	AggState *aggregate;
	PlanState *node; /* below it */
	int n_columns;
	AttrNumber columns[AGG_INPUT_ARGUMENTS]; /* of the node's rows, from 1 */
	int arguments[AGG_INPUT_ARGUMENTS];      /* that they are */
	AttrNumber last_column;
	ComputedArgs computed; /* n 0: none */
	HeapRows computed_heap; /* of the current page, of which the columns are for expressions */
} AggInput;

/*
 * False if rows have to come one by one.  If it is true, all rows behind the one
 * whose arguments stand in fcinfo have to be taken before the transition function
 * returns.  Only the first may_vary arguments behind the state are to differ from
 * row to row.
 */
extern bool agg_input_begin(AggInput *input, FunctionCallInfo fcinfo, int may_vary);

/* The next row, from elsewhere than the current page, or with arguments to be computed. */
extern bool agg_input_next_slow(AggInput *input, FunctionCallInfo fcinfo);

/*
 * Put the arguments of the next row in the place of those of the last one, which
 * are not valid any more, nor is what was allocated in the memory context that the
 * executor calls transition functions in.  False at the end.
 */
static pg_attribute_always_inline bool
agg_input_next(AggInput *input, FunctionCallInfo fcinfo)
{
	return heap_rows_next(&input->heap, fcinfo->args) || agg_input_next_slow(input, fcinfo);
}

#endif
