/*
 * experiment_format.c: the stored form of an experiment.
 *
 * What is read is believed only if such values can be: no sum exceeds so many of the
 * largest value, no square mean its mean square, and a rate has no other values than 0
 * and 1.  So whatever was read can be merged and tested without an overflow.
 */
#include "kernel/experiment/experiment_private.h"

#include <math.h>

#define METRIC_BITS    3
#define COVARIATES_BIT 4
#define LARGEST_VALUE  ((uint64_t) 1 << 63) /* of the smallest int64 */
#define ROUNDING       1e-9                 /* of a correlation that may be 1 */

static void
pack_arm(const Experiment *experiment, const ExperimentArm *arm, ByteWriter *out)
{
	int n = experiment->n_variables;

	write_varint(out, arm->label_size);
	for (int i = 0; i < arm->label_size; i++)
		write_byte(out, (uint8_t) arm->label[i]);
	write_varint(out, arm->users);
	if (experiment->covariates)
		write_varint(out, arm->no_covariate);
	for (int k = 0; k < n; k++)
		write_wide(out, arm->sums[k]);
	for (int i = 0; i < n * (n + 1) / 2; i++)
		write_sum(out, arm->products[i]);
}

void
experiment_pack(const void *state, ByteWriter *out)
{
	const Experiment *experiment = state;

	write_byte(out, EXPERIMENT_VERSION);
	write_byte(out, (uint8_t) (experiment->metric | experiment->covariates * COVARIATES_BIT));
	for (int k = 0; k < experiment->n_variables; k++)
	{
		write_byte(out, experiment->scale[k]);
		write_varint(out, experiment->largest[k]);
	}
	write_varint(out, experiment->n);
	for (uint32_t i = 0; i < experiment->n; i++)
		pack_arm(experiment, &experiment->arms[i], out);
}

/* Is a no more than b, both from 0 up? */
static inline bool
at_most(Huge a, Huge b)
{
	return !huge_is_negative(a) && !huge_is_negative(huge_difference(b, a));
}

static inline Huge
magnitude(Huge value)
{
	return huge_is_negative(value) ? huge_difference(huge_of(0), value) : value;
}

/* n users' sum of products of i and k, less the product of their sums, times n. */
static Huge
centred(const ExperimentArm *arm, int i, int k)
{
	return huge_difference(
		huge_product(huge_of(arm->users), huge_of_wide(arm->products[experiment_product(i, k)])),
		huge_product(huge_of(arm->sums[i]), huge_of(arm->sums[k])));
}

/* Can users have these sums of variables i <= k?  One has but one value. */
static bool
products_valid(const Experiment *experiment, const ExperimentArm *arm, int i, int k)
{
	Huge product = huge_of_wide(arm->products[experiment_product(i, k)]);
	Huge spread = centred(arm, i, k);
	Huge most = huge_product(huge_of(arm->users), huge_product(huge_of(experiment->largest[i]),
															   huge_of(experiment->largest[k])));

	if (!at_most(magnitude(product), most) || (arm->users == 1 && huge_to_double(spread) != 0))
		return false;
	if (i == k)
		return !huge_is_negative(product) && !huge_is_negative(spread);
	return fabs(huge_to_double(spread)) <=
		   (1 + ROUNDING) * sqrt(huge_to_double(centred(arm, i, i))) *
			   sqrt(huge_to_double(centred(arm, k, k)));
}

static bool
moments_valid(const Experiment *experiment, const ExperimentArm *arm)
{
	for (int k = 0; k < experiment->n_variables; k++)
		if (!at_most(magnitude(huge_of(arm->sums[k])),
					 huge_product(huge_of(arm->users), huge_of(experiment->largest[k]))) ||
			!products_valid(experiment, arm, k, k))
			return false;
	for (int k = 1; k < experiment->n_variables; k++)
		for (int i = 0; i < k; i++)
			if (!products_valid(experiment, arm, i, k))
				return false;
	return experiment->metric != EXPERIMENT_RATE ||
		   (arm->products[0].high == 0 && arm->sums[0] >= 0 &&
			arm->products[0].low == (unsigned __int128) arm->sums[0]);
}

/* Read one more arm; what is wrong with it, or NULL. */
static const char *
read_arm(ByteReader *in, Experiment *experiment)
{
	ExperimentArm *arm = &experiment->arms[experiment->n];
	int n = experiment->n_variables;

	arm->label_size = (uint8_t) read_varint(in, EXPERIMENT_MAX_LABEL);
	for (int i = 0; i < arm->label_size; i++)
		arm->label[i] = (char) read_byte(in);
	arm->users = read_varint(in, EXPERIMENT_MAX_USERS);
	if (experiment->covariates)
		arm->no_covariate = read_varint(in, arm->users);
	for (int k = 0; k < n; k++)
		arm->sums[k] = read_wide(in);
	for (int i = 0; i < n * (n + 1) / 2; i++)
		arm->products[i] = read_sum(in);
	if (in->bad || arm->users == 0)
		return "truncated or bad arms";
	if (experiment->n > 0 && experiment_compare(arm - 1, arm->label, arm->label_size) >= 0)
		return "arms that do not ascend";
	experiment->keys[experiment->n++] = experiment_key(arm->label, arm->label_size);
	return moments_valid(experiment, arm) ? NULL : "sums that no users have";
}

static const char *
read_arms(ByteReader *in, Experiment *experiment, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		const char *problem = read_arm(in, experiment);

		if (problem != NULL)
			return problem;
	}
	return in->next == in->end ? NULL : "bytes after the last arm";
}

void *
experiment_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t metric = read_byte(&in);
	Experiment parameters = {.scale = {0}};
	Experiment *experiment;
	uint32_t n;

	*problem = "unknown format version";
	if (version != EXPERIMENT_VERSION)
		return NULL;
	*problem = "truncated or bad parameters";
	if (metric > (EXPERIMENT_RATE | COVARIATES_BIT) || (metric & METRIC_BITS) > EXPERIMENT_RATE)
		return NULL;
	parameters.n_variables = (uint8_t) (((metric & METRIC_BITS) == EXPERIMENT_RATIO ? 2 : 1)
										<< ((metric & COVARIATES_BIT) != 0));
	for (int k = 0; k < parameters.n_variables; k++)
	{
		bool shares = k == 0 && (metric & METRIC_BITS) == EXPERIMENT_RATE;

		parameters.scale[k] = read_byte(&in);
		parameters.largest[k] = read_varint(&in, shares ? 1 : LARGEST_VALUE);
		in.bad |= parameters.scale[k] > (shares ? 0 : MONEY_MAX_SCALE);
	}
	n = (uint32_t) read_varint(&in, EXPERIMENT_MAX_ARMS);
	if (in.bad || n == 0)
		return NULL;

	experiment = experiment_with_room(metric & METRIC_BITS, (metric & COVARIATES_BIT) != 0, n);
	memcpy(experiment->scale, parameters.scale, sizeof(parameters.scale));
	memcpy(experiment->largest, parameters.largest, sizeof(parameters.largest));
	*problem = read_arms(&in, experiment, n);
	if (*problem == NULL)
		return experiment;
	host_free(experiment);
	return NULL;
}
