/*
 * rfm.c: the type rfm_model: text, binary, thresholds given by hand, accessors.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "kernel/base/money.h"
#include "rfm/rfm.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

#define TYPE_NAME "rfm_model"
#define MEAN_DECIMALS 16 /* to which a fraction that does not end is rounded */

void
rfm_model_arg(FunctionCallInfo fcinfo, int n, RfmModel *model)
{
	struct varlena *bytes = PG_GETARG_VARLENA_PP(n);
	const char *problem = rfm_decode((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), model);

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a stored " TYPE_NAME " is damaged"),
						errdetail_problem(problem)));
}

Datum
rfm_model_datum(const RfmModel *model)
{
	ByteWriter out = byte_writer(VARHDRSZ);

	rfm_encode(model, &out);
	PG_RETURN_POINTER(written_varlena(&out));
}

int
rfm_check_bins(int32 bins)
{
	if (bins < RFM_MIN_BINS || bins > RFM_MAX_BINS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("an RFM model cannot have %d bins", bins),
						errhint("Give from %d to %d bins; 5 is usual, and its segments have names.",
								RFM_MIN_BINS, RFM_MAX_BINS)));
	return bins;
}

PG_FUNCTION_INFO_V1(user_ops_rfm_model_in);
Datum
user_ops_rfm_model_in(PG_FUNCTION_ARGS)
{
	RfmModel model;

	check_text(TYPE_NAME, rfm_parse(PG_GETARG_CSTRING(0), &model));
	return rfm_model_datum(&model);
}

PG_FUNCTION_INFO_V1(user_ops_rfm_model_out);
Datum
user_ops_rfm_model_out(PG_FUNCTION_ARGS)
{
	RfmModel model;

	rfm_model_arg(fcinfo, 0, &model);
	PG_RETURN_CSTRING(rfm_print(&model));
}

PG_FUNCTION_INFO_V1(user_ops_rfm_model_recv);
Datum
user_ops_rfm_model_recv(PG_FUNCTION_ARGS)
{
	struct varlena *bytes = message_arg(fcinfo);
	RfmModel model;

	check_binary(TYPE_NAME, rfm_decode((uint8 *) VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ, &model));
	PG_RETURN_POINTER(bytes);
}

static void
thresholds_error(const char *name, const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s %s", name, problem),
					errhint("Give each dimension the same number of ascending cut points, one "
							"fewer than there are bins, such as ARRAY[30, 60, 90, 180].")));
}

/* The elements of argument n, an array of cut points. */
static Datum *
read_cuts(FunctionCallInfo fcinfo, int n, Oid type, RfmDimension dimension, int *n_cuts)
{
	const char *name = rfm_dimension_names[dimension];
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	int16 length = type == INT4OID ? 4 : type == INT8OID ? 8 : -1;
	Datum *cuts;

	if (ARR_NDIM(array) != 1)
		thresholds_error(name, "needs a one-dimensional array of at least one cut point");
	if (array_contains_nulls(array))
		thresholds_error(name, "has a NULL among its cut points");
	deconstruct_array(array, type, length, length > 0,
					  length == 8 ? TYPALIGN_DOUBLE : TYPALIGN_INT, &cuts, NULL, n_cuts);
	return cuts;
}

/* A decimal as a fraction of units that are 10^-scale. */
static Fraction
fraction_of_decimal(Decimal decimal, int scale)
{
	if (decimal.scale > scale)
		return fraction_make(decimal.value, (uint64) power_of_ten(decimal.scale - scale));
	return fraction_make(money_rescale(decimal.value, decimal.scale, scale), 1);
}

/* A dimension's cut points from argument n; the model must have as many. */
static void
replace_cuts(FunctionCallInfo fcinfo, int n, Oid type, RfmDimension dimension, RfmModel *model)
{
	int n_cuts;
	Datum *cuts = read_cuts(fcinfo, n, type, dimension, &n_cuts);

	if (n_cuts != model->bins - 1)
		thresholds_error(rfm_dimension_names[dimension], "has a different number of cut points than the model");
	for (int i = 0; i < n_cuts; i++)
		model->cuts[dimension][i] =
			type == INT4OID   ? fraction_make(DatumGetInt32(cuts[i]), 1)
			: type == INT8OID ? fraction_make(DatumGetInt64(cuts[i]), 1)
							  : fraction_of_decimal(
									decimal_from_numeric((Numeric) DatumGetPointer(cuts[i])),
									model->scale);
}

/* with_cuts(model, recency, frequency, monetary) */
PG_FUNCTION_INFO_V1(user_ops_rfm_with_cuts);
Datum
user_ops_rfm_with_cuts(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {INT4OID, INT8OID, NUMERICOID};
	RfmModel model;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rfm_model_arg(fcinfo, 0, &model);
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		if (PG_ARGISNULL(1 + d))
			continue;
		if (d >= rfm_dimensions(&model))
		{
			/* of a model fitted over nobody nothing is known that could be kept */
			if (model.fitted && model.users == 0)
				continue;
			thresholds_error(rfm_dimension_names[d], "is given, but the model has no such dimension");
		}
		replace_cuts(fcinfo, 1 + d, types[d], d, &model);
	}
	if (rfm_problem(&model) != NULL)
		thresholds_error("a dimension", "has cut points that do not ascend");
	return rfm_model_datum(&model);
}

/* Monetary cut points and mean, all at the scale that the finest of them needs. */
static int
read_monetary(FunctionCallInfo fcinfo, RfmModel *model)
{
	int n_cuts;
	Datum *cuts = read_cuts(fcinfo, 2, NUMERICOID, RFM_MONETARY, &n_cuts);
	Decimal decimals[RFM_MAX_BINS];
	int n_decimals = Min(n_cuts, RFM_MAX_BINS - 1);

	for (int i = 0; i < n_decimals; i++)
		decimals[i] = decimal_from_numeric((Numeric) DatumGetPointer(cuts[i]));
	if (!PG_ARGISNULL(5))
		decimals[n_decimals++] = decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(5));
	for (int i = 0; i < n_decimals; i++)
		model->scale = Max(model->scale, decimals[i].scale);
	for (int i = 0; i < Min(n_cuts, RFM_MAX_BINS - 1); i++)
		model->cuts[RFM_MONETARY][i] = fraction_of_decimal(decimals[i], model->scale);
	if (!PG_ARGISNULL(5))
		model->mean[RFM_MONETARY] = fraction_of_decimal(decimals[n_decimals - 1], model->scale);
	model->amounts = true;
	return n_cuts;
}

/* make_rfm_model(recency, frequency, monetary, recency_mean, frequency_mean, monetary_mean) */
PG_FUNCTION_INFO_V1(user_ops_make_rfm_model);
Datum
user_ops_make_rfm_model(PG_FUNCTION_ARGS)
{
	RfmModel model = {0};
	Datum *recency;
	Datum *frequency;
	int n_cuts[RFM_DIMENSIONS];

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("cut points of recency and frequency must not be NULL"),
						errhint("Only monetary and the means may be omitted; with_cuts(model, ...) replaces some cut points of a fitted model.")));
	if (PG_ARGISNULL(2) && !PG_ARGISNULL(5))
		thresholds_error("monetary", "has a mean but no cut points");
	recency = read_cuts(fcinfo, 0, INT4OID, RFM_RECENCY, &n_cuts[RFM_RECENCY]);
	frequency = read_cuts(fcinfo, 1, INT8OID, RFM_FREQUENCY, &n_cuts[RFM_FREQUENCY]);
	n_cuts[RFM_MONETARY] = PG_ARGISNULL(2) ? n_cuts[RFM_RECENCY] : read_monetary(fcinfo, &model);
	for (int d = 1; d < RFM_DIMENSIONS; d++)
		if (n_cuts[d] != n_cuts[0])
			thresholds_error(rfm_dimension_names[d], "has a different number of cut points than recency");
	model.bins = rfm_check_bins(n_cuts[0] + 1);
	for (int i = 0; i < n_cuts[0]; i++)
	{
		model.cuts[RFM_RECENCY][i] = fraction_make(DatumGetInt32(recency[i]), 1);
		model.cuts[RFM_FREQUENCY][i] = fraction_make(DatumGetInt64(frequency[i]), 1);
	}
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		model.has_mean[d] = !PG_ARGISNULL(3 + d);
		if (model.has_mean[d] && d != RFM_MONETARY)
			model.mean[d] = fraction_of_decimal(
				decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(3 + d)), 0);
	}
	if (rfm_problem(&model) != NULL)
		thresholds_error("a dimension", "has cut points that do not ascend");
	return rfm_model_datum(&model);
}

PG_FUNCTION_INFO_V1(user_ops_rfm_bins);
Datum
user_ops_rfm_bins(PG_FUNCTION_ARGS)
{
	RfmModel model;

	rfm_model_arg(fcinfo, 0, &model);
	PG_RETURN_INT32(model.bins);
}

PG_FUNCTION_INFO_V1(user_ops_rfm_n_users);
Datum
user_ops_rfm_n_users(PG_FUNCTION_ARGS)
{
	RfmModel model;

	rfm_model_arg(fcinfo, 0, &model);
	if (!model.fitted)
		PG_RETURN_NULL();
	PG_RETURN_INT64(model.users);
}

/* A fraction of units that are 10^-scale: exact if it ends within some decimals. */
static Datum
fraction_to_numeric(const Fraction *fraction, int scale)
{
	__int128 value = fraction->whole;
	uint64 part = fraction->part;

	for (int i = 0; i < MEAN_DECIMALS && part > 0; i++)
	{
		part *= 10;
		value = value * 10 + (int64) (part / fraction->of);
		part %= fraction->of;
		scale++;
	}
	if (2 * part >= fraction->of)
		value++;
	return NumericGetDatum(decimal_to_numeric(value, scale));
}

/* A row for each cut, or each mean; the model lives as long as the call. */
static void
open_model(FunctionCallInfo fcinfo)
{
	FuncCallContext *call;
	MemoryContext old_context = begin_rows(fcinfo, &call);

	call->user_fctx = palloc(sizeof(RfmModel));
	rfm_model_arg(fcinfo, 0, call->user_fctx);
	MemoryContextSwitchTo(old_context);
}

static inline int
scale_of(const RfmModel *model, int dimension)
{
	return dimension == RFM_MONETARY ? model->scale : 0;
}

PG_FUNCTION_INFO_V1(user_ops_rfm_cuts);
Datum
user_ops_rfm_cuts(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	RfmModel *model;
	int dimension;
	int cut;
	Datum values[3];
	bool nulls[3] = {false};

	if (SRF_IS_FIRSTCALL())
		open_model(fcinfo);
	call = SRF_PERCALL_SETUP();
	model = call->user_fctx;
	dimension = (int) call->call_cntr / (model->bins - 1);
	cut = (int) call->call_cntr % (model->bins - 1);
	if (dimension >= rfm_dimensions(model))
		SRF_RETURN_DONE(call);

	values[0] = CStringGetTextDatum(rfm_dimension_names[dimension]);
	values[1] = Int32GetDatum(cut + 1);
	values[2] = fraction_to_numeric(&model->cuts[dimension][cut], scale_of(model, dimension));
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

/* Dimensions without a mean have no row. */
PG_FUNCTION_INFO_V1(user_ops_rfm_means);
Datum
user_ops_rfm_means(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	RfmModel *model;
	int dimension = 0;
	Datum values[2];
	bool nulls[2] = {false};

	if (SRF_IS_FIRSTCALL())
		open_model(fcinfo);
	call = SRF_PERCALL_SETUP();
	model = call->user_fctx;
	for (uint64 skip = call->call_cntr; dimension < rfm_dimensions(model); dimension++)
		if (model->has_mean[dimension] && skip-- == 0)
			break;
	if (dimension >= rfm_dimensions(model))
		SRF_RETURN_DONE(call);

	values[0] = CStringGetTextDatum(rfm_dimension_names[dimension]);
	values[1] = fraction_to_numeric(&model->mean[dimension], scale_of(model, dimension));
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
