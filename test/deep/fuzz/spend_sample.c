/*
 * spend_sample.c: what customers spend, the model of it, and what it says.
 */
#include "models.h"
#include "states.h"

#include "kernel/models/spend_model.h"

FUZZ_STATES(&spend_sample_kind.state)

static void *
build(Input *head, Input *rows)
{
	bool numbers = in_bool(head);
	int32_t as_of = numbers ? SPEND_NO_DAY : in_as_of(head);
	RepeatSpend nobody = {.amounts = true};
	Tally *state = spend_sample_add(NULL, as_of, &nobody);

	while (in_left(rows) > 0)
	{
		size_t size;
		RepeatSpend spend = {.amounts = true, .buyer = true};

		if (!numbers)
		{
			Summary summary = summary_read(in_activity(rows, true, &size), as_of);

			spend = repeat_spend_of(&summary);
		}
		else
		{
			spend.repeats = (uint64_t) in_int(rows, 0, INT64_MAX);
			spend.total = spend.repeats > 0 ? (double) spend.repeats * in_real(rows) : 0;
			if (spend.total - spend.total != 0)
				spend.total = 0;
		}
		state = spend_sample_add(state, as_of, &spend);
	}
	return state;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	Model model;

	if (in_below(in, FITS) != 0)
		return;
	spend_fit(state, &model);
	check_model(&model);
}
