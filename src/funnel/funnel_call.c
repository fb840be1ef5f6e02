/*
 * funnel_call.c: a question about funnels from the arguments of a call, which are read when
 * they differ from those of the call before.
 */
#include "server/compat.h"

#include "utils/memutils.h"
#include "funnel/funnel_call.h"
#include "journey/steps.h"
#include "server/call.h"
#include "server/duration.h"

FunnelCall *
funnel_call(FunctionCallInfo fcinfo)
{
	return journey_reading(fcinfo, sizeof(FunnelCall));
}

FunnelCall *
funnel_call_here(void)
{
	return journey_reading_here(sizeof(FunnelCall));
}

/* Does the argument have the value that was kept? */
static bool
same_switch(const FunnelCall *call, FunctionCallInfo fcinfo, int which, int n)
{
	struct varlena *kept;
	struct varlena *given;

	if (call->nulls[which] || PG_ARGISNULL(n))
		return call->nulls[which] && PG_ARGISNULL(n);
	if (switch_kind(which) == SWITCH_BY_VALUE)
		return call->values[which] == PG_GETARG_DATUM(n);
	kept = (struct varlena *) DatumGetPointer(call->values[which]);
	given = PG_GETARG_VARLENA_PP(n);
	return VARSIZE_ANY_EXHDR(kept) == VARSIZE_ANY_EXHDR(given) &&
		   memcmp(VARDATA_ANY(kept), VARDATA_ANY(given), VARSIZE_ANY_EXHDR(kept)) == 0;
}

static bool
same_switches(const FunnelCall *call, FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	if (places->options >= 0)
	{
		HeapTupleHeader options = ROW_ARG(places->options);
		uint32 size = HeapTupleHeaderGetDatumLength(options);

		return HeapTupleHeaderGetDatumLength(call->options) == size &&
			   memcmp(call->options, options, size) == 0;
	}
	for (int i = 0; i < N_SWITCHES; i++)
		if (places->switches[i] >= 0 && !same_switch(call, fcinfo, i, places->switches[i]))
			return false;
	return true;
}

static void
read_options(FunnelCall *call, FunctionCallInfo fcinfo, int n)
{
	HeapTupleHeader options = ROW_ARG(n);
	Size size = HeapTupleHeaderGetDatumLength(options);
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	call->options = memcpy(palloc(size), options, size);
	values_of_row(call->options, N_OPTIONS, values, nulls);
	if (nulls[OPTION_PICK])
		null_argument("pick", "Omit it to get its default.");
	call->switches = switches_read(values, nulls, ALL_SWITCHES);
	call->pick = pick_from_enum(DatumGetObjectId(values[OPTION_PICK]));
}

static void
read_switches(FunnelCall *call, FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	uint32 given = 0;

	for (int i = 0; i < N_SWITCHES; i++)
	{
		int n = places->switches[i];

		if (n < 0)
			continue;
		given |= UINT32_C(1) << i;
		call->nulls[i] = PG_ARGISNULL(n);
		if (!call->nulls[i])
			call->values[i] = switch_kind(i) == SWITCH_BY_VALUE
								  ? PG_GETARG_DATUM(n)
								  : PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(n)));
	}
	call->switches = switches_read(call->values, call->nulls, given);
	call->pick = FUNNEL_FIRST;
}

/* Read the switches, and what they mean for so many steps and conditions. */
static void
read_question(FunnelCall *call, FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	MemoryContext old_context;

	call->read = false;
	if (call->context == NULL)
		call->context =
			AllocSetContextCreate(call->reading.context, "funnel", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(call->context);
	old_context = MemoryContextSwitchTo(call->context);
	if (places->options >= 0)
		read_options(call, fcinfo, places->options);
	else
		read_switches(call, fcinfo, places);
	call->question = switches_question(&call->switches, call->n_steps, call->n_conditions);
	call->excluded = 0;
	for (int i = 0; i < call->switches.exclude.n; i++)
		call->excluded = Max(call->excluded, call->switches.exclude.numbers[i]);
	MemoryContextSwitchTo(old_context);
	call->read = true;
}

FunnelQuestion *
funnel_call_question(FunnelCall *call, FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	size_t size;
	const uint8 *steps;
	ByteReader in;
	StepsHead head;
	uint8 n_conditions;

	refuse_null(fcinfo, places->steps, "steps",
				"Give a number of conditions, or names of events such as '{view,cart,pay}'.");
	if (places->options >= 0)
		refuse_null(fcinfo, places->options, "options",
					"Give funnel_options(), or omit the argument.");
	steps = steps_arg(fcinfo, places->steps, &size);
	in = byte_reader(steps, size);
	head = steps_read_head(&in);
	/* how many conditions journeys without names have is not known yet */
	n_conditions = head.by_name ? head.n_conditions : JOURNEY_CONDITIONS;
	if (!call->read || call->n_steps != head.n_steps || call->n_conditions != n_conditions ||
		!same_switches(call, fcinfo, places))
	{
		call->n_steps = head.n_steps;
		call->n_conditions = n_conditions;
		read_question(call, fcinfo, places);
	}
	call->question.pick = (uint8) call->pick;
	call->question.within = duration_arg(fcinfo, places->within, "within");
	if (places->needs_as_of)
		refuse_null(fcinfo, places->as_of, "as_of",
					"Give the time before which rows count, the same for all rows.");
	call->reading.only_asked = call->question.in_between == FUNNEL_ANYTHING;
	call->reading.needed = call->question.unordered ? 0 : 1;
	call->question.as_of =
		PG_ARGISNULL(places->as_of) ? DT_NOEND : places->read_as_of(fcinfo, places->as_of);
	return &call->question;
}

void
funnel_call_check(const FunnelCall *call, const Journey *journey)
{
	if (call->excluded > journey->n_conditions)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("condition %d is excluded, and the journey has %d", call->excluded,
						journey->n_conditions),
				 errhint("Conditions are numbered from 1; make the journey with all of them.")));
	if (call->question.in_between == FUNNEL_NOTHING)
		journey_refuse_partial(journey, "in_between => 'nothing' needs");
}
