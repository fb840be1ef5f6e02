/*
 * experiment_chance_test.c: how often tests of experiments are wrong, by simulation.
 *
 *	experiment_chance_test [SEED]
 *
 * Users are drawn from many whose revenue is skewed: three of ten buy, for a lognormal amount
 * in cents; their past looks like that, too.
 *
 *	- 2,000 experiments without an effect, looked at every 200 users up to 20,000, at 5 %: the
 *	  sequential test may see one in at most 5 % of them.  The fixed one does so in far more,
 *	  which is why there is the other.
 *	- 5,000 experiments without an effect, looked at once: 4.2 to 5.8 %, adjusted or not.
 *	- As many with an effect: 94 to 96 % of the intervals contain it, and the lift.
 *	- CUPED takes 1 - rho^2 of the variance.
 */
#include "kernel/experiment/compare.h"

#include <math.h>

#include "simple_host.h"

#define PEOPLE      65536
#define LOOKS       100
#define LOOK_EVERY  200
#define SEQUENTIAL  2000 /* experiments */
#define FIXED       5000
#define FIXED_USERS 2000 /* in both arms */
#define EFFECT      100  /* cents, for each user */

/* What each of them spends, and spent before. */
typedef struct Person
{
	int64_t revenue;
	int64_t before;
} Person;

static Person people[PEOPLE];
static double mean_revenue;
static double correlation;

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

/* Of somebody with that habit: who bought once is likelier to buy again, and for as much. */
static int64_t
revenue(double habit)
{
	return normal() + habit < 0.74 ? 0 : (int64_t) exp(6 + habit * 0.7 + normal() * 0.7);
}

static void
make_people(void)
{
	double y = 0;
	double x = 0;
	double yy = 0;
	double xx = 0;
	double xy = 0;

	for (int i = 0; i < PEOPLE; i++)
	{
		double habit = normal();

		people[i] = (Person){revenue(habit), revenue(habit)};
		y += (double) people[i].revenue / PEOPLE;
		x += (double) people[i].before / PEOPLE;
	}
	for (int i = 0; i < PEOPLE; i++)
	{
		yy += ((double) people[i].revenue - y) * ((double) people[i].revenue - y);
		xx += ((double) people[i].before - x) * ((double) people[i].before - x);
		xy += ((double) people[i].revenue - y) * ((double) people[i].before - x);
	}
	mean_revenue = y;
	correlation = xy / sqrt(xx * yy);
}

static Experiment *
add_users(Experiment *experiment, int n, int64_t effect)
{
	for (int i = 0; i < n; i++)
	{
		uint64_t bits = random_bits();
		const Person *person = &people[bits % PEOPLE];
		bool treated = bits >> 63;
		ExperimentValue values[] = {{person->revenue + (treated ? effect : 0), 0},
									{person->before, 0}};

		experiment = experiment_add(experiment, treated ? "treated" : "control", 7, values, false);
	}
	return experiment;
}

static Comparison
compare(const Experiment *experiment, bool adjust, bool sequential)
{
	Inference inference = {sequential, 0.95, 5000};

	return experiment_compare_arms(experiment, &experiment->arms[0], &experiment->arms[1], adjust,
								   &inference);
}

static Comparison
compare_users(int64_t effect, bool adjust)
{
	Experiment *experiment = experiment_create(EXPERIMENT_MEAN, true);
	Comparison c;

	experiment = add_users(experiment, FIXED_USERS, effect);
	c = compare(experiment, adjust, false);
	free(experiment);
	return c;
}

static bool
within(double value, double lower, double upper)
{
	return value >= lower && value <= upper;
}

static void
check_peeking(void)
{
	int alarms[2] = {0}; /* fixed, sequential */

	for (int i = 0; i < SEQUENTIAL; i++)
	{
		Experiment *experiment = experiment_create(EXPERIMENT_MEAN, true);
		bool alarmed[2] = {false};

		for (int look = 0; look < LOOKS; look++)
		{
			experiment = add_users(experiment, LOOK_EVERY, 0);
			for (int k = 0; k < 2; k++)
				alarmed[k] |= compare(experiment, false, k == 1).p_value < 0.05;
		}
		alarms[0] += alarmed[0];
		alarms[1] += alarmed[1];
		free(experiment);
	}
	printf("# %d looks at no effect: %.1f %% of sequential tests see one, of fixed ones %.1f %%\n",
		   LOOKS, 100.0 * alarms[1] / SEQUENTIAL, 100.0 * alarms[0] / SEQUENTIAL);
	CHECK(alarms[1] <= 0.05 * SEQUENTIAL);
	CHECK(alarms[0] >= 0.25 * SEQUENTIAL);
}

static void
check_fixed(bool adjust)
{
	int alarms = 0;
	int covered = 0;
	int lifts_covered = 0;
	double ratio = 0;

	for (int i = 0; i < FIXED; i++)
	{
		Comparison c = compare_users(0, adjust);

		alarms += c.p_value < 0.05;
		ratio += c.variance_ratio / FIXED;
		c = compare_users(EFFECT, adjust);
		covered += within(EFFECT, c.lower, c.upper);
		lifts_covered += within(EFFECT / mean_revenue, c.lift_lower, c.lift_upper);
	}
	printf("# %s: %.2f %% see an effect that is none, %.2f %% and %.2f %% contain effect and lift\n",
		   adjust ? "adjusted" : "as they are", 100.0 * alarms / FIXED, 100.0 * covered / FIXED,
		   100.0 * lifts_covered / FIXED);
	CHECK(within(alarms, 0.042 * FIXED, 0.058 * FIXED));
	CHECK(within(covered, 0.94 * FIXED, 0.96 * FIXED));
	CHECK(within(lifts_covered, 0.94 * FIXED, 0.96 * FIXED));
	if (adjust)
		CHECK(fabs(ratio - (1 - correlation * correlation)) <= 0.02);
}

int
main(int argc, char **argv)
{
	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	make_people();
	check_peeking();
	check_fixed(false);
	check_fixed(true);
	return 0;
}
