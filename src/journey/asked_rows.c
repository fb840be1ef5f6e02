/*
 * asked_rows.c: aggregates over the rows of one user that end in an answer.
 */
#include "server/compat.h"

#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "journey/asked_rows.h"
#include "journey/journey_input.h"
#include "journey/journey_value.h"
#include "server/call.h"
#include "server/state_io.h"

/* Questions stand behind the state, a time and conditions behind them. */
static int
n_questions(FunctionCallInfo fcinfo)
{
	return PG_NARGS() - 3;
}

/* A state without rows, in the memory of the aggregate. */
static AskedRows *
new_rows(FunctionCallInfo fcinfo, const JourneyKind *kind)
{
	AskedRows *rows;
	MemoryContext context;
	MemoryContext old_context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called outside an aggregate");
	old_context = MemoryContextSwitchTo(context);
	rows = palloc0(sizeof(AskedRows));
	rows->context = context;
	rows->builder = journey_builder(kind);
	MemoryContextSwitchTo(old_context);
	return rows;
}

static void
ask(AskedRows *rows, const AskedQuestion *question)
{
	MemoryContext old_context = MemoryContextSwitchTo(rows->context);
	AskedQuestion *copy = &rows->questions[rows->n_questions++];

	*copy = *question;
	copy->value = datumCopy(question->value, question->by_value, question->length);
	MemoryContextSwitchTo(old_context);
}

static AskedRows *
rows_of_call(FunctionCallInfo fcinfo, uint8 n_conditions)
{
	AskedRows *rows = new_rows(fcinfo, &(JourneyKind){.n_conditions = n_conditions});

	for (int i = 1; i <= n_questions(fcinfo); i++)
	{
		AskedQuestion question = {.value = PG_GETARG_DATUM(i)};

		get_typlenbyval(get_fn_expr_argtype(fcinfo->flinfo, i), &question.length,
						&question.by_value);
		ask(rows, &question);
	}
	return rows;
}

static void
expect_question(const AskedQuestion *question, Datum value)
{
	if (!datum_image_eq(question->value, value, question->by_value, question->length))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the rows of one user ask different things"),
						errhint("Give the same arguments before the time in every row.")));
}

Datum
asked_rows_add(FunctionCallInfo fcinfo)
{
	int time = n_questions(fcinfo) + 1;
	JourneyInput *input;
	AskedRows *rows;
	JourneyEvent event;
	MemoryContext old_context;

	for (int i = 1; i < time; i++)
		refuse_null(fcinfo, i, "what is asked", "Give all arguments before the time.");
	if (PG_ARGISNULL(time))
		return state_as_it_is(fcinfo);
	input = journey_input(fcinfo, time);
	if (PG_ARGISNULL(0))
		rows = rows_of_call(fcinfo, input->n_conditions);
	else
	{
		rows = ASKED_ROWS_ARG();
		for (int i = 0; i < rows->n_questions; i++)
			expect_question(&rows->questions[i], PG_GETARG_DATUM(i + 1));
		journey_expect_conditions(input, rows->builder->kind.n_conditions);
	}
	(void) journey_read_row(input, fcinfo, NULL, NULL, &event);
	old_context = MemoryContextSwitchTo(rows->context);
	journey_add_row(rows->builder, event.at)->mask = event.what;
	MemoryContextSwitchTo(old_context);
	PG_RETURN_POINTER(rows);
}

static void
add_journey(AskedRows *rows, const Journey *journey)
{
	MemoryContext old_context = MemoryContextSwitchTo(rows->context);

	journey_add_journey(rows->builder, journey);
	MemoryContextSwitchTo(old_context);
}

PG_FUNCTION_INFO_V1(user_ops_asked_rows_combine);
Datum
user_ops_asked_rows_combine(PG_FUNCTION_ARGS)
{
	AskedRows *other;
	AskedRows *rows;
	Journey journey;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	other = (AskedRows *) PG_GETARG_POINTER(1);
	rows = PG_ARGISNULL(0) ? new_rows(fcinfo, &other->builder->kind) : ASKED_ROWS_ARG();
	for (int i = 0; i < other->n_questions; i++)
		if (PG_ARGISNULL(0))
			ask(rows, &other->questions[i]);
		else
			expect_question(&rows->questions[i], other->questions[i].value);
	journey = journey_built(other->builder);
	add_journey(rows, &journey);
	journey_give_back(other->builder);
	PG_RETURN_POINTER(rows);
}

/* The questions, then the journey. */
PG_FUNCTION_INFO_V1(user_ops_asked_rows_serialize);
Datum
user_ops_asked_rows_serialize(PG_FUNCTION_ARGS)
{
	AskedRows *rows = ASKED_ROWS_ARG();
	struct varlena *journey = journey_from_builder(rows->builder);
	Size size = sizeof(int) + VARSIZE(journey) - VARHDRSZ;
	bytea *bytes;
	char *p;

	for (int i = 0; i < rows->n_questions; i++)
		size += sizeof(AskedQuestion) + datumEstimateSpace(rows->questions[i].value, false,
														   rows->questions[i].by_value,
														   rows->questions[i].length);
	bytes = palloc(VARHDRSZ + size);
	SET_VARSIZE(bytes, VARHDRSZ + size);
	p = VARDATA(bytes);
	memcpy(p, &rows->n_questions, sizeof(int));
	p += sizeof(int);
	for (int i = 0; i < rows->n_questions; i++)
	{
		const AskedQuestion *question = &rows->questions[i];

		memcpy(p, question, sizeof(AskedQuestion));
		p += sizeof(AskedQuestion);
		datumSerialize(question->value, false, question->by_value, question->length, &p);
	}
	memcpy(p, VARDATA(journey), VARSIZE(journey) - VARHDRSZ);
	PG_RETURN_BYTEA_P(bytes);
}

PG_FUNCTION_INFO_V1(user_ops_asked_rows_deserialize);
Datum
user_ops_asked_rows_deserialize(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	char *p = VARDATA_ANY(bytes);
	char *end = p + VARSIZE_ANY_EXHDR(bytes);
	AskedRows *rows = palloc0(sizeof(AskedRows));
	JourneyRoom room = {0};
	JourneyKind kind;
	const Journey *journey;
	bool is_null;

	rows->context = CurrentMemoryContext;
	memcpy(&rows->n_questions, p, sizeof(int));
	p += sizeof(int);
	for (int i = 0; i < rows->n_questions; i++)
	{
		memcpy(&rows->questions[i], p, sizeof(AskedQuestion));
		p += sizeof(AskedQuestion);
		rows->questions[i].value = datumRestore(&p, &is_null);
	}
	journey = journey_decode(&room, (const uint8 *) p, (size_t) (end - p));
	kind = journey_kind(journey);
	rows->builder = journey_builder(&kind);
	add_journey(rows, journey);
	PG_RETURN_POINTER(rows);
}
