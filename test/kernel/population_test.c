/*
 * population_test.c: populations outside the server.
 *
 *	population_test [SEED [ROUNDS]]
 *
 * Random events are grouped, spilled and handed over, and each user's activity is held
 * against what one builder makes of the user's events.
 */
#include "grouping_users.h"

#include "kernel/activity/activity.h"
#include "kernel/base/civil.h"
#include "kernel/population/population.h"

static long n_settled, n_unsettled;

/* --- populations: the same activity as one builder makes ------------------- */

/* The decoded days are those of the bytes. */
static void
check_days(PopulationCursor *cursor, ActivityBuilder *builder, bool amounts)
{
	ActivityReader decoded;
	ActivityReader encoded;
	ActivityDay day;
	ActivityDay other;
	bool listed;
	uint32_t n_visits = 0;
	uint8_t *bytes;

	builder = activity_builder_finish(builder);
	bytes = host_alloc(activity_builder_bound(builder));
	activity_builder_encode(builder, bytes);
	activity_open(&encoded, bytes);
	population_activity(cursor, &decoded);
	listed = decoded.next_visit != NULL;
	CHECK(decoded.amounts == amounts && decoded.scale == encoded.scale);
	CHECK(listed || decoded.n_days == encoded.n_days);
	while (activity_next(&encoded, &day))
	{
		CHECK(activity_next(&decoded, &other));
		CHECK(day.day == other.day && day.events == other.events && day.purchases == other.purchases &&
			  day.amount == other.amount);
		n_visits += day.events;
	}
	CHECK(!activity_next(&decoded, &other));
	CHECK(!listed || decoded.n_days == n_visits);
	host_free(bytes);
}

static void
add_event(Grouping *population, KeyKind kind, uint32_t user, PopulationEvent event)
{
	int stream = population_stream(&event);
	void *extra = kind == FIXED ? grouping_add_fixed(population, users[user].number, stream, event.day)
								: grouping_add_bytes(population, spell(kind, user), users[user].size,
													 stream, event.day);

	population_write(extra, &event);
}

static void
population_round(void)
{
	KeyKind kind = chance(N_KEY_KINDS);
	GroupKeys keys = make_keys(&kind);
	bool amounts = one_in(2);
	bool in_order = one_in(2);
	int32_t span = (int32_t[]){2, 30, 500, 100000}[chance(4)];
	Grouping *population = grouping_create(&keys, population_codec(amounts), &store);
	Grouping *into = NULL; /* what a worker's goes into */
	ActivityBuilder *builders[MAX_USERS] = {NULL};
	uint8_t *seen;
	PopulationCursor *cursor;
	PopulationUser read;
	uint32_t n = chance(one_in(4) ? 20000 : 2000);
	uint32_t n_found = 0;
	uint32_t n_known = 0;

	make_users(kind);
	if (n_users > 1 && one_in(3))
		n_users = 1 + n_users / 50;
	if (kind == ONE_HASH)
		n %= 2000;
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t user = chance(n_users);
		PopulationEvent event = {.day = in_order ? (int32_t) ((uint64_t) i * (uint64_t) span / n)
												 : (int32_t) chance((uint32_t) span),
								 .visit = !amounts || one_in(3)};

		event.day += span == 100000 ? -50000 : 8000;
		if (!event.visit)
		{
			event.scale = one_in(2) ? 2 : (int) chance(10);
			event.amount = (int64_t) chance(2000000) - 500000;
			if (one_in(5))
				event.amount = event.amount / 1000 * 1000;
		}
		if (builders[user] == NULL)
		{
			builders[user] = activity_builder(amounts);
			n_known++;
		}
		builders[user] =
			event.visit ? activity_add_visit(builders[user], event.day)
						: activity_add_amount(builders[user], event.day, event.amount, event.scale);
		add_event(population, kind, user, event);
		if (one_in(1000))
			spill(population);
		if (one_in(3000))
		{
			size_t size;
			uint8_t *bytes = exported(population, &size);

			if (into == NULL)
				into = grouping_create(&keys, population_codec(amounts), &store);
			grouping_import(into, bytes, size, any_import(one_in(2)));
			grouping_end(population);
			population = grouping_create(&keys, population_codec(amounts), &store);
		}
	}
	if (into != NULL)
	{
		size_t size;
		uint8_t *bytes = exported(population, &size);

		grouping_import(into, bytes, size, any_import(one_in(2)));
		grouping_end(population);
		population = into;
	}
	seen = host_alloc(n_users);
	memset(seen, 0, n_users);
	grouping_finish(population);
	cursor = population_open(population, amounts, 0);
	while (population_next(cursor, &read))
	{
		uint32_t user = 0;
		size_t size;
		size_t read_size;
		const uint8_t *bytes;
		uint8_t *expected;

		/* users with the same first bytes are few */
		for (; user < n_users; user++)
			if (keys.fixed ? memcmp(read.key, &users[user].number, 8) == 0
				: keys.equal != NULL
					? equal_no_case(&keys, read.key, read.key_size, users[user].bytes, users[user].size)
					: read.key_size == users[user].size &&
						  memcmp(read.key, users[user].bytes, read.key_size) == 0)
				break;
		CHECK(user < n_users && builders[user] != NULL && !seen[user]);
		seen[user] = 1;
		n_found++;
		if (one_in(2))
			check_days(cursor, builders[user], amounts);
		bytes = population_bytes(cursor, &read_size);
		CHECK(activity_check(bytes, read_size) == NULL);
		builders[user] = activity_builder_finish(builders[user]);
		expected = host_alloc(activity_builder_bound(builders[user]));
		size = activity_builder_encode(builders[user], expected);
		CHECK(size == read_size && memcmp(expected, bytes, size) == 0);
		host_free(expected);
	}
	CHECK(n_found == n_known);
	population_close(cursor);
	grouping_end(population);
	end_round();
}

/* An amount that does not fit is an error for who reads it, spilled or not. */
static void
overflow_round(void)
{
	GroupKeys keys = {.fixed = true};
	Grouping *population = grouping_create(&keys, population_codec(true), &store);
	PopulationCursor *cursor;
	PopulationUser user;
	ActivityReader activity;
	jmp_buf here;
	volatile int n_failed = 0;

	for (uint32_t i = 0; i < 50; i++)
		users[i].number = i;
	for (int32_t i = 0; i < 500; i++)
		add_event(population, FIXED, (uint32_t) i % 50,
				  (PopulationEvent){.day = i * 7919 % 400, .scale = 2, .amount = i});
	/* not in order, and the scale of what is there must be raised */
	add_event(population, FIXED, 7, (PopulationEvent){.day = 3, .scale = 0, .amount = INT64_MAX});
	add_event(population, FIXED, 7, (PopulationEvent){.day = 2, .scale = 9, .amount = 1});
	for (volatile int i = 0; i < 4; i++)
	{
		if (i == 2)
			grouping_spill(population);
		cursor = population_open(population, true, 0);
		on_error = &here;
		if (setjmp(here) == 0)
		{
			while (population_next(cursor, &user))
				population_activity(cursor, &activity);
			die("an amount out of range was read");
		}
		n_failed++;
	}
	CHECK(n_failed == 4);
	grouping_end(population);
	end_round();
}

/* --- sums: what days add up to is judged in the end, on every road ----------- */

#define SUM_DAYS 3

typedef struct Expected
{
	uint32_t events[SUM_DAYS];
	__int128 amounts[SUM_DAYS]; /* times 10^9 */
} Expected;

/* At the smallest scale that is exact; false if one does not fit then. */
static bool
settle(Expected *expected)
{
	__int128 power = 1000000000;

	for (int i = 0; i < SUM_DAYS; i++)
		while (expected->amounts[i] % power != 0)
			power /= 10;
	for (int i = 0; i < SUM_DAYS; i++)
	{
		expected->amounts[i] /= power;
		if (expected->amounts[i] > INT64_MAX || expected->amounts[i] < INT64_MIN)
			return false;
	}
	return true;
}

static void
check_sums(const Expected *expected, ActivityReader *activity)
{
	ActivityDay day;

	for (int i = 0; i < SUM_DAYS; i++)
	{
		if (expected->events[i] == 0)
			continue;
		CHECK(activity_next(activity, &day));
		CHECK(day.day == i && day.events == expected->events[i] && day.amount == expected->amounts[i]);
	}
	CHECK(!activity_next(activity, &day));
}

/* Read a user that may not fit; false if it did not. */
static bool
fits(PopulationCursor *cursor, ActivityReader *activity)
{
	jmp_buf here;
	int what;

	on_error = &here;
	what = setjmp(here);
	if (what == 0)
		population_activity(cursor, activity);
	on_error = NULL;
	CHECK(what == 0 || what - 2 == KERNEL_AMOUNT_RANGE);
	return what == 0;
}

static ActivityBuilder *volatile finished;

static bool
builder_fits(ActivityBuilder *builder)
{
	jmp_buf here;
	int what;

	on_error = &here;
	what = setjmp(here);
	if (what == 0)
		finished = activity_builder_finish(builder);
	on_error = NULL;
	CHECK(what == 0 || what - 2 == KERNEL_AMOUNT_RANGE);
	return what == 0;
}

/* One builder takes over what another one holds, as it is or by way of its bytes. */
static ActivityBuilder *
take_over(ActivityBuilder *builder, ActivityBuilder *other)
{
	size_t size;

	if (one_in(2))
		return activity_add_builder(builder, other);
	return activity_add_encoded(builder, activity_builder_store(other, 0, &size));
}

static void
sums_round(void)
{
	GroupKeys keys = {.fixed = true};
	GroupCodec *codec = population_codec(true);
	Grouping *population = grouping_create(&keys, codec, &store);
	uint32_t n_people = 1 + chance(40);
	uint32_t n = 1 + chance(4 * n_people);
	Expected expected[40] = {0};
	ActivityBuilder *builders[40][2] = {{NULL}};
	PopulationCursor *cursor;
	PopulationUser read;

	for (uint32_t i = 0; i < n_people; i++)
	{
		users[i].number = i;
		builders[i][0] = activity_builder(true);
		builders[i][1] = activity_builder(true);
	}
	for (uint32_t i = 0; i < n; i++)
	{
		static const int64_t extremes[] = {INT64_MAX, INT64_MIN, -INT64_MAX, 1, -1, 5, -5, 0};
		uint32_t user = chance(n_people);
		uint32_t part = chance(2);
		PopulationEvent event = {.day = (int32_t) chance(SUM_DAYS), .visit = one_in(8)};
		int64_t power = 1;

		if (!event.visit)
		{
			event.amount = extremes[chance(8)];
			event.scale = one_in(2) ? 0 : (int) chance(10);
		}
		for (int s = event.scale; s < 9; s++)
			power *= 10;
		expected[user].events[event.day]++;
		expected[user].amounts[event.day] += (__int128) event.amount * power;
		builders[user][part] =
			event.visit ? activity_add_visit(builders[user][part], event.day)
						: activity_add_amount(builders[user][part], event.day, event.amount, event.scale);
		add_event(population, FIXED, user, event);
		if (one_in(20))
			grouping_spill(population);
	}
	cursor = population_open(population, true, 0);
	while (population_next(cursor, &read))
	{
		int64_t user;
		ActivityReader activity;
		bool possible;

		memcpy(&user, read.key, sizeof(user));
		possible = settle(&expected[user]);
		CHECK(fits(cursor, &activity) == possible);
		if (possible)
			check_sums(&expected[user], &activity);
		builders[user][0] = take_over(builders[user][0], builders[user][1]);
		CHECK(builder_fits(builders[user][0]) == possible);
		if (possible)
		{
			uint8_t *bytes = host_alloc(activity_builder_bound(finished));
			size_t size = activity_builder_encode(finished, bytes);

			CHECK(activity_check(bytes, size) == NULL);
			activity_open(&activity, bytes);
			check_sums(&expected[user], &activity);
		}
		n_settled += possible;
		n_unsettled += !possible;
	}
	population_close(cursor);
	grouping_end(population);
	end_round();
}


/* --- days and activities -------------------------------------------------- */

static void
civil_round(void)
{
	for (int i = 0; i < 20000; i++)
	{
		int32_t day = one_in(4) ? CIVIL_MIN_DAY + (int32_t) chance(1000)
					  : one_in(3) ? CIVIL_END_DAY - 1 - (int32_t) chance(1000)
								  : (int32_t) chance(40000) - 20000;
		int32_t again;

		CHECK(civil_day_valid(day));
		CHECK(civil_day(civil_date(day), &again) && again == day);
		for (int period = PERIOD_DAY; period <= PERIOD_YEAR; period++)
			for (int week = 0; week < 2; week++)
			{
				WeekStart start = week ? WEEK_SUNDAY : WEEK_MONDAY;
				int64_t number = civil_period(day, (Period) period, start);

				CHECK(civil_period_start(number, (Period) period, start) <= day);
				CHECK(civil_period_start(number + 1, (Period) period, start) > day);
			}
	}
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	chance_state = seed;
	for (int i = 0; i < rounds; i++)
	{
		population_round();
		sums_round();
		if (i % 50 == 0)
			overflow_round();
	}
	printf("ok - %d rounds of populations\n", rounds);
	civil_round();
	printf("ok - days and periods\n");
	CHECK(n_interrupts > 0 && n_failed_writes > 0 && n_spills > 0 && n_errors > 0 && n_settled > 0 && n_unsettled > 0);
	printf("# seed %llu: %ld spills, %ld interrupts, %ld failed writes, %ld errors\n",
		   (unsigned long long) seed, n_spills, n_interrupts, n_failed_writes, n_errors);
	return 0;
}
