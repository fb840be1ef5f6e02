/*
 * rolling_retention.c: who came back in periods that each user begins.
 */
#include "states.h"

#include "kernel/metrics/rolling_retention.h"

FUZZ_STATES(&rolling_retention_kind.state)

static void *
build(Input *head, Input *rows)
{
	static const char *const zones[] = {"UTC", "Europe/Paris", "GMT+0", "America/Argentina/ComodRivadavia"};
	RollingQuestion question = {.mode = (RetentionMode) in_below(head, 3)};
	JourneyKind kind = {.n_conditions = 4};
	Tally *state;

	strcpy(question.zone, zones[in_below(head, 4)]);
	question.periods = (uint32_t) in_int(head, 0, ROLLING_MAX_PERIODS);
	question.unit = in_bool(head) ? INT64_C(86400000000) : in_int(head, 1, INT64_MAX);
	question.as_of = in_time(head);
	question.start = 1 + in_below(head, 15);
	question.returns = 1 + in_below(head, 15);
	state = rolling_retention_create(&question);
	while (in_left(rows) > 0)
	{
		const Journey *journey = in_journey(rows, &kind);
		int64_t start;

		if (rolling_retention_start(&question, journey, &start))
			state = rolling_retention_add(state, &question, journey, start, in_day(rows));
	}
	rolling_retention_expect(state, &question);
	return state;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const Tally *sorted = tally_sorted(state);
	RollingReader reader = rolling_retention_read(sorted);
	RollingQuestion question;

	rolling_retention_question(sorted, &question);
	while (rolling_retention_cohort(&reader))
		for (uint32_t period = 0; period <= question.periods; period += 1 + in_below(in, 200))
			CHECK(rolling_retention_retained(&reader, period) <= reader.size);
}
