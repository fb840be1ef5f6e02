/*
 * rfm_values.h: RFM models of the fuzzer's bytes.
 */
#include "builders.h"

#include "kernel/rfm/rfm_sample.h"

/* Fitted, or cuts that are given. */
static inline bool
in_rfm_model(Input *in, RfmModel *model)
{
	uint8_t how = in_byte(in);
	int bins = RFM_MIN_BINS + (int) in_below(in, how & 1 ? 4 : 99);
	bool amounts = how & 2;
	RfmSample *sample;

	if (how & 4)
	{
		model->bins = bins;
		model->amounts = amounts;
		model->scale = amounts ? in_scale(in) : 0;
		for (int d = 0; d < (amounts ? RFM_DIMENSIONS : RFM_DIMENSIONS - 1); d++)
			for (int i = 0; i < bins - 1; i++)
			{
				int64_t least = i == 0 ? (d == RFM_MONETARY ? -1000 : 1) : model->cuts[d][i - 1].whole + 1;

				model->cuts[d][i] = (Fraction){in_int(in, least, INT32_MAX - 100 + i), 0, 1};
			}
		return rfm_problem(model) == NULL;
	}
	sample = rfm_sample_create(bins, 9000, amounts);
	while (in_left(in) > 0)
	{
		int32_t recency = (int32_t) in_int(in, 1, INT32_MAX);

		sample = rfm_sample_add(sample, recency, in_int(in, 1, UINT32_MAX), amounts ? in_amount(in) : 0, how & 8 && amounts ? in_scale(in) : 0);
	}
	rfm_sample_fit(sample, model);
	return true;
}
