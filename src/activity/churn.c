/*
 * churn.c: churn risk without a model, and how unusual a silence is.
 *
 *	1. The basis is purchase days, or active days where the source has no
 *	   amounts.  A user without such a day before as_of: NULL.
 *	2. Idle time counts from the last day of the basis to as_of.
 *	3. Both rank: they rest on one user's gaps and are not calibrated.
 */
#include "server/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "activity/activity.h"
#include "activity/summary.h"
#include "kernel/activity/churn.h"

/* The places of what split_history returns. */
enum
{
	HISTORY_GAPS,
	HISTORY_SUM,
	HISTORY_IDLE,
	HISTORY_SINCE,
	HISTORY_NUMBERS
};

static void
refuse(const char *name, const char *wanted)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be %s", name, wanted),
					errhint("A prior of shape r and rate a counts as r gaps that sum to a days.")));
}

static double
positive_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	double value = PG_GETARG_FLOAT8(n);

	if (!isfinite(value) || value <= 0)
		refuse(name, "a number above 0");
	return value;
}

static double
unsigned_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	double value = PG_GETARG_FLOAT8(n);

	if (!isfinite(value) || value < 0)
		refuse(name, "a number of at least 0");
	return value;
}

/* The three arguments from n on: horizon_days, prior_shape, prior_rate. */
typedef struct Horizon
{
	int32 days;
	double prior_shape;
	double prior_rate;
} Horizon;

static Horizon
horizon_args(FunctionCallInfo fcinfo, int n)
{
	Horizon horizon = {PG_GETARG_INT32(n), positive_arg(fcinfo, n + 1, "prior_shape"),
					   positive_arg(fcinfo, n + 2, "prior_rate")};

	if (horizon.days < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("horizon_days must not be negative"),
						errhint("Give the number of days ahead, such as 90.")));
	return horizon;
}

static Datum
return_risk(const Horizon *horizon, double gaps, double sum, double idle)
{
	PG_RETURN_FLOAT8(churn_risk(horizon->prior_shape + gaps, horizon->prior_rate + sum, idle,
								horizon->days));
}

/* churn_risk(activity, as_of, horizon_days, prior_shape, prior_rate) */
PG_FUNCTION_INFO_V1(user_ops_churn_risk);
Datum
user_ops_churn_risk(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	Horizon horizon = horizon_args(fcinfo, 2);
	const Summary *summary = summary_arg(fcinfo, 0, as_of);

	if (summary->basis_days == 0)
		PG_RETURN_NULL();
	return return_risk(&horizon, (double) (summary->basis_days - 1),
					   (double) summary->last_basis_day - summary->first_basis_day,
					   (double) as_of - summary->last_basis_day);
}

/* gap_churn_risk(n_gaps, sum_gaps, idle, horizon_days, prior_shape, prior_rate) */
PG_FUNCTION_INFO_V1(user_ops_gap_churn_risk);
Datum
user_ops_gap_churn_risk(PG_FUNCTION_ARGS)
{
	Horizon horizon = horizon_args(fcinfo, 3);

	return return_risk(&horizon, unsigned_arg(fcinfo, 0, "n_gaps"),
					   unsigned_arg(fcinfo, 1, "sum_gaps"), unsigned_arg(fcinfo, 2, "idle"));
}

/* split_history(activity, split, until): gaps before split, their sum, idle, basis days since */
PG_FUNCTION_INFO_V1(user_ops_split_history);
Datum
user_ops_split_history(PG_FUNCTION_ARGS)
{
	int32 split = finite_as_of(AS_OF_ARG(1));
	Summary before = summary_read(ACTIVITY_BYTES_ARG(0), split);
	Summary until = summary_read(ACTIVITY_BYTES_ARG(0), finite_as_of(AS_OF_ARG(2)));
	Datum numbers[HISTORY_NUMBERS];

	if (before.basis_days == 0)
		PG_RETURN_NULL();
	numbers[HISTORY_GAPS] = Float8GetDatum((double) (before.basis_days - 1));
	numbers[HISTORY_SUM] = Float8GetDatum((double) before.last_basis_day - before.first_basis_day);
	numbers[HISTORY_IDLE] = Float8GetDatum((double) split - before.last_basis_day);
	numbers[HISTORY_SINCE] = Float8GetDatum((double) (until.basis_days - before.basis_days));
	PG_RETURN_ARRAYTYPE_P(construct_array(numbers, HISTORY_NUMBERS, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* The regularity that is argument n. */
static int32
regularity_arg(FunctionCallInfo fcinfo, int n)
{
	int32 regularity = PG_GETARG_INT32(n);

	if (regularity < 1 || regularity > CHURN_MAX_REGULARITY)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("regularity must be from 1 to %d", CHURN_MAX_REGULARITY),
						errhint("1 means purchases at random, larger numbers more regular ones.")));
	return regularity;
}

/* Arguments n, n + 1, n + 2 are prior_shape, prior_rate, regularity. */
static Datum
gap_survival(FunctionCallInfo fcinfo, int n, int64 gaps, double sum, double idle)
{
	double prior_shape = unsigned_arg(fcinfo, n, "prior_shape");
	double prior_rate = unsigned_arg(fcinfo, n + 1, "prior_rate");
	int32 regularity = regularity_arg(fcinfo, n + 2);
	double shape;
	double rate;

	shape = prior_shape + (double) regularity * (double) gaps;
	rate = prior_rate + sum;
	if (shape == 0 || rate == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(churn_gap_survival(shape, rate, idle, regularity));
}

/* gap_survival(activity, as_of, prior_shape, prior_rate, regularity) */
PG_FUNCTION_INFO_V1(user_ops_activity_gap_survival);
Datum
user_ops_activity_gap_survival(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	const Summary *summary = summary_arg(fcinfo, 0, as_of);

	if (summary->basis_days == 0)
		PG_RETURN_NULL();
	return gap_survival(fcinfo, 2, summary->basis_days - 1,
						(double) summary->last_basis_day - summary->first_basis_day,
						(double) as_of - summary->last_basis_day);
}

/* gap_survival(n_gaps, sum_gaps, idle, prior_shape, prior_rate, regularity) */
PG_FUNCTION_INFO_V1(user_ops_gap_survival);
Datum
user_ops_gap_survival(PG_FUNCTION_ARGS)
{
	int64 n_gaps = PG_GETARG_INT64(0);

	if (n_gaps < 0)
		refuse("n_gaps", "at least 0");
	return gap_survival(fcinfo, 3, n_gaps, unsigned_arg(fcinfo, 1, "sum_gaps"),
						unsigned_arg(fcinfo, 2, "idle"));
}

/* gap_survival_plugin(activity, as_of, regularity) */
PG_FUNCTION_INFO_V1(user_ops_activity_gap_survival_plugin);
Datum
user_ops_activity_gap_survival_plugin(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	int32 regularity = regularity_arg(fcinfo, 2);
	const Summary *summary = summary_arg(fcinfo, 0, as_of);

	if (summary->basis_days < 2)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(churn_gap_survival_plugin((double) (summary->basis_days - 1),
											   (double) summary->last_basis_day - summary->first_basis_day,
											   (double) as_of - summary->last_basis_day, regularity));
}

/* gap_survival_plugin(n_gaps, sum_gaps, idle, regularity) */
PG_FUNCTION_INFO_V1(user_ops_gap_survival_plugin);
Datum
user_ops_gap_survival_plugin(PG_FUNCTION_ARGS)
{
	int64 n_gaps = PG_GETARG_INT64(0);
	double sum = unsigned_arg(fcinfo, 1, "sum_gaps");
	double idle = unsigned_arg(fcinfo, 2, "idle");
	int32 regularity = regularity_arg(fcinfo, 3);

	if (n_gaps < 0)
		refuse("n_gaps", "at least 0");
	if (n_gaps == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(churn_gap_survival_plugin((double) n_gaps, sum, idle, regularity));
}
