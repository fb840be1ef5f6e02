/*
 * journey_agg.c: aggregates that build a journey from the rows of a user, or from other
 * journeys.
 *
 *	1. Rows as in journey_input.c.  No row kept: NULL.
 *	2. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is a JourneyState (internal); between workers it travels as the bytes of a
 * journey.
 */
#include "server/compat.h"

#include "journey/journey_input.h"
#include "journey/journey_value.h"
#include "server/call.h"
#include "server/state_io.h"

typedef struct JourneyState
{
	JourneyBuilder *builder;
	JourneyRoom room;   /* for journeys that are added */
	uint64 steps_hash;  /* of those that its rows had, 0: none */
	MemoryContext context;
} JourneyState;

static JourneyState *
new_state(FunctionCallInfo fcinfo, const JourneyKind *kind)
{
	MemoryContext context;
	MemoryContext old_context;
	JourneyState *state;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called outside an aggregate");
	old_context = MemoryContextSwitchTo(context);
	state = palloc0(sizeof(JourneyState));
	state->builder = journey_builder(kind);
	state->context = context;
	MemoryContextSwitchTo(old_context);
	return state;
}

static JourneyState *
state_of_input(FunctionCallInfo fcinfo, JourneyInput *input)
{
	JourneyState *state;

	if (PG_ARGISNULL(0))
	{
		state = new_state(fcinfo, &(JourneyKind){.by_name = input->n_conditions == 0,
												 .partial = journey_input_partial(input),
												 .n_conditions = input->n_conditions});
		state->steps_hash = input->steps_hash;
		return state;
	}
	state = (JourneyState *) PG_GETARG_POINTER(0);
	if (state->steps_hash != input->steps_hash)
		steps_differ();
	journey_expect_conditions(input, state->builder->kind.n_conditions);
	return state;
}

static void
add_event(JourneyState *state, const JourneyEvent *event)
{
	MemoryContext old_context = MemoryContextSwitchTo(state->context);
	JourneyRow *row = journey_add_row(state->builder, event->at);

	if (state->builder->kind.by_name)
		row->event = (uint32) event->what;
	else
		row->mask = event->what;
	row->tiebreak = event->tiebreak;
	row->label = event->label;
	if (event->scale >= 0)
		journey_set_amount(state->builder, row, event->amount, event->scale);
	MemoryContextSwitchTo(old_context);
}

/* Transition function of all forms of journey_agg: (state, time, ...) */
PG_FUNCTION_INFO_V1(user_ops_journey_add);
Datum
user_ops_journey_add(PG_FUNCTION_ARGS)
{
	JourneyInput *input;
	JourneyState *state;
	JourneyEvent event;
	TextSet names;
	TextSet labels;

	refuse_outside_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	input = journey_input(fcinfo, 1);
	state = state_of_input(fcinfo, input);
	names = (TextSet){&state->builder->names, state->context};
	labels = (TextSet){&state->builder->labels, state->context};
	if (journey_read_row(input, fcinfo, &names, &labels, &event))
		add_event(state, &event);
	PG_RETURN_POINTER(state);
}

/* All rows of argument n. */
static void
add_value(JourneyState *state, struct varlena *bytes)
{
	MemoryContext old_context = MemoryContextSwitchTo(state->context);

	journey_add_journey(state->builder, JOURNEY_DECODE(&state->room, bytes));
	MemoryContextSwitchTo(old_context);
}

/* rollup(journey) */
AGGREGATE_ONLY(user_ops_journey_rollup)
{
	JourneyState *state;
	struct varlena *bytes;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	bytes = PG_GETARG_VARLENA_PP(1);
	if (PG_ARGISNULL(0))
	{
		JourneyRoom room = {0};
		JourneyKind kind = journey_kind(JOURNEY_DECODE(&room, bytes));

		journey_room_free(&room);
		state = new_state(fcinfo, &kind);
	}
	else
		state = (JourneyState *) PG_GETARG_POINTER(0);
	add_value(state, bytes);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(user_ops_journey_combine);
Datum
user_ops_journey_combine(PG_FUNCTION_ARGS)
{
	const JourneyState *other;
	JourneyState *state;
	MemoryContext old_context;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	other = (const JourneyState *) PG_GETARG_POINTER(1);
	if (!PG_ARGISNULL(0))
		state = (JourneyState *) PG_GETARG_POINTER(0);
	else
	{
		state = new_state(fcinfo, &other->builder->kind);
		state->steps_hash = other->steps_hash;
	}
	if (state->steps_hash != other->steps_hash)
		steps_differ();
	if (other->builder->n_rows > 0)
	{
		Journey built = journey_built(other->builder);

		old_context = MemoryContextSwitchTo(state->context);
		journey_add_journey(state->builder, &built);
		MemoryContextSwitchTo(old_context);
		journey_give_back(other->builder);
	}
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(user_ops_journey_final);
Datum
user_ops_journey_final(PG_FUNCTION_ARGS)
{
	JourneyState *state = PG_ARGISNULL(0) ? NULL : (JourneyState *) PG_GETARG_POINTER(0);

	if (state == NULL || state->builder->n_rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(journey_from_builder(state->builder));
}

/* The hash of the steps, then a journey, if there is one yet, else its kind. */
typedef struct StateHead
{
	uint64 steps_hash;
	JourneyKind kind;
	bool rows;
} StateHead;

PG_FUNCTION_INFO_V1(user_ops_journey_serialize);
Datum
user_ops_journey_serialize(PG_FUNCTION_ARGS)
{
	JourneyState *state = (JourneyState *) PG_GETARG_POINTER(0);
	StateHead head;
	struct varlena *value = NULL;
	Size size = sizeof(head);
	bytea *bytes;

	memset(&head, 0, sizeof(head));
	head.steps_hash = state->steps_hash;
	head.kind = state->builder->kind;
	head.rows = state->builder->n_rows > 0;
	if (head.rows)
	{
		value = journey_from_builder(state->builder);
		size += VARSIZE(value) - VARHDRSZ;
	}
	bytes = palloc(VARHDRSZ + size);
	SET_VARSIZE(bytes, VARHDRSZ + size);
	memcpy(VARDATA(bytes), &head, sizeof(head));
	if (head.rows)
		memcpy(VARDATA(bytes) + sizeof(head), VARDATA(value), size - sizeof(head));
	PG_RETURN_BYTEA_P(bytes);
}

PG_FUNCTION_INFO_V1(user_ops_journey_deserialize);
Datum
user_ops_journey_deserialize(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	JourneyState *state = palloc0(sizeof(JourneyState));
	StateHead head;

	memcpy(&head, VARDATA_ANY(bytes), sizeof(head));
	state->context = CurrentMemoryContext;
	state->steps_hash = head.steps_hash;
	state->builder = journey_builder(&head.kind);
	if (head.rows)
		journey_add_journey(state->builder,
							journey_decode(&state->room,
										   (const uint8 *) VARDATA_ANY(bytes) + sizeof(head),
										   VARSIZE_ANY_EXHDR(bytes) - sizeof(head)));
	PG_RETURN_POINTER(state);
}
