/*
 * experiment_readings.c: what an experiment says: its arms, and one against the others.
 *
 *	1. NULL for the experiment: no rows, or NULL.
 *	2. Another NULL is an error (22004), but for tightest_at, which has a default; so are (22023)
 *	   a control that is no arm, a confidence that is none, an adjustment without covariates.
 *	3. Fewer than 2 users in an arm: no standard error.  A standard error of 0: no bounds and
 *	   no p-value, but for those of rates that are neither adjusted nor sequential.
 */
#include "server/compat.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "experiment/tightest_at.h"
#include "kernel/experiment/compare.h"
#include "kernel/experiment/statistics/sample_ratio.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

static Datum
label_of(const ExperimentArm *arm)
{
	pg_verifymbstr(arm->label, arm->label_size, false);
	return PointerGetDatum(cstring_to_text_with_len(arm->label, arm->label_size));
}

/* A reading that is returned row by row, an arm each. */
typedef struct Reading
{
	const Experiment *experiment;
	const ExperimentArm *control; /* NULL: nothing is compared */
	bool adjust;
	Inference inference;
} Reading;

/* The mean, its standard error and bounds: by t, of a rate Wilson's. */
static void
describe_arm(const Reading *reading, const ExperimentArm *arm, float8 *numbers)
{
	Estimate estimate = experiment_estimate(reading->experiment, arm);
	float8 std_error = sqrt(estimate.variance / estimate.n);
	float8 log_tails = log1p(-reading->inference.confidence);
	Bounds bounds = {NAN, NAN};

	if (reading->experiment->metric == EXPERIMENT_RATE)
		bounds = wilson_interval((float8) arm->sums[0], estimate.n, normal_width(log_tails));
	else if (std_error > 0)
	{
		float8 reach = student_width(log_tails, estimate.n - 1) * std_error;

		bounds = (Bounds){estimate.value - reach, estimate.value + reach};
	}
	numbers[0] = estimate.value;
	numbers[1] = estimate.variance;
	numbers[2] = std_error;
	numbers[3] = bounds.lower;
	numbers[4] = bounds.upper;
}

#define ARM_COLUMNS 9
#define ARM_NUMBERS 5

static HeapTuple
form_arm(const Reading *reading, const ExperimentArm *arm, TupleDesc row_type)
{
	const Experiment *experiment = reading->experiment;
	Datum values[ARM_COLUMNS];
	bool nulls[ARM_COLUMNS] = {false};
	float8 numbers[ARM_NUMBERS];

	describe_arm(reading, arm, numbers);
	values[0] = label_of(arm);
	values[1] = Int64GetDatum((int64) arm->users);
	values[2] = NumericGetDatum(decimal_to_numeric(arm->sums[0], experiment->scale[0]));
	numbers_or_null(numbers, ARM_NUMBERS, &values[3], &nulls[3]);
	nulls[ARM_COLUMNS - 1] = !experiment->covariates;
	values[ARM_COLUMNS - 1] = Int64GetDatum((int64) arm->no_covariate);
	return heap_form_tuple(row_type, values, nulls);
}

#define COMPARE_COLUMNS (2 + COMPARISON_NUMBERS)

static HeapTuple
form_comparison(const Reading *reading, const ExperimentArm *arm, TupleDesc row_type)
{
	Comparison c = experiment_compare_arms(reading->experiment, reading->control, arm,
										   reading->adjust, &reading->inference);
	float8 numbers[COMPARISON_NUMBERS];
	Datum values[COMPARE_COLUMNS];
	bool nulls[COMPARE_COLUMNS] = {false};

	StaticAssertStmt(sizeof(c) == sizeof(numbers), "a comparison has so many numbers");
	memcpy(numbers, &c, sizeof(numbers));
	values[0] = label_of(arm);
	values[1] = Int64GetDatum((int64) arm->users);
	numbers_or_null(numbers, COMPARISON_NUMBERS, &values[2], &nulls[2]);
	return heap_form_tuple(row_type, values, nulls);
}

static Reading *
open_reading(FunctionCallInfo fcinfo, int confidence)
{
	Reading *reading = palloc0(sizeof(Reading));

	reading->experiment = state_copy(state_arg(fcinfo, 0, &experiment_kind));
	reading->inference.confidence =
		between_0_and_1(fcinfo, confidence, "confidence", HINT_CONFIDENCE);
	return reading;
}

/* The labels of all arms, for a hint. */
static const char *
arms_listed(const Experiment *experiment)
{
	StringInfoData list;

	initStringInfo(&list);
	for (uint32 i = 0; i < experiment->n; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "",
						 TextDatumGetCString(label_of(&experiment->arms[i])));
	return list.data;
}

static void
unknown_arm(const Experiment *experiment, text *label)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the experiment has no arm \"%s\"", text_to_cstring(label)),
					errhint("Its arms are: %s.", arms_listed(experiment))));
}

/* The arm that argument n names. */
static const ExperimentArm *
control_arg(FunctionCallInfo fcinfo, int n, const Experiment *experiment)
{
	const ExperimentArm *arm;
	text *label;

	refuse_null(fcinfo, n, "control", "Name the arm that the others are compared with.");
	label = PG_GETARG_TEXT_PP(n);
	arm = experiment_arm(experiment, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
	if (arm == NULL)
		unknown_arm(experiment, label);
	return arm;
}

static Reading *
open_comparison(FunctionCallInfo fcinfo)
{
	static const char *const adjusts[] = {"none", "cuped"};
	static const char *const inferences[] = {"fixed", "sequential"};
	Reading *reading = open_reading(fcinfo, 4);

	reading->control = control_arg(fcinfo, 1, reading->experiment);
	refuse_null(fcinfo, 2, "adjust", "Give 'none' or 'cuped'.");
	refuse_null(fcinfo, 3, "inference", "Give 'fixed' or 'sequential'.");
	reading->adjust = enum_code(PG_GETARG_OID(2), adjusts, lengthof(adjusts)) > 0;
	reading->inference.sequential =
		enum_code(PG_GETARG_OID(3), inferences, lengthof(inferences)) > 0;
	reading->inference.tightest_at = tightest_at_arg(fcinfo, 5);
	refuse_value(reading->adjust && !reading->experiment->covariates,
				 "the experiment has no covariate to adjust by",
				 "Give the aggregate a covariate, such as the metric of the time before "
				 "assignment, or adjust => 'none'.");
	return reading;
}

static Reading *
open_arms(FunctionCallInfo fcinfo)
{
	return open_reading(fcinfo, 1);
}

/* A row for each arm but the control, if there is one. */
static Datum
next_arm(FunctionCallInfo fcinfo, Reading *(*open)(FunctionCallInfo),
		 HeapTuple (*form)(const Reading *, const ExperimentArm *, TupleDesc))
{
	FuncCallContext *call;
	const Reading *reading;
	const ExperimentArm *arm;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context;

		if (PG_ARGISNULL(0))
			return no_rows(fcinfo);
		old_context = begin_rows(fcinfo, &call);
		call->user_fctx = open(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	reading = call->user_fctx;
	arm = &reading->experiment->arms[call->call_cntr];
	if (reading->control != NULL && arm >= reading->control)
		arm++;
	if (arm >= &reading->experiment->arms[reading->experiment->n])
		SRF_RETURN_DONE(call);
	tuple = form(reading, arm, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* arms(experiment, confidence) */
SQL_FUNCTION(experiment_arms, next_arm(fcinfo, open_arms, form_arm))

/* compare(experiment, control, adjust, inference, confidence, tightest_at) */
SQL_FUNCTION(experiment_compare, next_arm(fcinfo, open_comparison, form_comparison))

#define HINT_VARIANTS "Name every arm of the experiment once, and those that should have users."

/* The labels that argument n lists, each once. */
static struct varlena **
variants_arg(FunctionCallInfo fcinfo, int n, int *size)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	struct varlena **labels;
	Datum *elements;
	bool *empty;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &empty, size);
	if (*size < 1 || *size > EXPERIMENT_MAX_ARMS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there must be 1 to %d variants", EXPERIMENT_MAX_ARMS),
						errhint(HINT_VARIANTS)));
	labels = palloc(*size * sizeof(struct varlena *));
	for (int i = 0; i < *size; i++)
	{
		if (empty[i])
			null_argument("a variant", HINT_VARIANTS);
		labels[i] = PG_DETOAST_DATUM_PACKED(elements[i]);
		for (int k = 0; k < i; k++)
			if (VARSIZE_ANY_EXHDR(labels[k]) == VARSIZE_ANY_EXHDR(labels[i]) &&
				memcmp(VARDATA_ANY(labels[k]), VARDATA_ANY(labels[i]),
					   VARSIZE_ANY_EXHDR(labels[i])) == 0)
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
								errmsg("variant \"%s\" is named twice", text_to_cstring(labels[i])),
								errhint(HINT_VARIANTS)));
	}
	return labels;
}

/* The users of the arms that argument n names; all arms of the experiment must be among them. */
static uint64 *
users_of_named(FunctionCallInfo fcinfo, int n, const Experiment *experiment, int *size)
{
	struct varlena **labels = variants_arg(fcinfo, n, size);
	uint64 *users = palloc0(*size * sizeof(uint64));
	bool named[EXPERIMENT_MAX_ARMS] = {false};

	for (int i = 0; i < *size; i++)
	{
		const ExperimentArm *arm =
			experiment_arm(experiment, VARDATA_ANY(labels[i]), VARSIZE_ANY_EXHDR(labels[i]));

		if (arm == NULL)
			continue;
		named[arm - experiment->arms] = true;
		users[i] = arm->users;
	}
	for (uint32 i = 0; i < experiment->n; i++)
		if (!named[i])
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("arm \"%s\" of the experiment is not among the variants",
								   TextDatumGetCString(label_of(&experiment->arms[i]))),
							errhint(HINT_VARIANTS)));
	return users;
}

static uint64 *
users_of_all(const Experiment *experiment, int *size)
{
	uint64 *users = palloc(experiment->n * sizeof(uint64));

	for (uint32 i = 0; i < experiment->n; i++)
		users[i] = experiment->arms[i].users;
	*size = (int) experiment->n;
	return users;
}

/* So many weights, argument n; alike where it is NULL. */
static float8 *
weights_arg(FunctionCallInfo fcinfo, int n, int size)
{
	float8 *weights;
	float8 all = 0;
	int given = size;

	if (!PG_ARGISNULL(n))
		weights = numbers_arg(fcinfo, n, "weights", &given);
	else
	{
		weights = palloc(size * sizeof(float8));
		for (int i = 0; i < size; i++)
			weights[i] = 1;
	}
	refuse_value(given != size || (PG_ARGISNULL(n - 1) && !PG_ARGISNULL(n)),
				 "there must be a weight for each variant",
				 "Give the variants and their weights in the same order.");
	for (int i = 0; i < size; i++)
	{
		refuse_value(!(weights[i] > 0) || isinf(weights[i]), "a weight must be a number above 0",
					 "Leave out a variant that was meant to have no users.");
		all += weights[i];
	}
	for (int i = 0; i < size; i++)
		refuse_value(!(weights[i] / all > DBL_MIN), "a weight is nothing beside the others",
					 "Give the share of the users that each variant was meant to have.");
	return weights;
}

/* sample_ratio(experiment, variants, weights) */
PG_FUNCTION_INFO_V1(user_ops_sample_ratio);
Datum
user_ops_sample_ratio(PG_FUNCTION_ARGS)
{
	const Experiment *experiment;
	uint64 *users;
	SampleRatio ratio;
	int n;
	Datum values[4];
	bool nulls[4] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	experiment = state_arg(fcinfo, 0, &experiment_kind);
	users = PG_ARGISNULL(1) ? users_of_all(experiment, &n)
							: users_of_named(fcinfo, 1, experiment, &n);
	ratio = sample_ratio(users, weights_arg(fcinfo, 2, n), n);
	values[0] = Float8GetDatum(ratio.chi_square);
	values[1] = Int32GetDatum(ratio.df);
	nulls[2] = isnan(ratio.p_value);
	values[2] = Float8GetDatum(ratio.p_value);
	nulls[3] = nulls[2] || ratio.users < SAMPLE_RATIO_FEWEST;
	values[3] = BoolGetDatum(ratio.p_value < SAMPLE_RATIO_ALPHA);
	return row_of_values(fcinfo, values, nulls);
}
