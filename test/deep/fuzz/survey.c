/*
 * survey.c: answers of surveys, and what they say.
 */
#include "states.h"

#include "kernel/survey/satisfaction.h"

FUZZ_STATES(&survey_kind)

static void *
build(Input *head, Input *rows)
{
	bool nps = in_bool(head);
	int32_t low = nps ? NPS_LOW : (int32_t) in_int(head, -1000000, 1000000);
	uint32_t span = nps ? NPS_SPAN : 1 + in_below(head, SURVEY_MAX_SPAN);
	Survey *survey = survey_create(low, span);

	while (in_left(rows) > 0)
		survey_add(survey, in_below(rows, span + 1));
	survey_expect(survey, low, span);
	return survey;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const Survey *survey = state;
	double tails = -in_positive(in);
	double width = normal_width(tails);
	MeanScore mean = survey_mean(survey, tails);

	CHECK(survey_top(survey, in_below(in, survey->span + 2)) <= survey->n);
	CHECK(survey->n == 0 || (mean.mean >= survey->low && mean.mean <= survey->low + (double) survey->span));
	(void) goodman_width(tails, 1 + in_below(in, 101));
	if (survey->low == NPS_LOW && survey->span == NPS_SPAN)
	{
		Nps nps = survey_nps(survey, in_bool(in) ? NPS_WALD : NPS_ADJUSTED_WALD, width);

		CHECK(nps.promoters + nps.passives + nps.detractors == survey->n);
		CHECK(survey->n == 0 || (nps.score >= -100 && nps.score <= 100));
		(void) nps_change(&nps, &nps, width);
	}
}
