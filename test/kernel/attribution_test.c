/*
 * attribution_test.c: rules of attribution, and paths, outside the server.
 *
 *	attribution_test [SEED [ROUNDS]]
 *
 * They are held against their definitions, tried for every touch by itself, with amounts
 * split unit by unit.
 */
#include "kernel/attribution/attribution.h"

#include <math.h>

#include "simple_host.h"

#define NAMES  7 /* of events: from BUY on they are conversions, the others touches */
#define DIRECT 1
#define BUY    5
#define ROWS   24

static const JourneyText names[NAMES] = {{"ads", 3},    {"direct", 6}, {"mail", 4},  {"search", 6},
										 {"social", 6}, {"xbuy", 4},   {"xorder", 6}};

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

static int
compare_rows(const void *a, const void *b)
{
	const JourneyRow *x = a;
	const JourneyRow *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->tiebreak != y->tiebreak)
		return x->tiebreak < y->tiebreak ? -1 : 1;
	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	if (x->has_amount != y->has_amount)
		return x->has_amount ? 1 : -1;
	return (x->amount > y->amount) - (x->amount < y->amount);
}

static int64_t
random_amount(void)
{
	static const int64_t amounts[] = {0, 1, -1, 100, 1999, -750, 1234567, INT64_MAX, INT64_MIN};

	return below(2) == 0 ? amounts[below(9)] : (int64_t) (uniform() * 1e6);
}

/* Rows at a few instants, or at the ends of time. */
static uint32_t
random_rows(JourneyRow *rows)
{
	uint32_t n = (uint32_t) below(ROWS + 1);
	bool extreme = below(20) == 0;

	for (uint32_t i = 0; i < n; i++)
	{
		rows[i] = (JourneyRow){
			.at = below(30), .tiebreak = below(4) == 0 ? below(3) : 0, .label = JOURNEY_NONE};
		if (extreme)
			rows[i].at = below(2) == 0 ? INT64_MIN + 1 + rows[i].at : INT64_MAX - 1 - rows[i].at;
		rows[i].event = (uint32_t) (below(4) == 0 ? BUY + below(2) : below(BUY));
		rows[i].has_amount = rows[i].event >= BUY && below(4) > 0;
		rows[i].amount = rows[i].has_amount ? random_amount() : 0;
	}
	qsort(rows, n, sizeof(JourneyRow), compare_rows);
	return n;
}

static AttributionRule
random_rule(void)
{
	AttributionRule rule = {.model = (AttributionModel) below(10),
							.which = (AttributionWhich) below(3)};

	rule.window.lookback = (uint64_t[]){0, 3, 7, 1000, INT64_MAX}[below(5)];
	rule.window.as_of = below(2) == 0 ? INT64_MAX : below(32);
	rule.window.exclusive = below(2) == 0;
	rule.half_life = (uint64_t) (1 + below(10));
	rule.weights[0] = below(3) * (CREDIT_WHOLE / 7);
	rule.weights[2] = below(4) * (CREDIT_WHOLE / 7);
	rule.weights[1] = CREDIT_WHOLE - rule.weights[0] - rule.weights[2];
	rule.non_direct = below(2) == 0;
	rule.decimals = below(MONEY_MAX_SCALE + 1);
	return rule;
}

static bool
exists(const JourneyRow *row, const AttributionRule *rule)
{
	return rule->window.as_of == INT64_MAX || row->at < rule->window.as_of;
}

/* Does the touch lead to the conversion?  By definition. */
static bool
leads_to(const JourneyRow *rows, uint32_t n, uint32_t touch, uint32_t conversion,
		 const AttributionRule *rule)
{
	__int128 before = (__int128) rows[conversion].at - rows[touch].at;

	if (rows[touch].event >= BUY || !exists(&rows[touch], rule) || before < 0 ||
		before > (__int128) rule->window.lookback)
		return false;
	for (uint32_t i = 0; rule->window.exclusive && i < n; i++)
		if (rows[i].event >= BUY && rows[i].at < rows[conversion].at &&
			rows[i].at >= rows[touch].at)
			return false;
	return true;
}

/* The weight of touch i of n. */
static __int128
weight(const AttributionRule *rule, const JourneyRow *const *touches, int n, int i)
{
	static const int64_t shapes[3][3] = {{4, 2, 4}, {2, 2, 6}, {6, 2, 2}};
	const int64_t *shape = rule->weights;

	switch (rule->model)
	{
		case MODEL_FIRST:
			return i == 0;
		case MODEL_LAST:
		case MODEL_LAST_NON_DIRECT:
			return i == n - 1;
		case MODEL_LINEAR:
		case MODEL_PARTICIPATION:
			return 1;
		case MODEL_TIME_DECAY:
			return (__int128) (exp2l(
				62 -
				(long double) (touches[n - 1]->at - (__int128) touches[i]->at) / rule->half_life));
		default:
			break;
	}
	if (rule->model != MODEL_CUSTOM)
		shape = shapes[rule->model - MODEL_U_SHAPED];
	if (n == 1 || (n == 2 && shape[0] + shape[2] == 0))
		return 1;
	if (n == 2)
		return i == 0 ? shape[0] : shape[2];
	return i == 0       ? (__int128) shape[0] * (n - 2)
		   : i == n - 1 ? (__int128) shape[2] * (n - 2)
						: shape[1];
}

/* Split by one unit at a time to the part that lacks most. */
static void
split_slowly(__int128 whole, const __int128 *weights, int n, __int128 *parts)
{
	__int128 left = whole;
	__int128 total = 0;
	__int128 lacks[ROWS]; /* times the total */

	for (int i = 0; i < n; i++)
		total += weights[i];
	for (int i = 0; i < n; i++)
	{
		parts[i] = whole * weights[i] / total;
		lacks[i] = whole * weights[i] - parts[i] * total;
		left -= parts[i];
	}
	CHECK(left >= 0 && left <= n);
	for (; left > 0; left--)
	{
		int most = 0;

		for (int i = 1; i < n; i++)
			if (lacks[i] > lacks[most])
				most = i;
		parts[most]++;
		lacks[most] -= total;
	}
}

static int64_t
ten_to(int exponent)
{
	int64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* What each channel gets of a conversion; where 128 bits are too few for that, its sum. */
static void
check_credits(const AttributionReader *reader, const AttributionRule *rule,
			  const JourneyRow *conversion, const JourneyRow *const *touches, int n,
			  int journey_scale)
{
	bool participation = rule->model == MODEL_PARTICIPATION;
	__int128 amount = (__int128) conversion->amount * ten_to(9);
	__int128 unit = ten_to(9 + journey_scale - reader->scale);
	__int128 credits = 0;
	__int128 amounts = 0;
	__int128 parts[ROWS];
	__int128 money[ROWS];
	__int128 weights[ROWS];
	uint32_t seen = 0;
	bool exact; /* what each gets is known to the unit */

	CHECK(reader->scale <= MONEY_MAX_SCALE && (participation || reader->scale >= rule->decimals));
	CHECK(amount % unit == 0);
	amount /= unit;
	exact = rule->model != MODEL_TIME_DECAY && amount >> 86 == (amount < 0 ? -1 : 0);
	CHECK(reader->scale == (participation ? 0 : rule->decimals) || amount % 10 != 0);
	for (int i = 0; i < n; i++)
		weights[i] = weight(rule, touches, n, i);
	if (n > 0)
	{
		split_slowly(CREDIT_WHOLE, weights, n, parts);
		split_slowly(exact ? (amount < 0 ? -amount : amount) : 0, parts, n, money);
	}
	for (uint32_t c = 0; c < reader->n; c++)
	{
		const ChannelCredit *channel = &reader->channels[c];
		uint32_t count = 0;
		int64_t credit = 0;
		__int128 paid = 0;

		credits += channel->credit;
		amounts += channel->amount;
		if (n == 0)
		{
			CHECK(channel->channel == CHANNEL_DIRECT && channel->touches == 0);
			continue;
		}
		while (seen < (uint32_t) n && touches[seen]->event != channel->channel)
		{
			bool before = false;

			for (uint32_t k = 0; k < c; k++)
				before |= reader->channels[k].channel == touches[seen]->event;
			CHECK(before); /* in the order of first touches */
			seen++;
		}
		for (int i = 0; i < n; i++)
			if (touches[i]->event == channel->channel)
			{
				count++;
				credit += (int64_t) parts[i];
				paid += money[i];
			}
		CHECK(count > 0 && channel->touches == count);
		if (participation)
		{
			CHECK(channel->credit == CREDIT_WHOLE && channel->amount == amount);
			continue;
		}
		CHECK(llabs(channel->credit - credit) <=
			  (rule->model == MODEL_TIME_DECAY ? 2 * (int64_t) count : 0));
		CHECK(!exact || channel->amount == (amount < 0 ? -paid : paid));
		CHECK(channel->credit >= 0 && (amount < 0 ? channel->amount <= 0 : channel->amount >= 0));
	}
	if (participation)
		return;
	CHECK(credits == CREDIT_WHOLE);
	CHECK(amounts == amount);
}

static void
round_of_rules(void)
{
	JourneyRow rows[ROWS];
	uint8_t roles[NAMES] = {0};
	AttributionRule rule = random_rule();
	Journey journey = {.rows = rows,
					   .n_rows = random_rows(rows),
					   .by_name = true,
					   .amounts = true,
					   .scale = (uint8_t) below(MONEY_MAX_SCALE + 1)};
	AttributionReader *reader;
	uint32_t last = 0;
	bool found = false;

	journey.names = (JourneyTexts){names, NAMES};
	roles_set(roles, &journey.names, &names[BUY], ROLE_CONVERSION);
	roles_set(roles, &journey.names, &names[BUY + 1], ROLE_CONVERSION);
	roles_set(roles, &journey.names, &names[DIRECT], ROLE_DIRECT);
	roles_set(roles, &journey.names, &(JourneyText){"mai", 3}, ROLE_DIRECT);
	for (uint32_t i = 0; i < journey.n_rows; i++)
		if (rows[i].event >= BUY && exists(&rows[i], &rule))
			last = i;
	reader = attribution_open(&journey, roles, &rule);
	for (uint32_t i = 0; i < journey.n_rows; i++)
	{
		const JourneyRow *touches[ROWS];
		bool aside = false;
		int n = 0;

		if (rows[i].event < BUY || !exists(&rows[i], &rule))
			continue;
		if ((rule.which == WHICH_FIRST && found) || (rule.which == WHICH_LAST && i != last))
			continue;
		found = true;
		for (uint32_t t = 0; t < journey.n_rows; t++)
			aside |= leads_to(rows, journey.n_rows, t, i, &rule) && rows[t].event != DIRECT;
		aside &= rule.non_direct || rule.model == MODEL_LAST_NON_DIRECT;
		for (uint32_t t = 0; t < journey.n_rows; t++)
			if (leads_to(rows, journey.n_rows, t, i, &rule) && !(aside && rows[t].event == DIRECT))
				touches[n++] = &rows[t];
		CHECK(attribution_next(reader) == &rows[i]);
		check_credits(reader, &rule, &rows[i], touches, n, journey.scale);
	}
	CHECK(attribution_next(reader) == NULL);
	attribution_close(reader);
}

static void
round_of_paths(void)
{
	JourneyRow rows[ROWS];
	uint8_t roles[NAMES] = {0};
	AttributionRule rule = random_rule();
	Journey journey = {.rows = rows, .n_rows = random_rows(rows), .by_name = true};
	ConversionReader reader;
	TouchPath path;
	uint32_t n = 0;
	__int128 last = 0;
	bool found = false;

	roles[BUY] = roles[BUY + 1] = ROLE_CONVERSION;
	rule.window.exclusive = true;
	reader = conversions_open(&journey, roles, &rule.window);
	for (uint32_t i = 0; i < journey.n_rows; i++)
	{
		if (rows[i].event < BUY || !exists(&rows[i], &rule))
			continue;
		found = true;
		last = rows[i].at;
		CHECK(conversions_next_path(&reader, &path));
		CHECK(path.conversion == &rows[i] && !path.open);
		n = 0;
		for (uint32_t t = 0; t < journey.n_rows; t++)
			if (leads_to(rows, journey.n_rows, t, i, &rule))
				CHECK(n < path.n && path.touches[n++] == &rows[t]);
		CHECK(n == path.n);
	}
	n = 0;
	for (uint32_t t = 0; t < journey.n_rows; t++)
		if (rows[t].event < BUY && exists(&rows[t], &rule) && (!found || rows[t].at > last))
		{
			CHECK(n > 0 || conversions_next_path(&reader, &path));
			CHECK(path.conversion == NULL && n < path.n && path.touches[n] == &rows[t]);
			n++;
		}
	if (n > 0)
	{
		__int128 reach = (__int128) path.touches[n - 1]->at + (__int128) rule.window.lookback;

		CHECK(n == path.n);
		CHECK(path.open == (rule.window.as_of != INT64_MAX && reach >= rule.window.as_of));
	}
	CHECK(!conversions_next_path(&reader, &path));
	conversions_close(&reader);
}

/* What is left on the way exceeds 128 bits, the parts do not: -4, 3 and 3 halves of the whole. */
static void
test_large_split(void)
{
	const MoneySum weights[] = {-4, 3, 3};
	const __int128 half = (__int128) 1 << 124;
	MoneySum parts[3];
	SplitRest space[3];

	split_whole(2 * half, weights, 3, parts, space);
	CHECK(parts[0] == -4 * half && parts[1] == 3 * half && parts[2] == 3 * half);
	split_whole(3 * half, weights, 3, parts, space);
	CHECK(parts[0] == -6 * half && parts[1] == 4 * half + half / 2 && parts[2] == parts[1]);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 1000;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	test_large_split();
	for (int i = 0; i < rounds; i++)
	{
		round_of_rules();
		round_of_paths();
	}
	printf("# %d rounds\n", rounds);
	return 0;
}
