/*
 * by_label.c: the labels of a journey's rows in place of their events: touches by the
 * channel that they came by, where events say what was done.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "journey/journey.h"
#include "journey/journey_value.h"
#include "server/call.h"

#define HINT_EVENTS "Name the events that keep their names, such as '{purchase}'; '{}' means none."

/* Which of the journey's names are in the array that is argument 1. */
static bool *
names_kept(FunctionCallInfo fcinfo, const Journey *journey)
{
	bool *kept = palloc0(journey->names.n * sizeof(bool) + 1);
	ArrayType *array;
	Texts named = {0};
	Datum *values;
	bool *nulls;
	int n;

	refuse_null(fcinfo, 1, "events", HINT_EVENTS);
	array = PG_GETARG_ARRAYTYPE_P(1);
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		struct varlena *name;

		if (nulls[i])
			null_argument("an element of events", HINT_EVENTS);
		name = PG_DETOAST_DATUM_PACKED(values[i]);
		texts_add(&named, VARDATA_ANY(name), (uint32) VARSIZE_ANY_EXHDR(name));
	}
	for (uint32 i = 0; i < journey->names.n; i++)
	{
		const JourneyText *name = &journey->names.texts[i];

		kept[i] = texts_find(&named, name->bytes, name->size) != JOURNEY_NONE;
	}
	texts_free(&named);
	return kept;
}

/* by_label(journey, events): NULL if no row has a label or one of the events */
PG_FUNCTION_INFO_V1(user_ops_by_label);
Datum
user_ops_by_label(PG_FUNCTION_ARGS)
{
	const Journey *journey;
	JourneyKind kind = {.by_name = true, .partial = true};
	JourneyBuilder *builder;
	const bool *kept;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey = journey_arg(journey_reading(fcinfo, sizeof(JourneyReading)), fcinfo, 0, -1);
	journey_refuse_conditions(journey, "by_label needs");
	kept = names_kept(fcinfo, journey);
	builder = journey_builder(&kind);
	for (uint32 i = 0; i < journey->n_rows; i++)
	{
		const JourneyRow *from = &journey->rows[i];
		const JourneyText *name = kept[from->event]             ? &journey->names.texts[from->event]
								  : from->label != JOURNEY_NONE ? &journey->labels.texts[from->label]
																: NULL;
		JourneyRow *row;

		host_poll_at(i);
		if (name == NULL)
			continue;
		row = journey_add_row(builder, from->at);
		row->tiebreak = from->tiebreak;
		row->event = texts_add(&builder->names, name->bytes, name->size);
		if (from->has_amount)
			journey_set_amount(builder, row, from->amount, journey->scale);
	}
	if (builder->n_rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(journey_from_builder(builder));
}
