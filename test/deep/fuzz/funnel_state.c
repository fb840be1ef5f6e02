/*
 * funnel_state.c: funnels over many users.
 */
#include "states.h"
#include "questions.h"

#include "kernel/funnel/funnel_state.h"

#define CONDITIONS 6

FUZZ_STATES(&funnel_kind)

static void *
build(Input *head, Input *rows)
{
	JourneyKind kind = {.n_conditions = CONDITIONS};
	FunnelQuestion question;
	FunnelState *state;

	if (!in_question(head, &question, CONDITIONS))
		return NULL;
	if (question.as_of == INT64_MAX)
		question.as_of = JOURNEY_END_OF_TIME - 1;
	state = funnel_state_create(&question);
	while (in_left(rows) > 0)
		state = funnel_state_add(state, in_journey(rows, &kind));
	funnel_state_expect(state, &question);
	return state;
}

static void
ask(const void *bytes_of_state, const uint8_t *bytes, size_t size, Input *in)
{
	const FunnelState *state = bytes_of_state;
	uint32_t n_bins = 1 + in_below(in, 20);
	double p = in_below(in, 101) / 100.0;
	bool mature = in_bool(in);
	uint64_t bins[20];

	for (int step = 1; step <= state->question.n_steps; step++)
	{
		int from = funnel_required_before(&state->question, step);

		CHECK(from >= 1 && from <= step);
		for (int of = 1; of <= step; of++)
		{
			const FunnelPair *pair = funnel_state_pair(state, of, step);
			DurationReader reader;

			if (pair == NULL)
				continue;
			reader = funnel_state_durations(state, pair, mature);
			if (reader.n > 0)
			{
				double quantile = durations_quantile(&reader, p);

				CHECK(quantile >= (double) reader.least && quantile <= (double) reader.greatest);
				durations_histogram(&reader, n_bins, bins);
			}
			CHECK(reader.n <= funnel_state_users(state, step, mature));
			durations_close(&reader);
		}
	}
}
