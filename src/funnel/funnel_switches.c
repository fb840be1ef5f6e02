/*
 * funnel_switches.c: the switches of a funnel, and the type funnel_options; checked when it
 * is built, and again when it is read, because ROW(...) builds it as well.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"
#include "funnel/funnel_switches.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/duration.h"

#define HINT_DEFAULT "Omit it to get its default."
#define HINT_NUMBERS "Give a list of numbers such as '{2,3}'."
#define HINT_GAPS                                                                                  \
	"Give one for each step but the last, NULL where there is none: '{1 hour,NULL}' of three "     \
	"steps."
#define HINT_EXCLUSIONS                                                                            \
	"An exclusion applies while the level is exclude_from or more and below exclude_to, which is " \
	"at most the number of steps."

static const char *const names[N_OPTIONS] = {
	"in_between", "repeats", "ties",		 "entry",	   "unordered",
	"optional",	  "exclude", "exclude_from", "exclude_to", "on_exclusion",
	"min_gap",	  "max_gap", "entry_from",	 "entry_to",   "pick"};

SwitchKind
switch_kind(int which)
{
	switch (which)
	{
		case SWITCH_OPTIONAL:
		case SWITCH_EXCLUDE:
		case SWITCH_EXCLUDE_FROM:
		case SWITCH_EXCLUDE_TO:
		case SWITCH_MIN_GAP:
		case SWITCH_MAX_GAP:
			return SWITCH_ARRAY;
		default:
			return SWITCH_BY_VALUE;
	}
}

static bool
may_be_null(int which)
{
	return (switch_kind(which) == SWITCH_ARRAY && which != SWITCH_OPTIONAL &&
			which != SWITCH_EXCLUDE) ||
		   which == SWITCH_ENTRY_FROM || which == SWITCH_ENTRY_TO;
}

FunnelPick
pick_from_enum(Oid enum_value)
{
	static const char *const labels[] = {"first", "fastest", "latest_entry"};

	return FUNNEL_FIRST + enum_code(enum_value, labels, lengthof(labels));
}

/* Does it stand at the second of two labels? */
static bool
is_second(Datum enum_value, const char *first, const char *second)
{
	const char *const labels[] = {first, second};

	return enum_code(DatumGetObjectId(enum_value), labels, lengthof(labels)) == 1;
}

static bool
is_first_entry(Datum enum_value)
{
	static const char *const labels[] = {"any", "first", "totals"};
	int code = enum_code(DatumGetObjectId(enum_value), labels, lengthof(labels));

	if (code == 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("entry cannot be \"totals\" here"),
						errhint("Call funnel_entries(), which lists all entries of a user.")));
	return code == 1;
}

static FunnelInBetween
in_between_from_enum(Datum enum_value)
{
	static const char *const labels[] = {"any", "no_steps", "nothing"};

	return FUNNEL_ANYTHING + enum_code(DatumGetObjectId(enum_value), labels, lengthof(labels));
}

static SwitchNumbers
read_numbers(const Datum *values, uint32 given, int which)
{
	SwitchNumbers numbers = {-1, NULL};
	ArrayType *array;
	size_t offset;

	if ((given >> which & 1) == 0)
		return numbers;
	array = DatumGetArrayTypePCopy(values[which]);
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a list of numbers", names[which]),
						errhint("%s", HINT_NUMBERS)));
	numbers.n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	/* without a NULL, though there may be a bitmap of them */
	offset =
		ARR_HASNULL(array) ? (size_t) array->dataoffset : ARR_OVERHEAD_NONULLS(ARR_NDIM(array));
	numbers.numbers = (const int32 *) ((const char *) array + offset);
	return numbers;
}

static SwitchGaps
read_gaps(const Datum *values, uint32 given, int which)
{
	SwitchGaps gaps = {-1, NULL};
	ArrayType *array;
	Datum *elements;
	bool *element_nulls;
	int64 *usecs;

	if ((given >> which & 1) == 0)
		return gaps;
	array = DatumGetArrayTypeP(values[which]);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a list of intervals", names[which]), errhint("%s", HINT_GAPS)));
	deconstruct_array(array, INTERVALOID, sizeof(Interval), false, TYPALIGN_DOUBLE, &elements,
					  &element_nulls, &gaps.n);
	usecs = palloc((gaps.n + 1) * sizeof(int64));
	for (int i = 0; i < gaps.n; i++)
		usecs[i] =
			element_nulls[i] ? -1 : duration_usecs(DatumGetIntervalP(elements[i]), names[which]);
	gaps.usecs = usecs;
	return gaps;
}

FunnelSwitches
switches_default(void)
{
	FunnelSwitches switches = {
		.question = {.entry_from = DT_NOBEGIN, .entry_to = DT_NOEND, .drop_entry = true},
		.exclude_from = {-1, NULL},
		.exclude_to = {-1, NULL},
		.min_gap = {-1, NULL},
		.max_gap = {-1, NULL}};

	return switches;
}

static void
read_choices(FunnelQuestion *question, const Datum *values, uint32 given)
{
	if ((given >> SWITCH_IN_BETWEEN & 1) != 0)
		question->in_between = (uint8) in_between_from_enum(values[SWITCH_IN_BETWEEN]);
	if ((given >> SWITCH_REPEATS & 1) != 0)
		question->repeats_break = is_second(values[SWITCH_REPEATS], "allow", "break");
	if ((given >> SWITCH_TIES & 1) != 0)
		question->strict_ties = is_second(values[SWITCH_TIES], "any", "strict");
	if ((given >> SWITCH_ENTRY & 1) != 0)
		question->first_entry = is_first_entry(values[SWITCH_ENTRY]);
	if ((given >> SWITCH_UNORDERED & 1) != 0)
		question->unordered = DatumGetBool(values[SWITCH_UNORDERED]);
	if ((given >> SWITCH_ON_EXCLUSION & 1) != 0)
		question->drop_entry = !is_second(values[SWITCH_ON_EXCLUSION], "drop_entry", "stop");
	if ((given >> SWITCH_ENTRY_FROM & 1) != 0)
		question->entry_from = DatumGetTimestampTz(values[SWITCH_ENTRY_FROM]);
	if ((given >> SWITCH_ENTRY_TO & 1) != 0)
		question->entry_to = DatumGetTimestampTz(values[SWITCH_ENTRY_TO]);
}

FunnelSwitches
switches_read(const Datum *values, const bool *nulls, uint32 given)
{
	FunnelSwitches switches = switches_default();

	for (int i = 0; i < N_SWITCHES; i++)
		if ((given >> i & 1) != 0 && nulls[i])
		{
			if (!may_be_null(i))
				null_argument(names[i], HINT_DEFAULT);
			given &= ~(UINT32_C(1) << i);
		}
	read_choices(&switches.question, values, given);
	switches.optional = read_numbers(values, given, SWITCH_OPTIONAL);
	switches.exclude = read_numbers(values, given, SWITCH_EXCLUDE);
	switches.exclude_from = read_numbers(values, given, SWITCH_EXCLUDE_FROM);
	switches.exclude_to = read_numbers(values, given, SWITCH_EXCLUDE_TO);
	switches.min_gap = read_gaps(values, given, SWITCH_MIN_GAP);
	switches.max_gap = read_gaps(values, given, SWITCH_MAX_GAP);
	return switches;
}

static void
check_length(int which, int n, int expected, const char *hint)
{
	if (n >= 0 && n != expected)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s has %d elements, and needs %d", names[which], n, expected),
						errhint("%s", hint)));
}

static int
check_number(int which, int number, int least, int most, const char *hint)
{
	if (number < least || number > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d of %s is not between %d and %d", number, names[which], least, most),
				 errhint("%s", hint)));
	return number;
}

static void
apply_exclusions(const FunnelSwitches *switches, FunnelQuestion *question, int n_conditions)
{
	int n = Max(switches->exclude.n, 0);
	int n_steps = question->n_steps;

	check_length(SWITCH_EXCLUDE_FROM, switches->exclude_from.n, n, "Give one for each of exclude.");
	check_length(SWITCH_EXCLUDE_TO, switches->exclude_to.n, n, "Give one for each of exclude.");
	question->exclusions = n > 0;
	for (int i = 0; i < n; i++)
	{
		int condition =
			check_number(SWITCH_EXCLUDE, switches->exclude.numbers[i], 1, n_conditions,
						 "It is the number of a condition, a step or one behind the steps.");
		int from = 1;
		int to = n_steps;

		if (switches->exclude_from.n >= 0)
			from = check_number(SWITCH_EXCLUDE_FROM, switches->exclude_from.numbers[i], 1, n_steps,
								HINT_EXCLUSIONS);
		if (switches->exclude_to.n >= 0)
			to = check_number(SWITCH_EXCLUDE_TO, switches->exclude_to.numbers[i], 1, n_steps,
							  HINT_EXCLUSIONS);
		if (from >= to && (switches->exclude_from.n >= 0 || switches->exclude_to.n >= 0))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("exclude_from must be less than exclude_to"),
							errhint("%s", HINT_EXCLUSIONS)));
		for (int level = from; level < to; level++)
			question->hits[level] |= UINT64CONST(1) << (condition - 1);
	}
}

static void
apply_gaps(const FunnelSwitches *switches, FunnelQuestion *question)
{
	int n = question->n_steps - 1;

	check_length(SWITCH_MIN_GAP, switches->min_gap.n, n, HINT_GAPS);
	check_length(SWITCH_MAX_GAP, switches->max_gap.n, n, HINT_GAPS);
	question->gaps = switches->min_gap.n >= 0 || switches->max_gap.n >= 0;
	for (int i = 0; i < n; i++)
	{
		bool least = switches->min_gap.n >= 0 && switches->min_gap.usecs[i] >= 0;
		bool greatest = switches->max_gap.n >= 0 && switches->max_gap.usecs[i] >= 0;

		question->min_gap[i + 1] = least ? (uint64) switches->min_gap.usecs[i] : 0;
		question->max_gap[i + 1] = greatest ? (uint64) switches->max_gap.usecs[i] : PG_UINT64_MAX;
	}
}

FunnelQuestion
switches_question(const FunnelSwitches *switches, int n_steps, int n_conditions)
{
	FunnelQuestion question = switches->question;
	const char *problem;
	const char *hint;

	question.n_steps = (uint8) n_steps;
	for (int i = 0; i < switches->optional.n; i++)
		question.optional |= UINT64CONST(1)
							 << (check_number(SWITCH_OPTIONAL, switches->optional.numbers[i], 1,
											  n_steps, "It is the number of a step.") -
								 1);
	apply_exclusions(switches, &question, n_conditions);
	apply_gaps(switches, &question);
	funnel_normalize(&question);
	problem = funnel_problem(&question, &hint);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
						errhint("%s", hint)));
	return question;
}

/* funnel_options(in_between, repeats, ...): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_funnel_options);
Datum
user_ops_funnel_options(PG_FUNCTION_ARGS)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	values_of_call(fcinfo, N_OPTIONS, values, nulls);
	switches_read(values, nulls, ALL_SWITCHES);
	refuse_null(fcinfo, OPTION_PICK, names[OPTION_PICK], HINT_DEFAULT);
	pick_from_enum(DatumGetObjectId(values[OPTION_PICK]));
	return row_of_values(fcinfo, values, nulls);
}
