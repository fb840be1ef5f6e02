/*
 * survival.h: the Kaplan-Meier estimate, from durations of which some were cut
 * short before the event (censored).
 *
 * The state is a tally (tally.h) of distinct times, each with how many events
 * and how many censorings: what every reading of the curve needs.  A row takes
 * 24 bytes in the working form: 22 million distinct times at most.
 *
 *	At each time, events come before censorings: who is censored at a time was
 *	still at risk then.  S is the product of 1 - d/n; Greenwood's
 *	G = sum of d / (n (n - d)), standard error S sqrt(G).
 *	Bands at +-z sqrt(G): plain on S, log on ln S, loglog on ln(-ln S).
 *	Where S is 1 the band is [1, 1]; where it is 0 there is none.
 *	The curve is known up to the last time, and beyond it where it is 0.
 */
#ifndef USER_OPS_KERNEL_MODEL_SURVIVAL_H
#define USER_OPS_KERNEL_MODEL_SURVIVAL_H

#include "kernel/base/tally.h"

extern const TallyKind survival_kind;

typedef enum SurvivalBand
{
	BAND_PLAIN,
	BAND_LOG,
	BAND_LOGLOG
} SurvivalBand;

/* So many events, or censorings, after a duration of at least 0; NULL begins a state. */
extern Tally *survival_add(Tally *state, double duration, uint64_t events, uint64_t censored);

/* The curve just after a time at which something was observed. */
typedef struct SurvivalPoint
{
	double at_time;
	uint64_t at_risk;  /* just before */
	uint64_t events;
	uint64_t censored;
	double log_survival;
	double greenwood;  /* G; infinite where survival is 0 */
} SurvivalPoint;

/* A cursor over the curve, earliest time first. */
typedef struct SurvivalReader
{
	const Tally *tally; /* sorted */
	uint32_t next;      /* row */
	SurvivalPoint point;
} SurvivalReader;

extern SurvivalReader survival_read(const Tally *state);
extern bool survival_next(SurvivalReader *reader);

/* The band of the curve at a point, so many standard errors wide on each side; false if there is none. */
extern bool survival_band(const SurvivalPoint *point, SurvivalBand band, double width,
						  double *lower, double *upper);

/* A time that may be unknown. */
typedef struct KnownTime
{
	bool known;
	double at_time;
} KnownTime;

/*
 * When the curve and the limits of its band first fall to the level: value,
 * lower, upper.  Where one stays on the level, the middle of that stretch.
 */
extern void survival_quantile(const Tally *state, double level, SurvivalBand band, double width,
							  KnownTime quantile[3]);

/* The curve at the time; NAN if unknown. */
extern double survival_at(const Tally *state, double at_time);

/* The area under the curve up to the horizon, and its standard error; NAN if unknown. */
extern double survival_area(const Tally *state, double horizon, double *std_error);

#endif
