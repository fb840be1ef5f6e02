/*
 * feature_sample.c: features and outcomes, the model of them, and what it says.
 */
#include "models.h"
#include "states.h"

#include "kernel/models/feature_model.h"

FUZZ_STATES(&feature_sample_kind.state)

static void *
build(Input *head, Input *rows)
{
	FeatureSampleParams *params = host_alloc(sizeof(FeatureSampleParams));
	double features[FEATURES_MAX];
	Tally *state = NULL;

	memset(params, 0, sizeof(*params));
	params->n_features = 1 + (int) in_below(head, in_bool(head) ? 4 : FEATURES_MAX);
	params->ridge = in_bool(head) ? 0 : in_positive(head);
	params->named = in_bool(head);
	for (int i = 0; params->named && i < params->n_features; i++)
	{
		JourneyText name = in_name(head);

		memcpy(params->names[i], name.bytes, name.size < FEATURE_NAME ? name.size : FEATURE_NAME - 1);
	}
	if (params->named && feature_names_problem((const FeatureName *) params->names, params->n_features) != NULL)
		params->named = false;
	while (state == NULL || in_left(rows) > 0)
	{
		bool outcome = in_bool(rows);
		double weight = in_bool(rows) ? in_positive(rows) : 1;

		for (int i = 0; i < params->n_features; i++)
			features[i] = in_real(rows);
		state = feature_sample_add(state, params, outcome, weight, features);
	}
	return state;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	FeatureModel *model = host_alloc(sizeof(FeatureModel));
	FeatureSampleParams *params = host_alloc(sizeof(FeatureSampleParams));
	double features[FEATURES_MAX];
	ByteWriter out = byte_writer(0);
	double p;

	feature_sample_params(state, params);
	if (in_below(in, FITS) != 0)
		return;
	feature_fit(state, model);
	CHECK(feature_model_problem(model) == NULL);
	feature_model_encode(model, &out);
	CHECK(feature_model_decode(out.start, bytes_written(&out), model) == NULL);
	CHECK(feature_model_parse(feature_model_print(model), model) == NULL);
	for (int i = 0; i < model->n_features; i++)
		features[i] = in_real(in);
	p = model->known ? feature_predict(model, features) : 0.5;
	CHECK(!(p < 0) && !(p > 1));
}
