/*
 * user_states.h: states to which users are added, an activity each: as an aggregate
 * over rows, or from a population.
 */
#ifndef USER_OPS_USER_STATES_H
#define USER_OPS_USER_STATES_H

#include "server/compat.h"

#include "utils/memutils.h"
#include "activity/activity.h"
#include "population/population.h"
#include "scan/agg_input.h"
#include "server/state_io.h"

/* The state with this user, or a larger copy in the current memory context. */
typedef void *(*AddUser)(void *state, ActivityReader *activity);

static pg_attribute_always_inline void *
add_or_replace(void *state, ActivityReader *activity, AddUser add)
{
	void *grown = add(state, activity);

	if (grown != state)
		pfree(state);
	return grown;
}

/* A transition function (state, activity, ...): the activity is not NULL. */
static pg_attribute_always_inline Datum
state_add_row(FunctionCallInfo fcinfo, void *state, AddUser add)
{
	ActivityReader activity;

	ACTIVITY_OPEN_ARG(&activity, 1);
	return state_datum(add(state, &activity));
}

/*
 * The same where the state is a new one.  If only the activity differs from row to
 * row, all other rows are taken along where that is possible.
 */
static pg_attribute_always_inline Datum
state_add_rows(FunctionCallInfo fcinfo, void *state, AddUser add)
{
	AggInput input;
	MemoryContext aggregate_context;
	MemoryContext row_context = CurrentMemoryContext;
	void *result;

	if (!AggCheckCallContext(fcinfo, &aggregate_context) || !agg_input_begin(&input, fcinfo, 1))
		return state_add_row(fcinfo, state, add);
	MemoryContextSwitchTo(aggregate_context);
	state = state_copy(state);
	do
	{
		ActivityReader activity;

		if (PG_ARGISNULL(1))
			continue;
		MemoryContextSwitchTo(row_context);
		ACTIVITY_OPEN_ARG(&activity, 1);
		MemoryContextSwitchTo(aggregate_context);
		state = add_or_replace(state, &activity, add);
	} while (agg_input_next(&input, fcinfo));
	/* the executor takes over what stands in the memory of the row */
	MemoryContextSwitchTo(row_context);
	result = state_copy(state);
	pfree(state);
	return state_datum(result);
}

/* All users of the population that is argument 0, added to a new state, for the user. */
static pg_attribute_always_inline Datum
state_of_population(FunctionCallInfo fcinfo, void *state, const StateKind *kind, AddUser add)
{
	PopulationReading reading = population_read(population_of_handle(PG_GETARG_INT64(0)));
	ActivityReader activity;

	while (population_read_activity(&reading, &activity))
		state = add_or_replace(state, &activity, add);
	population_read_end(&reading);
	return state_result(state, kind);
}

#endif
