/*
 * feature_text.c: the text of logistic models.
 */
#include "feature_values.h"
#include "texts.h"

FUZZ_TEXTS(FeatureModel, feature_model_parse, feature_model_problem, feature_model_encode, feature_model_decode,
		   feature_model_print, in_feature_model)
