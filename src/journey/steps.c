/*
 * steps.c: the type journey_steps: text, binary, and what it is made of.
 *
 * As text: a number of conditions, or names as an array has them; then, where they are
 * given, the others and keep_others:
 *
 *	{view,cart,pay} others {cancel} keep_others
 *
 *	1. One dimension: one event a step, taken literally.  Two: a row has the alternatives of a
 *	   step, NULLs fill it up.  A NULL in one dimension, a row without a name, no step, or
 *	   more than 64 with the others: 22023.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "journey/steps.h"
#include "server/call.h"
#include "server/state_io.h"

#define OTHERS      " others "
#define KEEP_OTHERS " keep_others"

#define HINT_NAMES \
	"Write one event a step, '{view,cart,pay}', or the alternatives of each, " \
	"'{{view,NULL},{cart,buy}}'."

static void
bad_steps(const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
					errhint(HINT_NAMES)));
}

/* The elements of an array of text, and how many stand in a row. */
typedef struct NameArray
{
	Datum *names;
	bool *nulls;
	int n;
	int width; /* 1: one dimension */
} NameArray;

static NameArray
names_of_array(ArrayType *array)
{
	NameArray names = {.width = 1};

	if (ARR_NDIM(array) == 0)
		return names;
	if (ARR_NDIM(array) > 2)
		bad_steps("steps have one or two dimensions");
	if (ARR_NDIM(array) == 2)
		names.width = ARR_DIMS(array)[1];
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names.names, &names.nulls, &names.n);
	return names;
}

static void
write_condition(ByteWriter *out, const NameArray *names, int from)
{
	int n = 0;

	for (int i = from; i < from + names->width; i++)
		n += !names->nulls[i];
	if (n == 0)
		bad_steps("a step has no event");
	write_varint(out, (uint64) n);
	for (int i = from; i < from + names->width; i++)
		if (!names->nulls[i])
		{
			struct varlena *name = (struct varlena *) DatumGetPointer(names->names[i]);

			name = PG_DETOAST_DATUM_PACKED(PointerGetDatum(name));
			steps_write_name(out, VARDATA_ANY(name), (uint32) VARSIZE_ANY_EXHDR(name));
		}
}

static struct varlena *
steps_of_array(ArrayType *array)
{
	NameArray names = names_of_array(array);
	int n = names.n / names.width;
	StepsHead head = {.by_name = true, .n_steps = (uint8) n, .n_conditions = (uint8) n};
	ByteWriter out = byte_writer(VARHDRSZ);

	if (n == 0)
		bad_steps("there are no steps");
	if (n > JOURNEY_CONDITIONS)
		bad_steps("there are more than 64 steps");
	steps_write_head(&out, &head);
	for (int from = 0; from < names.n; from += names.width)
		write_condition(&out, &names, from);
	return value_of_writer(&out);
}

/* What stands behind the head. */
static ByteReader
read_steps(struct varlena *steps, StepsHead *head)
{
	ByteReader in = byte_reader((const uint8 *) VARDATA_ANY(steps), VARSIZE_ANY_EXHDR(steps));

	*head = steps_read_head(&in);
	if (!head->by_name)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("steps with others, or that keep others, are names, not a number"),
						errhint(HINT_NAMES)));
	return in;
}

static void
copy_names(ByteWriter *out, ByteReader *in)
{
	while (in->next < in->end)
		write_byte(out, read_byte(in));
}

/* Steps with others behind them, NULL being none. */
static struct varlena *
steps_with(struct varlena *steps, bool keep_others, struct varlena *others)
{
	StepsHead head;
	StepsHead more = {0};
	ByteReader in = read_steps(steps, &head);
	ByteReader behind = {0};
	ByteWriter out = byte_writer(VARHDRSZ);

	if (others != NULL)
		behind = read_steps(others, &more);
	if (head.n_conditions + more.n_conditions > JOURNEY_CONDITIONS)
		bad_steps("there are more than 64 steps and others");
	head.n_conditions += more.n_conditions;
	head.keep_others |= keep_others || more.keep_others;
	steps_write_head(&out, &head);
	copy_names(&out, &in);
	copy_names(&out, &behind);
	return value_of_writer(&out);
}

static Datum
steps_of_number(int n)
{
	StepsHead head = {.n_steps = (uint8) n};
	ByteWriter out = byte_writer(VARHDRSZ);

	if (n < 1 || n > JOURNEY_CONDITIONS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there are 1 to %d steps, not %d", JOURNEY_CONDITIONS, n),
						errhint("Give as many as the journey's first conditions are steps.")));
	steps_write_head(&out, &head);
	return PointerGetDatum(value_of_writer(&out));
}

/* The literal of an array of text that begins here, cut out; *text moves behind it. */
static char *
cut_array(char **text)
{
	char *start = *text;
	char *p = start;
	int depth = 0;
	bool quoted = false;

	do
	{
		if (*p == '\0')
			break;
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (*p == '{') - (*p == '}');
		p++;
	} while (depth > 0 || quoted);
	*text = p;
	return pnstrdup(start, (Size) (p - start));
}

static ArrayType *
parse_array(char **text)
{
	return DatumGetArrayTypeP(
		OidFunctionCall3(F_ARRAY_IN, CStringGetDatum(cut_array(text)), ObjectIdGetDatum(TEXTOID),
						 Int32GetDatum(-1)));
}

static bool
skip_text(char **text, const char *expected)
{
	size_t length = strlen(expected);

	if (strncmp(*text, expected, length) != 0)
		return false;
	*text += length;
	return true;
}

PG_FUNCTION_INFO_V1(user_ops_journey_steps_in);
Datum
user_ops_journey_steps_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	char *rest = text;
	struct varlena *steps;
	struct varlena *others = NULL;
	bool keep_others;

	if (text[strspn(text, "0123456789")] == '\0' && *text != '\0')
		return steps_of_number(pg_strtoint32(text));
	if (strchr(text, '{') == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type journey_steps: \"%s\"", text),
						errhint(HINT_NAMES)));
	steps = steps_of_array(parse_array(&rest));
	if (skip_text(&rest, OTHERS))
		others = steps_of_array(parse_array(&rest));
	keep_others = skip_text(&rest, KEEP_OTHERS);
	if (*rest != '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type journey_steps: \"%s\"", text),
						errdetail("Junk at \"%s\".", rest), errhint(HINT_NAMES)));
	PG_RETURN_POINTER(steps_with(steps, keep_others, others));
}

/* So many conditions as the literal of an array. */
static char *
print_conditions(ByteReader *in, int n)
{
	JourneyText *names[JOURNEY_CONDITIONS];
	int counts[JOURNEY_CONDITIONS];
	int width = 1;
	int dims[2] = {n, 1};
	int bounds[2] = {1, 1};
	Datum *values;
	bool *nulls;
	ArrayType *array;

	for (int i = 0; i < n; i++)
	{
		counts[i] = (int) read_varint(in, PG_INT32_MAX);
		names[i] = palloc(counts[i] * sizeof(JourneyText));
		for (int k = 0; k < counts[i]; k++)
			names[i][k] = steps_read_name(in);
		width = Max(width, counts[i]);
	}
	values = palloc0(n * width * sizeof(Datum));
	nulls = palloc0(n * width * sizeof(bool));
	for (int i = 0; i < n; i++)
		for (int k = 0; k < width; k++)
		{
			nulls[i * width + k] = k >= counts[i];
			if (k < counts[i])
				values[i * width + k] = PointerGetDatum(
					cstring_to_text_with_len(names[i][k].bytes, (int) names[i][k].size));
		}
	dims[1] = width;
	array = construct_md_array(values, nulls, width > 1 ? 2 : 1, dims, bounds, TEXTOID, -1, false,
							   TYPALIGN_INT);
	return OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(array));
}

PG_FUNCTION_INFO_V1(user_ops_journey_steps_out);
Datum
user_ops_journey_steps_out(PG_FUNCTION_ARGS)
{
	size_t size;
	const uint8 *bytes = steps_arg(fcinfo, 0, &size);
	ByteReader in = byte_reader(bytes, size);
	StepsHead head = steps_read_head(&in);
	const char *steps;
	const char *others = "";

	if (!head.by_name)
		PG_RETURN_CSTRING(psprintf("%d", head.n_steps));
	steps = print_conditions(&in, head.n_steps);
	if (head.n_conditions > head.n_steps)
		others = psprintf(OTHERS "%s", print_conditions(&in, head.n_conditions - head.n_steps));
	PG_RETURN_CSTRING(psprintf("%s%s%s", steps, others, head.keep_others ? KEEP_OTHERS : ""));
}

/* Names are text: they have to be valid in the encoding of the database, too. */
static const char *
check_value(const uint8 *bytes, size_t size)
{
	const char *problem = steps_check(bytes, size);
	ByteReader in = byte_reader(bytes, size);
	int n;

	if (problem != NULL)
		return problem;
	n = steps_read_head(&in).n_conditions;
	for (int i = 0; i < n; i++)
		for (uint64 k = read_varint(&in, UINT32_MAX); k > 0; k--)
		{
			JourneyText name = steps_read_name(&in);

			if (!pg_verifymbstr(name.bytes, (int) name.size, true))
				return "a name is not valid in the encoding of the database";
		}
	return NULL;
}

SQL_FUNCTION(journey_steps_recv, value_from_bytes(message_arg(fcinfo), "journey_steps", check_value))

/* journey_steps(n): the first n conditions */
SQL_FUNCTION(journey_steps_of_number, steps_of_number(PG_GETARG_INT32(0)))

/* Integers as their digits. */
static ArrayType *
array_of_text(ArrayType *array)
{
	Oid element = ARR_ELEMTYPE(array);
	Datum *values;
	bool *nulls;
	int n;
	int16 length;
	bool by_value;
	char align;

	if (element == TEXTOID)
		return array;
	get_typlenbyvalalign(element, &length, &by_value, &align);
	deconstruct_array(array, element, length, by_value, align, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			values[i] = CStringGetTextDatum(
				psprintf(INT64_FORMAT, element == INT8OID ? DatumGetInt64(values[i])
														  : (int64) DatumGetInt32(values[i])));
	if (ARR_NDIM(array) == 0)
		return construct_empty_array(TEXTOID);
	return construct_md_array(values, nulls, ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array),
							  TEXTOID, -1, false, TYPALIGN_INT);
}

PG_FUNCTION_INFO_V1(user_ops_journey_steps_of_array);
Datum
user_ops_journey_steps_of_array(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(steps_of_array(array_of_text(PG_GETARG_ARRAYTYPE_P(0))));
}

/* journey_steps(steps, keep_others, others) */
PG_FUNCTION_INFO_V1(user_ops_journey_steps_with);
Datum
user_ops_journey_steps_with(PG_FUNCTION_ARGS)
{
	refuse_null(fcinfo, 0, "steps", HINT_NAMES);
	refuse_null(fcinfo, 1, "keep_others", "Omit the argument to get its default.");
	PG_RETURN_POINTER(steps_with(PG_GETARG_VARLENA_PP(0), PG_GETARG_BOOL(1),
								 PG_ARGISNULL(2) ? NULL : PG_GETARG_VARLENA_PP(2)));
}
