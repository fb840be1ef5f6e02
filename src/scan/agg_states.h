/*
 * agg_states.h: states to which an aggregate adds a value of each row, whatever the
 * values are: the loop of a transition function (state, value, ...).
 */
#ifndef USER_OPS_AGG_STATES_H
#define USER_OPS_AGG_STATES_H

#include "server/compat.h"

#include "utils/memutils.h"
#include "scan/agg_input.h"
#include "server/state_io.h"

/*
 * Adds the value that is argument 1, which is not NULL: returns the state, or a larger
 * copy in the current memory context.  What reading the value allocates belongs to the
 * row.
 */
typedef void *(*AddArg)(FunctionCallInfo fcinfo, void *state, MemoryContext row_context,
						const void *how);

/* The state as the result, with the value of this row. */
static pg_attribute_always_inline Datum
state_add_arg(FunctionCallInfo fcinfo, void *state, AddArg add, const void *how)
{
	return state_datum(add(fcinfo, state, CurrentMemoryContext, how));
}

/*
 * The same where the state is a new one.  If only the value differs from row to row,
 * all other rows are taken along where that is possible.
 */
static pg_attribute_always_inline Datum
state_add_args(FunctionCallInfo fcinfo, void *state, AddArg add, const void *how)
{
	AggInput input;
	MemoryContext aggregate_context;
	MemoryContext row_context = CurrentMemoryContext;
	void *result;

	if (!AggCheckCallContext(fcinfo, &aggregate_context) || !agg_input_begin(&input, fcinfo, 1))
		return state_add_arg(fcinfo, state, add, how);
	MemoryContextSwitchTo(aggregate_context);
	state = state_copy(state);
	do
	{
		void *grown;

		if (PG_ARGISNULL(1))
			continue;
		grown = add(fcinfo, state, row_context, how);
		if (grown != state)
			pfree(state);
		state = grown;
	} while (agg_input_next(&input, fcinfo));
	/* the executor takes over what stands in the memory of the row */
	MemoryContextSwitchTo(row_context);
	result = state_copy(state);
	pfree(state);
	return state_datum(result);
}

#endif
