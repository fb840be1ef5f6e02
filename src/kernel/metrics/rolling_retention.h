/*
 * rolling_retention.h: how many users of each cohort came back, in periods that each
 * user's own first event begins.
 *
 * A user's clock starts with the first row of the start condition, at t0; their cohort is
 * the local day of that.  A row of the return condition at t >= t0 is of the period
 * floor((t - t0) / unit).  Only rows before as_of exist.
 *
 * The state is a tally (tally.h) of users:
 *
 *	head		mode, unit, periods, zigzag as_of, bytes of the zone's name, and those
 *				bytes, eight to a word, the first lowest, 0 behind the last
 *	keys		cohort, in days from CIVIL_MIN_DAY; period
 *	counts		users
 *
 * Period 0 has every user of the cohort.  The others have, by mode: each period in which
 * they came back; the last one; how many in a row, from period 1, they came back in, if
 * any.  So a user is in at most two rows but for the first mode, and what is retained in
 * the others is a sum over later periods.
 *
 * At most periods + 1 rows a cohort.
 */
#ifndef USER_OPS_KERNEL_ROLLING_RETENTION_H
#define USER_OPS_KERNEL_ROLLING_RETENTION_H

#include "kernel/base/tally.h"
#include "kernel/journey/journey.h"
#include "kernel/metrics/retention.h"

#define ROLLING_MAX_PERIODS 10000
#define ROLLING_ZONE        255 /* bytes of a name, at most */

#define ROLLING_ZONE_WORDS ((ROLLING_ZONE + 7) / 8)
#define ROLLING_HEAD       5 /* words without the zone */

typedef struct RollingQuestion
{
	uint64_t start;   /* mask of the conditions that start the clock */
	uint64_t returns; /* mask of those that are a return */
	int64_t unit;     /* microseconds, 1 or more */
	int64_t as_of;    /* microseconds since 2000-01-01 00:00 UTC */
	uint32_t periods; /* the last one, up to ROLLING_MAX_PERIODS */
	RetentionMode mode;
	char zone[ROLLING_ZONE + 1]; /* its name */
} RollingQuestion;

extern const TallyKind rolling_retention_kind;

extern Tally *rolling_retention_create(const RollingQuestion *question);

/* Fails unless the state was begun with this question; conditions are not compared. */
extern void rolling_retention_expect(const Tally *state, const RollingQuestion *question);

/* When the user's clock starts; false: never. */
extern bool rolling_retention_start(const RollingQuestion *question, const Journey *journey,
									int64_t *start);

/* The state with a user whose clock starts then, on that local day. */
extern Tally *rolling_retention_add(Tally *state, const RollingQuestion *question,
									const Journey *journey, int64_t start, int32_t day);

/* What a state was made with; no conditions. */
extern void rolling_retention_question(const Tally *state, RollingQuestion *question);

/* Reads a state, whose rows are sorted, cohort by cohort: */
typedef struct RollingReader
{
	const Tally *state;
	bool sums; /* what is retained is a sum over later periods */
	uint32_t next;
	uint32_t end; /* of the rows of the cohort */
	int32_t day;
	uint64_t size;
	uint64_t later; /* users in the rows from next to end */
} RollingReader;

extern RollingReader rolling_retention_read(const Tally *state);
/* The next cohort; false at the end. */
extern bool rolling_retention_cohort(RollingReader *reader);
/* How many of the cohort were retained in a period; to be asked of ascending periods. */
extern uint64_t rolling_retention_retained(RollingReader *reader, uint32_t period);

#endif
