/*
 * population.c: the kind population, and the rows that population_agg and
 * lenient_population_agg add to it.
 *
 *	1. A NULL user or time: the row is left out.  No row left: population_agg is
 *	   NULL; lenient_population_agg is NULL if there was no row.
 *	2. Amounts and times as in activity_agg; an infinite time is an error at the end
 *	   (22008).  lenient_population_agg leaves out what is an error there (lenient.h).
 *	3. Memory and handles: grouped.c.
 */
#include "server/compat.h"

#include "activity/event_args.h"
#include "population/population.h"
#include "scan/agg_input.h"

static GroupCodec *
row_codec(uint32 options)
{
	return population_codec((options & POPULATION_AMOUNTS) != 0);
}

const GroupedKind population_kind = {
	.code = 1,
	.type = "population",
	.missing = "the population no longer exists, or was made in another process",
	.missing_hint = "A population can be read only in the query that made it. If parallel workers "
					"made it, in a UNION ALL or for each partition, SET enable_parallel_append = off. "
					"Over a distributed table group by user with activity_agg instead.",
	.size = sizeof(OwnedPopulation),
	.counts = offsetof(OwnedPopulation, counts),
	.n_counts = sizeof(PopulationRows) / sizeof(int64),
	.codec = row_codec};

static pg_attribute_always_inline void
add_event(FunctionCallInfo fcinfo, OwnedPopulation *owned, PopulationEvent event)
{
	population_write(grouped_add_row(&owned->grouped, PG_GETARG_DATUM(1),
									 population_stream(&event), event.day),
					 &event);
	grouped_row_added();
}

typedef void (*AddRow)(FunctionCallInfo, OwnedPopulation *, DayArg, AmountArg);

/* The row whose arguments stand in fcinfo; no amount: there is no such argument. */
static pg_attribute_always_inline void
add_row(FunctionCallInfo fcinfo, OwnedPopulation *owned, DayArg day, AmountArg amount)
{
	PopulationEvent event = {.visit = true};

	owned->counts.read++;
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		owned->counts.left_out.rows[PG_ARGISNULL(1) ? ROW_WITHOUT_USER : ROW_WITHOUT_TIME]++;
		return;
	}
	event.day = day(fcinfo, 2);
	if (unlikely(event.day == DAY_AT_INFINITY))
	{
		owned->counts.left_out.rows[ROW_WITHOUT_TIME]++;
		owned->counts.infinite++;
		return;
	}
	finite_day(event.day);
	if (amount != NULL && !PG_ARGISNULL(3))
	{
		Decimal decimal = amount(fcinfo, 3);

		event.visit = false;
		event.amount = decimal.value;
		event.scale = decimal.scale;
	}
	add_event(fcinfo, owned, event);
}

static pg_attribute_always_inline void
add_lenient_row(FunctionCallInfo fcinfo, OwnedPopulation *owned, DayArg day, AmountArg amount)
{
	LenientEvent event = {0};
	RowFault fault =
		PG_ARGISNULL(1) ? ROW_WITHOUT_USER : read_event(fcinfo, 2, day, amount, &event);

	owned->counts.read++;
	if (unlikely(fault != ROW_COUNTS))
	{
		owned->counts.left_out.rows[fault]++;
		return;
	}
	add_event(fcinfo, owned,
			  (PopulationEvent){.day = event.day, .visit = event.visit,
								.scale = event.amount.scale, .amount = event.amount.value});
}

/* The first row makes the population, and takes all other rows along if it may. */
static pg_attribute_always_inline Datum
add_all_rows(FunctionCallInfo fcinfo, AddRow add, DayArg day, AmountArg amount)
{
	OwnedPopulation *owned;
	AggInput input;
	bool more = false;

	if (!PG_ARGISNULL(0))
		owned = (OwnedPopulation *) PG_GETARG_POINTER(0);
	else
	{
		owned = (OwnedPopulation *) grouped_begin(fcinfo, &population_kind,
												  amount != NULL ? POPULATION_AMOUNTS : 0,
												  get_fn_expr_argtype(fcinfo->flinfo, 1),
												  PG_GET_COLLATION());
		more = agg_input_begin(&input, fcinfo, AGG_INPUT_ARGUMENTS);
	}
	do
		add(fcinfo, owned, day, amount);
	while (more && agg_input_next(&input, fcinfo));
	PG_RETURN_POINTER(owned);
}

static pg_attribute_always_inline Datum
add_rows(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	return add_all_rows(fcinfo, add_row, day, amount);
}

static pg_attribute_always_inline Datum
add_visits(FunctionCallInfo fcinfo, DayArg day)
{
	return add_all_rows(fcinfo, add_row, day, NULL);
}

static pg_attribute_always_inline Datum
add_lenient_rows(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	return add_all_rows(fcinfo, add_lenient_row, day, amount);
}

static pg_attribute_always_inline Datum
add_lenient_visits(FunctionCallInfo fcinfo, DayArg day)
{
	return add_all_rows(fcinfo, add_lenient_row, day, NULL);
}

EVENT_TRANSITIONS(user_ops_population, add_visits, add_rows)
EVENT_READERS(user_ops_lenient_population, add_lenient_visits, add_lenient_rows)
