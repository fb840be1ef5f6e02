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
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "activity/activity.h"
#include "kernel/rfm/rfm_values.h"
#include "rfm/rfm.h"
#include "rfm/rfm_fit.h"
#include "server/call.h"
#include "server/state_io.h"
#include "value/value_cuts.h"

STATE_FUNCTIONS(rfm_sample, rfm_sample_kind)

RfmSample *
rfm_sample_add_summary(RfmSample *sample, const Summary *summary, int32 as_of, int bins)
{

	if (sample == NULL)
		sample = rfm_sample_create(bins, as_of, summary->amounts);
	rfm_sample_expect(sample, bins, as_of, summary->amounts);
	if (summary->basis_days > 0)
		sample = rfm_sample_add(sample, as_of - summary->last_basis_day, summary->basis_days,
								summary->amount, summary->scale);
	return sample;
}

/* rfm_sample_add(state, activity, as_of [, bins]) */
AGGREGATE_ONLY(user_ops_rfm_sample_add)
{
	int bins = RFM_DEFAULT_BINS;
	int32 as_of;
	RfmSample *sample;
	Summary summary;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	refuse_null(fcinfo, 2, "as_of", "Give the same as_of for all rows.");
	as_of = finite_as_of(AS_OF_ARG(2));
	if (PG_NARGS() > 3)
	{
		refuse_null(fcinfo, 3, "bins", "Give the same bins for all rows.");
		bins = rfm_check_bins(PG_GETARG_INT32(3));
	}
	sample = PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &rfm_sample_kind);
	summary = summary_read(ACTIVITY_BYTES_ARG(1), as_of);
	return state_datum(rfm_sample_add_summary(sample, &summary, as_of, bins));
}

/* rfm_model(rfm_sample), the final function too */
PG_FUNCTION_INFO_V1(user_ops_rfm_sample_fit);
Datum
user_ops_rfm_sample_fit(PG_FUNCTION_ARGS)
{
	RfmModel model;

	rfm_sample_fit(state_arg(fcinfo, 0, &rfm_sample_kind), &model);
	return rfm_model_datum(&model);
}

/* rfm_value_cuts(rfm_sample, shares): as value_cuts(value_sample) of what these users brought */
PG_FUNCTION_INFO_V1(user_ops_rfm_value_cuts);
Datum
user_ops_rfm_value_cuts(PG_FUNCTION_ARGS)
{
	int64 shares[VALUE_MAX_CUTS];
	int n_shares = value_shares_arg(fcinfo, 1, shares);
	const RfmSample *sample;
	const CountedValue *values;
	uint32 n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sample = state_arg(fcinfo, 0, &rfm_sample_kind);
	values = rfm_values(sample, &n);
	return value_cuts_result(fcinfo, values, n, sample->scale, shares, n_shares);
}
