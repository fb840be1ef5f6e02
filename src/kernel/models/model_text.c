/*
 * model_text.c: the text form of models.
 */
#include "kernel/models/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/base/text.h"

/* "; name -1.2345678901234567e-300 error 1.2345678901234567e-300" */
#define PARAMETER_CHARS 128

/* The fewest digits that say the number. */
static char *
print_double(char *p, double value)
{
	int length = 0;

	for (int digits = 15; digits <= 17; digits++)
	{
		length = sprintf(p, "%.*g", digits, value);
		if (strtod(p, NULL) == value)
			break;
	}
	return p + length;
}

char *
print_named(char *p, const char *before, const char *name, double value)
{
	p += sprintf(p, "%s%s ", before, name);
	return print_double(p, value);
}

char *
model_print(const Model *model)
{
	char *text = host_alloc((4 + MODEL_MAX_FACTS + MODEL_MAX_PARAMETERS) * PARAMETER_CHARS);
	char *p = text + sprintf(text, "%s(", model->kind->name);
	const char *before = "";

	if (model->fitted)
	{
		p += sprintf(p, "status %s; users %" PRIu64, fit_status_names[model->status],
					 model->users);
		before = "; ";
		p = print_named(p, before, "loglik", model->loglik);
	}
	if (model->unit_days > 0)
	{
		p = print_named(p, before, "unit", model->unit_days);
		before = "; ";
	}
	for (int i = 0; i < model->kind->n_facts; i++)
		if (model->has_fact[i])
			p = print_named(p, before, model->kind->facts[i].name, model->fact[i]);
	for (int i = 0; i < model->kind->n_parameters && model->known; i++)
	{
		p = print_named(p, before, model->kind->parameters[i], model->value[i]);
		before = "; ";
		if (model->error[i] > 0)
			p = print_named(p, " ", "error", model->error[i]);
	}
	strcpy(p, ")");
	return text;
}

bool
parse_double(const char **p, double *value)
{
	size_t length = strspn(*p, "+-.0123456789eE");
	char *end;

	*value = strtod(*p, &end);
	if (length == 0 || end != *p + length || !(*value - *value == 0))
		return false;
	*value += 0.0; /* minus zero becomes zero */
	*p = end;
	return true;
}

bool
skip_name(const char **p, const char *before, const char *name)
{
	const char *start = *p;

	if (skip_word(p, before) && skip_word(p, name) && skip_char(p, ' '))
		return true;
	*p = start;
	return false;
}

bool
parse_status(const char **p, FitStatus *status)
{
	for (int i = 0; i < FIT_STATUSES; i++)
	{
		const char *start = *p;

		if (skip_word(p, fit_status_names[i]) && skip_word(p, "; "))
		{
			*status = (FitStatus) i;
			return true;
		}
		*p = start;
	}
	return false;
}

/* What comes before the parameters; NULL if that is well. */
static const char *
parse_fit(const char **p, Model *model, const char **before)
{
	model->fitted = skip_name(p, "", "status");
	if (model->fitted)
	{
		if (!parse_status(p, &model->status))
			return "expected a status after \"status\"";
		if (!skip_name(p, "", "users") || !parse_digits(p, UINT64_MAX, &model->users))
			return "expected the number of users after the status";
		if (!skip_name(p, "; ", "loglik") || !parse_double(p, &model->loglik))
			return "expected the log-likelihood after the users";
		*before = "; ";
	}
	if (skip_name(p, *before, "unit"))
	{
		if (!parse_double(p, &model->unit_days) || model->unit_days <= 0)
			return "expected days after \"unit\"";
		*before = "; ";
	}
	for (int i = 0; i < model->kind->n_facts && model->fitted; i++)
	{
		model->has_fact[i] = skip_name(p, "; ", model->kind->facts[i].name);
		if (model->has_fact[i] && !parse_double(p, &model->fact[i]))
			return "expected a number after a fact of the fit";
	}
	return NULL;
}

const char *
model_parse(const char *text, const char *type, Model *model)
{
	const char *p = text;
	const char *before = "";
	const char *problem;
	char name[32];
	size_t length;

	memset(model, 0, sizeof(*model));
	skip_spaces(&p);
	length = strcspn(p, "( ");
	if (length < sizeof(name))
	{
		memcpy(name, p, length);
		name[length] = '\0';
		model->kind = model_kind_named(type, name);
	}
	p += length;
	if (model->kind == NULL || !skip_char(&p, '('))
		return "expected a kind of model and an opening parenthesis";
	problem = parse_fit(&p, model, &before);
	if (problem != NULL)
		return problem;
	for (int i = 0; i < model->kind->n_parameters; i++)
	{
		if (i == 0)
			model->known = !model->fitted || *p != ')';
		if (!model->known)
			break;
		if (!skip_name(&p, before, model->kind->parameters[i]) || !parse_double(&p, &model->value[i]))
			return "expected the parameters of the model, in order";
		before = "; ";
		if (skip_name(&p, " ", "error") &&
			(!parse_double(&p, &model->error[i]) || model->error[i] <= 0))
			return "expected a standard error after \"error\"";
	}
	if (!skip_char(&p, ')'))
		return "expected \")\" after the last parameter";
	skip_spaces(&p);
	if (*p != '\0')
		return "text after the closing parenthesis";
	return model_problem(model);
}
