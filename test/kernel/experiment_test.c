/*
 * experiment_test.c: the moments of experiments, and what is read of them, outside the server.
 *
 *	experiment_test [SEED [ROUNDS]]
 *
 * Users at random are counted at once, and in 2 to 16 parts that are packed, unpacked and
 * merged in any order: the bytes must be equal, and estimates those of a second pass over the
 * values.  The bytes are then damaged: what is still a state is written as it was read, and
 * every comparison of it is a number or none.
 */
#include "kernel/experiment/compare.h"

#include <math.h>

#include "simple_host.h"

#define MAX_USERS 300
#define MAX_PARTS 16
#define MAX_NAMES 6
#define DAMAGES   150

typedef struct User
{
	const char *label;
	ExperimentValue values[EXPERIMENT_VARIABLES];
	bool no_covariate;
} User;

typedef struct Crowd
{
	ExperimentMetric metric;
	bool covariates;
	int n_variables;
	int n;
	User users[MAX_USERS];
} Crowd;

/* Some alike in their first 8 bytes, or the beginning of another. */
static const char *const names[MAX_NAMES] = {"control", "", "variant_", "variant_1", "variant_10",
											 "\xe5\xaf\xb9\xe7\x85\xa7"};

static int n_accepted;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

/* At the smallest scale that is exact; at 9 decimals it fits, too. */
static ExperimentValue
random_value(int max_scale)
{
	int scale = below(max_scale + 1);
	int64_t most = INT64_MAX / power_of_ten(max_scale - scale);
	int64_t value = below(3) == 0 ? 0 : (int64_t) (random_bits() % (uint64_t) most >> below(63));

	for (; scale > 0 && value % 10 == 0; scale--)
		value /= 10;
	return (ExperimentValue){below(4) == 0 ? -value : value, scale};
}

static Crowd *
random_crowd(void)
{
	Crowd *crowd = malloc(sizeof(Crowd));
	int max_scale = below(2) * (1 + below(MONEY_MAX_SCALE));
	int n_names = 1 + below(MAX_NAMES);

	crowd->metric = (ExperimentMetric) below(3);
	crowd->covariates = below(2) == 0;
	crowd->n_variables = (crowd->metric == EXPERIMENT_RATIO ? 2 : 1) << crowd->covariates;
	crowd->n = 1 + below(MAX_USERS);
	for (int i = 0; i < crowd->n; i++)
	{
		User *user = &crowd->users[i];

		user->label = names[below(n_names)];
		user->no_covariate = crowd->covariates && below(5) == 0;
		for (int k = 0; k < crowd->n_variables; k++)
			user->values[k] = random_value(max_scale);
		if (crowd->metric == EXPERIMENT_RATE)
			user->values[0] = (ExperimentValue){below(2), 0};
	}
	return crowd;
}

static Experiment *
add_user(Experiment *experiment, const User *user)
{
	return experiment_add(experiment, user->label, strlen(user->label), user->values,
						  user->no_covariate);
}

static ByteWriter
packed(const Experiment *experiment)
{
	ByteWriter out = byte_writer(0);

	experiment_kind.pack(experiment, &out);
	return out;
}

static Experiment *
unpacked(const uint8_t *bytes, size_t size)
{
	const char *problem;
	Experiment *experiment = experiment_kind.unpack(bytes, size, &problem);

	CHECK((experiment == NULL) == (problem != NULL));
	return experiment;
}

static bool
same_bytes(const ByteWriter *a, const uint8_t *bytes, size_t size)
{
	return bytes_written(a) == size && memcmp(a->start, bytes, size) == 0;
}

/* In parts, each of which was written and read. */
static void
check_parts(const Crowd *crowd, const ByteWriter *whole)
{
	int n = 2 + below(MAX_PARTS - 1);
	Experiment *parts[MAX_PARTS] = {NULL};
	Experiment *merged = NULL;
	ByteWriter bytes;

	for (int i = 0; i < crowd->n; i++)
	{
		Experiment **part = &parts[below(n)];

		if (*part == NULL)
			*part = experiment_create(crowd->metric, crowd->covariates);
		*part = add_user(*part, &crowd->users[i]);
	}
	for (int left = n; left > 0; left--)
	{
		int next = below(left);
		Experiment *part = parts[next];

		parts[next] = parts[left - 1];
		if (part == NULL)
			continue;
		bytes = packed(part);
		part = unpacked(bytes.start, bytes_written(&bytes));
		CHECK(part != NULL);
		merged = merged == NULL		? part
				 : below(2) == 0	? experiment_kind.merge(merged, part)
									: experiment_kind.merge(part, merged);
		free(bytes.start);
	}
	bytes = packed(merged);
	CHECK(same_bytes(&bytes, whole->start, bytes_written(whole)));
	free(bytes.start);
}

static bool
near(double value, long double expected, long double unit)
{
	return fabsl(value - expected) <= 1e-12L * unit;
}

/* Covariance of variables i and k of an arm's users, whose values are centred first. */
static long double
second_pass(const Crowd *crowd, const char *label, int i, int k, long double *mean)
{
	long double sums[2] = {0};
	long double products = 0;
	long double n = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int u = 0; u < crowd->n; u++)
		{
			const User *user = &crowd->users[u];
			long double a = user->values[i].value / powl(10, user->values[i].scale);
			long double b = user->values[k].value / powl(10, user->values[k].scale);

			if (strcmp(user->label, label) != 0)
				continue;
			if (pass == 0)
			{
				sums[0] += a;
				sums[1] += b;
				n++;
			}
			else
				products += (a - sums[0] / n) * (b - sums[1] / n);
		}
	*mean = sums[0] / n;
	return n > 1 ? products / (n - 1) : 0;
}

static void
check_estimates(const Crowd *crowd, const Experiment *experiment)
{
	for (uint32_t i = 0; i < experiment->n; i++)
	{
		const ExperimentArm *arm = &experiment->arms[i];
		Estimate estimate = experiment_estimate(experiment, arm);
		char label[EXPERIMENT_MAX_LABEL + 1] = {0};
		long double x_mean;
		long double mean;
		long double yy;
		long double xx;

		memcpy(label, arm->label, arm->label_size);
		CHECK(experiment_arm(experiment, label, strlen(label)) == arm);
		if (experiment->metric == EXPERIMENT_RATIO)
			continue;
		yy = second_pass(crowd, label, 0, 0, &mean);
		CHECK(near(estimate.value, mean, sqrtl(yy) + fabsl(mean)));
		CHECK(arm->users < 2 ? isnan(estimate.variance) : near(estimate.variance, yy, yy));
		if (!experiment->covariates)
			continue;
		xx = second_pass(crowd, label, 1, 1, &x_mean);
		CHECK(near(estimate.covariate, x_mean, sqrtl(xx) + fabsl(x_mean)));
		CHECK(near(estimate.covariance, second_pass(crowd, label, 0, 1, &mean), sqrtl(xx * yy)));
	}
}

/* Every comparison there is. */
static void
compare_all(const Experiment *experiment)
{
	for (int way = 0; way < (experiment->covariates ? 4 : 2); way++)
		for (uint32_t i = 1; i < experiment->n; i++)
		{
			Inference inference = {(way & 1) != 0, 0.95, 5000};
			Comparison c = experiment_compare_arms(experiment, &experiment->arms[0],
												   &experiment->arms[i], way > 1, &inference);
			double numbers[COMPARISON_NUMBERS];

			memcpy(numbers, &c, sizeof(numbers));
			for (int k = 0; k < COMPARISON_NUMBERS; k++)
				CHECK(!isinf(numbers[k]));
			CHECK(isnan(c.lower) || (c.lower <= c.upper && !isnan(c.upper)));
			CHECK(isnan(c.lift_lower) || c.lift_lower <= c.lift_upper);
			CHECK(isnan(c.p_value) || (c.p_value >= 0 && c.p_value <= 1));
			CHECK(!(c.std_error < 0) && !(c.df <= 0) && !(c.variance_ratio < 0));
		}
}

static void
damage(const ByteWriter *bytes)
{
	size_t size = bytes_written(bytes);
	uint8_t *damaged = malloc(size);
	Experiment *experiment;

	memcpy(damaged, bytes->start, size);
	for (int i = below(3); i >= 0; i--)
	{
		size_t at = random_bits() % size;

		damaged[at] = below(3) == 0 ? (uint8_t) random_bits()
					  : below(2)	? (uint8_t) (damaged[at] ^ 1 << below(8))
									: (uint8_t) below(20);
	}
	size -= below(8) == 0 ? random_bits() % size : 0;
	experiment = unpacked(damaged, size);
	if (experiment != NULL)
	{
		ByteWriter again = packed(experiment);

		n_accepted++;
		CHECK(same_bytes(&again, damaged, size));
		free(again.start);
		compare_all(experiment);
		free(experiment);
	}
	free(damaged);
}

static void
round_of_states(void)
{
	Crowd *crowd = random_crowd();
	Experiment *experiment = experiment_create(crowd->metric, crowd->covariates);
	ByteWriter whole;

	for (int i = 0; i < crowd->n; i++)
		experiment = add_user(experiment, &crowd->users[i]);
	whole = packed(experiment);
	check_parts(crowd, &whole);
	check_estimates(crowd, experiment);
	compare_all(experiment);
	for (int i = 0; i < DAMAGES; i++)
		damage(&whole);
	free(whole.start);
	free(experiment);
	free(crowd);
}

/* The largest sums there are: all users have the largest values, as often as they are counted. */
static void
check_limits(void)
{
	Experiment *experiment = experiment_create(EXPERIMENT_MEAN, true);
	ExperimentValue values[] = {{INT64_MIN, 0}, {INT64_MAX, 0}};
	ByteWriter bytes;
	Experiment *again;

	experiment = experiment_add(experiment, "a", 1, values, false);
	for (int i = 0; i < 61; i++)
		experiment = experiment_kind.merge(experiment, experiment);
	CHECK(experiment->arms[0].users == EXPERIMENT_MAX_USERS);
	CHECK(huge_to_double(huge_of_wide(experiment->arms[0].products[0])) == 0x1p187);
	CHECK(huge_to_double(huge_of_wide(experiment->arms[0].products[1])) == -0x1p187);
	bytes = packed(experiment);
	again = unpacked(bytes.start, bytes_written(&bytes));
	CHECK(again != NULL && memcmp(again->arms, experiment->arms, sizeof(ExperimentArm)) == 0);
	CHECK(experiment_estimate(again, again->arms).value == -0x1p63);
	CHECK(experiment_estimate(again, again->arms).variance == 0);
}

/*
 * Student's t where it has a closed form, for few degrees of freedom, and an asymptotic
 * series (Abramowitz & Stegun 26.7.5), for many; and where one way of working it out gives
 * way to another.
 */
static void
check_student(void)
{
	static const double alphas[] = {0.9, 0.05, 1e-6, 1e-12};
	static const double many[] = {1e5, 1e7, 1e9, 1e15};

	for (int i = 0; i < 4; i++)
	{
		double alpha = alphas[i];
		double z = normal_width(log(alpha));
		double of_one = 1 / tan(M_PI / 2 * alpha);
		double of_two = (1 - alpha) * sqrt(2 / (alpha * (2 - alpha)));

		CHECK(near(normal_tails(z), alpha, alpha));
		CHECK(near(student_width(log(alpha), 1), of_one, of_one));
		CHECK(near(student_width(log(alpha), 2), of_two, of_two));
		CHECK(near(student_tails(of_two, 2), alpha, alpha));
		for (int k = 0; k < 4; k++)
		{
			double n = many[k];
			double series = z + (pow(z, 3) + z) / (4 * n) +
							(5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * n * n) +
							(3 * pow(z, 7) + 19 * pow(z, 5) + 17 * pow(z, 3) - 15 * z) /
								(384 * n * n * n);

			CHECK(near(student_width(log(alpha), n), series, series));
			CHECK(near(student_tails(series, n), alpha, 10 * alpha));
		}
		CHECK(near(student_tails(z, 1000), student_tails(z, nextafter(1000, 2000)), alpha));
	}
	CHECK(student_tails(0, 3) == 1 && near(student_tails(0, 5000), 1, 1));
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 200;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	check_limits();
	check_student();
	for (int i = 0; i < rounds; i++)
		round_of_states();
	CHECK(n_accepted >= rounds);
	printf("# %d rounds, %d of %d damaged states accepted\n", rounds, n_accepted,
		   rounds * DAMAGES);
	return 0;
}
