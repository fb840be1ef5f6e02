/*
 * feature_model.c: the aggregates feature_model and feature_sample: logistic
 * regression of an outcome on features.
 *
 *	1. A NULL outcome, array of features or weight, or a NULL among the features:
 *	   the row is skipped.  So is a weight of 0.  No row left: NULL.
 *	2. A feature that is infinite or NaN, a weight below 0, differing numbers of
 *	   features, names or ridges: errors.
 *	3. The order of rows, and how they were split, is invisible in the model.
 *
 * The state is the type feature_sample, in its working form.
 */
#include "server/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "kernel/models/feature_model.h"
#include "kernel/models/model.h"
#include "server/call.h"
#include "server/state_io.h"

#define TYPE_NAME "feature_model"

STATE_FUNCTIONS(feature_sample, feature_sample_kind.state)

static void
feature_model_arg(FunctionCallInfo fcinfo, int n, FeatureModel *model)
{
	struct varlena *bytes = PG_GETARG_VARLENA_PP(n);
	const char *problem =
		feature_model_decode((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), model);

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a stored " TYPE_NAME " is damaged"), errdetail_problem(problem)));
}

static Datum
feature_model_datum(const FeatureModel *model)
{
	ByteWriter out = byte_writer(VARHDRSZ);

	Assert(feature_model_problem(model) == NULL);
	feature_model_encode(model, &out);
	PG_RETURN_POINTER(written_varlena(&out));
}

PG_FUNCTION_INFO_V1(user_ops_feature_model_in);
Datum
user_ops_feature_model_in(PG_FUNCTION_ARGS)
{
	FeatureModel model;

	check_text(TYPE_NAME, feature_model_parse(PG_GETARG_CSTRING(0), &model));
	return feature_model_datum(&model);
}

PG_FUNCTION_INFO_V1(user_ops_feature_model_out);
Datum
user_ops_feature_model_out(PG_FUNCTION_ARGS)
{
	FeatureModel model;

	feature_model_arg(fcinfo, 0, &model);
	PG_RETURN_CSTRING(feature_model_print(&model));
}

PG_FUNCTION_INFO_V1(user_ops_feature_model_recv);
Datum
user_ops_feature_model_recv(PG_FUNCTION_ARGS)
{
	struct varlena *bytes = message_arg(fcinfo);
	FeatureModel model;

	check_binary(TYPE_NAME, feature_model_decode((uint8 *) VARDATA(bytes),
												 VARSIZE(bytes) - VARHDRSZ, &model));
	for (int i = 0; i < model.n_features; i++)
		pg_verifymbstr(model.names[i], (int) strlen(model.names[i]), false);
	PG_RETURN_POINTER(bytes);
}

static void
refuse_features(int code, const char *problem, const char *hint)
{
	ereport(ERROR, (errcode(code), errmsg("%s", problem), errhint("%s", hint)));
}

static Datum *
elements_of(ArrayType *array, Oid type, int *n, bool **nulls)
{
	Datum *elements;

	if (type == FLOAT8OID)
		deconstruct_array(array, type, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
						  &elements, nulls, n);
	else
		deconstruct_array(array, type, -1, false, TYPALIGN_INT, &elements, nulls, n);
	return elements;
}

/* The numbers of argument n; false if one of them is NULL. */
static bool
features_arg(FunctionCallInfo fcinfo, int n, double *numbers, int max, int *n_numbers)
{
	bool *nulls;
	Datum *elements = elements_of(PG_GETARG_ARRAYTYPE_P(n), FLOAT8OID, n_numbers, &nulls);
	bool whole = true;

	if (*n_numbers < 1 || *n_numbers > max)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("the array must have from 1 to %d numbers, not %d", max, *n_numbers),
						errhint("A model has from 1 to %d features, and an intercept.",
								FEATURES_MAX)));
	for (int i = 0; i < *n_numbers; i++)
	{
		numbers[i] = nulls[i] ? 0 : DatumGetFloat8(elements[i]) + 0.0;
		whole &= !nulls[i];
		if (!isfinite(numbers[i]))
			refuse_features(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							"a feature must be a finite number",
							"Leave such rows out, or give NULL for what is not known.");
	}
	return whole;
}

/* The names of n features that are argument n. */
static void
names_arg(FunctionCallInfo fcinfo, int n, FeatureName *names, int n_features)
{
	bool *nulls;
	int n_names;
	Datum *elements = elements_of(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, &n_names, &nulls);
	const char *problem;

	if (n_names != n_features)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the number of names, %d, differs from the number of features, %d",
							   n_names, n_features),
						errhint("Give one name for each feature, in their order.")));
	memset(names, 0, (size_t) n_features * FEATURE_NAME);
	for (int i = 0; i < n_features; i++)
		if (!nulls[i])
		{
			text *name = (text *) PG_DETOAST_DATUM_PACKED(elements[i]);

			memcpy(names[i], VARDATA_ANY(name), Min(VARSIZE_ANY_EXHDR(name), FEATURE_NAME));
		}
	problem = feature_names_problem(names, n_features);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid names of features"),
						errdetail_problem(problem),
						errhint("Give each feature a name of its own, such as 'idle'.")));
}

/* feature_sample_add(state, outcome, features [, names [, weight, ridge]]) */
AGGREGATE_ONLY(user_ops_feature_sample_add)
{
	bool weighted = PG_NARGS() > 4;
	FeatureSampleParams params = {.named = PG_NARGS() > 3 && !PG_ARGISNULL(3)};
	double features[FEATURES_MAX];
	double weight = 1;
	Tally *state;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || (weighted && PG_ARGISNULL(4)))
		return state_as_it_is(fcinfo);
	if (weighted)
	{
		refuse_null(fcinfo, 5, "ridge", "0 means no ridge.");
		weight = PG_GETARG_FLOAT8(4);
		params.ridge = PG_GETARG_FLOAT8(5) + 0.0;
	}
	if (!isfinite(weight) || weight < 0 || !isfinite(params.ridge) || params.ridge < 0)
		refuse_features(ERRCODE_INVALID_PARAMETER_VALUE,
						"weight and ridge must be numbers of at least 0",
						"A row of weight 2 counts as two; ridge 0 is none, 1 a weak one.");
	if (!features_arg(fcinfo, 2, features, FEATURES_MAX, &params.n_features) || weight == 0)
		return state_as_it_is(fcinfo);
	if (params.named)
		names_arg(fcinfo, 3, params.names, params.n_features);
	state = PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &feature_sample_kind.state);
	return state_datum(feature_sample_add(state, &params, PG_GETARG_BOOL(1), weight, features));
}

/* cells(feature_sample): features, weight, n_false, n_true */
PG_FUNCTION_INFO_V1(user_ops_feature_sample_cells);
Datum
user_ops_feature_sample_cells(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Tally *sample;
	const uint64_t *row;
	Datum features[FEATURES_MAX];
	Datum values[4];
	bool nulls[4] = {false};
	HeapTuple tuple;
	int n;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx =
			(void *) tally_sorted(state_copy(state_arg(fcinfo, 0, &feature_sample_kind.state)));
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	sample = call->user_fctx;
	if (call->call_cntr >= sample->n)
		SRF_RETURN_DONE(call);

	row = tally_row(sample, (uint32_t) call->call_cntr);
	n = sample->shape.row.n_keys - 1;
	for (int i = 0; i < n; i++)
		features[i] = Float8GetDatum(real_of_bits(row[i + 1]));
	values[0] = PointerGetDatum(construct_array(features, n, FLOAT8OID, sizeof(float8),
												FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[1] = Float8GetDatum(real_of_bits(row[0]));
	values[2] = Int64GetDatum((int64) row[FEATURE_FALSE(&sample->shape)]);
	values[3] = Int64GetDatum((int64) row[FEATURE_TRUE(&sample->shape)]);
	tuple = heap_form_tuple(call->tuple_desc, values, nulls);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* feature_model(feature_sample), the final function too */
PG_FUNCTION_INFO_V1(user_ops_feature_sample_fit);
Datum
user_ops_feature_sample_fit(PG_FUNCTION_ARGS)
{
	FeatureModel model;

	feature_fit(state_arg(fcinfo, 0, &feature_sample_kind.state), &model);
	return feature_model_datum(&model);
}

/* make_feature_model(coefficients, names) */
PG_FUNCTION_INFO_V1(user_ops_make_feature_model);
Datum
user_ops_make_feature_model(PG_FUNCTION_ARGS)
{
	FeatureModel model = {.known = true};
	int n = 0;

	if (PG_ARGISNULL(0) || !features_arg(fcinfo, 0, model.value, FEATURES_MAX + 1, &n) || n < 2)
		refuse_features(ERRCODE_INVALID_PARAMETER_VALUE,
						"coefficients must be an array of at least two numbers",
						"The first is the intercept, the others belong to the features.");
	model.n_features = n - 1;
	if (!PG_ARGISNULL(1))
		names_arg(fcinfo, 1, model.names, model.n_features);
	else
		for (int i = 0; i < model.n_features; i++)
			sprintf(model.names[i], "x%d", i + 1);
	return feature_model_datum(&model);
}

/* predict(model, features) */
PG_FUNCTION_INFO_V1(user_ops_feature_predict);
Datum
user_ops_feature_predict(PG_FUNCTION_ARGS)
{
	double features[FEATURES_MAX];
	double probability;
	FeatureModel model;
	bool whole;
	int n;

	feature_model_arg(fcinfo, 0, &model);
	whole = features_arg(fcinfo, 1, features, FEATURES_MAX, &n);
	if (n != model.n_features)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("the model has %d features, not %d", model.n_features, n),
						errhint("Give the features that the model was fitted with, in their order.")));
	if (!whole || !model.known)
		PG_RETURN_NULL();
	probability = feature_predict(&model, features);
	if (isnan(probability))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(probability);
}

/* model_parameters(model): a row for each */
PG_FUNCTION_INFO_V1(user_ops_feature_parameters);
Datum
user_ops_feature_parameters(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const FeatureModel *model;
	uint64 i;
	Datum values[3];
	bool nulls[3] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = palloc(sizeof(FeatureModel));
		feature_model_arg(fcinfo, 0, call->user_fctx);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	model = call->user_fctx;
	i = call->call_cntr;
	if (!model->known || i > (uint64) model->n_features)
		SRF_RETURN_DONE(call);

	values[0] = CStringGetTextDatum(i == 0 ? FEATURE_INTERCEPT : model->names[i - 1]);
	values[1] = Float8GetDatum(model->value[i]);
	values[2] = Float8GetDatum(model->error[i]);
	nulls[2] = model->error[i] == 0;
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

PG_FUNCTION_INFO_V1(user_ops_feature_status);
Datum
user_ops_feature_status(PG_FUNCTION_ARGS)
{
	FeatureModel model;

	feature_model_arg(fcinfo, 0, &model);
	if (!model.fitted)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(fit_status_names[model.status]));
}

PG_FUNCTION_INFO_V1(user_ops_feature_loglik);
Datum
user_ops_feature_loglik(PG_FUNCTION_ARGS)
{
	FeatureModel model;

	feature_model_arg(fcinfo, 0, &model);
	if (!model.fitted)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(model.loglik);
}

PG_FUNCTION_INFO_V1(user_ops_feature_n_rows);
Datum
user_ops_feature_n_rows(PG_FUNCTION_ARGS)
{
	FeatureModel model;

	feature_model_arg(fcinfo, 0, &model);
	if (!model.fitted)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) model.rows);
}
