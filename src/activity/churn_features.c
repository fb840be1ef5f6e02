/*
 * churn_features.c: what of one user's history tells of churn, and of a purchase to come,
 * for a model.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "activity/activity.h"
#include "kernel/activity/churn_features.h"

static Datum
features_of(FunctionCallInfo fcinfo, bool (*read)(const uint8_t *, int32_t, double *))
{
	double features[CHURN_FEATURES];
	Datum elements[CHURN_FEATURES];

	if (!read(ACTIVITY_BYTES_ARG(0), finite_as_of(AS_OF_ARG(1)), features))
		PG_RETURN_NULL();
	for (int i = 0; i < CHURN_FEATURES; i++)
		elements[i] = Float8GetDatum(features[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, CHURN_FEATURES, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* churn_features(activity, as_of) */
PG_FUNCTION_INFO_V1(user_ops_churn_features);
Datum
user_ops_churn_features(PG_FUNCTION_ARGS)
{
	return features_of(fcinfo, churn_features);
}

/* visit_features(activity, as_of) */
PG_FUNCTION_INFO_V1(user_ops_visit_features);
Datum
user_ops_visit_features(PG_FUNCTION_ARGS)
{
	return features_of(fcinfo, visit_features);
}
