/*
 * satisfaction.c: net promoter score, top boxes, mean score, simultaneous shares.
 */
#include "kernel/survey/satisfaction.h"

#include <math.h>

#define MORE_AT_ENDS  0.75 /* answers that adjusted_wald adds */
#define MORE_PASSIVES 1.5

static Bounds
within(double middle, double reach, double most)
{
	return (Bounds){fmax(-most, middle - reach), fmin(most, middle + reach)};
}

/*
 * The standard error of 100 times the difference of two shares: the variance of one answer,
 * (p + d) / n - ((p - d) / n)^2, without what would cancel.
 */
static double
trinomial_error(double promoters, double passives, double detractors)
{
	double n = promoters + passives + detractors;

	return 100 * sqrt(4 * promoters * detractors + passives * (promoters + detractors)) /
		   (n * sqrt(n));
}

/* Rocks 2016 (arXiv 1601.07235). */
static Bounds
adjusted_wald(const Nps *nps, double width)
{
	double promoters = (double) nps->promoters + MORE_AT_ENDS;
	double passives = (double) nps->passives + MORE_PASSIVES;
	double detractors = (double) nps->detractors + MORE_AT_ENDS;

	return within(100 * (promoters - detractors) / (promoters + passives + detractors),
				  width * trinomial_error(promoters, passives, detractors), 100);
}

Nps
survey_nps(const Survey *survey, NpsBand band, double width)
{
	Nps nps = {.score = NAN, .std_error = NAN, .bounds = {NAN, NAN}};
	double n = (double) survey->n;

	for (uint32_t i = 0; i <= survey->span; i++)
		*(i >= NPS_FIRST_PROMOTER  ? &nps.promoters
		  : i >= NPS_FIRST_PASSIVE ? &nps.passives
								   : &nps.detractors) += survey->answers[i];
	if (survey->n == 0)
		return nps;
	nps.score = 100 * ((double) nps.promoters - (double) nps.detractors) / n;
	nps.std_error =
		trinomial_error((double) nps.promoters, (double) nps.passives, (double) nps.detractors);
	nps.bounds = band == NPS_WALD ? within(nps.score, width * nps.std_error, 100)
								  : adjusted_wald(&nps, width);
	return nps;
}

NpsChange
nps_change(const Nps *before, const Nps *after, double width)
{
	NpsChange change = {.difference = after->score - before->score,
						.std_error = hypot(before->std_error, after->std_error),
						.bounds = {NAN, NAN},
						.p_value = NAN};

	if (change.std_error > 0)
	{
		change.bounds = within(change.difference, width * change.std_error, 200);
		change.p_value = normal_tails(change.difference / change.std_error);
	}
	return change;
}

uint64_t
survey_top(const Survey *survey, uint32_t boxes)
{
	uint64_t top = 0;

	for (uint32_t i = 0; i < boxes; i++)
		top += survey->answers[survey->span - i];
	return top;
}

/* Sums over the distances from the lowest score: at most 2^60 and 2^67, the product 2^120. */
MeanScore
survey_mean(const Survey *survey, double log_tails)
{
	MeanScore score = {NAN, NAN, {NAN, NAN}};
	double n = (double) survey->n;
	__int128 sum = 0;
	__int128 squares = 0;

	for (uint32_t i = 0; i <= survey->span; i++)
	{
		sum += (__int128) survey->answers[i] * i;
		squares += (__int128) survey->answers[i] * i * i;
	}
	if (survey->n > 0)
		score.mean = (double) (sum + (__int128) survey->low * survey->n) / n;
	if (survey->n > 1)
	{
		double spread = (double) (squares * survey->n - sum * sum);
		double reach;

		score.std_error = sqrt(spread / (n - 1)) / n;
		reach = student_width(log_tails, n - 1) * score.std_error;
		score.bounds = (Bounds){score.mean - reach, score.mean + reach};
	}
	return score;
}

/* The root of the chi-square quantile with one degree of freedom is a width of the normal. */
double
goodman_width(double log_tails, uint32_t shares)
{
	return normal_width(log_tails - log((double) shares));
}
