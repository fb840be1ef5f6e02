/*
 * agg_input.c: the input of an aggregate, taken by its transition function itself.
 */
#include "server/compat.h"

#include "scan/agg_input.h"

#include "executor/executor.h"
#include "executor/nodeAgg.h"
#include "miscadmin.h"

static bool
add_column(AggInput *input, const Var *var, int argument)
{
	if (var->varno != OUTER_VAR || var->varattno < 1 || input->n_columns == AGG_INPUT_ARGUMENTS)
		return false;
	input->columns[input->n_columns] = var->varattno;
	input->arguments[input->n_columns++] = argument;
	input->last_column = Max(input->last_column, var->varattno);
	return true;
}

/*
 * Of the arguments the first few may be columns of the node below, or computed from such;
 * others, and they too, may be constants or parameters, which stay in fcinfo.
 */
static bool
find_arguments(AggInput *input, const Aggref *aggref, int may_vary)
{
	ListCell *cell;
	int argument = 0;

	foreach (cell, aggref->args)
	{
		Expr *expression = lfirst_node(TargetEntry, cell)->expr;

		argument++; /* the state is the first */
		if (IsA(expression, Const) || IsA(expression, Param))
			continue;
		if (argument > may_vary)
			return false;
		/* a varchar as the text that it is */
		while (IsA(expression, RelabelType))
			expression = ((RelabelType *) expression)->arg;
		if (IsA(expression, Var) ? !add_column(input, (const Var *) expression, argument)
								 : !computed_args_add(&input->computed, expression, argument))
			return false;
	}
	return true;
}

/*
 * The attributes of a heap that columns of a node are: what it gives are columns of the
 * heap that it scans, and nothing that it computes.
 */
static bool
find_attributes(const PlanState *node, int n, const AttrNumber *columns, AttrNumber *attributes)
{
	const List *targets = node->plan->targetlist;
	ListCell *cell;

	if (!IsA(node, SeqScanState) || n == 0)
		return false;
	foreach (cell, targets)
		if (!IsA(lfirst_node(TargetEntry, cell)->expr, Var))
			return false;
	for (int i = 0; i < n; i++)
	{
		const TargetEntry *entry = list_nth(targets, columns[i] - 1);

		attributes[i] = ((const Var *) entry->expr)->varattno;
	}
	return true;
}

static bool
begin_heap(AggInput *input)
{
	AttrNumber attributes[AGG_INPUT_ARGUMENTS];

	return find_attributes(input->node, input->n_columns, input->columns, attributes) &&
		   heap_rows_begin(&input->heap, (SeqScanState *) input->node, input->n_columns,
						   attributes, input->arguments);
}

/* The same where there are expressions: all columns go by the slot that they read. */
static bool
begin_computed_heap(AggInput *input)
{
	static const int places[HEAP_ROWS_COLUMNS] = {0, 1, 2, 3, 4, 5, 6, 7};
	ComputedColumns *read = &input->computed.read;
	AttrNumber attributes[HEAP_ROWS_COLUMNS];

	for (int i = 0; i < input->n_columns; i++)
		computed_columns_add(read, input->columns[i]);
	return !read->too_many && find_attributes(input->node, read->n, read->columns, attributes) &&
		   heap_rows_begin(&input->computed_heap, (SeqScanState *) input->node, read->n,
						   attributes, places);
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
	/* an aggregate that calls that of another one shows the node that calls it */
	if (fcinfo != aggregate->pertrans[0].transfn_fcinfo)
		return false;
	*input = (AggInput){.aggregate = aggregate, .node = outerPlanState(aggregate)};
	if (is_wrapped(input->node) || !find_arguments(input, aggref, may_vary))
		return false;
	if (input->computed.n == 0)
		input->from_heap = begin_heap(input);
	else
	{
		input->from_heap = begin_computed_heap(input);
		computed_args_begin(&input->computed, input->node, !input->from_heap);
	}
	return true;
}

/* At its end a node need not know that it ended: it is asked once more, and not itself. */
static TupleTableSlot *
ended(PlanState *node)
{
	ExecSetExecProcNode(node, node->ExecProcNodeReal);
	return NULL;
}

static void
take_columns(const AggInput *input, TupleTableSlot *slot, NullableDatum *arguments)
{
	slot_getsomeattrs(slot, input->last_column);
	for (int i = 0; i < input->n_columns; i++)
	{
		NullableDatum *argument = &arguments[input->arguments[i]];
		AttrNumber column = input->columns[i];

		argument->value = slot->tts_values[column - 1];
		argument->isnull = slot->tts_isnull[column - 1];
	}
}

static bool
next_from_node(AggInput *input, NullableDatum *arguments)
{
	TupleTableSlot *slot = ExecProcNode(input->node);

	if (TupIsNull(slot))
		return false;
	take_columns(input, slot, arguments);
	return true;
}

/* The next row of a heap, of the current page or of another one. */
static bool
next_of_pages(HeapRows *heap, NullableDatum *values)
{
	while (!heap_rows_next(heap, values))
		if (!heap_rows_next_page(heap))
			return false;
	return true;
}

static bool
next_computed(AggInput *input, NullableDatum *arguments)
{
	ComputedArgs *computed = &input->computed;
	TupleTableSlot *slot = NULL;

	if (!input->from_heap)
		slot = ExecProcNode(input->node);
	else if (next_of_pages(&input->computed_heap, computed->values))
		slot = computed_args_store(computed);
	if (TupIsNull(slot))
	{
		computed_args_end(computed);
		return false;
	}
	take_columns(input, slot, arguments);
	computed_args_evaluate(computed, input->aggregate->tmpcontext, slot, arguments);
	return true;
}

bool
agg_input_next_slow(AggInput *input, FunctionCallInfo fcinfo)
{
	/* nodes run in the memory of the query, as under the executor */
	MemoryContext old_context = MemoryContextSwitchTo(input->node->state->es_query_cxt);
	bool found;

	CHECK_FOR_INTERRUPTS();
	ResetExprContext(input->aggregate->tmpcontext);
	if (input->computed.n > 0)
		found = next_computed(input, fcinfo->args);
	else
		found = input->from_heap ? next_of_pages(&input->heap, fcinfo->args)
								 : next_from_node(input, fcinfo->args);
	if (!found)
		input->node->ExecProcNode = ended;
	MemoryContextSwitchTo(old_context);
	return found;
}
