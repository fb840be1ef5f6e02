/*
 * spend_model.c: the aggregates spend_model and spend_sample, and what a model
 * says of a customer.
 *
 *	1. A customer without repeat purchase days, or whose mean over them is not
 *	   above 0, tells nothing: left out, and counted.
 *	2. A NULL activity, number of repeats, or mean of repeats there are: the row
 *	   is skipped.  No row left: NULL.  Users without a purchase day are no
 *	   customers.
 *	3. NULL, infinite or differing as_of, a source without amounts, a negative
 *	   number of repeats, a mean that is no finite number: errors.
 *	4. Refunds on days without a purchase enter as a share of what purchases brought
 *	   (net_share.h): of the user, in functions of an activity; of all users, in
 *	   those of numbers.  Without such refunds nothing differs.
 *	5. The order of rows, and how they were split, is invisible in the model.
 *
 * The state is the type spend_sample, in its working form.
 */
#include "server/compat.h"

#include <math.h>

#include "activity/activity.h"
#include "activity/summary.h"
#include "kernel/models/spend_model.h"
#include "models/model.h"
#include "server/call.h"
#include "server/state_io.h"

STATE_FUNCTIONS(spend_sample, spend_sample_kind.state)
MODEL_FUNCTIONS(spend_model)

static Tally *
state_so_far(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &spend_sample_kind.state);
}

static RepeatSpend
spend_of_activity(FunctionCallInfo fcinfo, int n, int32 as_of)
{
	RepeatSpend spend = repeat_spend_of(summary_arg(fcinfo, n, as_of));

	if (!spend.amounts)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("activities of a source without amounts have no spend"),
						errhint("Build them with an amount: activity_agg(event_time, amount).")));
	return spend;
}

/* Arguments n and n + 1: repeats, which are not NULL, and their mean. */
static RepeatSpend
spend_of_numbers(FunctionCallInfo fcinfo, int n)
{
	RepeatSpend spend = {.amounts = true, .buyer = true};
	int64 repeats = PG_GETARG_INT64(n);

	if (repeats < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the number of repeat purchases must not be negative"),
						errhint("Count the purchase days after the first one.")));
	spend.repeats = (uint64) repeats;
	if (repeats > 0)
		spend.total = (double) repeats * PG_GETARG_FLOAT8(n + 1);
	if (!isfinite(spend.total))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the mean value of repeat purchases must be a finite number"),
						errhint("Leave such rows out.")));
	return spend;
}

/* spend_sample_add(state, activity, as_of) */
AGGREGATE_ONLY(user_ops_spend_sample_add_activity)
{
	RepeatSpend spend;
	int32 as_of;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	refuse_null(fcinfo, 2, "as_of", "Give the same as_of for all rows.");
	as_of = finite_as_of(AS_OF_ARG(2));
	spend = spend_of_activity(fcinfo, 1, as_of);
	return state_datum(spend_sample_add(state_so_far(fcinfo), as_of, &spend));
}

/* spend_sample_add(state, repeats, mean_value) */
AGGREGATE_ONLY(user_ops_spend_sample_add)
{
	RepeatSpend spend;

	if (PG_ARGISNULL(1) || (PG_ARGISNULL(2) && PG_GETARG_INT64(1) > 0))
		return state_as_it_is(fcinfo);
	spend = spend_of_numbers(fcinfo, 1);
	return state_datum(spend_sample_add(state_so_far(fcinfo), SPEND_NO_DAY, &spend));
}

/* spend_model(spend_sample), the final function too */
PG_FUNCTION_INFO_V1(user_ops_spend_sample_fit);
Datum
user_ops_spend_sample_fit(PG_FUNCTION_ARGS)
{
	Model model;

	spend_fit(state_arg(fcinfo, 0, &spend_sample_kind.state), &model);
	return model_datum(&model);
}

/* make_spend_model(p, q, gamma) */
PG_FUNCTION_INFO_V1(user_ops_make_spend_model);
Datum
user_ops_make_spend_model(PG_FUNCTION_ARGS)
{
	double parameters[SPEND_PARAMETERS] = {PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1),
										   PG_GETARG_FLOAT8(2)};

	return model_of_parameters(model_kind(MODEL_GAMMA_GAMMA), parameters);
}

static Datum
return_expected(FunctionCallInfo fcinfo, const RepeatSpend *spend)
{
	const Model *model = kept_model(fcinfo, 0);
	double expected;

	if (!model->known || !spend->buyer)
		PG_RETURN_NULL();
	expected = spend_expected(model, spend);
	if (!isfinite(expected))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(expected);
}

/* expected_spend(model, repeats, mean_value) */
PG_FUNCTION_INFO_V1(user_ops_expected_spend);
Datum
user_ops_expected_spend(PG_FUNCTION_ARGS)
{
	RepeatSpend spend;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || (PG_ARGISNULL(2) && PG_GETARG_INT64(1) > 0))
		PG_RETURN_NULL();
	spend = spend_of_numbers(fcinfo, 1);
	return return_expected(fcinfo, &spend);
}

/* expected_spend(model, activity, as_of) */
PG_FUNCTION_INFO_V1(user_ops_activity_expected_spend);
Datum
user_ops_activity_expected_spend(PG_FUNCTION_ARGS)
{
	RepeatSpend spend = spend_of_activity(fcinfo, 1, finite_as_of(AS_OF_ARG(2)));

	return return_expected(fcinfo, &spend);
}

/* A fact of argument 0, a model; NULL if it has none. */
static Datum
return_fact(FunctionCallInfo fcinfo, int fact)
{
	Model model;

	model_arg(fcinfo, 0, &model);
	if (!model.has_fact[fact])
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(model.fact[fact]);
}

/* spend_correlation(model) */
PG_FUNCTION_INFO_V1(user_ops_spend_correlation);
Datum
user_ops_spend_correlation(PG_FUNCTION_ARGS)
{
	return return_fact(fcinfo, SPEND_CORRELATION);
}

/* net_share_days(model) */
PG_FUNCTION_INFO_V1(user_ops_net_share_days);
Datum
user_ops_net_share_days(PG_FUNCTION_ARGS)
{
	return return_fact(fcinfo, SPEND_NET_SHARE_DAYS);
}

/* net_share(model) */
PG_FUNCTION_INFO_V1(user_ops_net_share);
Datum
user_ops_net_share(PG_FUNCTION_ARGS)
{
	SettledSpend nobody = {0};

	PG_RETURN_FLOAT8(spend_net_share(kept_model(fcinfo, 0), &nobody));
}

/* net_share(model, activity, as_of) */
PG_FUNCTION_INFO_V1(user_ops_activity_net_share);
Datum
user_ops_activity_net_share(PG_FUNCTION_ARGS)
{
	RepeatSpend spend = spend_of_activity(fcinfo, 1, finite_as_of(AS_OF_ARG(2)));

	PG_RETURN_FLOAT8(spend_net_share(kept_model(fcinfo, 0), &spend.settled));
}

/* spend_left_out(model): no_repeat, not_positive */
PG_FUNCTION_INFO_V1(user_ops_spend_left_out);
Datum
user_ops_spend_left_out(PG_FUNCTION_ARGS)
{
	Datum values[2];
	bool nulls[2];
	Model model;

	model_arg(fcinfo, 0, &model);
	for (int i = 0; i < 2; i++)
	{
		nulls[i] = !model.has_fact[SPEND_NO_REPEAT + i];
		values[i] = Int64GetDatum((int64) model.fact[SPEND_NO_REPEAT + i]);
	}
	return row_of_values(fcinfo, values, nulls);
}
