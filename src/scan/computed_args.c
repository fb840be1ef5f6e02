/*
 * computed_args.c: arguments of an aggregate that are expressions.
 */
#include "server/compat.h"

#include "scan/computed_args.h"

#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/memutils.h"

void
computed_columns_add(ComputedColumns *read, AttrNumber column)
{
	for (int i = 0; i < read->n; i++)
		if (read->columns[i] == column)
			return;
	if (read->n == HEAP_ROWS_COLUMNS)
		read->too_many = true;
	else
		read->columns[read->n++] = column;
}

static bool
may_not_execute(Oid function, void *context)
{
	return function_aclcheck(function, GetUserId()) != ACLCHECK_OK;
}

/* Is there something that is left to the executor?  Else note the columns. */
static bool
has_more(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			if (((const Var *) node)->varno != OUTER_VAR || ((const Var *) node)->varattno < 1)
				return true;
			computed_columns_add(context, ((const Var *) node)->varattno);
			return false;
		case T_List:
		case T_Const:
		case T_Param:
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_BoolExpr:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_ArrayExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_SQLValueFunction:
		case T_NullTest:
		case T_BooleanTest:
			break;
		default:
			return true;
	}
	return check_functions_in_node(node, may_not_execute, NULL) ||
		   expression_tree_walker(node, has_more, context);
}

bool
computed_args_add(ComputedArgs *args, Expr *expression, int argument)
{
	if (args->n == COMPUTED_ARGS || contain_volatile_functions((Node *) expression) ||
		has_more((Node *) expression, &args->read))
		return false;
	args->expressions[args->n] = expression;
	args->arguments[args->n++] = argument;
	return true;
}

void
computed_args_begin(ComputedArgs *args, PlanState *node, bool has_slot)
{
	EState *estate = node->state;
	MemoryContext old_context;

	args->context = AllocSetContextCreate(estate->es_query_cxt, "user_ops arguments",
										  ALLOCSET_SMALL_SIZES);
	old_context = MemoryContextSwitchTo(args->context);
	for (int i = 0; i < args->n; i++)
		args->states[i] =
			ExecInitExprWithParams(args->expressions[i], estate->es_param_list_info);
	if (!has_slot)
	{
		args->slot = MakeSingleTupleTableSlot(ExecGetResultType(node), &TTSOpsVirtual);
		ExecStoreAllNullTuple(args->slot);
	}
	MemoryContextSwitchTo(old_context);
}

TupleTableSlot *
computed_args_store(ComputedArgs *args)
{
	for (int i = 0; i < args->read.n; i++)
	{
		args->slot->tts_values[args->read.columns[i] - 1] = args->values[i].value;
		args->slot->tts_isnull[args->read.columns[i] - 1] = args->values[i].isnull;
	}
	return args->slot;
}

void
computed_args_evaluate(ComputedArgs *args, ExprContext *context, TupleTableSlot *slot,
					   NullableDatum *arguments)
{
	MemoryContext old_context = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	TupleTableSlot *old_slot = context->ecxt_outertuple;

	context->ecxt_outertuple = slot;
	for (int i = 0; i < args->n; i++)
	{
		NullableDatum *argument = &arguments[args->arguments[i]];

		argument->value = ExecEvalExpr(args->states[i], context, &argument->isnull);
	}
	context->ecxt_outertuple = old_slot;
	MemoryContextSwitchTo(old_context);
}

void
computed_args_end(ComputedArgs *args)
{
	if (args->slot != NULL)
		ExecDropSingleTupleTableSlot(args->slot);
	MemoryContextDelete(args->context);
}
