/*
 * sequence.c: the functions that search one journey for a pattern.
 *
 *	1. A NULL journey: NULL.  Any other NULL is an error (22004).
 *	2. A journey by conditions is searched about those that it has or, of a number of
 *	   steps, about the first so many; one by name about its steps, which must be given
 *	   (22023).
 *	3. The pattern is compiled again only where its bytes, or the number of conditions,
 *	   differ from those of the call before.
 */
#include "server/compat.h"

#include "journey/journey.h"
#include "sequence/kept_search.h"
#include "server/call.h"

typedef struct SequenceCall
{
	JourneyReading reading;
	KeptSearch kept;
	const Journey *journey;
	SequenceSearch *search;
} SequenceCall;

/* The journey and the pattern are the first arguments; the call, or NULL if the journey is. */
static SequenceCall *
read_call(FunctionCallInfo fcinfo, bool has_steps)
{
	SequenceCall *call = journey_reading(fcinfo, sizeof(SequenceCall));
	const Journey *journey;

	refuse_null(fcinfo, 1, "pattern", HINT_PATTERN);
	if (has_steps)
		refuse_null(fcinfo, 2, "steps", "Omit the steps to search about all conditions.");
	if (PG_ARGISNULL(0))
		return NULL;
	call->journey = journey = journey_arg(&call->reading, fcinfo, 0, has_steps ? 2 : -1);
	if (journey->by_name && !has_steps)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the journey is by name, and has no numbered conditions"),
						errhint("Say which names they are: steps => '{view,cart,pay}'.")));
	call->search =
		kept_search(&call->kept, call->reading.context, PG_GETARG_TEXT_PP(1),
					!journey->by_name && has_steps ? journey->n_steps : journey->n_conditions);
	return call;
}

/* sequence_match(journey, pattern [, steps]) */
PG_FUNCTION_INFO_V1(user_ops_sequence_match);
Datum
user_ops_sequence_match(PG_FUNCTION_ARGS)
{
	SequenceCall *call = read_call(fcinfo, PG_NARGS() == 3);

	if (call == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(sequence_match(call->search, call->journey));
}

/* sequence_count(journey, pattern [, steps], overlap) */
PG_FUNCTION_INFO_V1(user_ops_sequence_count);
Datum
user_ops_sequence_count(PG_FUNCTION_ARGS)
{
	int overlap = PG_NARGS() - 1;
	SequenceCall *call;

	refuse_null(fcinfo, overlap, "overlap", "Omit it to count matches one behind the other.");
	call = read_call(fcinfo, overlap == 3);
	if (call == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) sequence_count(call->search, call->journey, PG_GETARG_BOOL(overlap)));
}

/* sequence_events(journey, pattern [, steps]) */
PG_FUNCTION_INFO_V1(user_ops_sequence_events);
Datum
user_ops_sequence_events(PG_FUNCTION_ARGS)
{
	SequenceCall *call = read_call(fcinfo, PG_NARGS() == 3);

	if (call == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(search_events(call->search, call->journey));
}
