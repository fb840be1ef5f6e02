/*
 * typical_gap.c: the aggregate typical_gap, and its state, the type gap_counts.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. A user with fewer than two days before as_of has no gap and is not counted.
 *	   Nobody counted: 30.
 *	3. NULL, infinite or differing as_of: errors.
 *	4. The order of rows, and how they were split, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "activity/activity.h"
#include "kernel/activity/gaps.h"
#include "kernel/activity/summary.h"
#include "kernel/metrics/typical_gap.h"
#include "server/call.h"
#include "server/state_io.h"

STATE_FUNCTIONS(gap_counts, gap_counts_kind)

/* gap_counts_add(state, activity, as_of) */
AGGREGATE_ONLY(user_ops_gap_counts_add)
{
	int32 as_of;
	GapCounts *counts;
	int32 *days;
	uint32 n;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	refuse_null(fcinfo, 2, "as_of", "Give the same as_of for all rows.");
	as_of = finite_as_of(AS_OF_ARG(2));
	if (PG_ARGISNULL(0))
		counts = gap_counts_create(as_of);
	else
		counts = state_to_change(fcinfo, &gap_counts_kind);
	gap_counts_expect(counts, as_of);
	days = summary_days(ACTIVITY_BYTES_ARG(1), as_of, &n);
	if (n >= 2)
		counts = gap_counts_add(counts, (int64) (2 * gaps_median(days, n)), 1);
	return state_datum(counts);
}

/* typical_gap(gap_counts), the final function too */
PG_FUNCTION_INFO_V1(user_ops_gap_counts_median);
Datum
user_ops_gap_counts_median(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(gap_counts_median(state_arg(fcinfo, 0, &gap_counts_kind)));
}
