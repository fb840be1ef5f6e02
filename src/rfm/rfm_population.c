/*
 * rfm_population.c: RFM directly over a population.
 *
 * The rules are those of rfm_fit.c and rfm_scores.c, and so are the answers.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "activity/activity.h"
#include "population/population.h"
#include "population/user_states.h"
#include "rfm/rfm.h"
#include "rfm/rfm_fit.h"
#include "server/decimal.h"

typedef struct FitParams
{
	int32 as_of;
	int bins;
} FitParams;

static void *
add_user(void *sample, ActivityReader *activity, const void *params)
{
	const FitParams *fit = params;
	Summary summary = summary_of(activity, fit->as_of);

	return rfm_sample_add_summary(sample, &summary, fit->as_of, fit->bins);
}

/* rfm_model(population, as_of [, bins]) */
PG_FUNCTION_INFO_V1(user_ops_population_rfm_model);
Datum
user_ops_population_rfm_model(PG_FUNCTION_ARGS)
{
	FitParams fit = {finite_as_of(AS_OF_ARG(1)), RFM_DEFAULT_BINS};
	const RfmSample *sample;
	RfmModel model;

	if (PG_NARGS() > 2)
		fit.bins = rfm_check_bins(PG_GETARG_INT32(2));
	sample = state_of_users(&population_users, fcinfo, 0, NULL, NULL, &fit, add_user);
	if (sample == NULL)
		PG_RETURN_NULL();
	rfm_sample_fit(sample, &model);
	return rfm_model_datum(&model);
}

/* rfm_scores(population, model, as_of, NULL::id_type): a row for each user */
PG_FUNCTION_INFO_V1(user_ops_population_rfm_scores);
Datum
user_ops_population_rfm_scores(PG_FUNCTION_ARGS)
{
	typedef struct ScoredRows
	{
		UserRows *rows;
		RfmModel model;
	} ScoredRows;
	FuncCallContext *call;
	ScoredRows *scored_rows;
	ActivityReader activity;
	Summary summary;
	RfmScored user;
	Datum values[7];
	bool nulls[7] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
			return no_rows(fcinfo);
		call = SRF_FIRSTCALL_INIT();
		scored_rows = MemoryContextAlloc(call->multi_call_memory_ctx, sizeof(ScoredRows));
		rfm_model_arg(fcinfo, 1, &scored_rows->model);
		finite_as_of(AS_OF_ARG(2));
		scored_rows->rows = population_begin_rows(fcinfo, call);
		call->user_fctx = scored_rows;
	}
	call = SRF_PERCALL_SETUP();
	scored_rows = call->user_fctx;
	do
	{
		if (!population_next_row(scored_rows->rows, &values[0]))
			SRF_RETURN_DONE(call);
		population_row_activity(scored_rows->rows, &activity);
		summary = summary_of(&activity, AS_OF_ARG(2));
	} while (summary.active_days == 0);
	user = rfm_scored(&scored_rows->model, &summary, AS_OF_ARG(2));

	values[1] = Int32GetDatum(user.recency);
	nulls[1] = summary.basis_days == 0;
	values[2] = Int64GetDatum(summary.basis_days);
	nulls[3] = !summary.amounts;
	if (summary.amounts)
		values[3] = NumericGetDatum(decimal_to_numeric(summary.amount, summary.scale));
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		int score = rfm_scored_score(&user, d);

		values[4 + d] = Int32GetDatum(score);
		nulls[4 + d] = score == 0;
	}
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
