/*
 * contract_model.c: the aggregates contract_model and contract_sample, and what
 * a model says of retention.
 *
 *	1. A row with a NULL is skipped; equal periods add up.  No row left: NULL.
 *	2. A period below 1, more lost than at risk, a number below 0: errors.
 *	3. The order of rows, and how they were split, is invisible in the model.
 *
 * The state is the type contract_sample, in its working form.
 */
#include "server/compat.h"

#include <math.h>

#include "kernel/models/contract_model.h"
#include "models/model.h"
#include "server/call.h"
#include "server/state_io.h"

#define MAX_PERIODS 10000 /* of a projection */

STATE_FUNCTIONS(contract_sample, contract_sample_kind.state)
MODEL_FUNCTIONS(contract_model)

static void
refuse(const char *problem, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
					errhint("%s", hint)));
}

/* contract_sample_add(state, period, lost, at_risk) */
AGGREGATE_ONLY(user_ops_contract_sample_add)
{
	int32 period;
	int64 lost;
	int64 at_risk;
	Tally *state;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return state_as_it_is(fcinfo);
	period = PG_GETARG_INT32(1);
	lost = PG_GETARG_INT64(2);
	at_risk = PG_GETARG_INT64(3);
	if (period < 1)
		refuse("period must be at least 1",
			   "Period 1 ends with the first chance to renew.");
	if (lost < 0 || at_risk < lost)
		refuse("lost must be from 0 to at_risk",
			   "Give how many of those at risk in the period did not renew at its end.");
	state = PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &contract_sample_kind.state);
	return state_datum(
		contract_sample_add(state, period, (uint64) lost, (uint64) (at_risk - lost)));
}

/* contract_model(contract_sample), the final function too */
PG_FUNCTION_INFO_V1(user_ops_contract_sample_fit);
Datum
user_ops_contract_sample_fit(PG_FUNCTION_ARGS)
{
	Model model;

	contract_fit(state_arg(fcinfo, 0, &contract_sample_kind.state), &model);
	return model_datum(&model);
}

/* make_contract_model(alpha, beta) */
PG_FUNCTION_INFO_V1(user_ops_make_contract_model);
Datum
user_ops_make_contract_model(PG_FUNCTION_ARGS)
{
	double parameters[CONTRACT_PARAMETERS] = {PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1)};

	return model_of_parameters(model_kind(MODEL_SBG), parameters);
}

/* Argument n, a period or a number of periods. */
static int32
periods_arg(FunctionCallInfo fcinfo, int n, int32 least)
{
	int32 periods = PG_GETARG_INT32(n);

	if (periods < least)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("periods must be at least %d", least),
						errhint("Period 1 ends with the first chance to renew.")));
	return periods;
}

/* contract_retention(model, period) */
PG_FUNCTION_INFO_V1(user_ops_contract_retention);
Datum
user_ops_contract_retention(PG_FUNCTION_ARGS)
{
	int32 period = periods_arg(fcinfo, 1, 1);
	Model model;

	model_arg(fcinfo, 0, &model);
	if (!model.known)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(contract_retention(model.value[0], model.value[1], period));
}

/* contract_survival(model, periods) */
PG_FUNCTION_INFO_V1(user_ops_contract_survival);
Datum
user_ops_contract_survival(PG_FUNCTION_ARGS)
{
	int32 periods = periods_arg(fcinfo, 1, 0);
	Model model;

	model_arg(fcinfo, 0, &model);
	if (!model.known)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(contract_survival(model.value[0], model.value[1], periods));
}

/* The payments to come, the first now or, in a later period, at the next renewal. */
static Datum
return_discounted(FunctionCallInfo fcinfo, int32 periods)
{
	double discount = PG_GETARG_FLOAT8(1);
	double expected;
	Model model;

	if (!isfinite(discount) || discount < 0)
		refuse("discount must be a number of at least 0",
			   "A discount of 0.1 is 10 percent a period.");
	model_arg(fcinfo, 0, &model);
	if (!model.known)
		PG_RETURN_NULL();
	expected = contract_discounted(model.value[0], model.value[1], periods, discount);
	if (isnan(expected))
		PG_RETURN_NULL();
	if (periods > 0)
		expected *= contract_retention(model.value[0], model.value[1], periods);
	PG_RETURN_FLOAT8(expected);
}

/* discounted_lifetime(model, discount) */
PG_FUNCTION_INFO_V1(user_ops_discounted_lifetime);
Datum
user_ops_discounted_lifetime(PG_FUNCTION_ARGS)
{
	return return_discounted(fcinfo, 0);
}

/* discounted_residual_lifetime(model, discount, period) */
PG_FUNCTION_INFO_V1(user_ops_discounted_residual_lifetime);
Datum
user_ops_discounted_residual_lifetime(PG_FUNCTION_ARGS)
{
	return return_discounted(fcinfo, periods_arg(fcinfo, 2, 1));
}

/* contract_projection(model, periods): a row for each */
PG_FUNCTION_INFO_V1(user_ops_contract_projection);
Datum
user_ops_contract_projection(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Model *model;
	int32 period;
	Datum values[3];
	bool nulls[3] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		if (periods_arg(fcinfo, 1, 0) > MAX_PERIODS)
			refuse("a projection cannot have more than 10000 periods", "Ask for fewer.");
		call->max_calls = (uint64) PG_GETARG_INT32(1);
		call->user_fctx = palloc(sizeof(Model));
		model_arg(fcinfo, 0, call->user_fctx);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	model = call->user_fctx;
	if (!model->known || call->call_cntr >= call->max_calls)
		SRF_RETURN_DONE(call);

	period = (int32) call->call_cntr + 1;
	values[0] = Int32GetDatum(period);
	values[1] = Float8GetDatum(contract_retention(model->value[0], model->value[1], period));
	values[2] = Float8GetDatum(contract_survival(model->value[0], model->value[1], period));
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
