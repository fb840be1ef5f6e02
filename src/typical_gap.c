/*
 * typical_gap.c: the aggregate typical_gap, and its state, the type gap_counts.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. A user with fewer than two days before as_of has no gap and is not counted.
 *	   Nobody counted: 30.
 *	3. NULL, infinite or differing as_of: errors.
 *	4. The order of rows, and how they were split, is invisible.
 */
#include "compat.h"

#include "activity.h"
#include "kernel/gaps.h"
#include "kernel/summary.h"
#include "kernel/typical_gap.h"
#include "state_io.h"

#define TYPE_NAME "gap_counts"

static Datum
counts_datum(GapCounts *counts)
{
	SET_VARSIZE(counts, gap_counts_size(counts));
	PG_RETURN_POINTER(counts);
}

/* gap_counts_add(state, activity, as_of) */
PG_FUNCTION_INFO_V1(user_ops_gap_counts_add);
Datum
user_ops_gap_counts_add(PG_FUNCTION_ARGS)
{
	int32 as_of;
	GapCounts *counts;
	int32 *days;
	uint32 n;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("as_of must not be NULL"),
						errhint("Give the same as_of for all rows.")));
	as_of = finite_as_of(AS_OF_ARG(2));
	if (PG_ARGISNULL(0))
		counts = gap_counts_new(as_of);
	else
		counts = (GapCounts *) state_to_change(fcinfo, 0);
	gap_counts_expect(counts, as_of);
	days = summary_days(ACTIVITY_BYTES_ARG(1), as_of, &n);
	if (n >= 2)
		counts = gap_counts_add(counts, (int64) (2 * gaps_median(days, n)), 1);
	return counts_datum(counts);
}

/* The combine function too.  NULL counts as nobody. */
PG_FUNCTION_INFO_V1(user_ops_gap_counts_merge);
Datum
user_ops_gap_counts_merge(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	return counts_datum(gap_counts_merge((GapCounts *) state_to_change(fcinfo, 0),
										 (const GapCounts *) state_to_read(fcinfo, 1)));
}

/* typical_gap(gap_counts), the final function too */
PG_FUNCTION_INFO_V1(user_ops_gap_counts_median);
Datum
user_ops_gap_counts_median(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(gap_counts_median((const GapCounts *) state_to_read(fcinfo, 0)));
}

/* Counts from bytes that are not yet believed. */
static GapCounts *
decode(const Bytes *bytes, void (*check)(const char *problem, const char *type_name))
{
	const char *problem;
	GapCounts *counts = gap_counts_decode(bytes->data, bytes->used, &problem);

	check(problem, TYPE_NAME);
	return counts;
}

PG_FUNCTION_INFO_V1(user_ops_gap_counts_in);
Datum
user_ops_gap_counts_in(PG_FUNCTION_ARGS)
{
	Bytes bytes = state_from_hex(PG_GETARG_CSTRING(0), TYPE_NAME);

	return counts_datum(decode(&bytes, state_check_text));
}

PG_FUNCTION_INFO_V1(user_ops_gap_counts_recv);
Datum
user_ops_gap_counts_recv(PG_FUNCTION_ARGS)
{
	Bytes bytes = state_from_message((StringInfo) PG_GETARG_POINTER(0));

	return counts_datum(decode(&bytes, state_check_binary));
}

static Bytes
encode_arg(FunctionCallInfo fcinfo)
{
	ByteWriter out = byte_writer(0);

	gap_counts_encode((const GapCounts *) state_to_read(fcinfo, 0), &out);
	return WRITTEN_BYTES(out);
}

PG_FUNCTION_INFO_V1(user_ops_gap_counts_out);
Datum
user_ops_gap_counts_out(PG_FUNCTION_ARGS)
{
	Bytes bytes = encode_arg(fcinfo);

	PG_RETURN_CSTRING(state_to_hex(&bytes));
}

PG_FUNCTION_INFO_V1(user_ops_gap_counts_send);
Datum
user_ops_gap_counts_send(PG_FUNCTION_ARGS)
{
	Bytes bytes = encode_arg(fcinfo);

	PG_RETURN_BYTEA_P(state_from_bytes(&bytes));
}
