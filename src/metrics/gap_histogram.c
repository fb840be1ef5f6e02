/*
 * gap_histogram.c: the type gap_histogram and the aggregate that makes it.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. A NULL parameter is an error (22004); an infinite as_of (22008), brackets that
 *	   are none and parameters that differ from another row's (22023) are, too.
 *	3. A bracket is listed whether there are gaps in it or not; share is NULL
 *	   where there are none at all.
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "utils/array.h"
#include "kernel/metrics/gap_histogram.h"
#include "population/population.h"
#include "population/user_states.h"
#include "server/call.h"

#define COLUMNS 5

STATE_FUNCTIONS(gap_histogram, gap_histogram_kind)

/* What is asked: as_of and brackets. */
typedef struct Question
{
	int32 as_of;
	int n;
	const int32 *from_days; /* in the argument itself */
} Question;

/* Argument n is as_of; behind it stand the brackets. */
static Question
question_of_call(FunctionCallInfo fcinfo, int n)
{
	Question question;
	ArrayType *brackets;
	size_t offset;
	const char *problem;

	refuse_null(fcinfo, n, "as_of", "Give the first day that is not counted.");
	refuse_null(fcinfo, n + 1, "brackets", GAP_BRACKETS_HINT);
	question.as_of = finite_as_of(PG_GETARG_DATEADT(n));
	brackets = PG_GETARG_ARRAYTYPE_P(n + 1);
	if (ARR_NDIM(brackets) > 1 || array_contains_nulls(brackets))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("brackets must be a list of numbers of days"),
						errhint("%s", GAP_BRACKETS_HINT)));
	question.n = ArrayGetNItems(ARR_NDIM(brackets), ARR_DIMS(brackets));
	/* without a NULL, though there may be a bitmap of them */
	offset = ARR_HASNULL(brackets) ? (size_t) brackets->dataoffset
								   : ARR_OVERHEAD_NONULLS(ARR_NDIM(brackets));
	question.from_days = (const int32 *) ((const char *) brackets + offset);
	problem = gap_brackets_problem(question.from_days, question.n);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
						errhint("%s", GAP_BRACKETS_HINT)));
	return question;
}

static GapHistogram *
new_histogram(const Question *question)
{
	return gap_histogram_create(question->as_of, question->from_days, (uint32) question->n);
}

static void *
add_user(void *histogram, ActivityReader *activity, const void *params)
{
	return gap_histogram_add(histogram, activity);
}

/* Transition function: (state, activity, as_of, brackets) */
AGGREGATE_ONLY(user_ops_gap_histogram_add)
{
	Question question = question_of_call(fcinfo, 2);
	GapHistogram *histogram;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		return state_add_rows(fcinfo, new_histogram(&question), add_user);
	histogram = state_to_change(fcinfo, &gap_histogram_kind);
	gap_histogram_expect(histogram, question.as_of, question.from_days, (uint32) question.n);
	return state_add_row(fcinfo, histogram, add_user);
}

/* gap_histogram(population, as_of, brackets) */
PG_FUNCTION_INFO_V1(user_ops_population_gap_histogram);
Datum
user_ops_population_gap_histogram(PG_FUNCTION_ARGS)
{
	Question question = question_of_call(fcinfo, 1);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return state_result_of_users(&population_users, fcinfo, 0, new_histogram(&question),
								 &gap_histogram_kind, NULL, add_user);
}

static HeapTuple
form_bracket(const GapHistogram *histogram, uint32 i, TupleDesc descriptor)
{
	const GapBracket *bracket = &histogram->brackets[i];
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	values[0] = Int32GetDatum(bracket->from_days);
	nulls[1] = i + 1 == histogram->n;
	values[1] = nulls[1] ? (Datum) 0 : Int32GetDatum(bracket[1].from_days - 1);
	values[2] = Int64GetDatum((int64) bracket->gaps);
	values[3] = Int64GetDatum((int64) bracket->users);
	nulls[4] = histogram->gaps == 0;
	values[4] = Float8GetDatum((double) bracket->gaps / (double) Max(histogram->gaps, 1));
	return heap_form_tuple(descriptor, values, nulls);
}

/* cells(gap_histogram): a row for each bracket */
PG_FUNCTION_INFO_V1(user_ops_gap_histogram_cells);
Datum
user_ops_gap_histogram_cells(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const GapHistogram *histogram;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = state_copy(state_arg(fcinfo, 0, &gap_histogram_kind));
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	histogram = call->user_fctx;
	if (call->call_cntr >= histogram->n)
		SRF_RETURN_DONE(call);
	tuple = form_bracket(histogram, (uint32) call->call_cntr, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}
