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
#include "compat.h"

#include "activity.h"
#include "call.h"
#include "decimal.h"
#include "rfm.h"
#include "summary.h"
#include "utils/builtins.h"

static __int128
dimension_value(const RfmScored *scored, RfmDimension dimension)
{
	switch (dimension)
	{
		case RFM_RECENCY:
			return scored->recency;
		case RFM_FREQUENCY:
			return scored->summary->basis_days;
		default:
			return scored->summary->amount;
	}
}

static inline int
dimension_scale(const RfmScored *scored, RfmDimension dimension)
{
	return dimension == RFM_MONETARY ? scored->summary->scale : 0;
}

void
rfm_score_summary(const RfmModel *model, const Summary *summary, int32 as_of, RfmScored *scored)
{
	scored->model = model;
	scored->summary = summary;
	if (model->fitted && model->amounts != summary->amounts)
		host_fail(KERNEL_MIXED_AMOUNTS);
	scored->recency = summary->basis_days > 0 ? as_of - summary->last_basis_day : 0;
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		bool known = summary->basis_days > 0 && (summary->amounts || d != RFM_MONETARY);

		scored->score[d] = known ? rfm_score(model, d, dimension_value(scored, d),
											 dimension_scale(scored, d))
								 : 0;
	}
}

static void
make_model(FunctionCallInfo fcinfo, int n, void *value)
{
	rfm_model_arg(fcinfo, n, value);
}

/* By arguments 1 and 2, activity and as_of. */
static void
score_activity(FunctionCallInfo fcinfo, const RfmModel *model, RfmScored *scored)
{
	int32 as_of = finite_as_of(AS_OF_ARG(2));

	rfm_score_summary(model, summary_arg(fcinfo, 1, as_of), as_of, scored);
}

/* Arguments (model, activity, as_of). */
static const RfmScored *
score_args(FunctionCallInfo fcinfo, RfmScored *scored)
{
	score_activity(fcinfo, kept_arg(fcinfo, 0, sizeof(RfmModel), make_model), scored);
	return scored;
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
	RfmScored scored;

	return return_score(fcinfo, score_args(fcinfo, &scored)->score[dimension]);
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
scores_text(const RfmScored *scored)
{
	const int *score = scored->score;

	if (score[RFM_RECENCY] == 0 || score[RFM_MONETARY] == 0)
		return NULL;
	return cstring_to_text(psprintf(scored->model->bins > 9 ? "%d-%d-%d" : "%d%d%d",
									score[RFM_RECENCY], score[RFM_FREQUENCY],
									score[RFM_MONETARY]));
}

static text *
segment_text(const RfmScored *scored)
{
	const Summary *summary = scored->summary;

	if (scored->model->bins != RFM_SEGMENT_BINS || summary->active_days == 0)
		return NULL;
	if (summary->basis_days == 0)
		return cstring_to_text(RFM_NO_PURCHASE);
	if (scored->score[RFM_RECENCY] == 0)
		return NULL;
	return cstring_to_text(
		rfm_segment(scored->score[RFM_RECENCY], scored->score[RFM_FREQUENCY]));
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
	RfmScored scored;

	return return_text(fcinfo, scores_text(score_args(fcinfo, &scored)));
}

PG_FUNCTION_INFO_V1(user_ops_activity_segment);
Datum
user_ops_activity_segment(PG_FUNCTION_ARGS)
{
	RfmScored scored;

	return return_text(fcinfo, segment_text(score_args(fcinfo, &scored)));
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
							errhint("Segments are of scores from 1 to %d.", RFM_SEGMENT_BINS)));
	PG_RETURN_TEXT_P(cstring_to_text(rfm_segment(PG_GETARG_INT32(0), PG_GETARG_INT32(1))));
}

/* Three characters 1 or 0: R, F, M at or better than the mean. */
PG_FUNCTION_INFO_V1(user_ops_rfm_bits);
Datum
user_ops_rfm_bits(PG_FUNCTION_ARGS)
{
	RfmScored args;
	const RfmScored *scored = score_args(fcinfo, &args);
	char bits[RFM_DIMENSIONS];

	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		if (scored->score[d] == 0 || !scored->model->has_mean[d])
			PG_RETURN_NULL();
		bits[d] = rfm_at_mean(scored->model, d, dimension_value(scored, d),
							  dimension_scale(scored, d))
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
	const RfmScored *scored = &user;
	const Summary *summary;
	text *both[2];
	Datum values[8];
	bool nulls[8] = {false};

	rfm_model_arg(fcinfo, 0, &model);
	score_activity(fcinfo, &model, &user);
	summary = scored->summary;
	if (summary->active_days == 0)
		PG_RETURN_NULL();
	values[0] = Int32GetDatum(scored->recency);
	nulls[0] = summary->basis_days == 0;
	values[1] = Int64GetDatum(summary->basis_days);
	nulls[2] = !summary->amounts;
	if (summary->amounts)
		values[2] = NumericGetDatum(decimal_to_numeric(summary->amount, summary->scale));
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		values[3 + d] = Int32GetDatum(scored->score[d]);
		nulls[3 + d] = scored->score[d] == 0;
	}
	both[0] = scores_text(scored);
	both[1] = segment_text(scored);
	for (int i = 0; i < 2; i++)
	{
		values[6 + i] = PointerGetDatum(both[i]);
		nulls[6 + i] = both[i] == NULL;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_row(fcinfo), values, nulls)));
}
