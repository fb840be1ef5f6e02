/*
 * feature_values.h: logistic models of the fuzzer's bytes.
 */
#include "builders.h"

#include "kernel/models/feature_model.h"
#include "kernel/models/model.h"

static inline bool
in_feature_model(Input *in, FeatureModel *model)
{
	uint8_t how = in_byte(in);

	model->n_features = 1 + (int) in_below(in, how & 0x10 ? FEATURES_MAX : 4);
	model->fitted = how & 1;
	model->known = !model->fitted || how & 2;
	if (model->fitted)
	{
		model->status = model->known ? (FitStatus) in_below(in, FIT_STATUSES) : FIT_TOO_FEW;
		model->rows = (uint64_t) in_int(in, 0, INT64_MAX);
		model->loglik = -in_positive(in);
		model->ridge = in_bool(in) ? 0 : in_positive(in);
	}
	for (int i = 0; i <= model->n_features; i++)
	{
		if (i > 0 && how & 4)
		{
			JourneyText name = in_name(in);

			memcpy(model->names[i - 1], name.bytes, name.size < FEATURE_NAME ? name.size : FEATURE_NAME - 1);
		}
		else if (i > 0)
			snprintf(model->names[i - 1], FEATURE_NAME, "x%d", i);
		if (model->known)
			model->value[i] = in_real(in);
		if (model->known && model->fitted && how & 8)
			model->error[i] = in_positive(in);
	}
	return feature_model_problem(model) == NULL;
}
