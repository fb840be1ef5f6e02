/*
 * journeys.c: the kind journeys, and the rows that journeys_agg adds to it.
 *
 *	1. A NULL user or time: the row is left out.  Other rows as in journey_input.c.  No row
 *	   kept: NULL.
 *	2. Memory and handles: grouped.c.
 */
#include "server/compat.h"

#include "grouping/handle.h"
#include "journey/journey_input.h"
#include "journey/journeys.h"
#include "scan/agg_input.h"
#include "server/call.h"
#include "server/state_io.h"

static GroupCodec *
row_codec(uint32 options)
{
	return &journey_codec(options)->codec;
}

static void
options_differ(uint32 a, uint32 b)
{
	if (((a ^ b) & JOURNEY_GROUP_CONDITIONS) != 0)
		conditions_differ();
	steps_differ();
}

const GroupedKind journeys_kind = {
	.code = 2,
	.type = "journeys",
	.missing = "the journeys no longer exist, or were made in another process",
	.missing_hint = "Journeys can be read only in the query that made them. If parallel workers "
					"made them, in a UNION ALL or for each partition, SET enable_parallel_append = off. "
					"Over a distributed table group by user with journey_agg instead.",
	.size = sizeof(OwnedJourneys),
	.counts = offsetof(OwnedJourneys, kept),
	.n_counts = 1,
	.codec = row_codec,
	.options_differ = options_differ};

/* With as much of the steps as there is room for: what workers made by others is not to be one. */
static uint32
options_of(const JourneyInput *input)
{
	return (uint32) input->steps_hash << JOURNEY_GROUP_OTHERS | input->n_conditions |
		   (journey_input_partial(input) ? JOURNEY_GROUP_PARTIAL : 0) |
		   (input->amount > 0 ? JOURNEY_GROUP_AMOUNT : 0) |
		   (input->label > 0 ? JOURNEY_GROUP_MORE : 0);
}

static inline bool
is_skipped(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) || PG_ARGISNULL(2);
}

static pg_attribute_always_inline void
add_row(FunctionCallInfo fcinfo, OwnedJourneys *owned, JourneyInput *input)
{
	JourneyCodec *codec = (JourneyCodec *) grouping_codec(owned->grouped.grouping);
	TextSet names = {&codec->names, owned->grouped.set->context};
	TextSet labels = {&codec->labels, owned->grouped.set->context};
	JourneyEvent event;

	if (is_skipped(fcinfo))
		return;
	if (input->steps > 0 && !input->constant_steps)
	{
		journey_check_steps(input, fcinfo);
		if (input->steps_hash != owned->steps_hash)
			steps_differ();
	}
	if (!journey_read_row(input, fcinfo, &names, &labels, &event))
		return;
	journey_write(codec,
				  grouped_add_row(&owned->grouped, PG_GETARG_DATUM(1), 0, journey_when(event.at)),
				  &event);
	owned->kept++;
	grouped_row_added();
}

static OwnedJourneys *
begin(FunctionCallInfo fcinfo, const JourneyInput *input)
{
	OwnedJourneys *owned =
		(OwnedJourneys *) grouped_begin(fcinfo, &journeys_kind, options_of(input),
										get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GET_COLLATION());

	owned->steps_hash = input->steps_hash;
	return owned;
}

/*
 * Transition function of all forms of journeys_agg: (state, user, time, ...).  The first
 * row makes the journeys, and takes all other rows along if it may.
 */
PG_FUNCTION_INFO_V1(user_ops_journeys_add);
Datum
user_ops_journeys_add(PG_FUNCTION_ARGS)
{
	JourneyInput *input;
	OwnedJourneys *owned;
	AggInput rows;
	bool more = false;

	refuse_outside_aggregate(fcinfo);
	if (is_skipped(fcinfo))
		return state_as_it_is(fcinfo);
	input = journey_input(fcinfo, 2);
	if (!PG_ARGISNULL(0))
	{
		owned = (OwnedJourneys *) PG_GETARG_POINTER(0);
		journey_expect_conditions(input, owned->grouped.options & JOURNEY_GROUP_CONDITIONS);
	}
	else
	{
		owned = begin(fcinfo, input);
		more = agg_input_begin(&rows, fcinfo, PG_NARGS() - 1);
	}
	do
		add_row(fcinfo, owned, input);
	while (more && agg_input_next(&rows, fcinfo));
	PG_RETURN_POINTER(owned);
}

PG_FUNCTION_INFO_V1(user_ops_journeys_final);
Datum
user_ops_journeys_final(PG_FUNCTION_ARGS)
{
	OwnedJourneys *owned = PG_ARGISNULL(0) ? NULL : (OwnedJourneys *) PG_GETARG_POINTER(0);

	if (owned == NULL || owned->kept == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(grouped_give_handle(&owned->grouped));
}

HANDLE_FUNCTIONS(journeys, journeys_kind, "Journeys are made by journeys_agg.")
