/*
 * experiment.c: count the moments of a metric in each arm.
 */
#include "kernel/experiment/experiment_private.h"

#define INITIAL_ARMS 4

Experiment *
experiment_with_room(ExperimentMetric metric, bool covariates, uint32_t n_arms)
{
	Experiment *experiment = state_create(experiment_size(n_arms));

	experiment->metric = (uint8_t) metric;
	experiment->covariates = covariates;
	experiment->n_variables = (uint8_t) ((metric == EXPERIMENT_RATIO ? 2 : 1) << covariates);
	return experiment;
}

Experiment *
experiment_create(ExperimentMetric metric, bool covariates)
{
	return experiment_with_room(metric, covariates, INITIAL_ARMS);
}

/* The label of the arm is this one, where their keys are equal. */
static inline bool
same_label(const ExperimentArm *arm, const char *label, size_t size)
{
	return arm->label_size == size &&
		   (size <= EXPERIMENT_KEY || memcmp(arm->label, label, size) == 0);
}

/*
 * The place of the label's arm, or the number of arms if it has none.  Arms come at random, so
 * that comparing all keys is faster than a search that has to guess.
 */
static inline uint32_t
find_arm(const Experiment *experiment, const char *label, size_t size)
{
	uint64_t key = experiment_key(label, size);
	uint64_t equal = 0; /* a bit for each arm */

	for (uint32_t i = 0; i < experiment->n; i++)
		equal |= (uint64_t) (experiment->keys[i] == key) << i;
	for (; equal != 0; equal &= equal - 1)
	{
		uint32_t place = (uint32_t) __builtin_ctzll(equal);

		if (same_label(&experiment->arms[place], label, size))
			return place;
	}
	return experiment->n;
}

const ExperimentArm *
experiment_arm(const Experiment *experiment, const char *label, size_t label_size)
{
	uint32_t place = find_arm(experiment, label, label_size);

	return place < experiment->n ? &experiment->arms[place] : NULL;
}

/* The experiment with a new arm, whose place is set. */
static Experiment *
insert_arm(Experiment *experiment, const char *label, size_t size, uint32_t *place)
{
	uint32_t n = experiment->n;
	uint32_t at = 0;
	ExperimentArm *arm;

	if (n == EXPERIMENT_MAX_ARMS)
		host_fail(KERNEL_EXPERIMENT_ARMS);
	if (experiment_size(n + 1) > experiment->state.capacity)
		experiment = state_grow(experiment, experiment_size(n), experiment_size(n + 1));
	while (at < n && experiment_compare(&experiment->arms[at], label, size) < 0)
		at++;
	arm = &experiment->arms[at];
	memmove(arm + 1, arm, (n - at) * sizeof(ExperimentArm));
	memset(arm, 0, sizeof(ExperimentArm));
	memcpy(arm->label, label, size);
	arm->label_size = (uint8_t) size;
	memmove(&experiment->keys[at + 1], &experiment->keys[at], (n - at) * sizeof(uint64_t));
	experiment->keys[at] = experiment_key(label, size);
	experiment->n++;
	*place = at;
	return experiment;
}

/* The experiment with an arm of that label, whose place is set. */
static inline Experiment *
with_arm(Experiment *experiment, const char *label, size_t size, uint32_t *place)
{
	*place = find_arm(experiment, label, size);
	return *place < experiment->n ? experiment : insert_arm(experiment, label, size, place);
}

/* Bring what an arm has to scales that are larger by so many decimals. */
static void
rescale_arm(ExperimentArm *arm, const int *decimals)
{
	for (int k = 0; k < EXPERIMENT_VARIABLES; k++)
	{
		arm->sums[k] *= power_of_ten(decimals[k]);
		for (int i = 0; i <= k; i++)
		{
			Wide *product = &arm->products[experiment_product(i, k)];

			*product = wide_times(*product, (uint64_t) power_of_ten(decimals[i]) *
												(uint64_t) power_of_ten(decimals[k]));
		}
	}
}

/*
 * A magnitude at a larger scale.  It fails where the value does not fit 64 bits: so one and
 * the same set of values fails in whatever order they come.
 */
static uint64_t
rescale_largest(uint64_t largest, int decimals)
{
	if (decimals == 0)
		return largest;
	if (largest > (uint64_t) INT64_MAX / (uint64_t) power_of_ten(decimals))
		host_fail(KERNEL_AMOUNT_RANGE);
	return largest * (uint64_t) power_of_ten(decimals);
}

/* Bring all arms to scales that are no smaller. */
static void
rescale(Experiment *experiment, const uint8_t *scale)
{
	int decimals[EXPERIMENT_VARIABLES] = {0};
	bool same = true;

	for (int k = 0; k < experiment->n_variables; k++)
	{
		decimals[k] = scale[k] - experiment->scale[k];
		same &= decimals[k] == 0;
		experiment->largest[k] = rescale_largest(experiment->largest[k], decimals[k]);
		experiment->scale[k] = scale[k];
	}
	for (uint32_t i = 0; i < experiment->n && !same; i++)
		rescale_arm(&experiment->arms[i], decimals);
}

static void
larger_scales(Experiment *experiment, const ExperimentValue *values)
{
	uint8_t scale[EXPERIMENT_VARIABLES];

	for (int k = 0; k < experiment->n_variables; k++)
		scale[k] = values[k].scale > experiment->scale[k] ? (uint8_t) values[k].scale
														  : experiment->scale[k];
	rescale(experiment, scale);
}

/* The values at the experiment's scales; false where one needs more, else the largest are kept. */
static inline bool
scale_values(Experiment *experiment, const ExperimentValue *values, int n, int64_t *scaled)
{
	for (int k = 0; k < n; k++)
	{
		int decimals = experiment->scale[k] - values[k].scale;

		if (decimals < 0)
			return false;
		scaled[k] = decimals == 0 ? values[k].value : money_rescale(values[k].value, 0, decimals);
	}
	for (int k = 0; k < n; k++)
	{
		uint64_t magnitude = scaled[k] < 0 ? -(uint64_t) scaled[k] : (uint64_t) scaled[k];

		if (magnitude > experiment->largest[k])
			experiment->largest[k] = magnitude;
	}
	return true;
}

static inline void
add_values(ExperimentArm *arm, const int64_t *values, int n)
{
	for (int k = 0; k < n; k++)
	{
		arm->sums[k] += values[k];
		for (int i = 0; i <= k; i++)
			wide_add_product(&arm->products[experiment_product(i, k)], values[i], values[k]);
	}
}

static inline void
count_users(ExperimentArm *arm, uint64_t users, uint64_t no_covariate)
{
	if (users > EXPERIMENT_MAX_USERS - arm->users)
		host_fail(KERNEL_USERS_RANGE);
	arm->users += users;
	arm->no_covariate += no_covariate;
}

/* One user whose number of variables the compiler knows. */
static inline __attribute__((always_inline)) Experiment *
add_user(Experiment *experiment, const char *label, size_t label_size,
		 const ExperimentValue *values, bool no_covariate, int n)
{
	int64_t scaled[EXPERIMENT_VARIABLES];
	uint32_t place;

	while (!scale_values(experiment, values, n, scaled))
		larger_scales(experiment, values);
	experiment = with_arm(experiment, label, label_size, &place);
	count_users(&experiment->arms[place], 1, no_covariate);
	add_values(&experiment->arms[place], scaled, n);
	return experiment;
}

Experiment *
experiment_add(Experiment *experiment, const char *label, size_t label_size,
			   const ExperimentValue *values, bool no_covariate)
{
	switch (experiment->n_variables)
	{
		case 1:
			return add_user(experiment, label, label_size, values, no_covariate, 1);
		case 2:
			return add_user(experiment, label, label_size, values, no_covariate, 2);
		default:
			return add_user(experiment, label, label_size, values, no_covariate,
							EXPERIMENT_VARIABLES);
	}
}

/* Add an arm of another experiment, at the scales of this one. */
static Experiment *
merge_arm(Experiment *experiment, const ExperimentArm *other)
{
	uint32_t place;
	ExperimentArm *arm;

	experiment = with_arm(experiment, other->label, other->label_size, &place);
	arm = &experiment->arms[place];
	count_users(arm, other->users, other->no_covariate);
	for (int k = 0; k < EXPERIMENT_VARIABLES; k++)
		arm->sums[k] += other->sums[k];
	for (int i = 0; i < EXPERIMENT_PRODUCTS; i++)
		wide_add(&arm->products[i], other->products[i]);
	return experiment;
}

static void *
merge(void *state, const void *from_state)
{
	Experiment *experiment = state;
	Experiment *other = state_copy(from_state);
	uint8_t scale[EXPERIMENT_VARIABLES];

	if (experiment->metric != other->metric || experiment->covariates != other->covariates)
		host_fail(KERNEL_EXPERIMENT_KINDS);
	for (int k = 0; k < EXPERIMENT_VARIABLES; k++)
		scale[k] = experiment->scale[k] > other->scale[k] ? experiment->scale[k] : other->scale[k];
	rescale(experiment, scale);
	rescale(other, scale);
	for (int k = 0; k < EXPERIMENT_VARIABLES; k++)
		if (other->largest[k] > experiment->largest[k])
			experiment->largest[k] = other->largest[k];
	for (uint32_t i = 0; i < other->n; i++)
		experiment = merge_arm(experiment, &other->arms[i]);
	host_free(other);
	return experiment;
}

const StateKind experiment_kind = {
	.type = "experiment", .pack = experiment_pack, .unpack = experiment_unpack, .merge = merge};
