/*
 * journey.c: the type journey: text, binary, merging.  Equality and the order without a
 * meaning are those of all values that are canonical bytes (server/values.c).
 */
#include "server/compat.h"

#include "mb/pg_wchar.h"
#include "utils/timestamp.h"
#include "journey/journey_value.h"
#include "server/state_io.h"

/* Names become text, which has to be valid in the encoding of the database. */
static bool
are_encoded(const JourneyTexts *texts)
{
	for (uint32 i = 0; i < texts->n; i++)
	{
		host_poll_at(i);
		if (!pg_verifymbstr(texts->texts[i].bytes, (int) texts->texts[i].size, true))
			return false;
	}
	return true;
}

static const char *
check_value(const uint8 *bytes, size_t size)
{
	const char *problem = journey_check(bytes, size);
	JourneyRoom room = {0};
	const Journey *journey;

	if (problem != NULL)
		return problem;
	journey = journey_decode(&room, bytes, size);
	if (!are_encoded(&journey->names) || !are_encoded(&journey->labels))
		problem = "a name or label is not valid in the encoding of the database";
	journey_room_free(&room);
	return problem;
}

SQL_FUNCTION(journey_in, value_in(fcinfo, "journey", check_value))
VALUE_FUNCTIONS(journey, check_value)

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

/* journey_between(journey, from_time, to_time): the rows of these times, the last excluded; NULL if there are none */
PG_FUNCTION_INFO_V1(user_ops_journey_between);
Datum
user_ops_journey_between(PG_FUNCTION_ARGS)
{
	JourneyRoom room = {0};
	Journey journey = *JOURNEY_DECODE(&room, PG_GETARG_VARLENA_PP(0));
	uint32 from = journey_rows_before(&journey, PG_GETARG_TIMESTAMPTZ(1));
	uint32 to = journey_rows_before(&journey, PG_GETARG_TIMESTAMPTZ(2));
	JourneyKind kind = journey_kind(&journey);
	JourneyBuilder *builder;

	if (from >= to)
		PG_RETURN_NULL();
	journey.rows += from;
	journey.n_rows = to - from;
	builder = journey_builder(&kind);
	journey_add_journey(builder, &journey);
	PG_RETURN_POINTER(journey_from_builder(builder));
}
