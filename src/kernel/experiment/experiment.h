/*
 * experiment.h: the moments of one metric in each arm of an experiment: a state (state.h).
 *
 * An arm has how many users it has, and of up to four variables the sums and the sums of
 * all their products: integers, so that a state is the same whatever the order of rows and
 * merging, and a variance has no cancellation.  Every test is a reading of them.
 *
 *	metric			variables
 *	mean			the metric [, covariate]
 *	ratio			numerator, denominator [, those of the time before]
 *	rate			converted, 0 or 1 [, covariate]
 *
 * A variable is an integer times 10^-scale, the smallest scale that is exact for all users
 * of all arms.  At that scale no value exceeds 64 bits, which the largest of them tells;
 * so 2^61 users' products fit a Wide (wide.h), and no sum is tested for overflow.  The
 * stored form:
 *
 *	+---------+--------+==========+--------+=====+=====+==
 *	| version | metric | variable | n arms | arm | arm | ...
 *	+---------+--------+==========+--------+=====+=====+==
 *	  1 byte    1 byte   1, 2, 4    varint   ascending by the bytes of their labels
 *
 *	metric		bits 0-1: 0 mean, 1 ratio, 2 rate; bit 2: with covariates
 *	a variable	1 byte scale, varint the largest magnitude of a value
 *	an arm		varint size of the label, the label, varint users
 *				varint users without a covariate, if there are covariates
 *				zigzag sum of each variable (128 bits)
 *				zigzag sums of products (192 bits): 00, 01, 11, 02, 12, 22, ...
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_H
#define USER_OPS_KERNEL_EXPERIMENT_H

#include "kernel/base/money.h"
#include "kernel/base/state.h"
#include "kernel/math/wide.h"

#define EXPERIMENT_VERSION   1
#define EXPERIMENT_MAX_ARMS  64
#define EXPERIMENT_MAX_LABEL 63 /* bytes */
#define EXPERIMENT_VARIABLES 4
#define EXPERIMENT_PRODUCTS  (EXPERIMENT_VARIABLES * (EXPERIMENT_VARIABLES + 1) / 2)
#define EXPERIMENT_MAX_USERS ((uint64_t) 1 << 61)

typedef enum ExperimentMetric
{
	EXPERIMENT_MEAN,
	EXPERIMENT_RATIO,
	EXPERIMENT_RATE
} ExperimentMetric;

typedef struct ExperimentArm
{
	char label[EXPERIMENT_MAX_LABEL];
	uint8_t label_size;
	uint64_t users;
	uint64_t no_covariate; /* of these; theirs counts as 0 */
	MoneySum sums[EXPERIMENT_VARIABLES];
	Wide products[EXPERIMENT_PRODUCTS]; /* of i <= k at experiment_product(i, k) */
} ExperimentArm;

typedef struct Experiment
{
	State state;
	uint8_t metric;      /* an ExperimentMetric */
	uint8_t covariates;  /* 0 or 1 */
	uint8_t n_variables; /* 1, 2 or 4 */
	uint8_t scale[EXPERIMENT_VARIABLES];
	uint32_t n;          /* arms */
	uint64_t largest[EXPERIMENT_VARIABLES]; /* magnitude of a value, at the scale */
	uint64_t keys[EXPERIMENT_MAX_ARMS]; /* a number for each label; not stored */
	ExperimentArm arms[];
} Experiment;

extern const StateKind experiment_kind;

/*
 * A value of one user: the integer times 10^-scale, at the smallest scale that is exact, or
 * at that of the experiment.
 */
typedef struct ExperimentValue
{
	int64_t value;
	int scale;
} ExperimentValue;

static inline int
experiment_product(int i, int k)
{
	return k * (k + 1) / 2 + i;
}

/* Where the covariates begin among the variables. */
static inline int
experiment_covariate(const Experiment *experiment)
{
	return experiment->metric == EXPERIMENT_RATIO ? 2 : 1;
}

extern Experiment *experiment_create(ExperimentMetric metric, bool covariates);

/*
 * One more user, with a value for each variable; the label has at most
 * EXPERIMENT_MAX_LABEL bytes.
 */
extern Experiment *experiment_add(Experiment *experiment, const char *label, size_t label_size,
								  const ExperimentValue *values, bool no_covariate);

/* The arm of that label, or NULL. */
extern const ExperimentArm *experiment_arm(const Experiment *experiment, const char *label,
										   size_t label_size);

#endif
