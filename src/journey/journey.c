/*
 * journey.c: the type journey: text, binary, merging.  Equality and the order without a
 * meaning are those of all values that are canonical bytes (server/value_io.h).
 */
#include "server/compat.h"

#include "journey/journey_value.h"
#include "server/state_io.h"
#include "server/value_io.h"

VALUE_FUNCTIONS(journey, journey_check)

struct varlena *
journey_value(const Journey *journey)
{
	ByteWriter out = byte_writer(VARHDRSZ);

	journey_encode(journey, &out);
	return value_of_writer(&out);
}

struct varlena *
journey_from_builder(JourneyBuilder *builder)
{
	Journey journey = journey_built(builder);
	struct varlena *value = journey_value(&journey);

	/* a window asks again, when the memory of this row is gone */
	journey_give_back(builder);
	return value;
}

/* NULL is a user without rows: merging with it gives the other. */
PG_FUNCTION_INFO_V1(user_ops_journey_merge);
Datum
user_ops_journey_merge(PG_FUNCTION_ARGS)
{
	JourneyRoom room = {0};
	const Journey *journey;
	JourneyKind kind;
	JourneyBuilder *builder;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	journey = JOURNEY_DECODE(&room, PG_GETARG_VARLENA_PP(0));
	kind = journey_kind(journey);
	builder = journey_builder(&kind);
	journey_add_journey(builder, journey);
	journey_add_journey(builder, JOURNEY_DECODE(&room, PG_GETARG_VARLENA_PP(1)));
	PG_RETURN_POINTER(journey_from_builder(builder));
}

/* partial(journey): the same rows, of which it is said that others were left out */
PG_FUNCTION_INFO_V1(user_ops_journey_partial);
Datum
user_ops_journey_partial(PG_FUNCTION_ARGS)
{
	JourneyRoom room = {0};
	Journey journey = *JOURNEY_DECODE(&room, PG_GETARG_VARLENA_PP(0));

	journey.partial = true;
	PG_RETURN_POINTER(journey_value(&journey));
}
