/*
 * user_states.h: states to which users are added, an activity each: as an aggregate
 * over rows, or from any source of users.
 */
#ifndef USER_OPS_USER_STATES_H
#define USER_OPS_USER_STATES_H

#include "server/compat.h"

#include "utils/memutils.h"
#include "activity/activity.h"
#include "activity/user_source.h"
#include "scan/agg_input.h"
#include "server/state_io.h"

/*
 * The state with this user, or a larger copy in the current memory context.  The
 * parameters are for states that are NULL before the first user, who decides on what
 * the call does not say: whether there are amounts.
 */
typedef void *(*AddUser)(void *state, ActivityReader *activity, const void *params);

static pg_attribute_always_inline void *
add_or_replace(void *state, ActivityReader *activity, const void *params, AddUser add)
{
	void *grown = add(state, activity, params);

	if (state != NULL && grown != state)
		pfree(state);
	return grown;
}

/* A transition function (state, activity, ...): the activity is not NULL. */
static pg_attribute_always_inline Datum
state_add_row(FunctionCallInfo fcinfo, void *state, AddUser add)
{
	ActivityReader activity;

	ACTIVITY_OPEN_ARG(&activity, 1);
	return state_datum(add(state, &activity, NULL));
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
		state = add_or_replace(state, &activity, NULL, add);
	} while (agg_input_next(&input, fcinfo));
	/* the executor takes over what stands in the memory of the row */
	MemoryContextSwitchTo(row_context);
	result = state_copy(state);
	pfree(state);
	return state_datum(result);
}

/* A state, which may be NULL, with all users of argument n, read from a source. */
static pg_attribute_always_inline void *
state_of_users(const UserSource *source, FunctionCallInfo fcinfo, int n, void *state,
			   const void *params, AddUser add)
{
	void *users = source->open(fcinfo, n);
	ActivityReader activity;

	while (source->next(users, &activity))
		state = add_or_replace(state, &activity, params, add);
	return state;
}

#endif
