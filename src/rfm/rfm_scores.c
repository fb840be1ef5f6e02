/*
 * rfm_scores.c: a model applied to values, and to one user's activity.
 *
 *	1. A user without a basis day before as_of has no scores: NULL.
 *	2. Without amounts, on either side, there is no m_score, rfm_score, rfm_bits.
 *	3. A fitted model scores only activities of its own kind, with amounts or
 *	   without: recency and frequency mean different days.
 *	4. Segments are of 5 bins.  A user with a day before as_of but no purchase,
 *	   where the source has amounts, is in the segment no_purchase.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "activity/activity.h"
#include "activity/summary.h"
#include "rfm/rfm.h"
#include "server/call.h"
#include "server/decimal.h"

static __int128
dimension_value(const RfmScored *user, RfmDimension dimension)
{
	switch (dimension)
	{
		case RFM_RECENCY:
			return user->recency;
		case RFM_FREQUENCY:
			return user->summary->basis_days;
		default:
			return user->summary->amount;
	}
}

static inline int
dimension_scale(const RfmScored *user, RfmDimension dimension)
{
	return dimension == RFM_MONETARY ? user->summary->scale : 0;
}

static inline bool
is_scored(const RfmScored *user, RfmDimension dimension)
{
	return user->summary->basis_days > 0 && (user->summary->amounts || dimension != RFM_MONETARY) &&
		   (int) dimension < rfm_dimensions(user->model);
}

RfmScored
rfm_scored(const RfmModel *model, const Summary *summary, int32 as_of)
{
	RfmScored user = {.model = model, .summary = summary};

	if (model->fitted && model->amounts != summary->amounts)
		host_fail(KERNEL_MIXED_AMOUNTS);
	if (summary->basis_days > 0)
		user.recency = as_of - summary->last_basis_day;
	return user;
}

int
rfm_scored_score(const RfmScored *user, RfmDimension dimension)
{
	if (!is_scored(user, dimension))
		return 0;
	return rfm_score(user->model, dimension, dimension_value(user, dimension),
					 dimension_scale(user, dimension));
}

/* By arguments 1 and 2, activity and as_of. */
static RfmScored
user_args(FunctionCallInfo fcinfo, const RfmModel *model)
{
	int32 as_of = finite_as_of(AS_OF_ARG(2));

	return rfm_scored(model, summary_arg(fcinfo, 1, as_of), as_of);
}

static void
make_model(FunctionCallInfo fcinfo, int n, void *value)
{
	rfm_model_arg(fcinfo, n, value);
}

/* Arguments (model, activity, as_of), of a function that is called for each user. */
static RfmScored
scored_args(FunctionCallInfo fcinfo)
{
	return user_args(fcinfo, kept_arg(fcinfo, 0, sizeof(RfmModel), make_model));
}

/* The score as a result; 0 is NULL. */
static Datum
return_score(FunctionCallInfo fcinfo, int score)
{
	if (score == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(score);
}

static Datum
return_activity_score(FunctionCallInfo fcinfo, RfmDimension dimension)
{
	RfmScored user = scored_args(fcinfo);

	return return_score(fcinfo, rfm_scored_score(&user, dimension));
}

PG_FUNCTION_INFO_V1(user_ops_r_score);
Datum
user_ops_r_score(PG_FUNCTION_ARGS)
{
	RfmModel model;

	rfm_model_arg(fcinfo, 0, &model);
	return return_score(fcinfo, rfm_score(&model, RFM_RECENCY, PG_GETARG_INT32(1), 0));
}

PG_FUNCTION_INFO_V1(user_ops_f_score);
Datum
user_ops_f_score(PG_FUNCTION_ARGS)
{
	RfmModel model;

	rfm_model_arg(fcinfo, 0, &model);
	return return_score(fcinfo, rfm_score(&model, RFM_FREQUENCY, PG_GETARG_INT64(1), 0));
}

PG_FUNCTION_INFO_V1(user_ops_m_score);
Datum
user_ops_m_score(PG_FUNCTION_ARGS)
{
	Decimal monetary = decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(1));
	RfmModel model;

	rfm_model_arg(fcinfo, 0, &model);
	return return_score(fcinfo,
						rfm_score(&model, RFM_MONETARY, monetary.value, monetary.scale));
}

PG_FUNCTION_INFO_V1(user_ops_activity_r_score);
Datum
user_ops_activity_r_score(PG_FUNCTION_ARGS)
{
	return return_activity_score(fcinfo, RFM_RECENCY);
}

PG_FUNCTION_INFO_V1(user_ops_activity_f_score);
Datum
user_ops_activity_f_score(PG_FUNCTION_ARGS)
{
	return return_activity_score(fcinfo, RFM_FREQUENCY);
}

PG_FUNCTION_INFO_V1(user_ops_activity_m_score);
Datum
user_ops_activity_m_score(PG_FUNCTION_ARGS)
{
	return return_activity_score(fcinfo, RFM_MONETARY);
}

/* The three scores side by side, such as 545, or 10-9-10; NULL if one is missing. */
static text *
scores_text(const RfmScored *user)
{
	char shown[RFM_DIMENSIONS * 4]; /* a score of RFM_MAX_BINS, and what follows it */
	char *p = shown;

	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		int score = rfm_scored_score(user, d);

		if (score == 0)
			return NULL;
		if (d > 0 && user->model->bins > 9)
			*p++ = '-';
		p += pg_ltoa(score, p);
	}
	return cstring_to_text_with_len(shown, (int) (p - shown));
}

static text *
segment_text(const RfmScored *user)
{
	int r_score = rfm_scored_score(user, RFM_RECENCY);

	if (user->model->bins != RFM_SEGMENT_BINS || user->summary->active_days == 0)
		return NULL;
	if (user->summary->basis_days == 0)
		return cstring_to_text(RFM_NO_PURCHASE);
	if (r_score == 0)
		return NULL;
	return cstring_to_text(rfm_segment(r_score, rfm_scored_score(user, RFM_FREQUENCY)));
}

static Datum
return_text(FunctionCallInfo fcinfo, text *result)
{
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

PG_FUNCTION_INFO_V1(user_ops_rfm_score);
Datum
user_ops_rfm_score(PG_FUNCTION_ARGS)
{
	RfmScored user = scored_args(fcinfo);

	return return_text(fcinfo, scores_text(&user));
}

PG_FUNCTION_INFO_V1(user_ops_activity_segment);
Datum
user_ops_activity_segment(PG_FUNCTION_ARGS)
{
	RfmScored user = scored_args(fcinfo);

	return return_text(fcinfo, segment_text(&user));
}

/* segment(r_score, f_score) */
PG_FUNCTION_INFO_V1(user_ops_segment);
Datum
user_ops_segment(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 2; i++)
		if (PG_GETARG_INT32(i) < 1 || PG_GETARG_INT32(i) > RFM_SEGMENT_BINS)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("there is no segment for the score %d", PG_GETARG_INT32(i)),
							errhint("Segments exist for scores from 1 to %d.", RFM_SEGMENT_BINS)));
	PG_RETURN_TEXT_P(cstring_to_text(rfm_segment(PG_GETARG_INT32(0), PG_GETARG_INT32(1))));
}

/* Three characters 1 or 0: R, F, M at or better than the mean. */
PG_FUNCTION_INFO_V1(user_ops_rfm_bits);
Datum
user_ops_rfm_bits(PG_FUNCTION_ARGS)
{
	RfmScored user = scored_args(fcinfo);
	char bits[RFM_DIMENSIONS];

	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		if (!is_scored(&user, d) || !user.model->has_mean[d])
			PG_RETURN_NULL();
		bits[d] = rfm_at_mean(user.model, d, dimension_value(&user, d), dimension_scale(&user, d))
					  ? '1'
					  : '0';
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(bits, RFM_DIMENSIONS));
}

/* The row type of the result; kept between rows to look it up once. */
static TupleDesc
result_row(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		fcinfo->flinfo->fn_extra = result_row_type(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	return fcinfo->flinfo->fn_extra;
}

/* All of it at once. */
PG_FUNCTION_INFO_V1(user_ops_rfm);
Datum
user_ops_rfm(PG_FUNCTION_ARGS)
{
	RfmModel model;
	RfmScored user;
	const Summary *summary;
	text *both[2];
	Datum values[8];
	bool nulls[8] = {false};

	rfm_model_arg(fcinfo, 0, &model);
	user = user_args(fcinfo, &model);
	summary = user.summary;
	if (summary->active_days == 0)
		PG_RETURN_NULL();
	values[0] = Int32GetDatum(user.recency);
	nulls[0] = summary->basis_days == 0;
	values[1] = Int64GetDatum(summary->basis_days);
	nulls[2] = !summary->amounts;
	if (summary->amounts)
		values[2] = NumericGetDatum(decimal_to_numeric(summary->amount, summary->scale));
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		int score = rfm_scored_score(&user, d);

		values[3 + d] = Int32GetDatum(score);
		nulls[3 + d] = score == 0;
	}
	both[0] = scores_text(&user);
	both[1] = segment_text(&user);
	for (int i = 0; i < 2; i++)
	{
		values[6 + i] = PointerGetDatum(both[i]);
		nulls[6 + i] = both[i] == NULL;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_row(fcinfo), values, nulls)));
}
