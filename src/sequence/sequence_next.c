/*
 * sequence_next.c: the event next to a chain of events.
 *
 *	1. A NULL journey: NULL.  Any other NULL is an error (22004).
 *	2. The journey is by name (22023) and has all its rows (55000).
 *	3. A chain without events has no match to begin at (22023).
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "journey/journey.h"
#include "kernel/sequence/next.h"
#include "server/calendar.h"
#include "server/call.h"

static const char *const direction_labels[] = {"forward", "backward"};
static const char *const base_labels[] = {"head", "tail", "first_match", "last_match"};

/* The events of the argument, which is a list. */
static JourneyText *
chain_arg(FunctionCallInfo fcinfo, int n, int *length)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	JourneyText *chain;
	Datum *values;
	bool *nulls;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the chain must be a list of events"),
				 errhint("Give them one by one, or VARIADIC as an array of one dimension.")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, length);
	chain = palloc(*length * sizeof(JourneyText));
	for (int i = 0; i < *length; i++)
	{
		const text *event;

		if (nulls[i])
			null_argument("chain", "Give the names of events.");
		event = DatumGetTextPP(values[i]);
		chain[i] = (JourneyText){VARDATA_ANY(event), VARSIZE_ANY_EXHDR(event)};
	}
	return chain;
}

/* sequence_next(journey, direction, base, VARIADIC chain) */
PG_FUNCTION_INFO_V1(user_ops_sequence_next);
Datum
user_ops_sequence_next(PG_FUNCTION_ARGS)
{
	JourneyReading *reading = journey_reading(fcinfo, sizeof(JourneyReading));
	const Journey *journey;
	const JourneyText *next;
	const JourneyText *chain;
	SequenceDirection direction;
	SequenceBase base;
	int length;

	refuse_null(fcinfo, 1, "direction", "Give 'forward' or 'backward'.");
	refuse_null(fcinfo, 2, "base", "Give 'head', 'tail', 'first_match' or 'last_match'.");
	refuse_null(fcinfo, 3, "chain", "Give the names of events.");
	direction = enum_code(PG_GETARG_OID(1), direction_labels, lengthof(direction_labels));
	base = enum_code(PG_GETARG_OID(2), base_labels, lengthof(base_labels));
	chain = chain_arg(fcinfo, 3, &length);
	if (length == 0 && base >= SEQUENCE_FIRST_MATCH)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a chain without events has no match"),
						errhint("Give its events, or the base 'head' or 'tail'.")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey = journey_arg(reading, fcinfo, 0, -1);
	journey_refuse_conditions(journey, "sequence_next needs");
	journey_refuse_partial(journey, "sequence_next needs");
	next = sequence_next(journey, direction, base, chain, (uint32) length);
	if (next == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(next->bytes, (int) next->size));
}
