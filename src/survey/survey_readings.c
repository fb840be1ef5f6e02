/*
 * survey_readings.c: what a survey says: net promoter score, top boxes, mean score, shares.
 *
 *	1. NULL for a survey: NULL, or no rows.
 *	2. Another NULL is an error (22004); so are (22023) a confidence that is none, the net
 *	   promoter score of another scale than 0 to 10, and top boxes that are all scores, or none.
 *	3. No answer: counts are 0, all else is NULL.
 */
#include "server/compat.h"

#include <math.h>

#include "kernel/survey/satisfaction.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

/* The logarithm of what lies beyond the bounds of the confidence that is argument n. */
static float8
log_tails_arg(FunctionCallInfo fcinfo, int n)
{
	return log1p(-between_0_and_1(fcinfo, n, "confidence", HINT_CONFIDENCE));
}

/* A share of all with Wilson's bounds. */
typedef struct Share
{
	float8 share;
	Bounds bounds;
} Share;

static Share
share_of(int64 k, int64 n, float8 width)
{
	if (n == 0)
		return (Share){NAN, {NAN, NAN}};
	return (Share){(float8) k / (float8) n, wilson_interval((float8) k, (float8) n, width)};
}

static void
counts_as_datums(const uint64 *counts, int n, Datum *values)
{
	for (int i = 0; i < n; i++)
		values[i] = Int64GetDatum((int64) counts[i]);
}

/* The survey that is argument n, of a scale that has a net promoter score. */
static const Survey *
nps_survey_arg(FunctionCallInfo fcinfo, int n)
{
	const Survey *survey = state_arg(fcinfo, n, &survey_kind);

	if (survey->low != NPS_LOW || survey->span != NPS_SPAN)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a survey from %d to %d has no net promoter score", survey->low,
							   survey->low + (int32) survey->span),
						errhint("It is that of answers from 0 to 10. Ask top_box or mean_score for "
								"other scales.")));
	return survey;
}

#define NPS_COLUMNS 8

/* nps(survey, confidence, band) */
PG_FUNCTION_INFO_V1(user_ops_survey_nps);
Datum
user_ops_survey_nps(PG_FUNCTION_ARGS)
{
	static const char *const bands[] = {"adjusted_wald", "wald"};
	float8 width = normal_width(log_tails_arg(fcinfo, 1));
	const Survey *survey;
	Nps nps;
	Datum values[NPS_COLUMNS];
	bool nulls[NPS_COLUMNS] = {false};

	refuse_null(fcinfo, 2, "band", "Give 'adjusted_wald' or 'wald'.");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	survey = nps_survey_arg(fcinfo, 0);
	nps = survey_nps(
		survey, NPS_ADJUSTED_WALD + enum_code(PG_GETARG_OID(2), bands, lengthof(bands)), width);
	numbers_or_null(&nps.score, 1, values, nulls);
	counts_as_datums((uint64[]){survey->n, nps.promoters, nps.passives, nps.detractors}, 4,
					 &values[1]);
	numbers_or_null((float8[]){nps.std_error, nps.bounds.lower, nps.bounds.upper}, 3, &values[5],
					&nulls[5]);
	return row_of_values(fcinfo, values, nulls);
}

/* nps_difference(before, after, confidence) */
PG_FUNCTION_INFO_V1(user_ops_survey_nps_difference);
Datum
user_ops_survey_nps_difference(PG_FUNCTION_ARGS)
{
	float8 width = normal_width(log_tails_arg(fcinfo, 2));
	Nps before;
	Nps after;
	NpsChange change;
	float8 numbers[5];

	if (any_null(fcinfo, 2))
		PG_RETURN_NULL();
	before = survey_nps(nps_survey_arg(fcinfo, 0), NPS_WALD, width);
	after = survey_nps(nps_survey_arg(fcinfo, 1), NPS_WALD, width);
	change = nps_change(&before, &after, width);
	numbers[0] = change.difference;
	numbers[1] = change.std_error;
	numbers[2] = change.bounds.lower;
	numbers[3] = change.bounds.upper;
	numbers[4] = change.p_value;
	return row_of_numbers(fcinfo, numbers, lengthof(numbers));
}

#define HINT_BOXES "2 counts the two highest scores, as for 4 and 5 of 5."

/* How many of the scores are argument n. */
static uint32
boxes_arg(FunctionCallInfo fcinfo, int n, const Survey *survey)
{
	int32 boxes = PG_GETARG_INT32(n);

	if (boxes < 1 || boxes > (int64) survey->span)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("boxes must be from 1 to %u", survey->span), errhint(HINT_BOXES)));
	return (uint32) boxes;
}

#define TOP_COLUMNS 5

/* top_box(survey, boxes, confidence) */
PG_FUNCTION_INFO_V1(user_ops_survey_top_box);
Datum
user_ops_survey_top_box(PG_FUNCTION_ARGS)
{
	float8 width = normal_width(log_tails_arg(fcinfo, 2));
	Share top;
	const Survey *survey;
	Datum values[TOP_COLUMNS];
	bool nulls[TOP_COLUMNS] = {false};

	refuse_null(fcinfo, 1, "boxes", HINT_BOXES);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	survey = state_arg(fcinfo, 0, &survey_kind);
	counts_as_datums((uint64[]){survey->n, survey_top(survey, boxes_arg(fcinfo, 1, survey))}, 2,
					 values);
	top = share_of(DatumGetInt64(values[1]), DatumGetInt64(values[0]), width);
	numbers_or_null((float8[]){top.share, top.bounds.lower, top.bounds.upper}, 3, &values[2],
					&nulls[2]);
	return row_of_values(fcinfo, values, nulls);
}

#define MEAN_COLUMNS 5

/* mean_score(survey, confidence) */
PG_FUNCTION_INFO_V1(user_ops_survey_mean_score);
Datum
user_ops_survey_mean_score(PG_FUNCTION_ARGS)
{
	float8 log_tails = log_tails_arg(fcinfo, 1);
	const Survey *survey;
	MeanScore score;
	Datum values[MEAN_COLUMNS];
	bool nulls[MEAN_COLUMNS] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	survey = state_arg(fcinfo, 0, &survey_kind);
	score = survey_mean(survey, log_tails);
	counts_as_datums(&survey->n, 1, values);
	numbers_or_null((float8[]){score.mean, score.std_error, score.bounds.lower, score.bounds.upper},
					4, &values[1], &nulls[1]);
	return row_of_values(fcinfo, values, nulls);
}

/* A reading that is returned row by row, a score each. */
typedef struct Scores
{
	const Survey *survey;
	float8 width;
} Scores;

static Scores *
open_scores(FunctionCallInfo fcinfo)
{
	float8 log_tails = log_tails_arg(fcinfo, 1);
	Scores *scores = palloc(sizeof(Scores));

	scores->survey = state_copy(state_arg(fcinfo, 0, &survey_kind));
	scores->width = goodman_width(log_tails, scores->survey->span + 1);
	return scores;
}

#define SCORE_COLUMNS 5

static HeapTuple
form_score(const Scores *scores, uint32 i, TupleDesc row_type)
{
	const Survey *survey = scores->survey;
	Share share = share_of((int64) survey->answers[i], (int64) survey->n, scores->width);
	Datum values[SCORE_COLUMNS];
	bool nulls[SCORE_COLUMNS] = {false};

	values[0] = Int32GetDatum(survey->low + (int32) i);
	counts_as_datums(&survey->answers[i], 1, &values[1]);
	numbers_or_null((float8[]){share.share, share.bounds.lower, share.bounds.upper}, 3, &values[2],
					&nulls[2]);
	return heap_form_tuple(row_type, values, nulls);
}

/* score_shares(survey, confidence): a row for each score */
PG_FUNCTION_INFO_V1(user_ops_survey_score_shares);
Datum
user_ops_survey_score_shares(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Scores *scores;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context;

		if (PG_ARGISNULL(0))
			return no_rows(fcinfo);
		old_context = begin_rows(fcinfo, &call);
		call->user_fctx = open_scores(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	scores = call->user_fctx;
	if (call->call_cntr > scores->survey->span)
		SRF_RETURN_DONE(call);
	tuple = form_score(scores, (uint32) call->call_cntr, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* wilson(successes, n, confidence) */
PG_FUNCTION_INFO_V1(user_ops_wilson);
Datum
user_ops_wilson(PG_FUNCTION_ARGS)
{
	float8 width = normal_width(log_tails_arg(fcinfo, 2));
	int64 successes;
	int64 n;
	Share share;

	if (any_null(fcinfo, 2))
		PG_RETURN_NULL();
	successes = PG_GETARG_INT64(0);
	n = PG_GETARG_INT64(1);
	refuse_value(successes < 0 || successes > n, "successes must be from 0 to n",
				 "Give how many of all n had it, then n.");
	share = share_of(successes, n, width);
	return row_of_numbers(fcinfo, (float8[]){share.share, share.bounds.lower, share.bounds.upper},
						  3);
}
