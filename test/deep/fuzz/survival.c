/*
 * survival.c: durations, and the curve of them.
 */
#include "states.h"

#include "kernel/math/distributions.h"
#include "kernel/models/log_rank.h"
#include "kernel/models/survival.h"

FUZZ_STATES(&survival_kind.state)

static void *
build(Input *head, Input *rows)
{
	Tally *state = survival_add(NULL, 0, 0, 0);

	while (in_left(rows) > 0)
	{
		double duration = in_real(rows);
		uint8_t what = in_byte(rows);

		state = survival_add(state, duration < 0 ? -duration : duration, what & 1 ? (uint64_t) in_int(rows, 0, INT64_MAX >> 4) : 1,
							 what & 2 ? (uint64_t) in_int(rows, 0, INT64_MAX >> 4) : 0);
	}
	return state;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const Tally *groups[3] = {state, state, survival_add(NULL, in_positive(in), 3, 1)};
	SurvivalBand band = (SurvivalBand) in_below(in, 3);
	double width = normal_width(-in_positive(in));
	SurvivalReader reader = survival_read(state);
	KnownTime quantile[3];
	double std_error;
	LogRank test;

	while (survival_next(&reader))
	{
		double lower;
		double upper;

		CHECK(reader.point.log_survival <= 0);
		if (survival_band(&reader.point, band, width, &lower, &upper))
			CHECK(!(lower > upper));
	}
	survival_quantile(state, in_share(in), band, width, quantile);
	CHECK(!(survival_at(state, in_positive(in)) < 0));
	(void) survival_area(state, in_positive(in), &std_error);
	if (log_rank(groups, 1 + (int) in_below(in, 3), &test))
		CHECK(!(test.p_value < 0) && !(test.p_value > 1));
}
