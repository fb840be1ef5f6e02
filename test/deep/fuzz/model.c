/*
 * model.c: models of every kind, and what they say of users.
 */
#include "model_values.h"
#include "values.h"

#include "kernel/models/clv.h"
#include "kernel/models/contract_model.h"
#include "kernel/models/purchase/purchase.h"
#include "kernel/models/spend_model.h"

static bool
build(Input *in, Model *model)
{
	return in_model(in, model);
}

static void
ask_purchases(const Model *model, Input *in)
{
	uint8_t how = in_byte(in);
	int64_t x = how & 1 ? in_below(in, 200) : in_int(in, 0, 100000);
	double t_x = x == 0 ? 0 : in_positive(in);
	double t = t_x + in_positive(in);
	double horizon = in_positive(in);
	Posterior user;
	double p;

	if (history_problem(x, t_x, t) != NULL)
		return;
	user = purchase_posterior(model, x, t_x, t);
	CHECK(!(user.alive < 0) && !(user.alive > 1));
	p = posterior_alive(&user, horizon);
	CHECK(!(p < 0) && !(p > 1));
	p = posterior_silence(&user, horizon);
	CHECK(!(p < 0) && !(p > 1));
	p = posterior_probability(&user, horizon, in_below(in, 50));
	CHECK(!(p < 0) && !(p > 1));
	CHECK(!(posterior_expected(&user, horizon) < 0));
	if (how & 2)
		CHECK(!(posterior_discounted(&user, in_positive(in)) < 0));
	if (how & 4)
	{
		double step = in_positive(in);

		horizon = step * in_below(in, 12);
		CHECK(!(horizon - horizon == 0) || !(clv_expected(&user, in_positive(in), horizon, step, in_positive(in)) < 0));
	}
}

static void
ask(const Model *model, Input *in)
{
	CHECK(model_problem(model) == NULL);
	CHECK(model_kind_named(model->kind->type, model->kind->name) == model->kind);
	if (!model->known)
		return;
	if (model->kind->code == MODEL_GAMMA_GAMMA)
	{
		SettledSpend settled = {(uint64_t) in_int(in, 1, INT32_MAX), in_positive(in), in_positive(in)};
		RepeatSpend spend = {.amounts = true, .buyer = true, .repeats = (uint64_t) in_int(in, 0, INT64_MAX), .settled = settled};

		spend.total = spend.repeats == 0 ? 0 : in_real(in);
		if (settled.refunds > settled.gross)
			settled.refunds = spend.settled.refunds = settled.gross;
		(void) spend_net_share(model, &settled);
		(void) spend_expected(model, &spend);
	}
	else if (model->kind->code == MODEL_SBG)
	{
		int32_t periods = (int32_t) in_int(in, 1, INT32_MAX);
		double p = contract_retention(model->value[0], model->value[1], periods);

		CHECK(!(p < 0) && !(p > 1));
		p = contract_survival(model->value[0], model->value[1], periods);
		CHECK(!(p < 0) && !(p > 1));
		(void) contract_discounted(model->value[0], model->value[1], periods, in_bool(in) ? 0 : in_positive(in));
	}
	else if (in_below(in, 32) == 0)
		ask_purchases(model, in);
}

FUZZ_VALUES(Model, model_decode, model_encode, model_print, model_parse(text, value->kind->type, again))
