/*
 * satisfaction.h: what the answers of a survey say, and how sure that is.
 *
 * Sums are exact integers, so that a number is as good as one division.  Bounds are for a width
 * of the normal distribution (distributions.h), but for those of a mean.  NaN where there is
 * nothing to say.
 */
#ifndef USER_OPS_KERNEL_SATISFACTION_H
#define USER_OPS_KERNEL_SATISFACTION_H

#include "kernel/math/distributions.h"
#include "kernel/survey/survey.h"

/* The scale of the net promoter score: 0 to 6 detracts, 9 and 10 promote. */
#define NPS_LOW            0
#define NPS_SPAN           10
#define NPS_FIRST_PASSIVE  7
#define NPS_FIRST_PROMOTER 9

typedef enum NpsBand
{
	NPS_ADJUSTED_WALD, /* Rocks 2016: 3/4 answer more of promoters and detractors, 3/2 of passives
						*/
	NPS_WALD
} NpsBand;

typedef struct Nps
{
	uint64_t promoters;
	uint64_t passives;
	uint64_t detractors;
	double score;     /* -100 to 100 */
	double std_error; /* of the trinomial, as it is */
	Bounds bounds;    /* within -100 to 100 */
} Nps;

/* Of a survey from 0 to 10. */
extern Nps survey_nps(const Survey *survey, NpsBand band, double width);

typedef struct NpsChange
{
	double difference; /* after less before */
	double std_error;
	Bounds bounds; /* within -200 to 200; these and the p-value need a standard error above 0 */
	double p_value;
} NpsChange;

/* Of two surveys that nobody answered in common. */
extern NpsChange nps_change(const Nps *before, const Nps *after, double width);

/* How many gave one of the highest scores. */
extern uint64_t survey_top(const Survey *survey, uint32_t boxes);

typedef struct MeanScore
{
	double mean;
	double std_error; /* NaN below two answers, as the bounds */
	Bounds bounds;    /* by Student's t */
} MeanScore;

/* For the logarithm of what lies beyond the bounds. */
extern MeanScore survey_mean(const Survey *survey, double log_tails);

/* The width of an interval that all shares are within at once: Goodman 1965. */
extern double goodman_width(double log_tails, uint32_t shares);

#endif
