/*
 * survey_test.c: surveys outside the server.
 *
 *	survey_test [SEED [ROUNDS]]
 *
 *	- Answers at random are counted at once, and in 2 to 16 parts that are packed, unpacked and
 *	  merged in any order: the bytes must be equal, and what is read of them that of a pass over
 *	  the answers.  The bytes are then damaged: what is still a state is written as it was read,
 *	  and all that is read of it is a number or none.
 *	- How often an interval of the net promoter score holds what it should, exactly: over all
 *	  outcomes of 20, 50 and 200 answers, for every trinomial of a grid of shares of 1/40.
 */
#include "kernel/survey/satisfaction.h"

#include <math.h>

#include "simple_host.h"

#define MAX_ANSWERS 400
#define MAX_PARTS   16
#define DAMAGES     150
#define LOG_TAILS   (-2.995732273553991) /* of 5 % */
#define GRID        40
#define MOST        200

static int n_accepted;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

static ByteWriter
packed(const Survey *survey)
{
	ByteWriter out = byte_writer(0);

	survey_kind.pack(survey, &out);
	return out;
}

static Survey *
unpacked(const uint8_t *bytes, size_t size)
{
	const char *problem;
	Survey *survey = survey_kind.unpack(bytes, size, &problem);

	CHECK((survey == NULL) == (problem != NULL));
	return survey;
}

static void
check_same(const Survey *a, const Survey *b)
{
	ByteWriter first = packed(a);
	ByteWriter second = packed(b);

	CHECK(bytes_written(&first) == bytes_written(&second));
	CHECK(memcmp(first.start, second.start, bytes_written(&first)) == 0);
	free(first.start);
	free(second.start);
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static void
check_range(Bounds bounds, double value, double least, double most)
{
	CHECK(bounds.lower >= least && bounds.upper <= most);
	CHECK(bounds.lower <= value && value <= bounds.upper);
}

/* Numbers or none, in their ranges. */
static void
check_readings(const Survey *survey)
{
	double width = normal_width(LOG_TAILS);
	MeanScore score = survey_mean(survey, LOG_TAILS);

	CHECK(isnan(score.mean) == (survey->n == 0));
	CHECK(isnan(score.std_error) == (survey->n < 2) && !(score.std_error < 0));
	CHECK(survey_top(survey, survey->span + 1) == survey->n);
	if (survey->n > 0)
		CHECK(score.mean >= survey->low && score.mean <= (double) survey->low + survey->span);
	if (survey->span != NPS_SPAN)
		return;
	for (NpsBand band = NPS_ADJUSTED_WALD; band <= NPS_WALD; band++)
	{
		Nps nps = survey_nps(survey, band, width);
		NpsChange change = nps_change(&nps, &nps, width);

		CHECK(nps.promoters + nps.passives + nps.detractors == survey->n);
		CHECK(isnan(nps.score) == (survey->n == 0) && isnan(nps.std_error) == (survey->n == 0));
		if (survey->n == 0)
			continue;
		check_range(nps.bounds, band == NPS_WALD ? nps.score : nps.bounds.lower, -100, 100);
		CHECK(change.difference == 0 && isnan(change.p_value) == (nps.std_error == 0));
	}
}

/* The mean, its error and the score again, from the answers one by one. */
static void
check_values(const Survey *survey, const int *scores, int n)
{
	double mean = 0;
	double squares = 0;
	double net = 0;
	double net_squares = 0;
	MeanScore read = survey_mean(survey, LOG_TAILS);

	for (int i = 0; i < n; i++)
		mean += (double) scores[i] / n;
	for (int i = 0; i < n; i++)
		squares += (scores[i] - mean) * (scores[i] - mean);
	CHECK(near(read.mean, mean));
	CHECK(n < 2 || near(read.std_error, sqrt(squares / (n - 1) / n)));
	if (survey->low != NPS_LOW || survey->span != NPS_SPAN)
		return;
	for (int i = 0; i < n; i++)
		net += (double) ((scores[i] > 8) - (scores[i] < 7)) / n;
	for (int i = 0; i < n; i++)
		net_squares += pow((scores[i] > 8) - (scores[i] < 7) - net, 2) / n;
	CHECK(near(survey_nps(survey, NPS_WALD, 1).score, 100 * net));
	CHECK(near(survey_nps(survey, NPS_WALD, 1).std_error, 100 * sqrt(net_squares / n)));
}

static void
damage(const Survey *survey)
{
	ByteWriter out = packed(survey);
	size_t size = bytes_written(&out);
	uint8_t *bytes = malloc(size);

	for (int i = 0; i < DAMAGES; i++)
	{
		size_t cut = below(4) == 0 ? (size_t) below((int) size + 1) : size;
		Survey *read;

		memcpy(bytes, out.start, size);
		for (int k = below(3); k >= 0; k--)
			bytes[below((int) size)] = (uint8_t) random_bits();
		read = unpacked(bytes, cut);
		if (read != NULL)
		{
			ByteWriter again = packed(read);

			n_accepted++;
			CHECK(bytes_written(&again) == cut && memcmp(again.start, bytes, cut) == 0);
			check_readings(read);
			free(again.start);
			free(read);
		}
	}
	free(bytes);
	free(out.start);
}

static void
round_of_answers(void)
{
	static const int lows[] = {0, 0, 1, 1, -5, INT32_MIN, INT32_MAX - 100};
	static const int spans[] = {10, 10, 4, 6, 10, 100, 100};
	int kind = below(7);
	int n = below(MAX_ANSWERS);
	int n_parts = 2 + below(MAX_PARTS - 1);
	int scores[MAX_ANSWERS];
	Survey *whole = survey_create(lows[kind], (uint32_t) spans[kind]);
	Survey *parts[MAX_PARTS];

	for (int i = 0; i < n_parts; i++)
		parts[i] = survey_create(lows[kind], (uint32_t) spans[kind]);
	for (int i = 0; i < n; i++)
	{
		int above = below(2) ? below(spans[kind] + 1) : spans[kind];

		scores[i] = lows[kind] + above;
		survey_add(whole, (uint32_t) above);
		survey_add(parts[below(n_parts)], (uint32_t) above);
	}
	for (; n_parts > 1; n_parts--)
	{
		int taken = below(n_parts - 1);
		ByteWriter out = packed(parts[n_parts - 1]);
		Survey *arrived = unpacked(out.start, bytes_written(&out));

		CHECK(arrived != NULL);
		CHECK(survey_kind.merge(parts[taken], arrived) == parts[taken]);
		free(out.start);
		free(arrived);
		free(parts[n_parts - 1]);
	}
	check_same(whole, parts[0]);
	check_readings(whole);
	if (n > 0)
		check_values(whole, scores, n);
	damage(whole);
	free(parts[0]);
	free(whole);
}

/* The interval of each outcome, and the logarithm of in how many ways it comes. */
typedef struct Outcome
{
	int promoters;
	int detractors;
	double log_ways;
	Bounds bounds[2];
} Outcome;

static int
all_outcomes(int n, Outcome *outcomes)
{
	int n_outcomes = 0;

	for (int p = 0; p <= n; p++)
		for (int d = 0; p + d <= n; d++)
		{
			Outcome *outcome = &outcomes[n_outcomes++];
			Survey *survey = survey_create(NPS_LOW, NPS_SPAN);

			*outcome = (Outcome){p,
								 d,
								 lgamma(n + 1.0) - lgamma(p + 1.0) - lgamma(d + 1.0) -
									 lgamma(n - p - d + 1.0),
								 {{0}}};
			survey->n = (uint64_t) n;
			survey->answers[10] = (uint64_t) p;
			survey->answers[8] = (uint64_t) (n - p - d);
			survey->answers[0] = (uint64_t) d;
			for (NpsBand band = NPS_ADJUSTED_WALD; band <= NPS_WALD; band++)
				outcome->bounds[band] = survey_nps(survey, band, normal_width(LOG_TAILS)).bounds;
			free(survey);
		}
	return n_outcomes;
}

typedef struct Coverage
{
	double mean;
	double worst;
	double width; /* of the interval, expected */
} Coverage;

/* Over all shares of promoters and detractors in steps of 1/GRID, all three above 0. */
static void
coverage(int n, Coverage *of)
{
	static Outcome outcomes[(MOST + 1) * (MOST + 2) / 2];
	int n_outcomes = all_outcomes(n, outcomes);
	int points = (GRID - 1) * (GRID - 2) / 2;

	of[0] = of[1] = (Coverage){0, 1, 0};
	for (int p = 1; p < GRID; p++)
		for (int d = 1; p + d < GRID; d++)
		{
			double log_p = log((double) p / GRID);
			double log_d = log((double) d / GRID);
			double log_rest = log((double) (GRID - p - d) / GRID);
			double nps = 100.0 * (p - d) / GRID;
			double within[2] = {0};

			for (int i = 0; i < n_outcomes; i++)
			{
				const Outcome *o = &outcomes[i];
				double chance = exp(o->log_ways + o->promoters * log_p + o->detractors * log_d +
									(n - o->promoters - o->detractors) * log_rest);

				for (int band = 0; band < 2; band++)
				{
					Bounds b = o->bounds[band];

					within[band] += b.lower <= nps + 1e-9 && nps - 1e-9 <= b.upper ? chance : 0;
					of[band].width += (b.upper - b.lower) * chance / points;
				}
			}
			for (int band = 0; band < 2; band++)
			{
				of[band].mean += within[band] / points;
				of[band].worst = fmin(of[band].worst, within[band]);
			}
		}
}

static void
check_coverage(void)
{
	static const int sizes[] = {20, 50, MOST};
	static const double worst[] = {0.930, 0.940, 0.946};

	for (int i = 0; i < 3; i++)
	{
		Coverage of[2];

		coverage(sizes[i], of);
		printf("%s%d answers: adjusted holds in %.1f (%.1f) %%, %.1f wide, Wald in %.1f (%.1f) %%, "
			   "%.1f wide",
			   i == 0 ? "# NPS of " : "; ", sizes[i], 100 * of[0].mean, 100 * of[0].worst,
			   of[0].width, 100 * of[1].mean, 100 * of[1].worst, of[1].width);
		CHECK(fabs(of[0].mean - 0.95) < 0.0015 && of[0].worst > worst[i]);
		CHECK(of[0].mean > of[1].mean && of[0].width < of[1].width);
	}
	printf("\n");
}

int
main(int argc, char **argv)
{
	long rounds = argc > 2 ? atol(argv[2]) : 100;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (long i = 0; i < rounds; i++)
		round_of_answers();
	CHECK(n_accepted > rounds);
	check_coverage();
	printf("ok\n");
	return 0;
}
