/*
 * journey_readings.c: what one user's journey consists of.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "journey/journey.h"
#include "server/call.h"
#include "server/decimal.h"

static const Journey *
read_journey(FunctionCallInfo fcinfo)
{
	return journey_arg(journey_reading(fcinfo, sizeof(JourneyReading)), fcinfo, 0, -1);
}

PG_FUNCTION_INFO_V1(user_ops_journey_events);
Datum
user_ops_journey_events(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(read_journey(fcinfo)->n_rows);
}

PG_FUNCTION_INFO_V1(user_ops_journey_first_time);
Datum
user_ops_journey_first_time(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(read_journey(fcinfo)->rows[0].at);
}

PG_FUNCTION_INFO_V1(user_ops_journey_last_time);
Datum
user_ops_journey_last_time(PG_FUNCTION_ARGS)
{
	const Journey *journey = read_journey(fcinfo);

	PG_RETURN_TIMESTAMPTZ(journey->rows[journey->n_rows - 1].at);
}

/* NULL by name */
PG_FUNCTION_INFO_V1(user_ops_journey_conditions);
Datum
user_ops_journey_conditions(PG_FUNCTION_ARGS)
{
	const Journey *journey = read_journey(fcinfo);

	if (journey->by_name)
		PG_RETURN_NULL();
	PG_RETURN_INT32(journey->n_conditions);
}

static Datum
text_datum(const JourneyText *text)
{
	return PointerGetDatum(cstring_to_text_with_len(text->bytes, (int) text->size));
}

/* NULL by conditions */
PG_FUNCTION_INFO_V1(user_ops_journey_names);
Datum
user_ops_journey_names(PG_FUNCTION_ARGS)
{
	const Journey *journey = read_journey(fcinfo);
	Datum *names;

	if (!journey->by_name)
		PG_RETURN_NULL();
	names = palloc(journey->names.n * sizeof(Datum));
	for (uint32 i = 0; i < journey->names.n; i++)
		names[i] = text_datum(&journey->names.texts[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(names, (int) journey->names.n, TEXTOID, -1, false,
										  TYPALIGN_INT));
}

/* The numbers of the conditions that hold. */
static Datum
mask_datum(uint64 mask)
{
	Datum numbers[JOURNEY_CONDITIONS];
	int n = 0;

	for (; mask != 0; mask &= mask - 1)
		numbers[n++] = Int32GetDatum(__builtin_ctzll(mask) + 1);
	return PointerGetDatum(construct_array(numbers, n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/* journey_rows(journey): (event_time, tiebreak, conditions, event, amount, label) */
PG_FUNCTION_INFO_V1(user_ops_journey_rows);
Datum
user_ops_journey_rows(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Journey *journey;
	const JourneyRow *row;
	Datum values[6];
	bool nulls[6] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);
		JourneyReading *reading = journey_reading_here(sizeof(JourneyReading));

		call->user_fctx = unconstify(Journey *, journey_arg(reading, fcinfo, 0, -1));
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	journey = call->user_fctx;
	if (call->call_cntr >= journey->n_rows)
		SRF_RETURN_DONE(call);
	row = &journey->rows[call->call_cntr];
	values[0] = TimestampTzGetDatum(row->at);
	values[1] = Int64GetDatum(row->tiebreak);
	nulls[2] = journey->by_name;
	if (!nulls[2])
		values[2] = mask_datum(row->mask);
	nulls[3] = !journey->by_name;
	if (!nulls[3])
		values[3] = text_datum(&journey->names.texts[row->event]);
	nulls[4] = !row->has_amount;
	if (!nulls[4])
		values[4] = NumericGetDatum(decimal_to_numeric(row->amount, journey->scale));
	nulls[5] = row->label == JOURNEY_NONE;
	if (!nulls[5])
		values[5] = text_datum(&journey->labels.texts[row->label]);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
