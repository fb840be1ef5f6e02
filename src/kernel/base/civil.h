/*
 * civil.h: days, dates and calendar periods.
 *
 * A day is an int32 that counts from 2000-01-01, as PostgreSQL's date does.
 * A period is an integer too (SEMANTICS rule: all calendar arithmetic is done
 * on that integer), numbered from the Julian day jd = day + 2451545:
 *
 *	day		jd
 *	week	floor((jd - w) / 7), w = 0 for Monday weeks and 6 for Sunday weeks;
 *			Julian day 0 is a Monday
 *	month	12 * year + month - 1
 *	quarter	4 * year + quarter - 1
 *	year	year				(proleptic Gregorian, astronomical: 1 BC is 0)
 */
#ifndef USER_OPS_KERNEL_CIVIL_H
#define USER_OPS_KERNEL_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_JULIAN_EPOCH 2451545                     /* Julian day of day 0 */
#define CIVIL_MIN_DAY      (-CIVIL_JULIAN_EPOCH)       /* 4714-11-24 BC */
#define CIVIL_END_DAY      (2147483494 - CIVIL_JULIAN_EPOCH) /* after 5874897-12-31 */

typedef enum Period
{
	PERIOD_DAY = 1,
	PERIOD_WEEK,
	PERIOD_MONTH,
	PERIOD_QUARTER,
	PERIOD_YEAR
} Period;

/* "day" to "year": that of a period is at period - PERIOD_DAY. */
#define PERIODS PERIOD_YEAR
extern const char *const period_names[PERIODS];

typedef enum WeekStart
{
	WEEK_MONDAY = 0,
	WEEK_SUNDAY = 1
} WeekStart;

typedef struct CivilDate
{
	int32_t year; /* astronomical */
	int32_t month; /* 1 to 12 */
	int32_t day;   /* 1 to 31 */
} CivilDate;

static inline bool
civil_day_valid(int64_t day)
{
	return day >= CIVIL_MIN_DAY && day < CIVIL_END_DAY;
}

extern CivilDate civil_date(int32_t day);
extern bool civil_day(CivilDate date, int32_t *day); /* false: no such date */

/* The number of the period that holds the day. */
extern int32_t civil_period(int32_t day, Period period, WeekStart week_start);

/* The first day of a period; may lie outside the valid days. */
extern int64_t civil_period_start(int64_t number, Period period, WeekStart week_start);

/* Period numbers of ascending days: one in the same month, quarter or year costs a comparison. */
typedef struct PeriodCursor
{
	int64_t end;    /* first day after the period, which is none of a day or week */
	int32_t number; /* of the period */
	Period period;
	WeekStart week_start;
} PeriodCursor;

static inline PeriodCursor
period_cursor(Period period, WeekStart week_start)
{
	return (PeriodCursor){.end = INT64_MIN, .period = period, .week_start = week_start};
}

static inline int32_t
period_at(PeriodCursor *cursor, int32_t day)
{
	uint32_t julian = (uint32_t) day + CIVIL_JULIAN_EPOCH;
	/* (julian - 6) / 7 for Sunday weeks, without a negative dividend */
	uint32_t shift = cursor->week_start == WEEK_SUNDAY;

	if (cursor->period == PERIOD_DAY)
		return (int32_t) julian;
	if (cursor->period == PERIOD_WEEK)
		return (int32_t) ((julian + shift) / 7) - (int32_t) shift;
	if (day < cursor->end)
		return cursor->number;
	cursor->number = civil_period(day, cursor->period, cursor->week_start);
	cursor->end = civil_period_start((int64_t) cursor->number + 1, cursor->period,
									 cursor->week_start);
	return cursor->number;
}

#endif
