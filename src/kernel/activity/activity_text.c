/*
 * activity_text.c: the text form of an activity.
 *
 *	{2024-01-03:2,2024-01-10:1}							a source without amounts
 *	amounts {2024-01-03:2,2024-01-10:3:1:12.5}			a source with amounts
 *
 * A day is date:events or date:events:purchases:amount.  Days ascend.  Years are
 * astronomical: 1 BC is 0000, 2 BC is -0001.  Spaces are allowed around braces
 * and commas; nothing else is left out or reordered.
 */
#include "kernel/activity/activity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/base/civil.h"
#include "kernel/base/money.h"
#include "kernel/base/text.h"

#define AMOUNTS_WORD "amounts"
/* "-4713-11-24:4294967295:4294967295:-9.223372036854775808," is the longest kind */
#define DAY_CHARS 72

char *
activity_print(const uint8_t *bytes)
{
	ActivityReader reader;
	ActivityDay day;
	char *text;
	char *p;
	uint32_t n_days = 0;

	activity_open(&reader, bytes);
	p = text = host_alloc(16 + (size_t) reader.n_days * DAY_CHARS);
	p += sprintf(p, "%s", reader.amounts ? AMOUNTS_WORD " " : "");
	*p++ = '{';
	while (activity_next(&reader, &day))
	{
		CivilDate date = civil_date(day.day);

		p += sprintf(p, "%s%0*d-%02d-%02d:%" PRIu32, p[-1] == '{' ? "" : ",",
					 date.year < 0 ? 5 : 4, date.year, date.month, date.day, day.events);
		if (day.purchases > 0 || day.amount != 0)
		{
			p += sprintf(p, ":%" PRIu32 ":", day.purchases);
			p = print_amount(p, day.amount, reader.scale);
		}
		host_poll_at(n_days++);
	}
	strcpy(p, "}");
	return text;
}

static bool
parse_date(const char **p, int32_t *day)
{
	bool negative = skip_char(p, '-');
	uint64_t year;
	uint64_t month;
	uint64_t day_of_month;

	if (!parse_digits(p, 9999999, &year) || !skip_char(p, '-') || !parse_digits(p, 12, &month) ||
		!skip_char(p, '-') || !parse_digits(p, 31, &day_of_month))
		return false;
	return civil_day((CivilDate){negative ? -(int32_t) year : (int32_t) year, (int32_t) month,
								 (int32_t) day_of_month},
					 day);
}

/* One "date:events[:purchases:amount]"; what is wrong with it, or NULL. */
static const char *
parse_day(const char **p, bool amounts, ActivityDay *day, int *scale)
{
	uint64_t count;

	*scale = 0;
	*day = (ActivityDay){.events = 1};
	if (!parse_date(p, &day->day))
		return "expected a date such as 2024-01-31";
	if (!skip_char(p, ':') || !parse_digits(p, UINT32_MAX, &count) || count == 0)
		return "expected \":\" and the number of events after a date";
	day->events = (uint32_t) count;
	if (!skip_char(p, ':'))
		return NULL;
	if (!amounts)
		return "purchases need the word \"amounts\" before the brace";
	if (!parse_digits(p, UINT32_MAX, &count) || !skip_char(p, ':') ||
		!parse_amount(p, &day->amount, scale))
		return "expected purchases, \":\" and an amount with at most 9 decimals";
	day->purchases = (uint32_t) count;
	return NULL;
}

/*
 * Parse the text into a finished builder.  NULL with *problem set if it is no
 * activity; contradictions between the numbers are left to activity_check.
 */
ActivityBuilder *
activity_parse(const char *text, const char **problem)
{
	const char *p = text;
	ActivityBuilder *builder;
	int64_t previous = INT64_MIN;
	uint32_t n_days = 0;
	bool amounts;

	skip_spaces(&p);
	amounts = skip_word(&p, AMOUNTS_WORD);
	skip_spaces(&p);
	*problem = "expected \"{\"";
	if (!skip_char(&p, '{'))
		return NULL;

	builder = activity_builder(amounts);
	do
	{
		ActivityDay day;
		int scale;

		skip_spaces(&p);
		if ((*problem = parse_day(&p, amounts, &day, &scale)) != NULL)
			return NULL;
		*problem = "days must ascend, each given once";
		if (day.day <= previous)
			return NULL;
		previous = day.day;
		builder = activity_add_day(builder, &day, scale);
		host_poll_at(n_days++);
		skip_spaces(&p);
	} while (skip_char(&p, ','));

	*problem = "expected \",\" or \"}\"";
	if (!skip_char(&p, '}'))
		return NULL;
	skip_spaces(&p);
	*problem = "text after the closing brace";
	if (*p != '\0')
		return NULL;
	*problem = NULL;
	return builder;
}
