/*
 * sequence_rows.c: sequence_match, sequence_count and sequence_events over rows, as
 * ClickHouse and Doris have them: the functions of the same names over the journey that
 * the rows make.
 *
 *	1. The state and its errors: asked_rows.h; the pattern is what is asked.
 *	2. No rows: NULL.
 */
#include "server/compat.h"

#include "journey/asked_rows.h"
#include "sequence/kept_search.h"
#include "server/call.h"

/* Transition function: (state, pattern, time, boolean[]) */
AGGREGATE_ONLY(user_ops_sequence_add)
{
	return asked_rows_add(fcinfo);
}

/* The search, kept from user to user, and the journey of argument 0, which is not NULL. */
static SequenceSearch *
read_rows(FunctionCallInfo fcinfo, Journey *journey)
{
	AskedRows *rows = ASKED_ROWS_ARG();
	MemoryContext context = fcinfo->flinfo->fn_mcxt;

	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(context, sizeof(KeptSearch));
	*journey = journey_built(rows->builder);
	return kept_search(fcinfo->flinfo->fn_extra, context, DatumGetTextPP(rows->questions[0].value),
					   journey->n_conditions);
}

PG_FUNCTION_INFO_V1(user_ops_sequence_match_final);
Datum
user_ops_sequence_match_final(PG_FUNCTION_ARGS)
{
	SequenceSearch *search;
	Journey journey;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	search = read_rows(fcinfo, &journey);
	PG_RETURN_BOOL(sequence_match(search, &journey));
}

PG_FUNCTION_INFO_V1(user_ops_sequence_count_final);
Datum
user_ops_sequence_count_final(PG_FUNCTION_ARGS)
{
	SequenceSearch *search;
	Journey journey;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	search = read_rows(fcinfo, &journey);
	PG_RETURN_INT64((int64) sequence_count(search, &journey, false));
}

PG_FUNCTION_INFO_V1(user_ops_sequence_events_final);
Datum
user_ops_sequence_events_final(PG_FUNCTION_ARGS)
{
	SequenceSearch *search;
	Journey journey;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	search = read_rows(fcinfo, &journey);
	PG_RETURN_DATUM(search_events(search, &journey));
}
