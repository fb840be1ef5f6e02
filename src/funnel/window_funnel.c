/*
 * window_funnel.c: window_funnel over rows, as other systems have it: funnel_level() of the
 * journey that the rows make.
 *
 *	1. The state and its errors: asked_rows.h; the window and the mode are what is asked.
 *	2. No rows: NULL.  Rows, but none of step 1: 0.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "journey/asked_rows.h"
#include "kernel/funnel/funnel.h"
#include "kernel/funnel/question_check.h"
#include "server/call.h"
#include "server/duration.h"

#define HINT_MODES                                                                                 \
	"Modes are default, strict_order, strict_deduplication, strict_increase, strict_once, fixed, " \
	"deduplication and increase, with spaces or commas between them; '' is none."

/* Transition function: (state, within, mode, time, boolean[]) */
AGGREGATE_ONLY(user_ops_window_funnel_add)
{
	return asked_rows_add(fcinfo);
}

/* Transition function: (state, within, time, mode, boolean[]), the mode being bits */
AGGREGATE_ONLY(user_ops_window_funnel_add_bits)
{
	NullableDatum time = fcinfo->args[2];
	Datum result;

	fcinfo->args[2] = fcinfo->args[3];
	fcinfo->args[3] = time;
	result = asked_rows_add(fcinfo);
	fcinfo->args[3] = fcinfo->args[2];
	fcinfo->args[2] = time;
	return result;
}

static bool
is_word(const char *word, size_t size, const char *mode)
{
	return strlen(mode) == size && strncmp(word, mode, size) == 0;
}

/* What a word of the mode says; false if it says nothing. */
static bool
set_mode(FunnelQuestion *question, const char *word, size_t size)
{
	if (is_word(word, size, "default") || is_word(word, size, "strict_once"))
		return true;
	if (is_word(word, size, "strict_order"))
		question->in_between = FUNNEL_NOTHING;
	else if (is_word(word, size, "fixed"))
	{
		if (question->in_between == FUNNEL_ANYTHING)
			question->in_between = FUNNEL_NO_STEPS;
		question->repeats_break = true;
	}
	else if (is_word(word, size, "strict_deduplication") || is_word(word, size, "deduplication"))
		question->repeats_break = true;
	else if (is_word(word, size, "strict_increase") || is_word(word, size, "increase"))
		question->strict_ties = true;
	else
		return false;
	return true;
}

static void
read_mode(FunnelQuestion *question, text *mode)
{
	const char *p = text_to_cstring(mode);

	while (*(p += strspn(p, " ,")) != '\0')
	{
		size_t size = strcspn(p, " ,");

		if (!set_mode(question, p, size))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("unknown mode \"%.*s\"", (int) size, p),
							errhint("%s", HINT_MODES)));
		p += size;
	}
}

#define BIT_DEDUPLICATION 1
#define BIT_FIXED         2
#define BIT_INCREASE      4

static void
read_bits(FunnelQuestion *question, int32 bits)
{
	if ((bits & ~(BIT_DEDUPLICATION | BIT_FIXED | BIT_INCREASE)) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown mode %d", bits),
						errhint("It is a sum of 1 (deduplication), 2 (fixed) and 4 (increase), or 0.")));
	question->in_between = (bits & BIT_FIXED) != 0 ? FUNNEL_NO_STEPS : FUNNEL_ANYTHING;
	question->repeats_break = (bits & (BIT_DEDUPLICATION | BIT_FIXED)) != 0;
	question->strict_ties = (bits & BIT_INCREASE) != 0;
}

static int64
seconds_to_usecs(int64 seconds)
{
	int64 usecs;

	if (seconds < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the window must not be negative"),
						errhint("It is a number of seconds.")));
	if (__builtin_mul_overflow(seconds, USECS_PER_SEC, &usecs))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("the window is out of range"),
						errhint("The longest duration is about 290,000 years.")));
	return usecs;
}

/* The level of the rows in argument 0, in a window of so long. */
static Datum
window_level(AskedRows *rows, int64 within, bool bits)
{
	Journey journey = journey_built(rows->builder);
	FunnelQuestion question = {.within = within,
							   .entry_from = DT_NOBEGIN,
							   .entry_to = DT_NOEND,
							   .as_of = DT_NOEND,
							   .n_steps = journey.n_conditions};
	FunnelRows all;

	if (bits)
		read_bits(&question, DatumGetInt32(rows->questions[1].value));
	else
		read_mode(&question, DatumGetTextPP(rows->questions[1].value));
	funnel_normalize(&question);
	all = funnel_rows(&question, &journey);
	PG_RETURN_INT32(funnel_level(&question, &all));
}

/* The window is a number of seconds, or an interval; the mode words, or bits. */
#define FINAL_FUNCTION(name, usecs, bits)                                                          \
	PG_FUNCTION_INFO_V1(user_ops_window_funnel_##name);                                            \
	Datum user_ops_window_funnel_##name(PG_FUNCTION_ARGS)                                          \
	{                                                                                              \
		AskedRows *rows;                                                                           \
                                                                                                   \
		if (PG_ARGISNULL(0))                                                                       \
			PG_RETURN_NULL();                                                                      \
		rows = ASKED_ROWS_ARG();                                                                   \
		return window_level(rows, usecs, bits);                                                    \
	}

#define SECONDS_ASKED  seconds_to_usecs(DatumGetInt64(rows->questions[0].value))
#define INTERVAL_ASKED duration_usecs(DatumGetIntervalP(rows->questions[0].value), "the window")

FINAL_FUNCTION(seconds_final, SECONDS_ASKED, false)
FINAL_FUNCTION(interval_final, INTERVAL_ASKED, false)
FINAL_FUNCTION(bits_final, SECONDS_ASKED, true)
