/*
 * journeys_read.c: readers of journeys, and users(journeys).
 */
#include "server/compat.h"

#include "funcapi.h"
#include "grouping/user_ids.h"
#include "journey/journey_value.h"
#include "journey/journeys.h"
#include "server/call.h"

JourneysReading *
journeys_open(OwnedJourneys *owned, uint32 n_left)
{
	JourneysReading *reading =
		(JourneysReading *) grouped_read(&owned->grouped, sizeof(JourneysReading));
	MemoryContext old_context = grouped_reader_enter(&reading->reader);

	reading->cursor = journey_open(owned->grouped.grouping, n_left);
	MemoryContextSwitchTo(old_context);
	return reading;
}

const Journey *
journeys_next(JourneysReading *reading, const uint8 **key, uint32 *key_size)
{
	MemoryContext old_context = grouped_reader_enter(&reading->reader);
	const Journey *journey = journey_next(reading->cursor, key, key_size);

	MemoryContextSwitchTo(old_context);
	if (journey == NULL)
		MemoryContextDelete(reading->reader.context);
	return journey;
}

typedef struct JourneyUsers
{
	JourneysReading *reading;
	UserIds ids;
} JourneyUsers;

/* users(journeys, NULL::id_type): each user's id and journey */
PG_FUNCTION_INFO_V1(user_ops_journey_users);
Datum
user_ops_journey_users(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	JourneyUsers *users;
	const Journey *journey;
	const uint8 *key;
	uint32 key_size;
	Datum values[2];
	bool nulls[2] = {false, false};

	if (SRF_IS_FIRSTCALL())
	{
		OwnedJourneys *owned;
		MemoryContext old_context;

		if (PG_ARGISNULL(0))
			return no_rows(fcinfo);
		owned = journeys_of_handle(PG_GETARG_INT64(0));
		old_context = begin_rows(fcinfo, &call);
		users = call->user_fctx = palloc(sizeof(JourneyUsers));
		users->ids = user_ids_begin(fcinfo, &owned->grouped);
		users->reading = journeys_open(owned, 0);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	users = call->user_fctx;
	journey = journeys_next(users->reading, &key, &key_size);
	if (journey == NULL)
		SRF_RETURN_DONE(call);
	values[0] = user_id_datum(&users->ids, key, key_size);
	values[1] = PointerGetDatum(journey_value(journey));
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
