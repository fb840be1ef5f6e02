/*
 * feature_sample.c: what a feature model is fitted over.
 */
#include "kernel/models/feature_sample.h"

#include <math.h>
#include <stdio.h>

#define VERSION    2
#define NAME_WORDS (FEATURE_NAME / 8)
#define HEAD_WORDS 2 /* without names */

const char *
feature_names_problem(const FeatureName *names, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (names[i][0] == '\0' || memchr(names[i], '\0', FEATURE_NAME) == NULL)
			return "a name that is empty or longer than 63 bytes";
		for (const char *c = names[i]; *c != '\0'; c++)
			if ((unsigned char) *c < ' ' || *c == '"')
				return "a name with a double quote or a control character";
		if (strcmp(names[i], FEATURE_INTERCEPT) == 0)
			return "a feature named like the intercept";
		for (int j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
				return "two features with the same name";
	}
	return NULL;
}

static TallyShape
shape_of(int n_features, bool named)
{
	return (TallyShape){.version = VERSION,
						.n_head = (uint16_t) (HEAD_WORDS + (named ? n_features * NAME_WORDS : 0)),
						.row = {.n_keys = (uint8_t) (1 + n_features),
								.n_counts = 2,
								.real_keys = ((uint64_t) 2 << n_features) - 1}};
}

static const char *
check_head(const uint64_t *head, TallyShape *shape)
{
	FeatureName names[FEATURES_MAX] = {{0}};
	FeatureName zero = {0};
	const char *problem;
	bool named = shape->n_head > HEAD_WORDS;
	int n_head = shape->n_head;
	double ridge;
	int n;

	if (n_head < HEAD_WORDS || head[0] < 1 || head[0] > FEATURES_MAX)
		return "a number of features out of range";
	n = (int) head[0];
	ridge = real_of_bits(head[1]);
	if (!isfinite(ridge) || signbit(ridge))
		return "a ridge that is not a number of at least 0";
	*shape = shape_of(n, named);
	if (shape->n_head != n_head)
		return "names that do not match the features";
	if (!named)
		return NULL;
	memcpy(names, head + HEAD_WORDS, (size_t) n * FEATURE_NAME);
	problem = feature_names_problem(names, n);
	for (int i = 0; i < n && problem == NULL; i++)
	{
		size_t length = strlen(names[i]);

		if (memcmp(names[i] + length, zero, FEATURE_NAME - length) != 0)
			problem = "a name with text after it";
	}
	return problem;
}

static bool
row_valid(const uint64_t *head, const TallyShape *shape, const uint64_t *row)
{
	(void) head;
	for (int i = 0; i < shape->row.n_keys; i++)
	{
		double value = real_of_bits(row[i]);

		if (!isfinite(value) || bits_of_real(value) != row[i])
			return false;
	}
	return real_of_bits(row[0]) > 0;
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	return tally_unpack(&feature_sample_kind, bytes, size, problem);
}

const TallyKind feature_sample_kind = {
	.state = {.type = "feature_sample", .pack = tally_pack, .unpack = unpack, .merge = tally_merge,
			  .checked_by_packing = true},
	.shape = {.version = VERSION},
	.check_head = check_head,
	.row_valid = row_valid};

Tally *
feature_sample_add(Tally *state, const FeatureSampleParams *params, bool outcome, double weight,
				   const double *features)
{
	TallyShape shape = shape_of(params->n_features, params->named);
	uint64_t head[HEAD_WORDS + FEATURES_MAX * NAME_WORDS] = {(uint64_t) params->n_features,
															 bits_of_real(params->ridge)};
	uint64_t row[FEATURES_MAX + 3] = {bits_of_real(weight)};

	if (params->named)
		memcpy(head + HEAD_WORDS, params->names, (size_t) params->n_features * FEATURE_NAME);
	for (int i = 0; i < params->n_features; i++)
		row[i + 1] = bits_of_real(features[i]);
	row[FEATURE_FALSE(&shape)] = !outcome;
	row[FEATURE_TRUE(&shape)] = outcome;
	if (state == NULL)
		state = tally_create(&shape, head);
	tally_expect(state, &shape, head);
	return tally_add(state, row);
}

void
feature_sample_params(const Tally *state, FeatureSampleParams *params)
{
	*params = (FeatureSampleParams){
		.n_features = (int) state->words[0], .ridge = real_of_bits(state->words[1]), .named = true};
	if (state->shape.n_head > HEAD_WORDS)
		memcpy(params->names, state->words + HEAD_WORDS,
			   (size_t) params->n_features * FEATURE_NAME);
	else
		for (int i = 0; i < params->n_features; i++)
			sprintf(params->names[i], "x%d", i + 1);
}
