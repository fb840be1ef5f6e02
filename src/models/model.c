/*
 * model.c: fitted models of all kinds: text, binary, parameters given by hand,
 * accessors.
 */
#include "server/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "models/model.h"
#include "server/call.h"
#include "server/state_io.h"

MODEL_FUNCTIONS(purchase_model)

void
model_arg(FunctionCallInfo fcinfo, int n, Model *model)
{
	struct varlena *bytes = PG_GETARG_VARLENA_PP(n);
	const char *problem =
		model_decode((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), model);

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a stored model is damaged"),
						errdetail_problem(problem)));
}

static void
make_model(FunctionCallInfo fcinfo, int n, void *value)
{
	model_arg(fcinfo, n, value);
}

const Model *
kept_model(FunctionCallInfo fcinfo, int n)
{
	return kept_arg(fcinfo, n, sizeof(Model), make_model);
}

void
model_expect_unit(const Model *model)
{
	if (model->unit_days == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a model whose unit of time is unknown cannot be applied to an activity"),
						errhint("Set the unit: with_unit(model, 7) if the times were in weeks.")));
}

Datum
model_datum(const Model *model)
{
	ByteWriter out = byte_writer(VARHDRSZ);

	Assert(model_problem(model) == NULL);
	model_encode(model, &out);
	PG_RETURN_POINTER(written_varlena(&out));
}

Datum
model_in(FunctionCallInfo fcinfo, const char *type)
{
	Model model;

	check_text(type, model_parse(PG_GETARG_CSTRING(0), type, &model));
	return model_datum(&model);
}

Datum
model_recv(FunctionCallInfo fcinfo, const char *type)
{
	struct varlena *bytes = message_arg(fcinfo);
	Model model;
	const char *problem =
		model_decode((uint8 *) VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ, &model);

	if (problem == NULL && strcmp(model.kind->type, type) != 0)
		problem = "a model of another type";
	check_binary(type, problem);
	PG_RETURN_POINTER(bytes);
}

PG_FUNCTION_INFO_V1(user_ops_model_out);
Datum
user_ops_model_out(PG_FUNCTION_ARGS)
{
	Model model;

	model_arg(fcinfo, 0, &model);
	PG_RETURN_CSTRING(model_print(&model));
}

/* "r, alpha, a, b" */
static const char *
parameter_list(const ModelKind *kind)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < kind->n_parameters; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", kind->parameters[i]);
	return list.data;
}

static void
parameters_error(const ModelKind *kind, const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid parameters of a %s model", kind->name), errdetail_problem(problem),
					errhint("Its parameters are, in this order: %s.", parameter_list(kind))));
}

Datum
model_of_parameters(const ModelKind *kind, const double *values)
{
	Model model = {.kind = kind, .known = true};
	const char *problem;

	memcpy(model.value, values, (size_t) kind->n_parameters * sizeof(double));
	problem = model_problem(&model);
	if (problem != NULL)
		parameters_error(kind, problem);
	return model_datum(&model);
}

Datum
model_make(const ModelKind *kind, ArrayType *parameters)
{
	double parameter[MODEL_MAX_PARAMETERS];
	Datum *values;
	int n;

	if (array_contains_nulls(parameters))
		parameters_error(kind, "a parameter is NULL");
	deconstruct_array(parameters, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, NULL, &n);
	if (n != kind->n_parameters)
		parameters_error(kind, psprintf("there are %d parameters instead of %d", n, kind->n_parameters));
	for (int i = 0; i < n; i++)
		parameter[i] = DatumGetFloat8(values[i]);
	return model_of_parameters(kind, parameter);
}

/* with_unit(model, unit_days) */
PG_FUNCTION_INFO_V1(user_ops_model_with_unit);
Datum
user_ops_model_with_unit(PG_FUNCTION_ARGS)
{
	double unit_days = PG_GETARG_FLOAT8(1);
	Model model;

	model_arg(fcinfo, 0, &model);
	if (!isfinite(unit_days) || unit_days <= 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unit_days must be a number above 0"),
						errhint("7 means that the times of the model are in weeks.")));
	model.unit_days = unit_days;
	return model_datum(&model);
}

/* model_parameters(model): a row for each */
PG_FUNCTION_INFO_V1(user_ops_model_parameters);
Datum
user_ops_model_parameters(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Model *model;
	uint64 i;
	Datum values[3];
	bool nulls[3] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = palloc(sizeof(Model));
		model_arg(fcinfo, 0, call->user_fctx);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	model = call->user_fctx;
	i = call->call_cntr;
	if (!model->known || i >= (uint64) model->kind->n_parameters)
		SRF_RETURN_DONE(call);

	values[0] = CStringGetTextDatum(model->kind->parameters[i]);
	values[1] = Float8GetDatum(model->value[i]);
	values[2] = Float8GetDatum(model->error[i]);
	nulls[2] = model->error[i] == 0;
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

PG_FUNCTION_INFO_V1(user_ops_model_kind);
Datum
user_ops_model_kind(PG_FUNCTION_ARGS)
{
	Model model;

	model_arg(fcinfo, 0, &model);
	PG_RETURN_TEXT_P(cstring_to_text(model.kind->name));
}

PG_FUNCTION_INFO_V1(user_ops_model_status);
Datum
user_ops_model_status(PG_FUNCTION_ARGS)
{
	Model model;

	model_arg(fcinfo, 0, &model);
	if (!model.fitted)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(fit_status_names[model.status]));
}

PG_FUNCTION_INFO_V1(user_ops_model_loglik);
Datum
user_ops_model_loglik(PG_FUNCTION_ARGS)
{
	Model model;

	model_arg(fcinfo, 0, &model);
	if (!model.fitted)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(model.loglik);
}

PG_FUNCTION_INFO_V1(user_ops_model_n_users);
Datum
user_ops_model_n_users(PG_FUNCTION_ARGS)
{
	Model model;

	model_arg(fcinfo, 0, &model);
	if (!model.fitted)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) model.users);
}

PG_FUNCTION_INFO_V1(user_ops_model_unit_days);
Datum
user_ops_model_unit_days(PG_FUNCTION_ARGS)
{
	Model model;

	model_arg(fcinfo, 0, &model);
	if (model.unit_days == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(model.unit_days);
}
