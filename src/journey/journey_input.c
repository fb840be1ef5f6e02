/*
 * journey_input.c: the rows of journey_agg and journeys_agg.
 *
 *	1. A NULL or infinite time: skipped, 22008.
 *	2. Conditions: a NULL is false; all rows have as many, 1 to 64 (22023).
 *	3. By name: a row whose event is NULL is skipped.
 *	4. With steps: names are told apart once and looked up.  Rows of no condition, those
 *	   whose event is NULL among them, are left out, unless the steps keep them.  The steps
 *	   are the same in every row (22023).
 *	5. A NULL tiebreak is 0; a NULL amount or label is none.
 */
#include "server/compat.h"

#include "catalog/pg_enum.h"
#include "common/int.h"
#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "journey/journey_input.h"
#include "journey/steps.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"

#define HINT_STEPS "Give the steps as a constant array, such as '{view,cart,pay}'."

void
steps_differ(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the rows of one journey have different steps"), errhint(HINT_STEPS)));
}

void
conditions_differ(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the rows of one journey have different numbers of conditions"),
					errhint("Give as many conditions in every row.")));
}

/* What an integer or an enum value, by its OID, was found to be. */
typedef struct NumberEntry
{
	int64 number;
	uint64 what; /* its conditions, or the number of its name */
	char status;
} NumberEntry;

static inline uint32
hash_of_number(int64 number)
{
	return (uint32) (((uint64) number * UINT64CONST(0x9E3779B97F4A7C15)) >> 32);
}

#define SH_PREFIX numbers
#define SH_ELEMENT_TYPE NumberEntry
#define SH_KEY_TYPE int64
#define SH_KEY number
#define SH_HASH_KEY(table, key) hash_of_number(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

static JourneyEvents
events_of_type(Oid type)
{
	if (type == BOOLARRAYOID)
		return EVENTS_CONDITIONS;
	if (type == TEXTOID)
		return EVENTS_TEXT;
	return type == INT8OID ? EVENTS_INTEGER : EVENTS_ENUM;
}

static Oid
base_type_of_argument(FunctionCallInfo fcinfo, int n)
{
	return getBaseType(get_fn_expr_argtype(fcinfo->flinfo, n));
}

/* Is the argument a constant, so that it stands in one place? */
static bool
is_constant(FunctionCallInfo fcinfo, int n)
{
	const Aggref *aggref = AggGetAggref(fcinfo);

	/* the state is the first */
	return aggref != NULL &&
		   IsA(((const TargetEntry *) list_nth(aggref->args, n - 1))->expr, Const);
}

/* Which argument is what. */
static void
find_arguments(JourneyInput *input, FunctionCallInfo fcinfo)
{
	int last = PG_NARGS() - 1;
	int more = last - input->time; /* arguments behind the time */

	input->day = base_type_of_argument(fcinfo, input->time) == DATEOID;
	input->event = base_type_of_argument(fcinfo, last) == BOOLARRAYOID ? last : input->time + 1;
	input->events = events_of_type(base_type_of_argument(fcinfo, input->event));
	if (input->events == EVENTS_CONDITIONS)
		input->amount = more > 1 ? input->time + 1 : 0;
	else if (more == 2)
	{
		Oid type = base_type_of_argument(fcinfo, last);

		input->amount = type == NUMERICOID || type == INT4OID ? last : 0;
		input->steps = input->amount == 0 ? last : 0;
	}
	else
	{
		input->steps = more == 5 ? input->event + 1 : 0;
		input->amount = more >= 4 ? last - 2 : 0;
	}
	if (input->amount > 0 && more >= 4)
	{
		input->tiebreak = input->amount + 1;
		input->label = input->amount + 2;
	}
	input->constant_steps = input->steps > 0 && is_constant(fcinfo, input->steps);
	if (input->amount > 0)
		input->integer_amount = base_type_of_argument(fcinfo, input->amount) == INT4OID;
}

static int64
integer_of_step(const char *text)
{
	char *end;
	int64 number;

	errno = 0;
	number = strtoi64(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("step \"%s\" is no integer, as the events are", text),
						errhint("Give the steps as an array of integers, such as '{1,2,7}'.")));
	return number;
}

/* The conditions of integers: unlike those of enum values, all that there are are known. */
static void
number_steps(JourneyInput *input)
{
	const StepTable *table = input->table;

	for (uint32 i = 0; i < table->names.n; i++)
	{
		const JourneyText *name = &table->names.texts[i];
		char *text = pnstrdup(name->bytes, name->size);
		int64 number = integer_of_step(text);
		bool found;
		NumberEntry *entry = numbers_insert(input->numbers, number, &found);

		entry->what = (found ? entry->what : 0) | table->masks[i];
		pfree(text);
	}
}

static void
set_steps(JourneyInput *input, FunctionCallInfo fcinfo)
{
	MemoryContext old_context = MemoryContextSwitchTo(input->context);
	struct varlena *steps;

	refuse_null(fcinfo, input->steps, "steps", HINT_STEPS);
	steps = PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(input->steps));
	if (input->table != NULL)
	{
		step_table_free(input->table);
		pfree(input->steps_bytes);
		numbers_reset(input->numbers);
	}
	input->steps_bytes = steps;
	input->steps_hash = text_hash(VARDATA(steps), VARSIZE(steps) - VARHDRSZ);
	input->table = step_table((const uint8 *) VARDATA(steps), VARSIZE(steps) - VARHDRSZ);
	if (!input->table->head.by_name)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the steps of events must be their names"),
						errhint(HINT_STEPS)));
	input->n_conditions = input->table->head.n_conditions;
	if (input->events == EVENTS_INTEGER)
		number_steps(input);
	MemoryContextSwitchTo(old_context);
}

static const ArrayType *
conditions_arg(FunctionCallInfo fcinfo, int n, int *count)
{
	ArrayType *array;

	refuse_null(fcinfo, n, "steps", "Give one condition or more, such as event = 'view'.");
	array = PG_GETARG_ARRAYTYPE_P(n);
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (*count < 1 || *count > JOURNEY_CONDITIONS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a journey has 1 to %d conditions", JOURNEY_CONDITIONS),
						errhint("Give each step as a condition, such as event = 'view'.")));
	return array;
}

JourneyInput *
journey_input(FunctionCallInfo fcinfo, int time)
{
	JourneyInput *input = fcinfo->flinfo->fn_extra;

	if (input == NULL)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;

		input = MemoryContextAllocZero(context, sizeof(JourneyInput));
		input->context = context;
		input->time = time;
		input->numbers = numbers_create(context, 16, NULL);
		find_arguments(input, fcinfo);
		fcinfo->flinfo->fn_extra = input;
	}
	journey_check_steps(input, fcinfo);
	/* of the first row of a state; others are held against that when they are read */
	if (input->events == EVENTS_CONDITIONS && PG_ARGISNULL(0))
	{
		int n;

		conditions_arg(fcinfo, input->event, &n);
		input->n_conditions = (uint8) n;
	}
	return input;
}

void
journey_check_steps(JourneyInput *input, FunctionCallInfo fcinfo)
{
	struct varlena *steps;

	if (input->steps == 0 || (input->table != NULL && input->constant_steps))
		return;
	refuse_null(fcinfo, input->steps, "steps", HINT_STEPS);
	if (input->table != NULL)
	{
		steps = PG_GETARG_VARLENA_PP(input->steps);
		if (VARSIZE_ANY_EXHDR(steps) == VARSIZE(input->steps_bytes) - VARHDRSZ &&
			memcmp(VARDATA_ANY(steps), VARDATA(input->steps_bytes), VARSIZE_ANY_EXHDR(steps)) == 0)
			return;
	}
	set_steps(input, fcinfo);
}

static uint64
mask_of_array(const JourneyInput *input, FunctionCallInfo fcinfo)
{
	const bool *values;
	const uint8 *nulls;
	uint64 mask = 0;
	int n;
	const ArrayType *array = conditions_arg(fcinfo, input->event, &n);

	if (n != input->n_conditions)
		conditions_differ();
	values = (const bool *) array + (ARR_HASNULL(array) ? (size_t) array->dataoffset
														: ARR_OVERHEAD_NONULLS(ARR_NDIM(array)));
	nulls = ARR_NULLBITMAP(array);
	for (int i = 0; i < n; i++)
		if (nulls == NULL || (nulls[i / BITS_PER_BYTE] & 1 << i % BITS_PER_BYTE) != 0)
			mask |= (uint64) *values++ << i;
	return mask;
}

/* The label of an enum value. */
static char *
enum_label(Oid value)
{
	HeapTuple tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	char *label;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid internal value for enum: %u", value)));
	label = pstrdup(NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel));
	ReleaseSysCache(tuple);
	return label;
}

static char *
name_of_number(const JourneyInput *input, int64 number)
{
	return input->events == EVENTS_ENUM ? enum_label((Oid) number) : psprintf(INT64_FORMAT, number);
}

static inline uint32
add_text(TextSet *set, const char *bytes, size_t size)
{
	MemoryContext old_context = MemoryContextSwitchTo(set->context);
	uint32 number = texts_add(set->texts, bytes, (uint32) size);

	MemoryContextSwitchTo(old_context);
	return number;
}

/* What an integer or an enum value is; it is looked up by name the first time. */
static uint64
what_of_number(JourneyInput *input, int64 number, TextSet *names)
{
	NumberEntry *entry = numbers_lookup(input->numbers, number);
	bool found;
	uint64 what;
	char *name;

	if (entry != NULL)
		return entry->what;
	if (input->table != NULL && input->events == EVENTS_INTEGER)
		return 0;
	name = name_of_number(input, number);
	what = input->table != NULL ? step_mask(input->table, name, (uint32) strlen(name))
								: add_text(names, name, strlen(name));
	pfree(name);
	numbers_insert(input->numbers, number, &found)->what = what;
	return what;
}

/* Numbers of names are those of one set; an empty one may stand where another stood. */
static inline void
use_names(JourneyInput *input, const Texts *names)
{
	if (input->names == names && names->n > 0)
		return;
	numbers_reset(input->numbers);
	input->names = names;
}

static inline uint64
what_of_event(JourneyInput *input, FunctionCallInfo fcinfo, TextSet *names)
{
	struct varlena *text;
	uint64 what;

	if (input->events == EVENTS_ENUM || input->events == EVENTS_INTEGER)
	{
		if (input->table == NULL)
			use_names(input, names->texts);
		return what_of_number(input,
							  input->events == EVENTS_ENUM ? (int64) PG_GETARG_OID(input->event)
														   : PG_GETARG_INT64(input->event),
							  names);
	}
	text = packed_arg(fcinfo, input->event);
	what = input->table != NULL
			   ? step_mask(input->table, VARDATA_ANY(text), (uint32) VARSIZE_ANY_EXHDR(text))
			   : add_text(names, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	if ((Pointer) text != DatumGetPointer(PG_GETARG_DATUM(input->event)))
		pfree(text);
	return what;
}

static _Noreturn void
day_out_of_range(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					errmsg("date out of range for the time of an event"),
					errhint("Times reach to 294276-12-31.")));
}

static inline int64
time_of_row(const JourneyInput *input, FunctionCallInfo fcinfo)
{
	Timestamp time;

	if (input->day)
	{
		DateADT day = PG_GETARG_DATEADT(input->time);

		if (DATE_NOT_FINITE(day))
			infinite_time();
		if (pg_mul_s64_overflow(day, USECS_PER_DAY, &time) || !IS_VALID_TIMESTAMP(time))
			day_out_of_range();
		return time;
	}
	time = PG_GETARG_TIMESTAMP(input->time);
	if (TIMESTAMP_NOT_FINITE(time))
		infinite_time();
	return time;
}

static void
read_more(const JourneyInput *input, FunctionCallInfo fcinfo, TextSet *labels,
		  JourneyEvent *event)
{
	if (!PG_ARGISNULL(input->amount))
	{
		Decimal amount = input->integer_amount
							 ? (Decimal){PG_GETARG_INT32(input->amount), 0}
							 : decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(input->amount));

		event->amount = amount.value;
		event->scale = amount.scale;
	}
	if (input->tiebreak > 0 && !PG_ARGISNULL(input->tiebreak))
		event->tiebreak = PG_GETARG_INT64(input->tiebreak);
	if (input->label > 0 && !PG_ARGISNULL(input->label))
	{
		struct varlena *label = PG_GETARG_VARLENA_PP(input->label);

		event->label = add_text(labels, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
	}
}

bool
journey_read_row(JourneyInput *input, FunctionCallInfo fcinfo, TextSet *names, TextSet *labels,
				 JourneyEvent *event)
{
	*event = (JourneyEvent){.at = time_of_row(input, fcinfo), .scale = -1, .label = JOURNEY_NONE};
	if (input->events == EVENTS_CONDITIONS)
		event->what = mask_of_array(input, fcinfo);
	else if (!PG_ARGISNULL(input->event))
		event->what = what_of_event(input, fcinfo, names);
	else if (input->table == NULL)
		return false;
	if (event->what == 0 && journey_input_partial(input))
		return false;
	if (input->amount > 0)
		read_more(input, fcinfo, labels, event);
	return true;
}
