/*
 * model.c: fitted models as bytes.
 */
#include "kernel/models/model.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define FLAG_STATUS  0x03
#define FLAG_FITTED  0x04
#define FLAG_UNIT    0x08
#define FLAG_KNOWN   0x10
#define MAX_USERS    ((uint64_t) 1 << 62)

static const ModelKind kinds[] = {
	{MODEL_BG_NBD, PURCHASE_MODEL_TYPE, "bg_nbd", 4, 0, {"r", "alpha", "a", "b"}},
	{MODEL_MBG_NBD, PURCHASE_MODEL_TYPE, "mbg_nbd", 4, 0, {"r", "alpha", "a", "b"}},
	{MODEL_PARETO_NBD, PURCHASE_MODEL_TYPE, "pareto_nbd", 4, 0, {"r", "alpha", "s", "beta"}},
	{MODEL_BG_CNBD, PURCHASE_MODEL_TYPE, "bg_cnbd", 5, 1, {"r", "alpha", "a", "b", "k"}},
	{MODEL_MBG_CNBD, PURCHASE_MODEL_TYPE, "mbg_cnbd", 5, 1, {"r", "alpha", "a", "b", "k"}},
	{MODEL_GAMMA_GAMMA, SPEND_MODEL_TYPE, "gamma_gamma", 3, 0, {"p", "q", "gamma"},
	 5, {{"correlation", -DBL_MAX, DBL_MAX}, {"no_repeat", 0, DBL_MAX}, {"not_positive", 0, DBL_MAX},
		 {"net_share", 0, 1}, {"net_share_days", 0, DBL_MAX}}},
	{MODEL_SBG, CONTRACT_MODEL_TYPE, "sbg", 2, 0, {"alpha", "beta"}},
};

#define N_KINDS ((int) (sizeof(kinds) / sizeof(kinds[0])))

const char *const fit_status_names[] = {[FIT_OK] = "ok",
										[FIT_BOUNDARY] = "boundary",
										[FIT_NOT_IDENTIFIABLE] = "not_identifiable",
										[FIT_TOO_FEW] = "too_few"};

const ModelKind *
model_kind(int code)
{
	for (int i = 0; i < N_KINDS; i++)
		if (kinds[i].code == code)
			return &kinds[i];
	return NULL;
}

const ModelKind *
model_kind_named(const char *type, const char *name)
{
	for (int i = 0; i < N_KINDS; i++)
		if (strcmp(kinds[i].type, type) == 0 && strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

void
model_of_search(const Newton *search, Model *model)
{
	model->known = true;
	model->status = search->status;
	model->loglik = search->value;
	for (int i = 0; i < search->n; i++)
	{
		model->value[i] = exp(search->theta[i]);
		if (search->status == FIT_OK)
			model->error[i] = model->value[i] * sqrt(search->variance[i][i]);
	}
}

static bool
is_count(const ModelKind *kind, int parameter)
{
	return parameter >= kind->n_parameters - kind->n_counts;
}

const char *
model_problem(const Model *model)
{
	if (model->fitted && (!isfinite(model->loglik) || model->users > MAX_USERS))
		return "a log-likelihood or number of users out of range";
	if (!model->fitted && (model->status != FIT_OK || !model->known))
		return "parameters given by hand with a status, or without values";
	if (!isfinite(model->unit_days) || model->unit_days < 0)
		return "a unit of time that is not a number above 0";
	for (int i = 0; i < model->kind->n_facts; i++)
		if (model->has_fact[i] &&
			!(model->fitted && model->fact[i] >= model->kind->facts[i].least &&
			  model->fact[i] <= model->kind->facts[i].most))
			return "a fact of the fit that is not a number or is out of range";
	for (int i = 0; i < model->kind->n_parameters && model->known; i++)
	{
		double value = model->value[i];

		if (!isfinite(value) || value <= 0)
			return "a parameter that is not a number above 0";
		if (is_count(model->kind, i) && (value != floor(value) || value > MODEL_MAX_COUNT))
			return "a parameter that is not a whole number from 1 to 12";
		if (!isfinite(model->error[i]) || model->error[i] < 0)
			return "a standard error that is not a number above 0";
	}
	return NULL;
}

static void
write_facts(ByteWriter *out, const Model *model)
{
	uint8_t facts = 0;

	for (int i = 0; i < model->kind->n_facts; i++)
		facts |= (uint8_t) (model->has_fact[i] << i);
	write_byte(out, facts);
	for (int i = 0; i < model->kind->n_facts; i++)
		if (model->has_fact[i])
			write_double(out, model->fact[i]);
}

void
model_settle(Model *model)
{
	if (model_problem(model) == NULL)
		return;
	model->known = false;
	model->status = FIT_NOT_IDENTIFIABLE;
	model->loglik = 0;
}

void
model_encode(const Model *model, ByteWriter *out)
{
	uint8_t errors = 0;

	write_byte(out, MODEL_VERSION);
	write_byte(out, (uint8_t) model->kind->code);
	write_byte(out, (uint8_t) (model->status | (model->fitted ? FLAG_FITTED : 0) |
							   (model->unit_days > 0 ? FLAG_UNIT : 0) |
							   (model->known ? FLAG_KNOWN : 0)));
	if (model->fitted)
	{
		write_varint(out, model->users);
		write_double(out, model->loglik);
	}
	if (model->unit_days > 0)
		write_double(out, model->unit_days);
	if (model->fitted && model->kind->n_facts > 0)
		write_facts(out, model);
	if (!model->known)
		return;
	for (int i = 0; i < model->kind->n_parameters; i++)
		errors |= (uint8_t) ((model->error[i] > 0) << i);
	write_byte(out, errors);
	for (int i = 0; i < model->kind->n_parameters; i++)
	{
		write_double(out, model->value[i]);
		if (model->error[i] > 0)
			write_double(out, model->error[i]);
	}
}

/* What write_facts wrote; false if it says more than the kind has. */
static bool
read_facts(ByteReader *in, Model *model)
{
	uint8_t facts = read_byte(in);

	for (int i = 0; i < model->kind->n_facts; i++)
	{
		model->has_fact[i] = (facts & 1 << i) != 0;
		if (model->has_fact[i])
			model->fact[i] = read_double(in);
	}
	return facts >> model->kind->n_facts == 0;
}

/* The parameters and their errors; false if a bit of the errors is wrong. */
static bool
read_parameters(ByteReader *in, Model *model)
{
	uint8_t errors = read_byte(in);

	if (errors >> model->kind->n_parameters != 0)
		return false;
	for (int i = 0; i < model->kind->n_parameters; i++)
	{
		model->value[i] = read_double(in);
		if ((errors & 1 << i) == 0)
			continue;
		model->error[i] = read_double(in);
		if (!(model->error[i] > 0))
			return false;
	}
	return true;
}

const char *
model_decode(const uint8_t *bytes, size_t size, Model *model)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t code = read_byte(&in);
	uint8_t flags = read_byte(&in);

	memset(model, 0, sizeof(*model));
	if (version != MODEL_VERSION)
		return "unknown format version";
	model->kind = model_kind(code);
	if (model->kind == NULL)
		return "unknown kind of model";
	if (in.bad || (flags & ~(FLAG_STATUS | FLAG_FITTED | FLAG_UNIT | FLAG_KNOWN)) != 0)
		return "unknown flags";
	model->status = flags & FLAG_STATUS;
	model->fitted = (flags & FLAG_FITTED) != 0;
	model->known = (flags & FLAG_KNOWN) != 0;
	if (model->fitted)
	{
		model->users = read_varint(&in, MAX_USERS);
		model->loglik = read_double(&in);
	}
	if ((flags & FLAG_UNIT) != 0)
	{
		model->unit_days = read_double(&in);
		if (!(model->unit_days > 0))
			return "a unit of time that is not a number above 0";
	}
	if (model->fitted && model->kind->n_facts > 0 && !read_facts(&in, model))
		return "unknown facts";
	if (model->known && !read_parameters(&in, model))
		return "bad standard errors";
	if (in.bad)
		return "truncated or bad numbers";
	if (in.next != in.end)
		return "bytes after the last parameter";
	return model_problem(model);
}
