/*
 * rfm_sample.c: samples that RFM models are fitted over.
 */
#include "states.h"

#include "kernel/rfm/rfm_values.h"

FUZZ_STATES(&rfm_sample_kind)

static void *
build(Input *head, Input *rows)
{
	int bins = RFM_MIN_BINS + (int) in_below(head, RFM_MAX_BINS - RFM_MIN_BINS + 1);
	bool amounts = in_bool(head);
	int32_t as_of = in_day(head);
	RfmSample *sample = rfm_sample_create(bins, as_of, amounts);

	while (in_left(rows) > 0)
	{
		int32_t recency = (int32_t) in_int(rows, 1, INT32_MAX);
		int64_t frequency = in_int(rows, 1, UINT32_MAX);
		__int128 monetary = amounts ? in_amount(rows) : 0;
		int scale = amounts && in_bool(rows) ? in_scale(rows) : 0;

		if (amounts && in_below(rows, 8) == 0)
			monetary *= in_byte(rows);
		sample = rfm_sample_add(sample, recency, frequency, monetary, scale);
	}
	rfm_sample_expect(sample, bins, as_of, amounts);
	return sample;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	RfmModel *model = host_alloc(sizeof(RfmModel));
	ByteWriter out = byte_writer(0);
	uint32_t n;
	CountedValue *values = rfm_values(state, &n);

	for (uint32_t i = 1; i < n; i++)
		CHECK(values[i - 1].value < values[i].value);
	rfm_sample_fit(state, model);
	CHECK(rfm_problem(model) == NULL);
	rfm_encode(model, &out);
	CHECK(rfm_decode(out.start, bytes_written(&out), model) == NULL);
}
