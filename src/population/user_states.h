/*
 * user_states.h: states to which users are added, an activity each: as an aggregate
 * over rows, or from any source of users.
 */
#ifndef USER_OPS_USER_STATES_H
#define USER_OPS_USER_STATES_H

#include "server/compat.h"

#include "activity/activity.h"
#include "activity/user_source.h"
#include "grouping/shared_reading.h"
#include "scan/agg_states.h"

/*
 * The state with this user, or a larger copy in the current memory context.  The
 * parameters are for states that are NULL before the first user, who decides on what
 * the call does not say: whether there are amounts.
 */
typedef void *(*AddUser)(void *state, ActivityReader *activity, const void *params);

static pg_attribute_always_inline void *
add_activity_arg(FunctionCallInfo fcinfo, void *state, MemoryContext row_context, const void *how)
{
	ActivityReader activity;
	MemoryContext state_context = MemoryContextSwitchTo(row_context);

	ACTIVITY_OPEN_ARG(&activity, 1);
	MemoryContextSwitchTo(state_context);
	return (*(const AddUser *) how)(state, &activity, NULL);
}

/* A transition function (state, activity, ...): the activity is not NULL. */
static pg_attribute_always_inline Datum
state_add_row(FunctionCallInfo fcinfo, void *state, AddUser add)
{
	return state_add_arg(fcinfo, state, add_activity_arg, &add);
}

/* The same where the state is a new one, with all other rows if that is possible. */
static pg_attribute_always_inline Datum
state_add_rows(FunctionCallInfo fcinfo, void *state, AddUser add)
{
	return state_add_args(fcinfo, state, add_activity_arg, &add);
}

/*
 * A state with all users of argument n, read from a source.  With a kind, the function that
 * is being called returns it, stored, and so can be computed in parts; without, it may be NULL.
 */
static pg_attribute_always_inline void *
state_of_users(const UserSource *source, FunctionCallInfo fcinfo, int n, void *state,
			   const StateKind *kind, const void *params, AddUser add)
{
	SharedReading *shared = NULL;
	void *users = source->open(fcinfo, n, kind == NULL ? NULL : &shared);
	ActivityReader activity;

	while (source->next(users, &activity))
	{
		void *grown = add(state, &activity, params);

		if (state != NULL && grown != state)
			pfree(state);
		state = grown;
	}
	return shared_reading_end(shared, state, kind);
}

/* Such a state, as the result. */
static pg_attribute_always_inline Datum
state_result_of_users(const UserSource *source, FunctionCallInfo fcinfo, int n, void *state,
					  const StateKind *kind, const void *params, AddUser add)
{
	return state_result(state_of_users(source, fcinfo, n, state, kind, params, add), kind);
}

#endif
