/*
 * models_test.c: Newton, purchase models and their sample outside the server.
 *
 *	models_test [SEED [ROUNDS [SIMULATIONS]]]
 *
 * Derivatives are held against differences of values, fits against the parameters
 * of simulated users, sums against their limits, and a sample that was split,
 * packed and merged against the whole one; its bytes are then damaged at random.
 */
#include "kernel/math/linear.h"
#include "kernel/models/purchase/count_distribution.h"
#include "kernel/models/purchase/purchase.h"
#include "kernel/models/purchase/purchase_sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simple_host.h"

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

/* Marsaglia and Tsang */
static double
random_gamma(double shape)
{
	double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
	double boost = shape < 1 ? pow(uniform(), 1 / shape) : 1;

	for (;;)
	{
		double z = normal();
		double v = 1 + z / sqrt(9 * d);

		v = v * v * v;
		if (v > 0 && log(uniform()) < z * z / 2 + d - d * v + d * log(v))
			return d * v * boost;
	}
}

static double
random_beta(double a, double b)
{
	double x = random_gamma(a);

	return x / (x + random_gamma(b));
}

/* --- Newton ----------------------------------------------------------------- */

/* Two maxima at x = -1 and 1, y = 0, with a saddle between them. */
static void
saddle(const void *context, const double *theta, NewtonPoint *at)
{
	double x = theta[0];
	double y = theta[1];

	(void) context;
	at->value = x * x / 2 - x * x * x * x / 4 - y * y / 2;
	at->gradient[0] = x - x * x * x;
	at->gradient[1] = -y;
	at->hessian[0][0] = 1 - 3 * x * x;
	at->hessian[1][1] = -1;
}

/* Rises for ever in x. */
static void
ridge(const void *context, const double *theta, NewtonPoint *at)
{
	double x = theta[0];
	double y = theta[1];

	(void) context;
	at->value = -100 - exp(-x) - y * y;
	at->gradient[0] = exp(-x);
	at->gradient[1] = -2 * y;
	at->hessian[0][0] = -exp(-x);
	at->hessian[1][1] = -2;
}

/* Knows of the sum of x and y only. */
static void
trench(const void *context, const double *theta, NewtonPoint *at)
{
	double off = theta[0] + theta[1] - 1;

	(void) context;
	at->value = -100 - off * off;
	at->gradient[0] = at->gradient[1] = -2 * off;
	at->hessian[0][0] = at->hessian[0][1] = at->hessian[1][0] = at->hessian[1][1] = -2;
}

static void
test_newton(void)
{
	static const double starts[][2] = {{0, 0}, {1e-9, 0}, {0, 2}, {0.3, -1}, {5, 5}};
	static const double prior[] = {0, 0};
	Newton search = {.n = 2, .function = saddle};

	for (int i = 0; i < 5; i++)
	{
		memcpy(search.theta, starts[i], sizeof(starts[i]));
		newton_maximise(&search);
		CHECK(search.status == FIT_OK && fabs(fabs(search.theta[0]) - 1) < 1e-9);
		CHECK(fabs(search.theta[1]) < 1e-9 && fabs(search.variance[0][0] - 0.5) < 1e-6);
		CHECK(fabs(search.value - 0.25) < 1e-12);
	}
	search = (Newton){.n = 2, .function = ridge};
	newton_maximise(&search);
	CHECK(search.status == FIT_BOUNDARY && search.value > -100.001 && search.steps < 60);
	search = (Newton){.n = 2, .function = trench};
	newton_maximise(&search);
	CHECK(search.status == FIT_NOT_IDENTIFIABLE && search.value > -100.0001);
	CHECK(search.steps < 60);

	search = (Newton){.n = 2, .function = ridge, .prior = prior};
	newton_maximise(&search);
	/* exp(-x) = x / 25 */
	CHECK(search.status == FIT_OK && fabs(exp(-search.theta[0]) * 25 - search.theta[0]) < 1e-9);
	CHECK(fabs(search.value + 100 + exp(-search.theta[0])) < 1e-12);
}

static void
test_linear(void)
{
	double a[36];
	double square[36];
	double factor[36];
	double values[6];
	double vectors[36];

	for (int n = 1; n <= 6; n++)
	{
		for (int i = 0; i < n * n; i++)
			a[i] = normal();
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++)
			{
				double sum = i == j;

				for (int k = 0; k < n; k++)
					sum += a[i * n + k] * a[j * n + k];
				square[i * n + j] = factor[i * n + j] = sum;
			}
		CHECK(cholesky_factor(factor, n));
		cholesky_inverse(factor, n, a);
		memcpy(factor, square, sizeof(factor));
		symmetric_eigen(factor, n, values, vectors);
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++)
			{
				double product = 0;
				double along = 0;

				for (int k = 0; k < n; k++)
				{
					product += square[i * n + k] * a[k * n + j];
					along += square[j * n + k] * vectors[i * n + k];
				}
				CHECK(fabs(product - (i == j)) < 1e-10);
				CHECK(fabs(along - values[i] * vectors[i * n + j]) < 1e-10 * values[n - 1]);
			}
		CHECK(n < 2 || values[0] <= values[1]);
		square[0] = -1;
		CHECK(!cholesky_factor(square, n));
	}
}

/* --- simulated users --------------------------------------------------------- */

typedef struct Truth
{
	int code;
	int k;
	double value[4];
} Truth;

/* The time at which a user leaves by themselves, and the chance to at a purchase. */
static HistoryUsers
simulate_user(const Truth *truth, double t, double *ln_gaps)
{
	bool pareto = truth->code == MODEL_PARETO_NBD;
	bool first = truth->code == MODEL_MBG_NBD || truth->code == MODEL_MBG_CNBD;
	double rate = random_gamma(truth->value[0]) / truth->value[1];
	double leaves = pareto ? 0 : random_beta(truth->value[2], truth->value[3]);
	double end = t;
	double now = 0;
	HistoryUsers user = {.t = t, .users = 1};

	if (pareto)
		end = fmin(t, -log(uniform()) / (random_gamma(truth->value[2]) / truth->value[3]));
	if (first && uniform() < leaves)
		return user;
	for (;;)
	{
		double gap = random_gamma(truth->k) / rate;

		now += gap;
		if (!(now < end))
			return user;
		user.x++;
		user.t_x = now;
		*ln_gaps += log(gap);
		if (uniform() < leaves)
			return user;
	}
}

static int
by_x(const void *a, const void *b)
{
	int64_t x = ((const HistoryUsers *) a)->x;
	int64_t y = ((const HistoryUsers *) b)->x;

	return (x > y) - (x < y);
}

static PurchaseData
simulate(const Truth *truth, size_t n)
{
	HistoryUsers *histories = malloc(n * sizeof(HistoryUsers));
	PurchaseData data = {.histories = histories, .n = n, .users = n};

	for (size_t i = 0; i < n; i++)
	{
		histories[i] = simulate_user(truth, 30 + 20 * uniform(), &data.ln_gaps);
		data.purchases += (double) histories[i].x;
	}
	qsort(histories, n, sizeof(HistoryUsers), by_x);
	return data;
}

/* Every parameter within 3 standard errors of the truth in 95 of 100 samples. */
static void
test_recovery(int samples, size_t n)
{
	static const Truth truths[] = {{MODEL_BG_NBD, 1, {0.8, 5, 0.9, 3}},
								   {MODEL_MBG_NBD, 1, {0.8, 5, 0.9, 2}},
								   {MODEL_PARETO_NBD, 1, {0.8, 5, 0.8, 12}},
								   {MODEL_MBG_CNBD, 3, {0.8, 2, 0.9, 2}},
								   {MODEL_BG_CNBD, 2, {0.8, 3, 0.9, 2}}};

	for (int i = 0; i < 5; i++)
	{
		const Truth *truth = &truths[i];
		FitOptions options = {.code = truth->code, .gaps_known = true};
		int inside[4] = {0};

		for (int sample = 0; sample < samples; sample++)
		{
			PurchaseData data = simulate(truth, n);
			Model model;

			purchase_fit(&options, &data, &model);
			free((void *) data.histories);
			CHECK(model.status == FIT_OK);
			CHECK(model.kind->n_counts == 0 || model.value[4] == truth->k);
			for (int j = 0; j < 4; j++)
				inside[j] += fabs(model.value[j] - truth->value[j]) < 3 * model.error[j];
		}
		for (int j = 0; j < 4; j++)
			CHECK(inside[j] >= 0.95 * samples);
	}
}

/* --- derivatives --------------------------------------------------------------- */

static void
test_derivatives(void)
{
	static const Truth truth = {MODEL_MBG_NBD, 1, {0.7, 6, 0.9, 1.6}};
	PurchaseData data = simulate(&truth, 60);
	HistoryUsers *histories = (HistoryUsers *) data.histories;

	/* users who only begin, who just bought, who bought too often for a table */
	histories[0] = (HistoryUsers){0, 0, 0, 3};
	histories[58].t_x = histories[58].t;
	histories[59] = (HistoryUsers){3 * GAMMA_JUMP, 20, 21, 1};
	for (int code = MODEL_BG_NBD; code <= MODEL_MBG_CNBD; code++)
	{
		int k = code < MODEL_BG_CNBD ? 1 : 2 + (int) (random_bits() % 11);
		Likelihood likelihood = {&data, code, k};
		NewtonFunction function = code == MODEL_PARETO_NBD ? pareto_likelihood : bg_likelihood;
		double step = 1e-5;
		double theta[4];
		NewtonPoint here = {0};

		for (int i = 0; i < 4; i++)
			theta[i] = normal();
		function(&likelihood, theta, &here);
		CHECK(isfinite(here.value));
		for (int i = 0; i < 4; i++)
		{
			NewtonPoint above = {0};
			NewtonPoint below = {0};
			double slack = 1e-8 * fabs(here.value);

			theta[i] += step;
			function(&likelihood, theta, &above);
			theta[i] -= 2 * step;
			function(&likelihood, theta, &below);
			theta[i] += step;
			CHECK(fabs((above.value - below.value) / (2 * step) - here.gradient[i]) < slack);
			for (int j = 0; j < 4; j++)
				CHECK(fabs((above.gradient[j] - below.gradient[j]) / (2 * step) -
						   here.hessian[i][j]) < slack);
		}
	}
	free(histories);
}

/* --- sums ------------------------------------------------------------------------- */

static void
test_counts(void)
{
	static const double horizons[] = {1e-9, 0.1, 3, 60, 1000};

	for (int k = 1; k <= MODEL_MAX_COUNT; k++)
		for (int done = 0; done < k; done += 3)
		{
			CountDistribution count = {.shape = 0.5 + 3 * uniform(), .k = k, .done = done};
			double a = 4 + uniform();
			double b = 0.3 + 5 * uniform();

			/* after a very long time, all have left: 1 / p purchases */
			count.tau = 1e12;
			CHECK(fabs(count_expected(&count, a, b) / ((a + b - 1) / (a - 1)) - 1) < 1e-5);
			CHECK(count_stay(&count, a, b) < 1e-5);
			for (int h = 0; h < 5; h++)
			{
				double total = 0;
				double some = 0; /* purchases, as the sum of the chances of n or more */
				double weight = 1;

				count.tau = horizons[h];
				for (int64_t n = 0; n < 60; n++)
				{
					CHECK(fabs(count_at_least(&count, n) + total - 1) < 1e-12);
					total += count_exactly(&count, n);
					some += weight * count_at_least(&count, n + 1);
					weight *= (b + (double) n) / (a + b + (double) n);
				}
				if (count_at_least(&count, 60) < 1e-15)
					CHECK(fabs(some - count_expected(&count, a, b)) < 1e-12 * some);
			}
		}
}

/* --- the sample ---------------------------------------------------------------------- */

static void
write_packed(const PurchaseSample *sample, ByteWriter *out)
{
	*out = byte_writer(0);
	purchase_sample_kind.pack(sample, out);
}

static void
test_sample(int rounds)
{
	static const Truth truth = {MODEL_MBG_NBD, 1, {0.7, 6, 0.9, 1.6}};
	PurchaseSampleParams params = {.fit = {.code = MODEL_MBG_CNBD, .gaps_known = true},
								   .numbers = true};
	PurchaseSample *parts[3];
	PurchaseSample *whole = purchase_sample_create(&params);
	PurchaseSample *merged = purchase_sample_create(&params);
	PurchaseSample *old;
	ByteWriter bytes[2];
	int accepted = 0;

	for (int i = 0; i < 3; i++)
		parts[i] = purchase_sample_create(&params);
	for (int i = 0; i < 400; i++)
	{
		double ln_gaps = 0;
		HistoryUsers user = simulate_user(&truth, 20, &ln_gaps);
		PurchaseSample **part = &parts[random_bits() % 3];

		old = whole;
		whole = purchase_sample_add(whole, user.x, user.t_x, user.t, ln_gaps, 1 + i % 3);
		if (whole != old)
			free(old);
		old = *part;
		*part = purchase_sample_add(*part, user.x, user.t_x, user.t, ln_gaps, 1 + i % 3);
		if (*part != old)
			free(old);
	}
	for (int i = 2; i >= 0; i--)
	{
		const char *problem;
		void *part;

		write_packed(parts[i], &bytes[0]);
		part = purchase_sample_kind.unpack(bytes[0].start, bytes_written(&bytes[0]), &problem);
		CHECK(part != NULL);
		merged = purchase_sample_kind.merge(merged, part);
		free(bytes[0].start);
		free(parts[i]);
	}
	write_packed(whole, &bytes[0]);
	write_packed(merged, &bytes[1]);
	CHECK(bytes_written(&bytes[0]) == bytes_written(&bytes[1]));
	CHECK(memcmp(bytes[0].start, bytes[1].start, bytes_written(&bytes[0])) == 0);

	for (int round = 0; round < rounds * 50; round++)
	{
		size_t size = bytes_written(&bytes[0]);
		uint8_t *damaged = malloc(size);

		memcpy(damaged, bytes[0].start, size);
		damaged[random_bits() % (round % 2 ? 8 : size)] ^= (uint8_t) (1 << random_bits() % 8);
		if (round % 7 == 0)
			size = random_bits() % size;
		if (state_check(&purchase_sample_kind, damaged, size) == NULL)
		{
			const char *problem;
			PurchaseSample *sample = purchase_sample_kind.unpack(damaged, size, &problem);
			ByteWriter again;
			Model model;

			accepted++;
			write_packed(sample, &again);
			CHECK(bytes_written(&again) == size && memcmp(again.start, damaged, size) == 0);
			if (accepted % 50 == 0)
			{
				purchase_sample_fit(sample, &model);
				CHECK(model_problem(&model) == NULL);
			}
			free(again.start);
			free(sample);
		}
		free(damaged);
	}
	CHECK(accepted > rounds);
}

/* Damaged bytes and text of models: refused, or canonical. */
static void
test_model_forms(int rounds)
{
	static const Truth truth = {MODEL_MBG_NBD, 1, {0.7, 6, 0.9, 1.6}};
	PurchaseData data = simulate(&truth, 500);
	int accepted = 0;

	for (int round = 0; round < rounds * 50; round++)
	{
		FitOptions options = {.code = 1 + round % 5, .regularity = 2, .gaps_known = true};
		ByteWriter out = byte_writer(0);
		Model model = {.kind = model_kind(options.code), .known = true, .unit_days = round % 3};
		Model again;
		const char *problem;
		char *text;
		size_t size;

		if (round % 40 < 5)
			purchase_fit(&options, &data, &model);
		for (int i = 0; i < model.kind->n_parameters && !model.fitted; i++)
			model.value[i] = i == 4 ? 1 + round % 12 : exp(20 * normal());
		CHECK(model_problem(&model) == NULL);
		model_encode(&model, &out);
		size = bytes_written(&out);
		text = model_print(&model);
		problem = model_parse(text, PURCHASE_MODEL_TYPE, &again);
		CHECK(problem == NULL && again.kind == model.kind && again.users == model.users);
		for (int i = 0; i < model.kind->n_parameters; i++)
			CHECK(again.value[i] == model.value[i] && again.error[i] == model.error[i]);
		text[random_bits() % strlen(text)] = (char) (32 + random_bits() % 95);
		problem = model_parse(text, PURCHASE_MODEL_TYPE, &again);
		CHECK(problem != NULL || model_problem(&again) == NULL);
		free(text);

		for (size_t i = 0; i < size; i++)
			CHECK(model_decode(out.start, i, &again) != NULL);
		out.start[random_bits() % (round % 2 ? size : 4)] ^= (uint8_t) (1 << random_bits() % 8);
		if (model_decode(out.start, size, &again) == NULL)
		{
			ByteWriter other = byte_writer(0);

			accepted++;
			model_encode(&again, &other);
			CHECK(bytes_written(&other) == size && memcmp(other.start, out.start, size) == 0);
			free(other.start);
		}
		free(out.start);
	}
	CHECK(accepted > rounds);
	free((void *) data.histories);
}

/* A number that underflowed, below 0, is read as it was written. */
static void
test_minus_zero(void)
{
	Model model = {.kind = model_kind(MODEL_SBG), .fitted = true, .known = true, .users = 3, .loglik = -0.0, .value = {1, 2}};
	ByteWriter out = byte_writer(0);
	Model read;

	CHECK(model_problem(&model) == NULL);
	model_encode(&model, &out);
	CHECK(model_decode(out.start, bytes_written(&out), &read) == NULL && read.loglik == 0);
	host_free(out.start);
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 20;
	int simulations = argc > 3 ? atoi(argv[3]) : 0;

	random_state = seed;
	test_newton();
	for (int i = 0; i < rounds; i++)
	{
		test_linear();
		test_derivatives();
		if (i % 10 == 0)
			test_counts();
	}
	test_sample(rounds);
	test_model_forms(rounds);
	test_minus_zero();
	if (simulations > 0)
		test_recovery(simulations, 20000);
	printf("ok - seed %llu, %d rounds, %d simulations\n", (unsigned long long) seed, rounds,
		   simulations);
	return 0;
}
