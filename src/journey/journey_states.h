/*
 * journey_states.h: states to which users are added, a journey each: as an aggregate
 * over rows, or from a handle of journeys.
 */
#ifndef USER_OPS_JOURNEY_STATES_H
#define USER_OPS_JOURNEY_STATES_H

#include "server/compat.h"

#include "journey/journey.h"
#include "grouping/shared_reading.h"
#include "scan/agg_states.h"

/* The state with this user, or a larger copy in the current memory context. */
typedef void *(*AddJourney)(void *state, const Journey *journey, const void *params);

/* What a transition function (state, journey, ...) adds journeys by. */
typedef struct JourneyAdding
{
	JourneyReading *reading; /* of the call site */
	int steps;               /* the argument that says the steps; < 0: none does */
	const void *params;      /* for add */
	AddJourney add;
} JourneyAdding;

static pg_attribute_always_inline void *
add_journey_arg(FunctionCallInfo fcinfo, void *state, MemoryContext row_context, const void *how)
{
	const JourneyAdding *adding = how;
	MemoryContext state_context = MemoryContextSwitchTo(row_context);
	const Journey *journey = journey_arg(adding->reading, fcinfo, 1, adding->steps);

	MemoryContextSwitchTo(state_context);
	return adding->add(state, journey, adding->params);
}

/* The state with the journey of this row, which is not NULL. */
static pg_attribute_always_inline Datum
state_add_journey(FunctionCallInfo fcinfo, void *state, JourneyAdding adding)
{
	return state_add_arg(fcinfo, state, add_journey_arg, &adding);
}

/* The same where the state is a new one, with all other rows if that is possible. */
static pg_attribute_always_inline Datum
state_add_journeys(FunctionCallInfo fcinfo, void *state, JourneyAdding adding)
{
	return state_add_args(fcinfo, state, add_journey_arg, &adding);
}

/* A state, not NULL, with all users of argument n, a handle, as the result of the function. */
static pg_attribute_always_inline Datum
state_result_of_journeys(FunctionCallInfo fcinfo, int n, int steps, void *state,
						 const StateKind *kind, const void *params, AddJourney add)
{
	SharedReading *shared;
	void *users = journey_open_users(fcinfo, n, steps, &shared);
	const Journey *journey;

	while ((journey = journey_next_user(users)) != NULL)
	{
		void *grown = add(state, journey, params);

		if (grown != state)
			pfree(state);
		state = grown;
	}
	return state_result(shared_reading_end(shared, state, kind), kind);
}

#endif
