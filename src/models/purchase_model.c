/*
 * purchase_model.c: the aggregates purchase_model, and their state, the type
 * purchase_sample.
 *
 *	1. A NULL activity, or a row with NULL as x, t_x or t: the row is skipped, as
 *	   is one with NULL as users, or as sum_log_gaps where that is needed and x is not 0.
 *	   No row left: NULL.
 *	2. An activity without a basis day before as_of is not counted.  Nobody
 *	   counted: a model without parameters, status too_few, whose scores are NULL.
 *	3. NULL, infinite or differing parameters, users with and without amounts
 *	   together, and numbers that are no history: errors.
 *	4. The order of rows, and how they were split, is invisible in the model.
 *	5. Data without a likeliest model are no error: the status says so.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include <math.h>

#include "activity/activity.h"
#include "kernel/models/purchase/purchase.h"
#include "kernel/models/purchase/purchase_sample.h"
#include "models/model.h"
#include "population/population.h"
#include "population/user_states.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

#define HINT_DEFAULT "Omit an option to get its default."

/* The attributes of purchase_options, which are the arguments of the function, too. */
enum
{
	OPTION_PRIOR,
	OPTION_REGULARITY,
	N_OPTIONS
};

/* Labels in the order of the codes; auto is MODEL_AUTO. */
static const char *const kind_labels[] = {"auto",    "bg_nbd",  "mbg_nbd", "pareto_nbd",
										  "bg_cnbd", "mbg_cnbd"};
static const char *const prior_labels[] = {"none", "weak"};

STATE_FUNCTIONS(purchase_sample, purchase_sample_kind)

/* What an aggregate was called with before, and what it meant. */
typedef struct CallFit
{
	Oid kind;            /* InvalidOid: called without */
	uint32 options_size; /* 0: called without options */
	FitOptions fit;
	char options[FLEXIBLE_ARRAY_MEMBER];
} CallFit;

static void
read_options(const Datum *values, const bool *nulls, FitOptions *fit)
{
	if (nulls[OPTION_PRIOR])
		null_argument("prior", HINT_DEFAULT);
	fit->weak_prior = enum_code(DatumGetObjectId(values[OPTION_PRIOR]), prior_labels,
								lengthof(prior_labels)) == 1;
	fit->regularity = nulls[OPTION_REGULARITY] ? 0 : DatumGetInt32(values[OPTION_REGULARITY]);
	if (!nulls[OPTION_REGULARITY] &&
		(fit->regularity < 1 || fit->regularity > MODEL_MAX_COUNT))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("regularity must be from 1 to %d", MODEL_MAX_COUNT),
						errhint("1 means purchases at random, larger numbers more regular ones; "
								"NULL finds the likeliest.")));
}

/* purchase_options(prior, regularity): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_purchase_options);
Datum
user_ops_purchase_options(PG_FUNCTION_ARGS)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];
	FitOptions fit;

	values_of_call(fcinfo, N_OPTIONS, values, nulls);
	read_options(values, nulls, &fit);
	return row_of_values(fcinfo, values, nulls);
}

static CallFit *
parse_call(MemoryContext context, Oid kind, HeapTupleHeader options, uint32 options_size)
{
	CallFit *call = MemoryContextAllocZero(context, offsetof(CallFit, options) + options_size);
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	call->kind = kind;
	call->options_size = options_size;
	call->fit.code =
		OidIsValid(kind) ? enum_code(kind, kind_labels, lengthof(kind_labels)) : MODEL_MBG_NBD;
	if (options != NULL)
	{
		memcpy(call->options, options, options_size);
		values_of_row(options, N_OPTIONS, values, nulls);
		read_options(values, nulls, &call->fit);
	}
	return call;
}

/* The fit that is asked for: argument n, if there is one, and the options behind it. */
static FitOptions
fit_of_call(FunctionCallInfo fcinfo, int n, bool gaps_known)
{
	static const char *const names[] = {"kind", "options"};
	CallFit *call = fcinfo->flinfo->fn_extra;
	Oid kind = PG_NARGS() > n ? PG_GETARG_OID(n) : InvalidOid;
	HeapTupleHeader options = NULL;
	uint32 options_size = 0;
	FitOptions fit;

	for (int i = n; i < PG_NARGS(); i++)
		refuse_null(fcinfo, i, names[i - n], HINT_DEFAULT);
	if (PG_NARGS() > n + 1)
	{
		options = ROW_ARG(n + 1);
		options_size = HeapTupleHeaderGetDatumLength(options);
	}
	if (call == NULL || call->kind != kind || call->options_size != options_size ||
		(options_size > 0 && memcmp(call->options, options, options_size) != 0))
		fcinfo->flinfo->fn_extra = call =
			parse_call(fcinfo->flinfo->fn_mcxt, kind, options, options_size);
	fit = call->fit;
	fit.gaps_known = gaps_known && (fit.code == MODEL_AUTO || fit.code >= MODEL_BG_CNBD);
	if (!gaps_known && fit.code >= MODEL_BG_CNBD)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a %s model cannot be fitted without sum_log_gaps", kind_labels[fit.code]),
						errhint("Call purchase_model(x, t_x, t, sum_log_gaps, kind), where sum_log_gaps is the sum "
								"of the logarithms of the x gaps.")));
	return fit;
}

/* The sample so far, of these parameters, or a new one. */
static PurchaseSample *
begin_transition(FunctionCallInfo fcinfo, const PurchaseSampleParams *params)
{
	PurchaseSample *sample;

	if (PG_ARGISNULL(0))
		return purchase_sample_create(params);
	sample = state_to_change(fcinfo, &purchase_sample_kind);
	purchase_sample_expect(sample, params);
	return sample;
}

/* Transition function: (state, activity, as_of [, kind [, options]]) */
AGGREGATE_ONLY(user_ops_purchase_add_activity)
{
	PurchaseSampleParams params = {.fit = fit_of_call(fcinfo, 3, true)};
	ActivityReader activity;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	refuse_null(fcinfo, 2, "as_of", "Give the same as_of for all rows.");
	params.as_of = finite_as_of(AS_OF_ARG(2));
	ACTIVITY_OPEN_ARG(&activity, 1);
	params.amounts = activity.amounts;
	return state_datum(
		purchase_sample_add_activity(begin_transition(fcinfo, &params), &activity));
}

/* x, t_x and t are arguments 1 to 3; they and the others are not NULL. */
static Datum
add_numbers(FunctionCallInfo fcinfo, const FitOptions *fit, double sum_log_gaps, int64 users)
{
	PurchaseSampleParams params = {.fit = *fit, .numbers = true};
	int64 x = PG_GETARG_INT64(1);
	double t_x = PG_GETARG_FLOAT8(2);
	double t = PG_GETARG_FLOAT8(3);
	const char *problem = history_problem(x, t_x, t);

	if (problem == NULL && fit->gaps_known &&
		(!(fabs(sum_log_gaps) <= PURCHASE_MAX_LN_GAPS) || (x == 0 && sum_log_gaps != 0)))
		problem = "sum_log_gaps, the sum of the logarithms of the gaps, must be finite, at most 1e12, and 0 if x is 0";
	if (problem == NULL && (users < 0 || users > INT32_MAX))
		problem = "the number of users must be from 0 to 2147483647";
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid purchase history: x %lld, t_x %.15g, t %.15g, sum_log_gaps %.15g, users %lld",
							   (long long) x, t_x, t, sum_log_gaps, (long long) users),
						errdetail_problem(problem),
						errhint("x counts the purchases after the first one, t_x is the time from "
								"the first to the last, t from the first to the end of what was "
								"seen.")));
	if (users == 0)
		return state_as_it_is(fcinfo);
	return state_datum(purchase_sample_add(begin_transition(fcinfo, &params), x, t_x, t, sum_log_gaps,
										   (uint64) users));
}

/* Transition function: (state, x, t_x, t [, kind [, options]]) */
AGGREGATE_ONLY(user_ops_purchase_add_numbers)
{
	FitOptions fit = fit_of_call(fcinfo, 4, false);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return state_as_it_is(fcinfo);
	return add_numbers(fcinfo, &fit, 0, 1);
}

/* The sum of no gaps may be NULL. */
static Datum
add_gaps(FunctionCallInfo fcinfo, const FitOptions *fit, int64 users)
{
	double sum_log_gaps = PG_ARGISNULL(4) || !fit->gaps_known ? 0 : PG_GETARG_FLOAT8(4);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) ||
		(PG_ARGISNULL(4) && fit->gaps_known && PG_GETARG_INT64(1) != 0))
		return state_as_it_is(fcinfo);
	return add_numbers(fcinfo, fit, sum_log_gaps, users);
}

/* Transition function: (state, x, t_x, t, sum_log_gaps, kind) */
AGGREGATE_ONLY(user_ops_purchase_add_gaps)
{
	FitOptions fit = fit_of_call(fcinfo, 5, true);

	return add_gaps(fcinfo, &fit, 1);
}

/* Transition function: (state, x, t_x, t, sum_log_gaps, users, kind, options) */
AGGREGATE_ONLY(user_ops_purchase_add_users)
{
	FitOptions fit = fit_of_call(fcinfo, 6, true);

	if (PG_ARGISNULL(5))
		return state_as_it_is(fcinfo);
	return add_gaps(fcinfo, &fit, PG_GETARG_INT64(5));
}

/* purchase_model(purchase_sample), the final function too */
PG_FUNCTION_INFO_V1(user_ops_purchase_sample_fit);
Datum
user_ops_purchase_sample_fit(PG_FUNCTION_ARGS)
{
	Model model;

	purchase_sample_fit(state_arg(fcinfo, 0, &purchase_sample_kind), &model);
	return model_datum(&model);
}

static void *
add_user(void *sample, ActivityReader *activity, const void *params)
{
	PurchaseSampleParams asked = *(const PurchaseSampleParams *) params;

	asked.amounts = activity->amounts;
	if (sample == NULL)
		sample = purchase_sample_create(&asked);
	purchase_sample_expect(sample, &asked);
	return purchase_sample_add_activity(sample, activity);
}

/* purchase_model(population, as_of [, kind [, options]]) */
PG_FUNCTION_INFO_V1(user_ops_population_purchase_model);
Datum
user_ops_population_purchase_model(PG_FUNCTION_ARGS)
{
	PurchaseSampleParams params = {.fit = fit_of_call(fcinfo, 2, true),
								 .as_of = finite_as_of(AS_OF_ARG(1))};
	const PurchaseSample *sample =
		state_of_users(&population_users, fcinfo, 0, NULL, NULL, &params, add_user);
	Model model;

	if (sample == NULL)
		PG_RETURN_NULL();
	purchase_sample_fit(sample, &model);
	return model_datum(&model);
}

/* make_purchase_model(kind, VARIADIC parameters) */
PG_FUNCTION_INFO_V1(user_ops_make_purchase_model);
Datum
user_ops_make_purchase_model(PG_FUNCTION_ARGS)
{
	int code = enum_code(PG_GETARG_OID(0), kind_labels, lengthof(kind_labels));

	if (code == MODEL_AUTO)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a model given by hand needs a kind"),
						errhint("Name the kind, such as mbg_nbd; auto is only for fitting.")));
	return model_make(model_kind(code), PG_GETARG_ARRAYTYPE_P(1));
}
