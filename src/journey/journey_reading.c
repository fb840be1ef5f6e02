/*
 * journey_reading.c: journeys as arguments, with what is asked of them.
 */
#include "server/compat.h"

#include "utils/memutils.h"
#include "journey/journey.h"
#include "journey/journey_value.h"
#include "journey/journeys.h"
#include "journey/steps.h"
#include "kernel/journey/step_masks.h"
#include "server/call.h"

/* What a call site has asked last. */
typedef struct JourneyQuestion
{
	MemoryContext context; /* of what is kept */
	StepMasks masks;
	uint8 *steps; /* the bytes that the table was made of */
	size_t size;
} JourneyQuestion;

static void *
new_reading(MemoryContext context, Size size)
{
	JourneyReading *reading = MemoryContextAllocZero(context, size);

	reading->context = context;
	reading->room = MemoryContextAllocZero(context, sizeof(JourneyRoom));
	reading->question = MemoryContextAllocZero(context, sizeof(JourneyQuestion));
	reading->question->context = context;
	return reading;
}

void *
journey_reading(FunctionCallInfo fcinfo, Size size)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = new_reading(fcinfo->flinfo->fn_mcxt, size);
	return fcinfo->flinfo->fn_extra;
}

void *
journey_reading_here(Size size)
{
	return new_reading(CurrentMemoryContext, size);
}

/* The steps of argument n, compiled unless they are those asked last. */
static void
take_steps(JourneyQuestion *question, FunctionCallInfo fcinfo, int n)
{
	MemoryContext old_context;
	size_t size;
	const uint8 *steps;

	refuse_null(fcinfo, n, "steps",
				"Give a number of conditions, or names of events such as '{view,cart,pay}'.");
	steps = steps_arg(fcinfo, n, &size);
	if (question->steps != NULL && question->size == size &&
		memcmp(question->steps, steps, size) == 0)
		return;
	old_context = MemoryContextSwitchTo(question->context);
	if (question->steps != NULL)
	{
		step_table_free((StepTable *) question->masks.table);
		pfree(question->steps);
		question->steps = NULL;
		step_masks_free(&question->masks);
	}
	question->masks.table = step_table(steps, size);
	question->steps = memcpy(palloc(size), steps, size);
	question->size = size;
	MemoryContextSwitchTo(old_context);
}

static void
refuse_question(const char *problem)
{
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
				 errhint("Of a journey by conditions ask for a number of steps, of one by name for "
						 "an array of names.")));
}

static void
ask(JourneyQuestion *question, Journey *journey)
{
	MemoryContext old_context = MemoryContextSwitchTo(question->context);
	const char *problem = step_masks_ask(&question->masks, journey);

	MemoryContextSwitchTo(old_context);
	refuse_question(problem);
}

/* The rows with their masks, as far as they are wished for. */
static void
decode_asked(JourneyReading *reading, Journey *journey)
{
	const NameMasks *of_names;

	refuse_question(step_masks_meet(&reading->question->masks, journey, &of_names));
	if (of_names == NULL)
		journey_decode_rows(reading->room, NULL, reading->only_asked);
	else if ((of_names->all & reading->needed) == reading->needed)
		journey_decode_rows(reading->room, of_names->masks, reading->only_asked);
	else
		journey->n_rows = 0;
}

const Journey *
journey_arg(JourneyReading *reading, FunctionCallInfo fcinfo, int n, int steps)
{
	struct varlena *value = packed_arg(fcinfo, n);
	MemoryContext old_context = MemoryContextSwitchTo(reading->context);
	Journey *journey = journey_decode_head(
		reading->room, (const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	if (steps >= 0)
	{
		take_steps(reading->question, fcinfo, steps);
		decode_asked(reading, journey);
	}
	else
		journey_decode_rows(reading->room, NULL, false);
	MemoryContextSwitchTo(old_context);
	return journey;
}

void
journey_refuse_partial(const Journey *journey, const char *what_needs)
{
	if (journey->partial)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s all rows of a journey, of which this one has only those of its steps",
						what_needs),
				 errhint("Make it with journey_steps(..., keep_others => true), or by name.")));
}

void
journey_refuse_conditions(const Journey *journey, const char *what_needs)
{
	if (!journey->by_name)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s names of events, and the journey is by conditions", what_needs),
						errhint("Make it with journey_agg(event_time, event).")));
}

typedef struct JourneyUsers
{
	JourneysReading *reading;
	JourneyQuestion question;
	bool asked;
	Journey journey;
} JourneyUsers;

void *
journey_open_users(FunctionCallInfo fcinfo, int n, int steps, SharedReading **shared)
{
	OwnedJourneys *owned = journeys_of_handle(PG_GETARG_INT64(n));
	JourneyUsers *users = palloc0(sizeof(JourneyUsers));

	users->reading = journeys_open(owned, shared_reading_begin(fcinfo, n, &owned->grouped, shared));
	users->question.context = CurrentMemoryContext;
	users->asked = steps >= 0;
	if (users->asked)
		take_steps(&users->question, fcinfo, steps);
	return users;
}

const Journey *
journey_next_user(void *opened)
{
	JourneyUsers *users = opened;
	const uint8 *key;
	uint32 key_size;
	const Journey *journey = journeys_next(users->reading, &key, &key_size);

	if (journey == NULL || !users->asked)
		return journey;
	users->journey = *journey;
	ask(&users->question, &users->journey);
	return &users->journey;
}
