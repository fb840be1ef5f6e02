/*
 * tiers_test.c: rules of tiers and the walk over a user's growth, outside the server.
 *
 *	tiers_test [SEED [ROUNDS]]
 *
 * A round is a history at random under rules at random, read as of some days: every change and
 * the state at the end are compared with those of an oracle that lives through all days, one
 * by one, and adds up the window anew whenever it is asked for.  The rules go to bytes and
 * text and back, and both are damaged: what is still read is written as it was.
 */
#include "kernel/tiers/tier_walk.h"

#include "simple_host.h"

#define MAX_DAYS    40
#define MAX_CHANGES 10000
#define READINGS    3
#define DAMAGES     20

typedef struct History
{
	ActivityDay days[MAX_DAYS];
	int n;
	int scale;
	int32_t from;
	int32_t to; /* behind the last day */
} History;

/* What the oracle knows. */
typedef struct Life
{
	TierChange changes[MAX_CHANGES];
	int n;
	int tier;
	bool joined;
	bool in_grace;
	int32_t since;
	int64_t due; /* 0 below: none */
	bool has_due;
	int level_at_due;
} Life;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

static bool
chance(int percent)
{
	return below(100) < percent;
}

/* --- rules and histories at random ---------------------------------------------- */

static TierRules
random_rules(void)
{
	static const int durations[] = {1, 7, 30, 90, 365, 400};
	TierRules rules = {.n = 1 + below(5)};
	int scales[TIERS_MAX];
	int64_t threshold = chance(15) ? -below(300) : below(120);

	for (int i = 0; i < rules.n; i++)
	{
		char name[8];

		scales[i] = chance(30) ? below(3) : 0;
		rules.thresholds[i] = threshold * power_of_ten(scales[i]) + (scales[i] > 0 ? below((int) power_of_ten(scales[i])) : 0);
		threshold += 1 + below(200);
		tier_name_set(&rules.names[i], name, (size_t) sprintf(name, chance(10) ? "\"%d,;" : "t%d", i));
	}
	CHECK(tier_rules_scale(&rules, scales));
	rules.validity_days = chance(10) ? TIER_NONE : durations[below(6)];
	if (chance(40))
		rules.window_days = chance(40) && rules.validity_days != TIER_NONE ? rules.validity_days : durations[below(6)];
	else if (chance(50))
		rules.window_period = PERIOD_DAY + below(PERIODS);
	rules.round_up = chance(40) ? PERIOD_DAY + below(PERIODS) : TIER_NONE;
	rules.grace_days = chance(50) ? 0 : durations[below(4)];
	rules.downgrade = (TierDowngrade) below(TIER_DOWNGRADES);
	CHECK(tier_rules_problem(&rules) == NULL);
	return rules;
}

/* Ascending days of which some are visits alone, and some take growth back. */
static History
random_history(void)
{
	static const int gaps[] = {1, 5, 40, 200};
	History history = {.n = 1 + below(MAX_DAYS), .scale = chance(50) ? 0 : below(4)};
	int most_gap = gaps[below(4)];
	int32_t day = -2000 + below(12000);

	history.from = day;
	for (int i = 0; i < history.n; i++)
	{
		ActivityDay *at = &history.days[i];

		*at = (ActivityDay){.day = day, .events = 1 + (uint32_t) below(3)};
		if (!chance(15))
		{
			at->amount = (int64_t) below(260) * power_of_ten(history.scale) + below((int) power_of_ten(history.scale));
			if (chance(20))
				at->amount = -at->amount - 1;
			else
				at->purchases = 1;
		}
		history.to = ++day;
		day += below(most_gap);
	}
	return history;
}

/* --- the oracle ------------------------------------------------------------------ */

/* A number that is the same for the days of one period. */
static int64_t
period_of(int64_t day, int period)
{
	CivilDate date = civil_date((int32_t) day);

	switch (period)
	{
		case PERIOD_DAY:
			return day;
		case PERIOD_WEEK: /* 1999-12-27 was a Monday */
			return (day + 5 - (((day + 5) % 7 + 7) % 7)) / 7;
		case PERIOD_MONTH:
			return date.year * 100 + date.month;
		case PERIOD_QUARTER:
			return date.year * 100 + (date.month + 2) / 3;
		default:
			return date.year;
	}
}

static bool
is_growth(const ActivityDay *day)
{
	return day->purchases > 0 || day->amount != 0;
}

/* In units of 10^-9: growth in the window that ends with a day, or with its morning. */
static __int128
window_sum(const History *history, const TierRules *rules, int32_t rows_until, int64_t day, bool morning)
{
	__int128 sum = 0;

	for (int i = 0; i < history->n; i++)
	{
		int64_t at = history->days[i].day;
		bool counts = at < rows_until && (morning ? at < day : at <= day);

		if (rules->window_days != TIER_NONE)
			counts = counts && at > day - rules->window_days;
		if (rules->window_period != TIER_NONE)
			counts = counts && period_of(at, rules->window_period) ==
								   period_of(morning ? day - 1 : day, rules->window_period);
		if (counts)
			sum += history->days[i].amount;
	}
	return sum * power_of_ten(9 - history->scale);
}

static int
level(const TierRules *rules, __int128 growth)
{
	int reached = 0;

	for (int i = 0; i < rules->n; i++)
		reached += growth >= (__int128) rules->thresholds[i] * power_of_ten(9 - rules->scale);
	return reached;
}

static void
change(Life *life, const TierRules *rules, int64_t day, int tier, TierReason reason)
{
	CHECK(life->n < MAX_CHANGES);
	life->changes[life->n++] = (TierChange){(int32_t) day, tier, reason};
	if (reason == TIER_GRACE)
	{
		life->in_grace = true;
		life->due = day + rules->grace_days;
		return;
	}
	if (tier != life->tier)
		life->since = (int32_t) day;
	life->tier = tier;
	life->in_grace = false;
	life->has_due = tier > 0 && rules->validity_days != TIER_NONE;
	life->due = day + rules->validity_days;
	while (rules->round_up != TIER_NONE && period_of(life->due, rules->round_up) == period_of(life->due - 1, rules->round_up))
		life->due++;
}

static void
morning(Life *life, const History *history, const TierRules *rules, int32_t rows_until, int64_t day)
{
	int qualified = level(rules, window_sum(history, rules, rows_until, day, true));

	if (rules->downgrade == TIER_NEVER)
		change(life, rules, day, life->tier, TIER_RENEW);
	else if (!life->in_grace)
	{
		if (qualified >= life->tier)
			change(life, rules, day, life->tier, TIER_RENEW);
		else if (rules->grace_days > 0)
		{
			life->level_at_due = qualified;
			change(life, rules, day, life->tier, TIER_GRACE);
		}
		else
			change(life, rules, day, rules->downgrade == TIER_ONE_STEP ? life->tier - 1 : qualified, TIER_DOWNGRADE);
	}
	else
	{
		int better = qualified > life->level_at_due ? qualified : life->level_at_due;

		if (better >= life->tier)
			change(life, rules, day, life->tier, TIER_RENEW);
		else
			change(life, rules, day, rules->downgrade == TIER_ONE_STEP ? life->tier - 1 : better, TIER_DOWNGRADE);
	}
}

static void
daytime(Life *life, const History *history, const TierRules *rules, int32_t rows_until, int64_t day)
{
	int qualified = level(rules, window_sum(history, rules, rows_until, day, false));

	if (qualified > life->tier)
	{
		change(life, rules, day, qualified, life->joined ? TIER_UPGRADE : TIER_JOIN);
		life->joined = true;
	}
	else if (life->in_grace && qualified == life->tier)
		change(life, rules, day, life->tier, TIER_RENEW);
}

/* All days up to as_of, of which there is only the morning. */
static void
live(Life *life, const History *history, const TierRules *rules, int32_t rows_until, int32_t as_of)
{
	int next = 0;

	*life = (Life){0};
	for (int64_t day = history->from; day <= as_of; day++)
	{
		if (life->has_due && life->due == day)
			morning(life, history, rules, rows_until, day);
		while (next < history->n && history->days[next].day < day)
			next++;
		if (day < as_of && next < history->n && history->days[next].day == day && day < rows_until && is_growth(&history->days[next]))
			daytime(life, history, rules, rows_until, day);
	}
}

/* --- comparisons ----------------------------------------------------------------- */

static long n_compared;
static long n_seen[TIER_DOWNGRADE + 1];

static TierWalk
walked(const ActivityReader *reader, const TierRules *rules, int32_t rows_until, int32_t as_of, const Life *life)
{
	TierWalk walk;
	TierChange found;
	int n = 0;

	tier_walk_open(&walk, rules, reader, rows_until, as_of);
	for (; tier_walk_next(&walk, &found); n++)
	{
		CHECK(n < life->n);
		CHECK(found.day == life->changes[n].day && found.tier == life->changes[n].tier &&
			  found.reason == life->changes[n].reason);
		n_seen[found.reason]++;
	}
	CHECK(n == life->n);
	return walk;
}

static void
read_as_of(const History *history, const TierRules *rules, const ActivityReader *reader, int32_t as_of)
{
	static Life life;
	static Life later;
	TierWalk walk;
	bool has_growth = false;

	live(&life, history, rules, as_of, as_of);
	walk = walked(reader, rules, as_of, as_of, &life);
	for (int i = 0; i < history->n; i++)
		has_growth = has_growth || (history->days[i].day < as_of && is_growth(&history->days[i]));
	CHECK(walk.has_growth == has_growth);
	CHECK(walk.tier == life.tier && walk.in_grace == life.in_grace && walk.joined == life.joined);
	CHECK(!life.joined || walk.since == life.since);
	CHECK((walk.due != TIER_NOT_DUE) == life.has_due && (!life.has_due || walk.due == life.due));
	CHECK(tier_walk_growth(&walk) * power_of_ten(9 - history->scale) == window_sum(history, rules, as_of, as_of, false));
	n_compared++;
	if (!life.has_due)
		return;
	live(&later, history, rules, as_of, (int32_t) life.due);
	CHECK(later.n == life.n + 1);
	walked(reader, rules, as_of, (int32_t) life.due, &later);
}

static void
check_rules(const TierRules *rules, const uint8_t *bytes, size_t size)
{
	static TierRules read;
	ByteWriter out = byte_writer(0);
	char *text = tier_rules_print(rules);
	bool same;

	tier_rules_encode(rules, &out);
	CHECK(bytes_written(&out) == size && memcmp(out.start, bytes, size) == 0);
	CHECK(tier_rules_parse(text, &read) == NULL);
	host_free(out.start);
	out = byte_writer(0);
	tier_rules_encode(&read, &out);
	same = bytes_written(&out) == size && memcmp(out.start, bytes, size) == 0;
	CHECK(same);
	host_free(out.start);
	host_free(text);
}

static long n_accepted;

static void
damage(const TierRules *rules)
{
	static TierRules read;
	ByteWriter out = byte_writer(0);
	char *text = tier_rules_print(rules);
	size_t length = strlen(text);
	size_t size;

	tier_rules_encode(rules, &out);
	size = bytes_written(&out);
	check_rules(rules, out.start, size);
	for (int i = 0; i < DAMAGES; i++)
	{
		size_t cut = chance(20) ? (size_t) below((int) size + 1) : size;
		uint8_t *bytes = malloc(cut > 0 ? cut : 1);
		char *changed = strdup(text);

		memcpy(bytes, out.start, cut);
		if (cut > 0)
			bytes[below((int) cut)] ^= (uint8_t) (1 << below(8));
		if (tier_rules_decode(bytes, cut, &read) == NULL)
		{
			check_rules(&read, bytes, cut);
			n_accepted++;
		}
		free(bytes);
		changed[below((int) length)] = "0123456789,;\"-.) ayr"[below(20)];
		if (tier_rules_parse(changed, &read) == NULL)
		{
			ByteWriter again = byte_writer(0);

			tier_rules_encode(&read, &again);
			check_rules(&read, again.start, bytes_written(&again));
			host_free(again.start);
			n_accepted++;
		}
		free(changed);
	}
	host_free(text);
	host_free(out.start);
}

static void
round_of(int round)
{
	TierRules rules = random_rules();
	History history = random_history();
	uint8_t *bytes = malloc(activity_bound((size_t) history.n));
	ActivityDay days[MAX_DAYS];
	ActivityReader reader;

	memcpy(days, history.days, sizeof(days));
	activity_encode(days, (uint32_t) history.n, true, history.scale, bytes);
	activity_open(&reader, bytes);
	/* of visits alone, or whole amounts, the bytes have a smaller scale */
	for (int i = 0; i < history.n; i++)
		history.days[i].amount /= power_of_ten(history.scale - reader.scale);
	history.scale = reader.scale;
	for (int i = 0; i < READINGS; i++)
		read_as_of(&history, &rules, &reader, history.from + below(history.to - history.from + (chance(50) ? 30 : 900)));
	if (round % 16 == 0)
		damage(&rules);
	free(bytes);
}

int
main(int argc, char **argv)
{
	long rounds = argc > 2 ? atol(argv[2]) : 1000;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (long i = 0; i < rounds; i++)
		round_of((int) i);
	for (int i = 0; i <= TIER_DOWNGRADE; i++)
		CHECK(rounds < 1000 || n_seen[i] > 0);
	printf("# %ld histories, %ld readings: %ld joined, %ld upgrades, %ld renewals, %ld graces, %ld downgrades; %ld damaged rules read\n",
		   rounds, n_compared, n_seen[0], n_seen[1], n_seen[2], n_seen[3], n_seen[4], n_accepted);
	return 0;
}
