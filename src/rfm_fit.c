/*
 * rfm_fit.c: the aggregate rfm_model, and its state, the type rfm_sample.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. A user without a basis day before as_of is not counted.  Nobody counted:
 *	   a model without cuts, whose scores are NULL.
 *	3. NULL, infinite or differing parameters, users with and without amounts
 *	   together: errors.
 *	4. The order of rows, and how they were split, is invisible in the model.
 *
 * The state is changed in place where an aggregate owns it.  When it has to
 * grow, the larger copy is returned and the executor takes it over.
 */
#include "compat.h"

#include "activity.h"
#include "kernel/rfm_sample.h"
#include "kernel/summary.h"
#include "rfm.h"
#include "state_io.h"

#define TYPE_NAME "rfm_sample"
#define DEFAULT_BINS 5

static Datum
sample_datum(RfmSample *sample)
{
	SET_VARSIZE(sample, rfm_sample_size(sample));
	PG_RETURN_POINTER(sample);
}

static void
refuse_null_parameter(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be NULL", name),
						errhint("Give the same %s for all rows.", name)));
}

/* rfm_sample_add(state, activity, as_of [, bins]) */
PG_FUNCTION_INFO_V1(user_ops_rfm_sample_add);
Datum
user_ops_rfm_sample_add(PG_FUNCTION_ARGS)
{
	int bins = DEFAULT_BINS;
	int32 as_of;
	Summary summary;
	RfmSample *sample;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	refuse_null_parameter(fcinfo, 2, "as_of");
	as_of = finite_as_of(AS_OF_ARG(2));
	if (PG_NARGS() > 3)
	{
		refuse_null_parameter(fcinfo, 3, "bins");
		bins = rfm_check_bins(PG_GETARG_INT32(3));
	}
	summary = summary_read(ACTIVITY_BYTES_ARG(1), as_of);
	if (PG_ARGISNULL(0))
		sample = rfm_sample_new(bins, as_of, summary.amounts);
	else
		sample = (RfmSample *) state_to_change(fcinfo, 0);
	rfm_sample_expect(sample, bins, as_of, summary.amounts);
	if (summary.basis_days > 0)
		sample = rfm_sample_add(sample, as_of - summary.last_basis_day, summary.basis_days,
								summary.amount, summary.scale);
	return sample_datum(sample);
}

/* The combine function too.  NULL counts as nobody. */
PG_FUNCTION_INFO_V1(user_ops_rfm_sample_merge);
Datum
user_ops_rfm_sample_merge(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	return sample_datum(rfm_sample_merge((RfmSample *) state_to_change(fcinfo, 0),
										 (const RfmSample *) state_to_read(fcinfo, 1)));
}

/* rfm_model(rfm_sample), the final function too */
PG_FUNCTION_INFO_V1(user_ops_rfm_sample_fit);
Datum
user_ops_rfm_sample_fit(PG_FUNCTION_ARGS)
{
	RfmModel model;

	rfm_sample_fit((const RfmSample *) state_to_read(fcinfo, 0), &model);
	return rfm_model_datum(&model);
}

/* A sample from bytes that are not yet believed. */
static RfmSample *
decode(const Bytes *bytes, void (*check)(const char *problem, const char *type_name))
{
	const char *problem;
	RfmSample *sample = rfm_sample_decode(bytes->data, bytes->used, &problem);

	check(problem, TYPE_NAME);
	return sample;
}

PG_FUNCTION_INFO_V1(user_ops_rfm_sample_in);
Datum
user_ops_rfm_sample_in(PG_FUNCTION_ARGS)
{
	Bytes bytes = state_from_hex(PG_GETARG_CSTRING(0), TYPE_NAME);

	return sample_datum(decode(&bytes, state_check_text));
}

PG_FUNCTION_INFO_V1(user_ops_rfm_sample_recv);
Datum
user_ops_rfm_sample_recv(PG_FUNCTION_ARGS)
{
	Bytes bytes = state_from_message((StringInfo) PG_GETARG_POINTER(0));

	return sample_datum(decode(&bytes, state_check_binary));
}

static Bytes
encode_arg(FunctionCallInfo fcinfo)
{
	ByteWriter out = byte_writer(0);

	rfm_sample_encode((const RfmSample *) state_to_read(fcinfo, 0), &out);
	return WRITTEN_BYTES(out);
}

PG_FUNCTION_INFO_V1(user_ops_rfm_sample_out);
Datum
user_ops_rfm_sample_out(PG_FUNCTION_ARGS)
{
	Bytes bytes = encode_arg(fcinfo);

	PG_RETURN_CSTRING(state_to_hex(&bytes));
}

PG_FUNCTION_INFO_V1(user_ops_rfm_sample_send);
Datum
user_ops_rfm_sample_send(PG_FUNCTION_ARGS)
{
	Bytes bytes = encode_arg(fcinfo);

	PG_RETURN_BYTEA_P(state_from_bytes(&bytes));
}
