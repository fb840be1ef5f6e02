/*
 * feature_model.c: logistic models as bytes and as text.
 */
#include "kernel/models/feature_model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "kernel/base/text.h"
#include "kernel/models/model.h"

#define FLAG_STATUS 0x03
#define FLAG_FITTED 0x04
#define FLAG_KNOWN  0x08
#define MAX_ROWS    ((uint64_t) 1 << 62)

const char *
feature_model_problem(const FeatureModel *model)
{
	if (model->n_features < 1 || model->n_features > FEATURES_MAX)
		return "a number of features out of range";
	if (model->fitted && (!isfinite(model->loglik) || model->rows > MAX_ROWS ||
						  !isfinite(model->ridge) || model->ridge < 0))
		return "a log-likelihood, ridge or number of rows out of range";
	if (!model->fitted && (model->status != FIT_OK || !model->known))
		return "coefficients given by hand with a status, or without values";
	for (int i = 0; i <= model->n_features && model->known; i++)
	{
		if (!isfinite(model->value[i]))
			return "a coefficient that is not a finite number";
		if (!isfinite(model->error[i]) || model->error[i] < 0)
			return "a standard error that is not a number above 0";
	}
	return feature_names_problem(model->names, model->n_features);
}

void
feature_model_encode(const FeatureModel *model, ByteWriter *out)
{
	uint64_t errors = 0;

	write_byte(out, FEATURE_MODEL_VERSION);
	write_byte(out, (uint8_t) (model->status | (model->fitted ? FLAG_FITTED : 0) |
							   (model->known ? FLAG_KNOWN : 0)));
	write_byte(out, (uint8_t) model->n_features);
	if (model->fitted)
	{
		write_varint(out, model->rows);
		write_double(out, model->loglik);
		write_double(out, model->ridge);
	}
	for (int i = 0; i <= model->n_features; i++)
		errors |= (uint64_t) (model->known && model->error[i] > 0) << i;
	write_varint(out, errors);
	for (int i = 0; i <= model->n_features; i++)
	{
		size_t length = i > 0 ? strlen(model->names[i - 1]) : 0;

		if (i > 0)
			write_varint(out, length);
		for (size_t c = 0; c < length; c++)
			write_byte(out, (uint8_t) model->names[i - 1][c]);
		if (model->known)
			write_double(out, model->value[i]);
		if (errors >> i & 1)
			write_double(out, model->error[i]);
	}
}

static void
read_name(ByteReader *in, FeatureName name)
{
	size_t length = read_varint(in, FEATURE_NAME - 1);

	for (size_t c = 0; c < length; c++)
	{
		name[c] = (char) read_byte(in);
		in->bad |= name[c] == '\0';
	}
}

const char *
feature_model_decode(const uint8_t *bytes, size_t size, FeatureModel *model)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t flags = read_byte(&in);
	uint64_t errors;

	memset(model, 0, sizeof(*model));
	if (version != FEATURE_MODEL_VERSION)
		return "unknown format version";
	if (in.bad || (flags & ~(FLAG_STATUS | FLAG_FITTED | FLAG_KNOWN)) != 0)
		return "unknown flags";
	model->status = flags & FLAG_STATUS;
	model->fitted = (flags & FLAG_FITTED) != 0;
	model->known = (flags & FLAG_KNOWN) != 0;
	model->n_features = read_byte(&in);
	if (model->n_features < 1 || model->n_features > FEATURES_MAX)
		return "a number of features out of range";
	if (model->fitted)
	{
		model->rows = read_varint(&in, MAX_ROWS);
		model->loglik = read_double(&in);
		model->ridge = read_double(&in);
	}
	errors = read_varint(&in, model->known ? ((uint64_t) 2 << model->n_features) - 1 : 0);
	for (int i = 0; i <= model->n_features; i++)
	{
		if (i > 0)
			read_name(&in, model->names[i - 1]);
		if (model->known)
			model->value[i] = read_double(&in);
		if (errors >> i & 1)
		{
			model->error[i] = read_double(&in);
			in.bad |= !(model->error[i] > 0);
		}
	}
	if (in.bad)
		return "truncated or bad numbers or names";
	if (in.next != in.end)
		return "bytes after the last coefficient";
	return feature_model_problem(model);
}

/* "intercept", or a name in quotes. */
static const char *
print_name(const FeatureModel *model, int i, char *quoted)
{
	if (i == 0)
		return FEATURE_INTERCEPT;
	sprintf(quoted, "\"%s\"", model->names[i - 1]);
	return quoted;
}

char *
feature_model_print(const FeatureModel *model)
{
	char *text = host_alloc((size_t) (model->n_features + 4) * (FEATURE_NAME + 80));
	char *p = text + sprintf(text, "logistic(");
	const char *before = "";

	if (model->fitted)
	{
		p += sprintf(p, "status %s; rows %" PRIu64, fit_status_names[model->status], model->rows);
		before = "; ";
		p = print_named(p, before, "loglik", model->loglik);
		p = print_named(p, before, "ridge", model->ridge);
	}
	for (int i = 0; i <= model->n_features; i++)
	{
		char quoted[FEATURE_NAME + 2];
		const char *name = print_name(model, i, quoted);

		if (model->known)
			p = print_named(p, before, name, model->value[i]);
		else if (i > 0)
			p += sprintf(p, "%s%s", before, name);
		if (model->known && model->error[i] > 0)
			p = print_named(p, " ", "error", model->error[i]);
		before = "; ";
	}
	strcpy(p, ")");
	return text;
}

/* A name in quotes. */
static bool
parse_name(const char **p, FeatureName name)
{
	size_t length = skip_char(p, '"') ? strcspn(*p, "\"") : 0;

	if (length == 0 || length >= FEATURE_NAME || (*p)[length] != '"')
		return false;
	memcpy(name, *p, length);
	*p += length + 1;
	return true;
}

/* A coefficient of a known model, or a name alone; NULL if that is well. */
static const char *
parse_coefficient(const char **p, const char *before, int i, FeatureModel *model)
{
	if (!skip_word(p, before))
		return "expected \"; \" between the coefficients";
	if (i == 0 ? !skip_word(p, FEATURE_INTERCEPT) : !parse_name(p, model->names[i - 1]))
		return "expected the intercept, then names in double quotes";
	if (!model->known)
		return NULL;
	if (!skip_char(p, ' ') || !parse_double(p, &model->value[i]))
		return "expected a number after the name of a coefficient";
	if (skip_name(p, " ", "error") && (!parse_double(p, &model->error[i]) || model->error[i] <= 0))
		return "expected a standard error after \"error\"";
	return NULL;
}

const char *
feature_model_parse(const char *text, FeatureModel *model)
{
	const char *p = text;
	const char *problem = NULL;
	int i;

	memset(model, 0, sizeof(*model));
	skip_spaces(&p);
	if (!skip_word(&p, "logistic("))
		return "expected \"logistic(\"";
	model->fitted = skip_name(&p, "", "status");
	if (model->fitted &&
		(!parse_status(&p, &model->status) || !skip_name(&p, "", "rows") ||
		 !parse_digits(&p, MAX_ROWS, &model->rows) || !skip_name(&p, "; ", "loglik") ||
		 !parse_double(&p, &model->loglik) || !skip_name(&p, "; ", "ridge") ||
		 !parse_double(&p, &model->ridge)))
		return "expected a status, the rows, the log-likelihood and the ridge";
	model->known = !model->fitted || strncmp(p, "; \"", 3) != 0;
	for (i = model->known ? 0 : 1; *p != ')' && problem == NULL; i++)
	{
		if (i > FEATURES_MAX)
			return "too many features";
		problem = parse_coefficient(&p, i > 0 || model->fitted ? "; " : "", i, model);
	}
	if (problem != NULL)
		return problem;
	model->n_features = i - 1;
	p++;
	skip_spaces(&p);
	if (*p != '\0')
		return "text after the closing parenthesis";
	return feature_model_problem(model);
}
