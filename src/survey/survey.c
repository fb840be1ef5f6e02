/*
 * survey.c: the type survey and the aggregate that makes it.
 *
 *	1. A NULL score is no answer: it is skipped.  Rows without an answer: an empty survey.  No
 *	   rows: NULL.
 *	2. A NULL end of the scale is an error (22004); so are a scale that is none and, in one
 *	   survey, another one (22023), and a score outside of it (22003).
 *	3. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "kernel/survey/survey.h"
#include "server/call.h"
#include "server/state_io.h"

#define HINT_SCALE                                                                                 \
	"Give the lowest and the highest score that one can answer, such as 0, 10 or 1, 5."

STATE_FUNCTIONS(survey, survey_kind)

/* The survey so far, by its scale: arguments 2 and 3. */
static Survey *
survey_to_change(FunctionCallInfo fcinfo)
{
	int32 low;
	int64 span;
	Survey *survey;

	refuse_null(fcinfo, 2, "low", HINT_SCALE);
	refuse_null(fcinfo, 3, "high", HINT_SCALE);
	low = PG_GETARG_INT32(2);
	span = (int64) PG_GETARG_INT32(3) - low;
	refuse_value(span <= 0, "low must be below high", HINT_SCALE);
	if (span > SURVEY_MAX_SPAN)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("high must be at most %d above low", SURVEY_MAX_SPAN),
						errhint(HINT_SCALE)));
	if (PG_ARGISNULL(0))
		return survey_create(low, (uint32) span);
	survey = state_to_change(fcinfo, &survey_kind);
	survey_expect(survey, low, (uint32) span);
	return survey;
}

/* Transition function: (state, score, low, high) */
AGGREGATE_ONLY(user_ops_survey_add)
{
	Survey *survey = survey_to_change(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		int32 score = PG_GETARG_INT32(1);
		int64 above_low = (int64) score - survey->low;

		if (above_low < 0 || above_low > survey->span)
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("score %d is not from %d to %d", score, survey->low,
								   survey->low + (int32) survey->span),
							errhint("Leave out what is no answer, such as 99 for \"don't know\": "
									"FILTER (WHERE score <= 10), or NULL.")));
		survey_add(survey, (uint32) above_low);
	}
	return state_datum(survey);
}
