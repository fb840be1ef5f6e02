/*
 * contract_sample.c: renewals, the model of them, and what it says.
 */
#include "models.h"
#include "states.h"

#include "kernel/models/contract_model.h"

FUZZ_STATES(&contract_sample_kind.state)

static void *
build(Input *head, Input *rows)
{
	Tally *state = contract_sample_add(NULL, 1, 0, 0);

	while (in_left(rows) > 0)
	{
		int32_t period = (int32_t) in_int(rows, 1, INT32_MAX);
		uint64_t lost = (uint64_t) in_int(rows, 0, INT64_MAX >> 2);

		state = contract_sample_add(state, period, lost, (uint64_t) in_int(rows, 0, INT64_MAX >> 2));
	}
	return state;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	Model model;

	if (in_below(in, FITS) != 0)
		return;
	contract_fit(state, &model);
	check_model(&model);
}
