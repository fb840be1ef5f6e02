/*
 * tier_walk.c: which tier a user's growth has brought, change by change.
 *
 *	1. A day with growth is one with a row that has an amount, be it 0; visits are none.
 *	2. In the morning of a day what is due falls due, behind which its growth comes.
 *	3. Growth lifts at once, to the level that the window up to that day has.  Nothing else
 *	   does: a refund that leaves the window can keep a tier when it is due, and no more.
 *	4. Due is judged by the window that ends with that day, of a calendar window by the
 *	   period that holds the day before.
 */
#include "kernel/tiers/tier_walk.h"

#include "kernel/base/civil.h"

const char *const tier_reason_names[] = {"join", "upgrade", "renew", "grace", "downgrade"};

/* The next day with growth that counts. */
static bool
next_growth(TierWalk *walk, ActivityReader *reader, ActivityDay *day)
{
	while (activity_next_before(reader, walk->rows_until, day))
	{
		host_poll_at(walk->n_days++);
		if (day->purchases > 0 || day->amount != 0)
			return true;
	}
	return false;
}

void
tier_walk_open(TierWalk *walk, const TierRules *rules, const ActivityReader *activity,
			   int32_t rows_until, int32_t as_of)
{
	int scale = activity->scale > rules->scale ? activity->scale : rules->scale;

	*walk = (TierWalk){.rules = rules, .rows_until = rows_until, .as_of = as_of, .ahead = *activity,
					   .growth_unit = power_of_ten(scale - activity->scale),
					   .threshold_unit = power_of_ten(scale - rules->scale),
					   .period_end = INT64_MIN, .due = TIER_NOT_DUE};
	walk->has_growth = walk->has_next = next_growth(walk, &walk->ahead, &walk->next);
	if (rules->window_days != TIER_NONE)
	{
		walk->behind = walk->ahead;
		walk->leaving = walk->next;
		walk->has_leaving = walk->has_next;
	}
}

static int64_t
period_end(int32_t day, int period)
{
	return civil_period_start((int64_t) civil_period(day, (Period) period, WEEK_MONDAY) + 1,
							  (Period) period, WEEK_MONDAY);
}

/* Growth in the window of a day, of which what comes in has been added. */
static __int128
growth_on(TierWalk *walk, int64_t day)
{
	const TierRules *rules = walk->rules;

	if (rules->window_period != TIER_NONE)
		return day < walk->period_end ? walk->sum : 0;
	while (walk->has_leaving && walk->leaving.day <= day - rules->window_days)
	{
		walk->sum -= walk->leaving.amount;
		walk->has_leaving = next_growth(walk, &walk->behind, &walk->leaving);
	}
	return walk->sum;
}

/* In the morning of a day, of which nothing has been added. */
static __int128
growth_before(TierWalk *walk, int64_t day)
{
	return growth_on(walk, walk->rules->window_period != TIER_NONE ? day - 1 : day);
}

/* How many thresholds the growth has reached; looked for from the tier held on. */
static int
level_of(const TierWalk *walk, __int128 growth)
{
	const TierRules *rules = walk->rules;
	__int128 reached = growth * walk->growth_unit;
	int level = walk->tier;

	while (level < rules->n && (__int128) rules->thresholds[level] * walk->threshold_unit <= reached)
		level++;
	while (level > 0 && (__int128) rules->thresholds[level - 1] * walk->threshold_unit > reached)
		level--;
	return level;
}

/* The end of a validity that begins with the day. */
static int64_t
valid_until(const TierRules *rules, int64_t day)
{
	int64_t until = day + rules->validity_days;

	if (rules->round_up == TIER_NONE)
		return until;
	if (!civil_day_valid(until - 1))
		host_fail(KERNEL_DAY_RANGE);
	return period_end((int32_t) (until - 1), rules->round_up);
}

/* A new validity of the tier, which begins with the day. */
static void
begin(TierWalk *walk, int32_t day, int tier, TierReason reason, TierChange *change)
{
	if (tier != walk->tier)
		walk->since = day;
	walk->tier = tier;
	walk->in_grace = false;
	walk->due = tier > 0 && walk->rules->validity_days != TIER_NONE ? valid_until(walk->rules, day)
																	 : TIER_NOT_DUE;
	*change = (TierChange){day, tier, reason};
}

static void
fall_due(TierWalk *walk, TierChange *change)
{
	const TierRules *rules = walk->rules;
	int32_t day = (int32_t) walk->due;
	int level = level_of(walk, growth_before(walk, day));

	if (walk->in_grace && level < walk->best_at_due)
		level = walk->best_at_due;
	if (level >= walk->tier || rules->downgrade == TIER_NEVER)
		begin(walk, day, walk->tier, TIER_RENEW, change);
	else if (!walk->in_grace && rules->grace_days > 0)
	{
		walk->in_grace = true;
		walk->best_at_due = level;
		walk->due += rules->grace_days;
		*change = (TierChange){day, walk->tier, TIER_GRACE};
	}
	else
	{
		if (rules->downgrade == TIER_ONE_STEP)
			level = walk->tier - 1;
		begin(walk, day, level, TIER_DOWNGRADE, change);
	}
}

/* The next day with growth; does it change anything? */
static bool
grow(TierWalk *walk, TierChange *change)
{
	const TierRules *rules = walk->rules;
	int32_t day = walk->next.day;
	int level;

	if (rules->window_period != TIER_NONE && day >= walk->period_end)
	{
		walk->sum = 0;
		walk->period_end = period_end(day, rules->window_period);
	}
	walk->sum += walk->next.amount;
	walk->has_next = next_growth(walk, &walk->ahead, &walk->next);
	if (walk->tier == rules->n && !walk->in_grace)
		return false;
	level = level_of(walk, growth_on(walk, day));
	if (level > walk->tier)
	{
		begin(walk, day, level, walk->joined ? TIER_UPGRADE : TIER_JOIN, change);
		walk->joined = true;
		return true;
	}
	if (!walk->in_grace || level < walk->tier)
		return false;
	begin(walk, day, walk->tier, TIER_RENEW, change);
	return true;
}

bool
tier_walk_next(TierWalk *walk, TierChange *change)
{
	for (;;)
	{
		if (walk->due <= walk->as_of && (!walk->has_next || walk->due <= walk->next.day))
		{
			host_poll_at(walk->n_days++);
			fall_due(walk, change);
			return true;
		}
		if (!walk->has_next)
			return false;
		if (grow(walk, change))
			return true;
	}
}

__int128
tier_walk_growth(TierWalk *walk)
{
	return growth_on(walk, walk->as_of);
}
