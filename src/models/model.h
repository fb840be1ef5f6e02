/*
 * model.h: the SQL face of fitted models, one type for each family of kinds.
 */
#ifndef USER_OPS_MODEL_H
#define USER_OPS_MODEL_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/array.h"
#include "kernel/models/model.h"

/* Open argument n, a model of any kind. */
extern void model_arg(FunctionCallInfo fcinfo, int n, Model *model);

/* The same for a function that is called for each user; n is 0 or 1. */
extern const Model *kept_model(FunctionCallInfo fcinfo, int n);

extern Datum model_datum(const Model *model);

/* Raise 22023 unless the model knows its unit of time, to be applied to days. */
extern void model_expect_unit(const Model *model);

/* A model with these parameters, given by hand; 22023 if they cannot be. */
extern Datum model_of_parameters(const ModelKind *kind, const double *values);
extern Datum model_make(const ModelKind *kind, ArrayType *parameters);

extern Datum model_in(FunctionCallInfo fcinfo, const char *type);
extern Datum model_recv(FunctionCallInfo fcinfo, const char *type);

/*
 * The functions that a type of models has of its own: <type>_in and _recv.  The
 * others (70-model.sql) are the same for all of them.
 */
#define MODEL_FUNCTIONS(type) \
	PG_FUNCTION_INFO_V1(user_ops_##type##_in); \
	Datum user_ops_##type##_in(PG_FUNCTION_ARGS) \
	{ \
		return model_in(fcinfo, #type); \
	} \
	PG_FUNCTION_INFO_V1(user_ops_##type##_recv); \
	Datum user_ops_##type##_recv(PG_FUNCTION_ARGS) \
	{ \
		return model_recv(fcinfo, #type); \
	}

#endif
