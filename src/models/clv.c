/*
 * clv.c: what a user is worth, from a purchase model and a spend model.
 *
 *	1. NULL where a model was fitted over too few users, the user has no purchase
 *	   day, or the expected spend is undefined.
 *	2. A step is a twelfth of a year of 365.25 days; purchases of a step are
 *	   discounted by its end.
 *	3. The purchase model must know its unit of time, to be applied to days.
 */
#include "server/compat.h"

#include <math.h>

#include "activity/activity.h"
#include "activity/summary.h"
#include "kernel/models/clv.h"
#include "kernel/models/spend_model.h"
#include "models/model.h"

#define YEAR  365.25
#define MONTH (YEAR / 12)

static void
refuse(const char *problem, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
					errhint("%s", hint)));
}

/* A user, and what a purchase of theirs brings. */
typedef struct Customer
{
	Posterior posterior;
	double spend;
	double unit_days; /* of the purchase model */
} Customer;

/* By spend model, which is argument 1; false if it does not tell. */
static bool
find_spend(FunctionCallInfo fcinfo, const RepeatSpend *spend, Customer *customer)
{
	const Model *model = kept_model(fcinfo, 1);

	if (!model->known)
		return false;
	customer->spend = spend_expected(model, spend);
	return isfinite(customer->spend);
}

/* Arguments (purchase_model, spend_model, activity, as_of) */
static bool
customer_of_activity(FunctionCallInfo fcinfo, Customer *customer)
{
	int32 as_of = finite_as_of(AS_OF_ARG(3));
	const Summary *summary = summary_arg(fcinfo, 2, as_of);
	RepeatSpend spend = repeat_spend_of(summary);
	const Model *model = kept_model(fcinfo, 0);

	model_expect_unit(model);
	if (!spend.amounts)
		refuse("activities of a source without amounts have no value",
			   "Build them with an amount: activity_agg(event_time, amount).");
	if (!model->known || !spend.buyer || !find_spend(fcinfo, &spend, customer))
		return false;
	customer->unit_days = model->unit_days;
	customer->posterior = purchase_posterior_of_days(model, summary, as_of);
	return true;
}

/* Argument n, a discount. */
static double
discount_arg(FunctionCallInfo fcinfo, int n, double least)
{
	double discount = PG_GETARG_FLOAT8(n);

	if (!isfinite(discount) || discount < least)
		refuse(least > 0 ? "without a horizon the discount must be a number of at least 0.000001"
						 : "the discount must be a number of at least 0",
			   "A discount of 0.1 is 10 percent a year (or a step).");
	return discount;
}

/* clv(purchase_model, spend_model, activity, as_of, horizon_days, annual_discount) */
PG_FUNCTION_INFO_V1(user_ops_activity_clv);
Datum
user_ops_activity_clv(PG_FUNCTION_ARGS)
{
	int32 horizon_days = PG_GETARG_INT32(4);
	double discount = discount_arg(fcinfo, 5, 0);
	Customer customer;

	if (horizon_days < 0 || horizon_days > CLV_MAX_STEPS * MONTH)
		refuse(psprintf("horizon_days must be from 0 to %d", (int) (CLV_MAX_STEPS * MONTH)),
			   "Give the number of days ahead, such as 365; unlimited_clv covers the whole future.");
	if (!customer_of_activity(fcinfo, &customer))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(clv_expected(&customer.posterior, customer.spend,
								  horizon_days / customer.unit_days, MONTH / customer.unit_days,
								  expm1(log1p(discount) / 12)));
}

/* unlimited_clv(purchase_model, spend_model, activity, as_of, annual_discount) */
PG_FUNCTION_INFO_V1(user_ops_unlimited_clv);
Datum
user_ops_unlimited_clv(PG_FUNCTION_ARGS)
{
	double discount = discount_arg(fcinfo, 4, 1e-6);
	Customer customer;

	if (!customer_of_activity(fcinfo, &customer))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(
		customer.spend *
		posterior_discounted(&customer.posterior, log1p(discount) * customer.unit_days / YEAR));
}

/* clv(purchase_model, spend_model, x, t_x, age, mean_value, steps, step, discount) */
PG_FUNCTION_INFO_V1(user_ops_clv);
Datum
user_ops_clv(PG_FUNCTION_ARGS)
{
	int64 x = PG_GETARG_INT64(2);
	double t_x = PG_GETARG_FLOAT8(3);
	double age = PG_GETARG_FLOAT8(4);
	RepeatSpend spend = {.repeats = (uint64) x, .total = x > 0 ? (double) x * PG_GETARG_FLOAT8(5) : 0};
	int32 steps = PG_GETARG_INT32(6);
	double step = PG_GETARG_FLOAT8(7);
	double discount = discount_arg(fcinfo, 8, 0);
	const char *problem = history_problem(x, t_x, age);
	const Model *model;
	Customer customer;

	if (problem != NULL)
		refuse(problem, "x counts repeat purchases, t_x is the time from the first purchase to the last, age "
						"the time from the first until now.");
	if (!isfinite(spend.total))
		refuse("the mean value of repeat purchases must be a finite number", "Leave such rows out.");
	if (steps < 0 || steps > CLV_MAX_STEPS || !isfinite(step) || step <= 0)
		refuse("steps must be from 0 to 10000, and the length of a step above 0",
			   "A step is in the unit of the purchase model: 4.345 is a month in weeks.");
	model = kept_model(fcinfo, 0);
	if (!model->known || !find_spend(fcinfo, &spend, &customer))
		PG_RETURN_NULL();
	customer.posterior = purchase_posterior(model, x, t_x, age);
	PG_RETURN_FLOAT8(
		clv_expected(&customer.posterior, customer.spend, steps * step, step, discount));
}
