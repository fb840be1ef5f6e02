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

#include <math.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "experiment/numbers.h"
#include "kernel/experiment/compare.h"
#include "kernel/experiment/sequential.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

#define HINT_TIGHTEST                                                                              \
	"Give the number of users of both arms at which you expect to decide, or NULL for 5000."

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
	const ExperimentArm *control;
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

/* Users of both arms at which sequential bounds are tightest: argument n. */
static float8
tightest_arg(FunctionCallInfo fcinfo, int n)
{
	int64 users = PG_ARGISNULL(n) ? SEQUENTIAL_TIGHTEST_AT : PG_GETARG_INT64(n);

	if (users < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("tightest_at must be above 0"), errhint(HINT_TIGHTEST)));
	return (float8) users;
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
	reading->inference.tightest_at = tightest_arg(fcinfo, 5);
	if (reading->adjust && !reading->experiment->covariates)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the experiment has no covariate to adjust by"),
						errhint("Give the aggregate a covariate, such as the metric of the time before "
								"assignment, or adjust => 'none'.")));
	return reading;
}

/* arms(experiment, confidence): a row for each arm */
PG_FUNCTION_INFO_V1(user_ops_experiment_arms);
Datum
user_ops_experiment_arms(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Reading *reading;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context;

		if (PG_ARGISNULL(0))
			return no_rows(fcinfo);
		old_context = begin_rows(fcinfo, &call);
		call->user_fctx = open_reading(fcinfo, 1);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	reading = call->user_fctx;
	if (call->call_cntr >= reading->experiment->n)
		SRF_RETURN_DONE(call);
	tuple = form_arm(reading, &reading->experiment->arms[call->call_cntr], call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* compare(experiment, control, adjust, inference, confidence, tightest_at): a row for each other arm */
PG_FUNCTION_INFO_V1(user_ops_experiment_compare);
Datum
user_ops_experiment_compare(PG_FUNCTION_ARGS)
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
		call->user_fctx = open_comparison(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	reading = call->user_fctx;
	if (call->call_cntr + 1 >= reading->experiment->n)
		SRF_RETURN_DONE(call);
	arm = &reading->experiment->arms[call->call_cntr];
	if (arm >= reading->control)
		arm++;
	tuple = form_comparison(reading, arm, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}
