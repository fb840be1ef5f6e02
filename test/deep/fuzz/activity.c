/*
 * activity.c: activities as bytes, added up, and what is read of them.
 */
#include "builders.h"

#include "kernel/activity/churn.h"
#include "kernel/activity/churn_features.h"
#include "kernel/activity/gaps.h"
#include "kernel/activity/life_stage.h"
#include "kernel/activity/summary.h"

#define ASK_BYTES 32

static Stored
finished(ActivityBuilder *builder)
{
	Stored stored;

	builder = activity_builder_finish(builder);
	stored.bytes = host_alloc(activity_builder_bound(builder));
	stored.size = activity_builder_encode(builder, stored.bytes);
	stored.bytes = fuzz_copy(stored.bytes, stored.size);
	return stored;
}

static void
must_equal(const Stored *a, const Stored *b)
{
	CHECK(a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* Read day by day and written again. */
static void
check_days(const Stored *stored)
{
	ActivityReader reader;
	ActivityDay *days;
	Stored again;
	uint32_t n = 0;

	activity_open(&reader, stored->bytes);
	days = host_alloc(reader.n_days * sizeof(ActivityDay));
	while (activity_next(&reader, &days[n]))
	{
		CHECK(n == 0 || days[n - 1].day < days[n].day);
		CHECK(days[n].events > 0 && days[n].purchases <= days[n].events);
		n++;
	}
	CHECK(n == reader.n_days && n > 0);
	again.bytes = host_alloc(activity_bound(n));
	again.size = activity_encode(days, n, reader.amounts, reader.scale, again.bytes);
	must_equal(stored, &again);
}

static void
ask(const uint8_t *bytes, Input *in)
{
	int32_t as_of = in_as_of(in);
	Summary summary = summary_read(bytes, as_of);
	double features[CHURN_FEATURES];
	Period period = (Period) (PERIOD_DAY + in_below(in, PERIODS));
	WeekStart week_start = (WeekStart) in_bool(in);
	uint32_t n;
	int32_t *days = summary_days(bytes, as_of, &n);

	CHECK(n == summary.active_days && summary.basis_days <= summary.active_days && summary.events >= summary.active_days);
	CHECK(visit_features(bytes, as_of, features) == (n > 0));
	CHECK(churn_features(bytes, as_of, features) == (summary.basis_days > 0));
	CHECK(streak_longest(days, n, period, week_start) >= streak_current(days, n, as_of, period, week_start));
	if (n > 0)
	{
		LifeFacts facts = life_facts(days, n, as_of, in_positive(in));
		LifeLimits limits = {in_positive(in), (int32_t) in_int(in, 0, INT32_MAX), (int32_t) in_int(in, 0, INT32_MAX), in_positive(in),
							 in_positive(in), (int32_t) in_int(in, 0, INT32_MAX), (int32_t) in_int(in, 0, INT32_MAX), in_positive(in)};
		double idle = (double) as_of - days[n - 1];
		double gaps = (double) n;
		double risk = churn_risk(in_positive(in) + gaps, in_positive(in) + idle, idle, in_positive(in));

		CHECK(life_stage(&facts, &limits) != NULL);
		CHECK(!(risk < 0) && !(risk > 1));
	}
	if (n >= 2)
		CHECK(gaps_median(days, n) >= 1);
}

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	uint8_t mode = in_byte(&in);
	uint8_t split = in_byte(&in);
	Input how = in_part(&in, ASK_BYTES);
	Input first = in_part(&in, split == 0xFF ? in_left(&in) : in_left(&in) * split / 0xFF);
	bool amounts = mode & 2;
	ActivityBuilder *a;
	ActivityBuilder *b;
	Stored stored[2];
	Stored sum[2];

	for (int i = 0; i < 2; i++)
	{
		Input *from = i == 0 ? &first : &in;

		if (mode & 1)
			stored[i] = finished(in_activity_builder(from, amounts));
		else
		{
			const char *problem;
			const char *text;
			ActivityBuilder *parsed;
			Stored again;

			stored[i] = i == 1 && split == 0xFF ? stored[0] : (Stored){fuzz_copy(from->next, in_left(from)), in_left(from)};
			n_stored++;
			if (activity_check(stored[i].bytes, stored[i].size) != NULL)
				return;
			n_accepted++;
			text = activity_print(stored[i].bytes);
			parsed = activity_parse(text, &problem);
			CHECK(parsed != NULL);
			again = finished(parsed);
			must_equal(&stored[i], &again);
		}
		CHECK(activity_check(stored[i].bytes, stored[i].size) == NULL);
		check_days(&stored[i]);
		if (i == 0)
			ask(stored[0].bytes, &how);
	}
	/* The sum of both, one way and the other, and stored between. */
	a = activity_add_encoded(activity_add_encoded(activity_builder(amounts), stored[0].bytes), stored[1].bytes);
	b = activity_add_encoded(activity_builder(amounts), stored[1].bytes);
	if (mode & 4)
	{
		size_t size_there;
		uint8_t *there = activity_builder_store(b, 8, &size_there);

		b = activity_add_encoded(activity_add_encoded(activity_builder(amounts), fuzz_copy(there + 8, size_there)), stored[0].bytes);
	}
	else
		b = activity_add_builder(b, activity_add_encoded(activity_builder(amounts), stored[0].bytes));
	sum[0] = finished(a);
	sum[1] = finished(b);
	must_equal(&sum[0], &sum[1]);
	CHECK(activity_check(sum[0].bytes, sum[0].size) == NULL);
}

static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	Stored stored;

	for (int k = 0; k < 2 + ASK_BYTES; k++)
		to[k] = in_byte(random);
	to[0] = (uint8_t) ((to[0] & ~1) | (i & 1));
	if (!(i & 1))
		to[1] = 0xFF;
	stored = i & 1 ? (Stored){(uint8_t *) random->next, in_left(random)} : finished(in_activity_builder(random, to[0] & 2));
	memcpy(to + 2 + ASK_BYTES, stored.bytes, stored.size);
	return 2 + ASK_BYTES + stored.size;
}
