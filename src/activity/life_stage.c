/*
 * life_stage.c: where a user stands between introduction and loss.
 */
#include "server/compat.h"

#include <math.h>

#include "utils/builtins.h"
#include "activity/activity.h"
#include "kernel/activity/life_stage.h"
#include "kernel/activity/summary.h"

static void
refuse_threshold(const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("%s must be a number of at least 0", name),
					errhint("Omit the argument to get its default.")));
}

static double
real_limit(FunctionCallInfo fcinfo, int n, const char *name)
{
	double limit = PG_GETARG_FLOAT8(n);

	if (!isfinite(limit) || limit < 0)
		refuse_threshold(name);
	return limit;
}

static int32
whole_limit(FunctionCallInfo fcinfo, int n, const char *name)
{
	int32 limit = PG_GETARG_INT32(n);

	if (limit < 0)
		refuse_threshold(name);
	return limit;
}

/*
 * life_stage(activity, as_of, typical_gap, lost_days, sleep_days, lost_gaps,
 * sleep_gaps, new_days, growth_days, growth_ratio)
 */
PG_FUNCTION_INFO_V1(user_ops_life_stage);
Datum
user_ops_life_stage(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	LifeLimits limits = {.typical_gap = real_limit(fcinfo, 2, "typical_gap"),
						 .lost_days = whole_limit(fcinfo, 3, "lost_days"),
						 .sleep_days = whole_limit(fcinfo, 4, "sleep_days"),
						 .lost_gaps = real_limit(fcinfo, 5, "lost_gaps"),
						 .sleep_gaps = real_limit(fcinfo, 6, "sleep_gaps"),
						 .new_days = whole_limit(fcinfo, 7, "new_days"),
						 .growth_days = whole_limit(fcinfo, 8, "growth_days"),
						 .growth_ratio = real_limit(fcinfo, 9, "growth_ratio")};
	LifeFacts facts;
	uint32 n;
	int32 *days = summary_days(ACTIVITY_BYTES_ARG(0), as_of, &n);

	if (n == 0)
		PG_RETURN_NULL();
	facts = life_facts(days, n, as_of, limits.typical_gap);
	PG_RETURN_TEXT_P(cstring_to_text(life_stage(&facts, &limits)));
}
