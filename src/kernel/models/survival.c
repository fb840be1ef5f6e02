/*
 * survival.c: the Kaplan-Meier estimate.
 */
#include "kernel/models/survival.h"

#include <math.h>

#define VERSION 2
#define FUZZ    1e-12 /* within which the curve stands on a level */

enum
{
	TIME,
	EVENTS,
	CENSORED,
	ROW_WORDS
};

static bool
row_valid(const uint64_t *head, const TallyShape *shape, const uint64_t *row)
{
	double at_time = real_of_bits(row[TIME]);

	(void) head;
	(void) shape;
	return isfinite(at_time) && !signbit(at_time);
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	return tally_unpack(&survival_kind, bytes, size, problem);
}

const TallyKind survival_kind = {
	.state = {.type = "survival", .pack = tally_pack, .unpack = unpack, .merge = tally_merge,
			  .checked_by_packing = true},
	.shape = {.version = VERSION, .row = {.n_keys = 1, .n_counts = 2, .real_keys = 1}},
	.row_valid = row_valid};

Tally *
survival_add(Tally *state, double duration, uint64_t events, uint64_t censored)
{
	uint64_t row[ROW_WORDS] = {bits_of_real(duration), events, censored};

	if (state == NULL)
		state = tally_create(&survival_kind.shape, NULL);
	return events + censored > 0 ? tally_add(state, row) : state;
}

SurvivalReader
survival_read(const Tally *state)
{
	return (SurvivalReader){.tally = tally_sorted(state), .point = {.at_risk = state->total}};
}

bool
survival_next(SurvivalReader *reader)
{
	SurvivalPoint *point = &reader->point;
	const uint64_t *row;
	double at_risk;
	double events;

	if (reader->next == reader->tally->n)
		return false;
	tally_poll(reader->next);
	row = tally_row(reader->tally, reader->next++);
	point->at_risk -= point->events + point->censored;
	point->at_time = real_of_bits(row[TIME]);
	point->events = row[EVENTS];
	point->censored = row[CENSORED];
	at_risk = (double) point->at_risk;
	events = (double) point->events;
	if (point->events == 0)
		return true;
	point->log_survival += log1p(-events / at_risk);
	point->greenwood += events / (at_risk * (double) (point->at_risk - point->events));
	return true;
}

bool
survival_band(const SurvivalPoint *point, SurvivalBand band, double width, double *lower,
			  double *upper)
{
	double survival = exp(point->log_survival);
	double reach = width * sqrt(point->greenwood);

	*lower = *upper = 1;
	if (point->log_survival == 0)
		return true;
	if (survival == 0)
		return false;
	switch (band)
	{
		case BAND_PLAIN:
			*lower = fmax(survival - survival * reach, 0);
			*upper = fmin(survival + survival * reach, 1);
			break;
		case BAND_LOG:
			*lower = survival * exp(-reach);
			*upper = fmin(survival * exp(reach), 1);
			break;
		case BAND_LOGLOG:
			reach /= point->log_survival;
			*lower = exp(point->log_survival * exp(-reach));
			*upper = exp(point->log_survival * exp(reach));
			break;
	}
	return true;
}

/* A falling curve is looked at from time to time: when does it reach a level? */
typedef struct LevelCrossing
{
	bool reached;
	bool left;        /* fell below it */
	double at_time;   /* when it reached the level */
	double leave_time;
} LevelCrossing;

static void
watch_level(LevelCrossing *crossing, double at_time, double value, double level)
{
	if (!crossing->reached && value <= level + FUZZ)
	{
		crossing->reached = true;
		crossing->at_time = at_time;
	}
	if (!crossing->left && value < level - FUZZ)
	{
		crossing->left = true;
		crossing->leave_time = at_time;
	}
}

void
survival_quantile(const Tally *state, double level, SurvivalBand band, double width,
				  KnownTime quantile[3])
{
	SurvivalReader reader = survival_read(state);
	LevelCrossing crossings[3] = {0};

	while (survival_next(&reader))
	{
		SurvivalPoint *point = &reader.point;
		double lower;
		double upper;

		if (point->events == 0)
			continue;
		watch_level(&crossings[0], point->at_time, exp(point->log_survival), level);
		if (!survival_band(point, band, width, &lower, &upper))
			continue;
		watch_level(&crossings[1], point->at_time, lower, level);
		watch_level(&crossings[2], point->at_time, upper, level);
	}
	for (int i = 0; i < 3; i++)
	{
		LevelCrossing *crossing = &crossings[i];

		if (!crossing->left)
			crossing->leave_time = reader.point.at_time;
		quantile[i].known = crossing->reached;
		quantile[i].at_time = crossing->at_time + (crossing->leave_time - crossing->at_time) / 2;
	}
}

double
survival_at(const Tally *state, double at_time)
{
	SurvivalReader reader = survival_read(state);
	double log_survival = 0;

	while (survival_next(&reader) && reader.point.at_time <= at_time)
		log_survival = reader.point.log_survival;
	if (reader.point.at_time < at_time && log_survival > -INFINITY)
		return NAN;
	return exp(log_survival);
}

/*
 * The variance is the sum of (area beyond t)^2 d / (n (n - d)) over the times t
 * of events.  With A the area up to t, that is area^2 V0 - 2 area V1 + V2 of
 * weighted moments of A; they are kept centred so that nothing cancels.
 */
double
survival_area(const Tally *state, double horizon, double *std_error)
{
	SurvivalReader reader = survival_read(state);
	double area = 0;
	double weight = 0;   /* sum of the weights d / (n (n - d)) */
	double mean = 0;     /* weighted mean of the area up to t */
	double square = 0;   /* weighted sum of squares about it */
	double from = 0;
	double log_survival = 0;

	while (survival_next(&reader) && reader.point.at_time < horizon)
	{
		SurvivalPoint *point = &reader.point;
		double left = (double) (point->at_risk - point->events);
		double more = (double) point->events / ((double) point->at_risk * left);

		area += (point->at_time - from) * exp(log_survival);
		from = point->at_time;
		log_survival = point->log_survival;
		if (point->events > 0 && left > 0)
		{
			double apart = area - mean;

			weight += more;
			mean += apart * more / weight;
			square += apart * (area - mean) * more;
		}
	}
	*std_error = NAN;
	if (reader.point.at_time < horizon && log_survival > -INFINITY)
		return NAN;
	area += (horizon - from) * exp(log_survival);
	*std_error = sqrt(weight * (area - mean) * (area - mean) + square);
	return area;
}
