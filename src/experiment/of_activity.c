/*
 * of_activity.c: the aggregates that make experiments of stored activities: a row is a user who
 * was assigned to an arm, with what the schema has of them.
 *
 *	1. A NULL variant, day or until: the row is skipped.  A NULL activity: a user who did
 *	   nothing, and has no covariate, as one whose first day is no earlier than theirs.
 *	2. The metric is over the days [day, day + within_days) before until, its covariate
 *	   over [day - before_days, day); without before_days there is none.
 *	3. Revenue counts up to highest, in both windows; NULL: all of it.
 */
#include "server/compat.h"

#include "activity/activity.h"
#include "experiment/variant.h"
#include "kernel/experiment/activity_metrics.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

/* (state, variant, activity, day, within_days, before_days, until [, highest]) */
static pg_attribute_always_inline Datum
add_activity(FunctionCallInfo fcinfo, ActivityMetric metric)
{
	bool has_limit = PG_NARGS() > 7 && !PG_ARGISNULL(7);
	ActivityWindows windows = {0};
	Experiment *experiment;
	const char *label;
	size_t size;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(6))
		return state_as_it_is(fcinfo);
	windows.day = PG_GETARG_DATEADT(3);
	windows.before_days = PG_GETARG_INT32(5);
	windows.to = (int32) Min((int64) windows.day + PG_GETARG_INT32(4), PG_GETARG_DATEADT(6));
	if (has_limit)
	{
		Decimal highest = decimal_from_numeric(PG_GETARG_NUMERIC(7));

		windows.limited = true;
		windows.highest = (ExperimentValue){highest.value, highest.scale};
	}
	experiment = PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &experiment_kind);
	label = variant_arg(fcinfo, 1, &size);
	return state_datum(experiment_add_activity(
		experiment, label, size, metric, PG_ARGISNULL(2) ? NULL : ACTIVITY_BYTES_ARG(2), &windows));
}

#define OF_ACTIVITY(name, metric) \
	AGGREGATE_ONLY(user_ops_experiment_of_##name) \
	{ \
		return add_activity(fcinfo, metric); \
	}

OF_ACTIVITY(active_days, METRIC_ACTIVE_DAYS)
OF_ACTIVITY(events, METRIC_EVENTS)
OF_ACTIVITY(purchases, METRIC_PURCHASES)
OF_ACTIVITY(revenue, METRIC_REVENUE)
OF_ACTIVITY(revenue_per_purchase, METRIC_REVENUE_PER_PURCHASE)
OF_ACTIVITY(converted, METRIC_CONVERTED)
OF_ACTIVITY(retained, METRIC_RETAINED)
