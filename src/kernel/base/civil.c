/*
 * civil.c: days, dates and calendar periods.
 *
 * The conversions follow the era method: 400 Gregorian years have 146097 days,
 * and years begin in March so that the leap day comes last.
 */
#include "kernel/base/civil.h"

#define DAYS_PER_ERA    146097
#define MARCH_0000_DAY  (-730425) /* day number of 0000-03-01 */

const char *const period_names[PERIODS] = {"day", "week", "month", "quarter", "year"};

static int64_t
floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return q - (a % b < 0);
}

CivilDate
civil_date(int32_t day)
{
	int64_t since = (int64_t) day - MARCH_0000_DAY;
	int64_t era = floor_div(since, DAYS_PER_ERA);
	int32_t day_of_era = (int32_t) (since - era * DAYS_PER_ERA);
	int32_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int32_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int32_t month_from_march = (5 * day_of_year + 2) / 153;
	CivilDate date;

	date.day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	date.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	date.year = (int32_t) (year_of_era + era * 400) + (date.month <= 2);
	return date;
}

static int64_t
day_number(int64_t year, int32_t month, int32_t day)
{
	int64_t march_year = year - (month <= 2);
	int64_t era = floor_div(march_year, 400);
	int64_t year_of_era = march_year - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		   day_of_year + MARCH_0000_DAY;
}

bool
civil_day(CivilDate date, int32_t *day)
{
	int64_t number;
	CivilDate back;

	if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31)
		return false;
	number = day_number(date.year, date.month, date.day);
	if (!civil_day_valid(number))
		return false;
	back = civil_date((int32_t) number);
	if (back.day != date.day)
		return false;
	*day = (int32_t) number;
	return true;
}

int32_t
civil_period(int32_t day, Period period, WeekStart week_start)
{
	int64_t julian = (int64_t) day + CIVIL_JULIAN_EPOCH;
	CivilDate date;

	if (period == PERIOD_DAY)
		return (int32_t) julian;
	if (period == PERIOD_WEEK)
		return (int32_t) floor_div(julian - (week_start == WEEK_SUNDAY ? 6 : 0), 7);

	date = civil_date(day);
	if (period == PERIOD_MONTH)
		return 12 * date.year + date.month - 1;
	if (period == PERIOD_QUARTER)
		return 4 * date.year + (date.month - 1) / 3;
	return date.year;
}

int64_t
civil_period_start(int64_t number, Period period, WeekStart week_start)
{
	switch (period)
	{
		case PERIOD_DAY:
			return number - CIVIL_JULIAN_EPOCH;
		case PERIOD_WEEK:
			return number * 7 + (week_start == WEEK_SUNDAY ? 6 : 0) - CIVIL_JULIAN_EPOCH;
		case PERIOD_MONTH:
			return day_number(floor_div(number, 12),
							  (int32_t) (number - floor_div(number, 12) * 12) + 1, 1);
		case PERIOD_QUARTER:
			return day_number(floor_div(number, 4),
							  (int32_t) (number - floor_div(number, 4) * 4) * 3 + 1, 1);
		case PERIOD_YEAR:
			break;
	}
	return day_number(number, 1, 1);
}
