/*
 * funnel.c: funnels of one user.
 *
 *	1. A NULL journey: NULL, or no rows.
 *	2. A NULL argument is an error (22004), but where it means that there is none: as_of,
 *	   entry_from and entry_to, exclude_from and exclude_to, gaps and their elements, step.
 *	3. Arguments are checked before the journey is looked at.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "funnel/funnel_call.h"
#include "kernel/funnel/funnel.h"
#include "server/calendar.h"
#include "server/call.h"

#define FIRST_SWITCH 3
#define LAST_PLACE	 (FIRST_SWITCH + N_SWITCHES) /* as_of, or the last switch behind a date */

/* (journey, steps, within, switches..., as_of), or with a date (journey, steps, within, as_of,
 * switches...) */
static const FunnelPlaces places_timestamptz = {.steps = 1,
												.within = 2,
												.as_of = LAST_PLACE,
												.options = -1,
												.switches = FUNNEL_SWITCHES_FROM(FIRST_SWITCH),
												.read_as_of = as_of_timestamptz};
static const FunnelPlaces places_date = {.steps = 1,
										 .within = 2,
										 .as_of = FIRST_SWITCH,
										 .options = -1,
										 .switches = FUNNEL_SWITCHES_FROM(FIRST_SWITCH + 1),
										 .read_as_of = as_of_date,
										 .needs_as_of = true};

/* The journey, after all other arguments were checked. */
static const Journey *
journey_of_call(FunnelCall *call, FunctionCallInfo fcinfo)
{
	const Journey *journey = journey_arg(&call->reading, fcinfo, 0, 1);

	funnel_call_check(call, journey);
	return journey;
}

static Datum
level(FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	FunnelCall *call = funnel_call(fcinfo);
	const FunnelQuestion *question = funnel_call_question(call, fcinfo, places);
	FunnelRows rows;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rows = funnel_rows(question, journey_of_call(call, fcinfo));
	PG_RETURN_INT32(funnel_level(question, &rows));
}

SQL_FUNCTION(funnel_level, level(fcinfo, &places_timestamptz))
SQL_FUNCTION(funnel_level_date, level(fcinfo, &places_date))

/* Whether the user may still go on; NULL if it is not known when. */
static Datum
is_open(FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	FunnelCall *call = funnel_call(fcinfo);
	const FunnelQuestion *question = funnel_call_question(call, fcinfo, places);
	FunnelRows rows;
	int level;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(places->as_of))
		PG_RETURN_NULL();
	rows = funnel_rows(question, journey_of_call(call, fcinfo));
	level = funnel_level(question, &rows);
	PG_RETURN_BOOL(level > 0 && level < question->n_steps && !funnel_mature(question, &rows));
}

SQL_FUNCTION(funnel_open, is_open(fcinfo, &places_timestamptz))
SQL_FUNCTION(funnel_open_date, is_open(fcinfo, &places_date))

/* The times of the winning chain; pick is the last argument. */
static Datum
times(FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	FunnelCall *call = funnel_call(fcinfo);
	FunnelQuestion *question = funnel_call_question(call, fcinfo, places);
	const char *problem;
	const char *hint;
	const Journey *journey;
	FunnelRows rows;
	FunnelChain chain;
	Datum values[FUNNEL_STEPS];
	bool nulls[FUNNEL_STEPS];
	int n = question->n_steps;
	int first = 1;

	refuse_null(fcinfo, LAST_PLACE + 1, "pick", "Omit it to get its default.");
	question->pick = pick_from_enum(PG_GETARG_OID(LAST_PLACE + 1));
	problem = funnel_problem(question, &hint);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
						errhint("%s", hint)));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey = journey_of_call(call, fcinfo);
	rows = funnel_rows(question, journey);
	funnel_chain(question, &rows, false, &chain);
	for (int step = 0; step < n; step++)
	{
		nulls[step] = (chain.held >> step & 1) == 0;
		values[step] =
			nulls[step] ? (Datum) 0 : TimestampTzGetDatum(rows.rows[chain.rows[step]].at);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &n, &first, TIMESTAMPTZOID,
											 sizeof(TimestampTz), FLOAT8PASSBYVAL,
											 TYPALIGN_DOUBLE));
}

SQL_FUNCTION(funnel_times, times(fcinfo, &places_timestamptz))
SQL_FUNCTION(funnel_times_date, times(fcinfo, &places_date))

typedef enum LabelAt
{
	LABEL_FIRST,
	LABEL_LAST,
	LABEL_STEP
} LabelAt;

/* At which step the label is asked for; 0: at any. */
static int
label_step(FunctionCallInfo fcinfo, LabelAt at, int n_steps)
{
	int step = PG_ARGISNULL(LAST_PLACE + 2) ? 0 : PG_GETARG_INT32(LAST_PLACE + 2);

	if ((at == LABEL_STEP) == PG_ARGISNULL(LAST_PLACE + 2))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						at == LABEL_STEP ? errmsg("at => 'step' needs a step")
										 : errmsg("a step is asked for, and at is not 'step'"),
						errhint("Give both: at => 'step', step => 1.")));
	if (at == LABEL_STEP && (step < 1 || step > n_steps))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("step must be between 1 and %d", n_steps),
						errhint("It is the number of a step of this funnel.")));
	return step;
}

/* The label of the chain's first, last or only such row that has one. */
static uint32
label_of_chain(const FunnelChain *chain, const JourneyRow *rows, LabelAt at, int only)
{
	uint32 label = JOURNEY_NONE;

	for (int step = 1; step <= chain->level; step++)
	{
		uint32 of_row;

		if ((chain->held >> (step - 1) & 1) == 0 || (at == LABEL_STEP && step != only))
			continue;
		of_row = rows[chain->rows[step - 1]].label;
		if (of_row != JOURNEY_NONE && (label == JOURNEY_NONE || at == LABEL_LAST))
			label = of_row;
	}
	return label;
}

/* at and step are the last arguments. */
static Datum
label(FunctionCallInfo fcinfo, const FunnelPlaces *places)
{
	static const char *const labels[] = {"first", "last", "step"};
	FunnelCall *call = funnel_call(fcinfo);
	const FunnelQuestion *question = funnel_call_question(call, fcinfo, places);
	const Journey *journey;
	const JourneyText *text;
	FunnelRows rows;
	FunnelChain chain;
	LabelAt at;
	int step;
	uint32 found;

	refuse_null(fcinfo, LAST_PLACE + 1, "at", "Omit it to get its default.");
	at = LABEL_FIRST + enum_code(PG_GETARG_OID(LAST_PLACE + 1), labels, lengthof(labels));
	step = label_step(fcinfo, at, question->n_steps);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey = journey_of_call(call, fcinfo);
	rows = funnel_rows(question, journey);
	funnel_chain(question, &rows, true, &chain);
	found = label_of_chain(&chain, rows.rows, at, step);
	if (found == JOURNEY_NONE)
		PG_RETURN_NULL();
	text = &journey->labels.texts[found];
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text->bytes, (int) text->size));
}

SQL_FUNCTION(funnel_label, label(fcinfo, &places_timestamptz))
SQL_FUNCTION(funnel_label_date, label(fcinfo, &places_date))
