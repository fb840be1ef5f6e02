/*
 * feature_model.c: logistic models, and what they say of users.
 */
#include "feature_values.h"
#include "values.h"

static bool
build(Input *in, FeatureModel *model)
{
	return in_feature_model(in, model);
}

static void
ask(const FeatureModel *model, Input *in)
{
	double features[FEATURES_MAX];
	double p;

	CHECK(feature_model_problem(model) == NULL);
	if (!model->known)
		return;
	for (int i = 0; i < model->n_features; i++)
		features[i] = in_real(in);
	p = feature_predict(model, features);
	CHECK(!(p < 0) && !(p > 1));
}

FUZZ_VALUES(FeatureModel, feature_model_decode, feature_model_encode, feature_model_print, feature_model_parse(text, again))
