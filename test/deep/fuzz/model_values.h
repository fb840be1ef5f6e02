/*
 * model_values.h: fitted and given models of every kind, of the fuzzer's bytes.
 */
#include "builders.h"

#include "kernel/models/model.h"

static inline bool
in_model(Input *in, Model *model)
{
	uint8_t how = in_byte(in);

	model->kind = model_kind(MODEL_BG_NBD + (int) in_below(in, MODEL_SBG));
	model->fitted = how & 1;
	model->known = !model->fitted || how & 2;
	if (model->fitted)
	{
		model->status = (FitStatus) in_below(in, FIT_STATUSES);
		model->users = (uint64_t) in_int(in, 0, INT64_MAX);
		model->loglik = -in_positive(in);
		for (int i = 0; i < model->kind->n_facts; i++)
			if ((model->has_fact[i] = in_bool(in)))
				model->fact[i] = in_real(in);
	}
	if (how & 4)
		model->unit_days = in_positive(in);
	for (int i = 0; model->known && i < model->kind->n_parameters; i++)
	{
		bool count = i >= model->kind->n_parameters - model->kind->n_counts;

		model->value[i] = count ? 1 + (double) in_below(in, MODEL_MAX_COUNT) : in_positive(in);
		if (!count && model->fitted && how & 8)
			model->error[i] = in_positive(in);
	}
	return model_problem(model) == NULL;
}
