/*
 * purchase_sample.c: histories of purchases, the model of them, and what it says.
 */
#include "models.h"
#include "states.h"

#include "kernel/models/purchase/purchase.h"
#include "kernel/models/purchase/purchase_sample.h"

FUZZ_STATES(&purchase_sample_kind)

static void *
build(Input *head, Input *rows)
{
	PurchaseSampleParams params = {.numbers = in_bool(head)};
	PurchaseSample *sample;

	params.fit.code = (int) in_below(head, PURCHASE_KINDS);
	params.fit.regularity = (int) in_below(head, MODEL_MAX_COUNT + 1);
	params.fit.weak_prior = in_bool(head);
	params.fit.gaps_known = (!params.numbers || in_bool(head)) && (params.fit.code == MODEL_AUTO || params.fit.code >= MODEL_BG_CNBD);
	if (!params.fit.gaps_known && params.fit.code >= MODEL_BG_CNBD)
		return NULL;
	if (!params.numbers)
	{
		params.amounts = in_bool(head);
		params.as_of = in_as_of(head);
	}
	sample = purchase_sample_create(&params);
	while (in_left(rows) > 0)
	{
		int64_t x;
		double t_x;
		double t;
		double ln_gaps;

		if (!params.numbers)
		{
			ActivityReader activity;

			in_activity_reader(rows, params.amounts, &activity);
			sample = purchase_sample_add_activity(sample, &activity);
			continue;
		}
		x = in_int(rows, 0, HISTORY_MAX_X);
		t_x = x == 0 ? 0 : in_positive(rows);
		t = t_x + in_positive(rows);
		ln_gaps = x == 0 || !params.fit.gaps_known ? 0 : in_real(rows);
		if (history_problem(x, t_x, t) == NULL && ln_gaps >= -PURCHASE_MAX_LN_GAPS && ln_gaps <= PURCHASE_MAX_LN_GAPS)
			sample = purchase_sample_add(sample, x, t_x, t, ln_gaps, (uint64_t) in_int(rows, 1, INT32_MAX));
	}
	purchase_sample_expect(sample, &params);
	return sample;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	Model model;

	if (in_below(in, FITS) != 0)
		return;
	purchase_sample_fit(state, &model);
	check_model(&model);
}
