/*
 * agg_input.c: the input of an aggregate, taken by its transition function itself.
 */
#include "server/compat.h"

#include "scan/agg_input.h"

#include "executor/executor.h"
#include "miscadmin.h"

/*
 * Of the arguments the first few may be columns of the node below; others, and
 * they too, may be constants or parameters, which stay in fcinfo.
 */
static bool
find_columns(AggInput *input, const Aggref *aggref, int may_vary)
{
	ListCell *cell;
	int argument = 0;

	foreach (cell, aggref->args)
	{
		const TargetEntry *entry = lfirst(cell);
		const Var *var = (const Var *) entry->expr;

		argument++; /* the state is the first */
		if (IsA(var, Const) || IsA(var, Param))
			continue;
		if (!IsA(var, Var) || var->varno != OUTER_VAR || var->varattno < 1 ||
			argument > may_vary || input->n_columns == HEAP_ROWS_COLUMNS)
			return false;
		input->columns[input->n_columns] = var->varattno;
		input->arguments[input->n_columns++] = argument;
		input->last_column = Max(input->last_column, var->varattno);
	}
	return true;
}

/* What the node gives are columns of a heap that it scans, and nothing that it computes. */
static bool
begin_heap(AggInput *input)
{
	const List *targets = input->node->plan->targetlist;
	AttrNumber attributes[HEAP_ROWS_COLUMNS];
	ListCell *cell;

	if (!IsA(input->node, SeqScanState) || input->n_columns == 0)
		return false;
	foreach (cell, targets)
		if (!IsA(lfirst_node(TargetEntry, cell)->expr, Var))
			return false;
	for (int i = 0; i < input->n_columns; i++)
	{
		const TargetEntry *entry = list_nth(targets, input->columns[i] - 1);

		attributes[i] = ((const Var *) entry->expr)->varattno;
	}
	return heap_rows_begin(&input->heap, (SeqScanState *) input->node, input->n_columns,
						   attributes, input->arguments);
}

/* Somebody else may watch what the node gives. */
static bool
is_wrapped(const PlanState *node)
{
	return node->ExecProcNode != node->ExecProcNodeReal && node->instrument == NULL;
}

bool
agg_input_begin(AggInput *input, FunctionCallInfo fcinfo, int may_vary)
{
	const Aggref *aggref = AggGetAggref(fcinfo);
	AggState *aggregate = (AggState *) fcinfo->context;

	if (aggref == NULL || aggregate->aggstrategy != AGG_PLAIN || aggregate->maxsets != 1 ||
		aggregate->numtrans != 1 || aggref->aggfilter != NULL || aggref->aggorder != NIL ||
		aggref->aggdistinct != NIL)
		return false;
	*input = (AggInput){.aggregate = aggregate, .node = outerPlanState(aggregate)};
	if (is_wrapped(input->node) || !find_columns(input, aggref, may_vary))
		return false;
	input->from_heap = begin_heap(input);
	return true;
}

/* At its end a node need not know that it ended: it is asked once more, and not itself. */
static TupleTableSlot *
ended(PlanState *node)
{
	ExecSetExecProcNode(node, node->ExecProcNodeReal);
	return NULL;
}

static bool
next_from_node(AggInput *input, NullableDatum *arguments)
{
	TupleTableSlot *slot = ExecProcNode(input->node);

	if (TupIsNull(slot))
		return false;
	slot_getsomeattrs(slot, input->last_column);
	for (int i = 0; i < input->n_columns; i++)
	{
		NullableDatum *argument = &arguments[input->arguments[i]];
		AttrNumber column = input->columns[i];

		argument->value = slot->tts_values[column - 1];
		argument->isnull = slot->tts_isnull[column - 1];
	}
	return true;
}

static bool
next_from_heap(AggInput *input, NullableDatum *arguments)
{
	do
	{
		if (!heap_rows_next_page(&input->heap))
			return false;
	} while (!heap_rows_next(&input->heap, arguments));
	return true;
}

bool
agg_input_go_on(AggInput *input, FunctionCallInfo fcinfo)
{
	/* nodes run in the memory of the query, as under the executor */
	MemoryContext old_context = MemoryContextSwitchTo(input->node->state->es_query_cxt);
	bool found;

	CHECK_FOR_INTERRUPTS();
	ResetExprContext(input->aggregate->tmpcontext);
	found = input->from_heap ? next_from_heap(input, fcinfo->args)
							 : next_from_node(input, fcinfo->args);
	if (!found)
		input->node->ExecProcNode = ended;
	MemoryContextSwitchTo(old_context);
	return found;
}
