/*
 * churn_features.c: what of one user's history tells of churn, for a model.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "activity/activity.h"
#include "kernel/activity/churn_features.h"

/* churn_features(activity, as_of) */
PG_FUNCTION_INFO_V1(user_ops_churn_features);
Datum
user_ops_churn_features(PG_FUNCTION_ARGS)
{
	double features[CHURN_FEATURES];
	Datum elements[CHURN_FEATURES];

	if (!churn_features(ACTIVITY_BYTES_ARG(0), finite_as_of(AS_OF_ARG(1)), features))
		PG_RETURN_NULL();
	for (int i = 0; i < CHURN_FEATURES; i++)
		elements[i] = Float8GetDatum(features[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, CHURN_FEATURES, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
