/*
 * purchase_scores.c: purchase models applied to one user.
 *
 *	1. A user is an activity at as_of, whose basis days (activity.h) before as_of
 *	   count as purchases, or x, t_x and t in the unit of the model.
 *	2. A user without such a day, or a model without parameters: NULL.
 *	3. An activity and a model whose unit is unknown: 22023.
 *	4. Whatever the parameters, a result is finite.
 */
#include "server/compat.h"

#include <math.h>

#include "activity/activity.h"
#include "activity/summary.h"
#include "kernel/models/purchase/purchase.h"
#include "models/model.h"
#include "server/state_io.h"

#define YEAR_DAYS 365.25

/* By model (argument 0), x, t_x and t (1 to 3); false: NULL. */
static bool
numbers_args(FunctionCallInfo fcinfo, Posterior *user)
{
	int64 x = PG_GETARG_INT64(1);
	double t_x = PG_GETARG_FLOAT8(2);
	double t = PG_GETARG_FLOAT8(3);
	const char *problem = history_problem(x, t_x, t);
	const Model *model = kept_model(fcinfo, 0);

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid purchase history: x %lld, t_x %.15g, t %.15g", (long long) x,
							   t_x, t),
						errdetail_problem(problem),
						errhint("x counts the purchases after the first one, t_x is the time from "
								"the first to the last, t from the first to now.")));
	if (!model->known)
		return false;
	*user = purchase_posterior(model, x, t_x, t);
	return true;
}

/* By model, activity and as_of (arguments 0 to 2); false: NULL. */
static bool
activity_args(FunctionCallInfo fcinfo, Posterior *user, double *unit_days)
{
	int32 as_of = finite_as_of(AS_OF_ARG(2));
	const Model *model = kept_model(fcinfo, 0);
	const Summary *summary;

	model_expect_unit(model);
	*unit_days = model->unit_days;
	summary = summary_arg(fcinfo, 1, as_of);
	if (!model->known || summary->basis_days == 0)
		return false;
	*user = purchase_posterior_of_days(model, summary, as_of);
	return true;
}

static double
positive(double value, const char *name, bool or_zero)
{
	if (!isfinite(value) || value < 0 || (value == 0 && !or_zero))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a number %s", name, or_zero ? "of at least 0" : "above 0"),
						errhint("Horizons and rates are in the unit of the model, horizon_days in "
								"days, discount is a rate per year such as 0.1.")));
	return value;
}

/* A horizon in the unit of the model: behind x, t_x and t, or days behind as_of. */
#define HORIZON_ARG  positive(PG_GETARG_FLOAT8(4), "horizon", true)
#define DAYS_ARG     positive(PG_GETARG_INT32(3), "horizon_days", true)

/*
 * Two functions for each question, by numbers and by activity; horizon is there
 * for both of them, in the unit of the model.
 */
#define SCORE_FUNCTIONS(name, numbers_horizon, activity_horizon, result) \
	PG_FUNCTION_INFO_V1(user_ops_##name); \
	Datum user_ops_##name(PG_FUNCTION_ARGS) \
	{ \
		double horizon = numbers_horizon; \
		Posterior user; \
		if (!numbers_args(fcinfo, &user)) \
			PG_RETURN_NULL(); \
		PG_RETURN_FLOAT8(result); \
	} \
	PG_FUNCTION_INFO_V1(user_ops_activity_##name); \
	Datum user_ops_activity_##name(PG_FUNCTION_ARGS) \
	{ \
		double horizon = activity_horizon; \
		double unit_days; \
		Posterior user; \
		if (!activity_args(fcinfo, &user, &unit_days)) \
			PG_RETURN_NULL(); \
		horizon /= unit_days; \
		PG_RETURN_FLOAT8(result); \
	}

SCORE_FUNCTIONS(purchase_p_alive, PG_NARGS() > 4 ? HORIZON_ARG : 0, PG_NARGS() > 3 ? DAYS_ARG : 0,
				posterior_alive(&user, horizon))
SCORE_FUNCTIONS(purchase_expected, HORIZON_ARG, DAYS_ARG, posterior_expected(&user, horizon))
SCORE_FUNCTIONS(purchase_churn_risk, HORIZON_ARG, DAYS_ARG, posterior_silence(&user, horizon))
SCORE_FUNCTIONS(purchase_probability, HORIZON_ARG, DAYS_ARG,
				posterior_probability(&user, horizon, PG_GETARG_INT64(PG_NARGS() - 1)))

/* Of a new user: expected_purchases(model, horizon) */
PG_FUNCTION_INFO_V1(user_ops_purchase_expected_of_new);
Datum
user_ops_purchase_expected_of_new(PG_FUNCTION_ARGS)
{
	double horizon = positive(PG_GETARG_FLOAT8(1), "horizon", true);
	const Model *model = kept_model(fcinfo, 0);
	Posterior user;

	if (!model->known)
		PG_RETURN_NULL();
	user = purchase_posterior(model, 0, 0, 0);
	PG_RETURN_FLOAT8(posterior_expected(&user, horizon));
}

/* discounted_expected_purchases(model, x, t_x, t, rate) */
PG_FUNCTION_INFO_V1(user_ops_purchase_discounted);
Datum
user_ops_purchase_discounted(PG_FUNCTION_ARGS)
{
	double rate = positive(PG_GETARG_FLOAT8(4), "rate", false);
	Posterior user;

	if (!numbers_args(fcinfo, &user))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(posterior_discounted(&user, rate));
}

/* discounted_expected_purchases(model, activity, as_of, discount) */
PG_FUNCTION_INFO_V1(user_ops_activity_purchase_discounted);
Datum
user_ops_activity_purchase_discounted(PG_FUNCTION_ARGS)
{
	double discount = positive(PG_GETARG_FLOAT8(3), "discount", false);
	double unit_days;
	Posterior user;

	if (!activity_args(fcinfo, &user, &unit_days))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(posterior_discounted(&user, log1p(discount) * unit_days / YEAR_DAYS));
}
