/*
 * tiers.c: the tier that a user's growth has brought.
 *
 *	1. Growth is an activity with amounts.  One without: 22023, as its days say nothing.
 *	2. No row with an amount before as_of: NULL, and no history.
 *	3. What falls due on as_of has happened, rows of as_of have not.  as_of infinite: 22008.
 *	4. since: first day of the tier held, renewals change nothing; NULL before the first tier.
 *	5. to_next: the next threshold less growth_value, so below 0 where growth has become more
 *	   without a day that lifts.  At the top NULL, as next_tier.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "activity/activity.h"
#include "server/call.h"
#include "server/decimal.h"
#include "tiers/tiers.h"

#define TIER_COLUMNS 8

static void
make_rules(FunctionCallInfo fcinfo, int n, void *rules)
{
	tier_rules_arg(fcinfo, n, rules);
}

/* Argument 2, the same from user to user. */
static const TierRules *
kept_rules(FunctionCallInfo fcinfo)
{
	return kept_arg(fcinfo, 2, sizeof(TierRules), make_rules);
}

void
tier_walk_as_of(TierWalk *walk, const TierRules *rules, const uint8 *activity, int32 as_of)
{
	ActivityReader reader;

	activity_open(&reader, activity);
	if (!reader.amounts)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("an activity of a source without amounts has no growth"),
						errhint("Give the growth of each row as the amount: activity_agg(day, growth).")));
	tier_walk_open(walk, rules, &reader, as_of, as_of);
}

/* Arguments (growth, as_of, rules), up to the last change. */
static TierWalk
walk_args(FunctionCallInfo fcinfo, const TierRules *rules)
{
	TierWalk walk;
	TierChange change;

	tier_walk_as_of(&walk, rules, ACTIVITY_BYTES_ARG(0), finite_as_of(AS_OF_ARG(1)));
	while (tier_walk_next(&walk, &change))
		continue;
	return walk;
}

static DateADT
due_date(const TierWalk *walk)
{
	if (!civil_day_valid(walk->due))
		host_fail(KERNEL_DAY_RANGE);
	return (DateADT) walk->due;
}

/* tier(growth, as_of, rules) */
PG_FUNCTION_INFO_V1(user_ops_tier);
Datum
user_ops_tier(PG_FUNCTION_ARGS)
{
	const TierRules *rules = kept_rules(fcinfo);
	TierWalk walk = walk_args(fcinfo, rules);
	Datum values[TIER_COLUMNS];
	bool nulls[TIER_COLUMNS] = {false};
	int scale = Max(walk.ahead.scale, rules->scale);
	__int128 growth;

	if (!walk.has_growth)
		PG_RETURN_NULL();
	growth = tier_walk_growth(&walk);
	values[0] = Int32GetDatum(walk.tier);
	nulls[1] = walk.tier == 0;
	if (walk.tier > 0)
		values[1] = tier_name_datum(rules, walk.tier);
	values[2] = DateADTGetDatum(walk.since);
	nulls[2] = !walk.joined;
	nulls[3] = walk.due == TIER_NOT_DUE;
	if (walk.due != TIER_NOT_DUE)
		values[3] = DateADTGetDatum(due_date(&walk));
	values[4] = BoolGetDatum(walk.in_grace);
	values[5] = NumericGetDatum(decimal_to_numeric(growth, walk.ahead.scale));
	nulls[6] = nulls[7] = walk.tier == rules->n;
	if (walk.tier < rules->n)
	{
		values[6] = tier_name_datum(rules, walk.tier + 1);
		values[7] = NumericGetDatum(decimal_to_numeric(
			(__int128) rules->thresholds[walk.tier] * walk.threshold_unit - growth * walk.growth_unit, scale));
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(kept_row_type(fcinfo), values, nulls)));
}

/* tier_level(growth, as_of, rules): the column tier alone, which costs half as much */
PG_FUNCTION_INFO_V1(user_ops_tier_level);
Datum
user_ops_tier_level(PG_FUNCTION_ARGS)
{
	TierWalk walk = walk_args(fcinfo, kept_rules(fcinfo));

	if (!walk.has_growth)
		PG_RETURN_NULL();
	PG_RETURN_INT32(walk.tier);
}

/* keeps_tier(growth, as_of, rules) */
PG_FUNCTION_INFO_V1(user_ops_keeps_tier);
Datum
user_ops_keeps_tier(PG_FUNCTION_ARGS)
{
	TierWalk walk = walk_args(fcinfo, kept_rules(fcinfo));
	TierChange change;

	if (walk.due == TIER_NOT_DUE)
		PG_RETURN_NULL();
	walk.as_of = due_date(&walk);
	if (!tier_walk_next(&walk, &change))
		elog(ERROR, "what is due does not fall due");
	PG_RETURN_BOOL(change.reason == TIER_RENEW);
}
