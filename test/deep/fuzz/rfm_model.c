/*
 * rfm_model.c: RFM models, and the scores of users.
 */
#include "rfm_values.h"
#include "values.h"

static bool
build(Input *in, RfmModel *model)
{
	return in_rfm_model(in, model);
}

static void
ask(const RfmModel *model, Input *in)
{
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		__int128 value = in_amount(in);
		int scale = d == RFM_MONETARY ? in_scale(in) : 0;
		int score = rfm_score(model, (RfmDimension) d, value, scale);

		CHECK(score >= 0 && score <= model->bins);
		if (model->has_mean[d])
			(void) rfm_at_mean(model, (RfmDimension) d, value, scale);
	}
	CHECK(rfm_segment(1 + (int) in_below(in, 5), 1 + (int) in_below(in, 5)) != NULL);
	CHECK(rfm_problem(model) == NULL);
}

FUZZ_VALUES(RfmModel, rfm_decode, rfm_encode, rfm_print, rfm_parse(text, again))
