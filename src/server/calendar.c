/*
 * calendar.c: zones, periods and enum arguments.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "server/calendar.h"
#include "server/zone_name.h"

#define UNIX_TO_PG_SECONDS ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)
#define ZONE_SPANS         32

/* An interval of Unix seconds [from, to) with one offset from UTC. */
typedef struct ZoneSpan
{
	int64 from;
	int64 to;
	int64 offset_usecs;
} ZoneSpan;

struct Zone
{
	pg_tz *tz;
	int n_spans;
	int replace;                 /* the span to give up next when all are used */
	ZoneSpan last;               /* the span of the previous row */
	ZoneSpan spans[ZONE_SPANS];
	int name_length;
	char name[FLEXIBLE_ARRAY_MEMBER];
};

int
enum_code(Oid enum_value, const char *const *labels, int n_labels)
{
	HeapTuple tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(enum_value));
	int code = 0;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid internal value for enum: %u", enum_value)));
	while (code < n_labels &&
		   strcmp(labels[code], NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel)) != 0)
		code++;
	if (code == n_labels)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("value \"%s\" of the enum is unknown to user_ops",
							   NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel)),
						errhint("Do not add values to the types of an extension.")));
	ReleaseSysCache(tuple);
	return code;
}

Period
period_from_enum(Oid enum_value)
{
	return PERIOD_DAY + enum_code(enum_value, period_names, lengthof(period_names));
}

WeekStart
week_start_from_enum(Oid enum_value)
{
	static const char *const labels[] = {"monday", "sunday"};

	return WEEK_MONDAY + enum_code(enum_value, labels, lengthof(labels));
}

void
infinite_time(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					errmsg("an event cannot have an infinite time"),
					errhint("Leave such rows out: FILTER (WHERE isfinite(event_time)).")));
}

void
infinite_event(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					errmsg("an event cannot have an infinite time"),
					errhint("Leave such rows out: WHERE isfinite(event_time).")));
}

void
date_beyond_timestamps(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					errmsg("date out of range for timestamp"),
					errhint("Windows have dates up to 294277-01-09.")));
}

Zone *
zone_in(MemoryContext context, text *name)
{
	int length = (int) VARSIZE_ANY_EXHDR(name);
	const char *zone_name = pnstrdup(VARDATA_ANY(name), length);
	pg_tz *tz = named_zone(zone_name);
	Zone *zone;

	if (tz == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("time zone \"%s\" not recognized", zone_name),
						errhint("%s", zone_name_hint(zone_name))));
	zone = MemoryContextAllocZero(context, offsetof(Zone, name) + length);
	zone->tz = tz;
	zone->name_length = length;
	memcpy(zone->name, VARDATA_ANY(name), length);
	return zone;
}

Zone *
zone_of_call(FunctionCallInfo fcinfo, text *name)
{
	Zone *zone = fcinfo->flinfo->fn_extra;
	int length = (int) VARSIZE_ANY_EXHDR(name);

	if (zone == NULL || zone->name_length != length ||
		memcmp(zone->name, VARDATA_ANY(name), length) != 0)
	{
		Zone *made = zone_in(fcinfo->flinfo->fn_mcxt, name);

		if (zone != NULL)
			pfree(zone);
		fcinfo->flinfo->fn_extra = zone = made;
	}
	return zone;
}

static ZoneSpan
find_span(Zone *zone, int64 at)
{
	long offset;
	long offset_after;
	int is_dst;
	int is_dst_after;
	pg_time_t time = at;
	pg_time_t boundary;
	int found;
	ZoneSpan span;

	for (int i = 0; i < zone->n_spans; i++)
		if (at >= zone->spans[i].from && at < zone->spans[i].to)
			return zone->spans[i];

	found = pg_next_dst_boundary(&time, &offset, &is_dst, &boundary, &offset_after,
								 &is_dst_after, zone->tz);
	if (found < 0)
		host_fail(KERNEL_DAY_RANGE);
	span = (ZoneSpan){at, found > 0 ? boundary : PG_INT64_MAX, (int64) offset * USECS_PER_SEC};

	/* An earlier moment of a known span makes that span longer. */
	for (int i = 0; i < zone->n_spans; i++)
		if (zone->spans[i].to == span.to && at < zone->spans[i].from)
			return zone->spans[i] = span;
	if (zone->n_spans < ZONE_SPANS)
		return zone->spans[zone->n_spans++] = span;
	zone->spans[zone->replace] = span;
	zone->replace = (zone->replace + 1) % ZONE_SPANS;
	return span;
}

int64
usecs_in_zone(Zone *zone, TimestampTz timestamp)
{
	int64 seconds =
		timestamp / USECS_PER_SEC - (timestamp % USECS_PER_SEC < 0) + UNIX_TO_PG_SECONDS;

	if (seconds < zone->last.from || seconds >= zone->last.to)
		zone->last = find_span(zone, seconds);
	return timestamp + zone->last.offset_usecs;
}

int32
day_in_zone(Zone *zone, TimestampTz timestamp)
{
	if (TIMESTAMP_NOT_FINITE(timestamp))
		infinite_time();
	return day_of_usecs(usecs_in_zone(zone, timestamp));
}

PG_FUNCTION_INFO_V1(user_ops_local_date);
Datum
user_ops_local_date(PG_FUNCTION_ARGS)
{
	Zone *zone = zone_of_call(fcinfo, PG_GETARG_TEXT_PP(1));

	PG_RETURN_DATEADT(day_in_zone(zone, PG_GETARG_TIMESTAMPTZ(0)));
}

const char *
zone_name(const Zone *zone)
{
	return pg_get_timezone_name(zone->tz);
}

TimestampTz
moment_in_zone(const Zone *zone, Timestamp local_time)
{
	TimestampTz moment;
	struct pg_tm tm;
	fsec_t fsec;
	int offset;

	if (TIMESTAMP_NOT_FINITE(local_time))
		return local_time;
	if (timestamp2tm(local_time, NULL, &tm, &fsec, NULL, NULL) != 0)
		infinite_time();
	offset = DetermineTimeZoneOffset(&tm, zone->tz);
	if (tm2timestamp(&tm, fsec, &offset, &moment) != 0)
	{
		if (local_time < 0)
			TIMESTAMP_NOBEGIN(moment);
		else
			TIMESTAMP_NOEND(moment);
	}
	return moment;
}

TimestampTz
midnight_in_zone(const Zone *zone, int64 day)
{
	Timestamp midnight;

	if (pg_mul_s64_overflow(day, USECS_PER_DAY, &midnight) || !IS_VALID_TIMESTAMP(midnight))
		return day < 0 ? DT_NOBEGIN : DT_NOEND;
	return moment_in_zone(zone, midnight);
}

PG_FUNCTION_INFO_V1(user_ops_moment_of);
Datum
user_ops_moment_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(moment_in_zone(zone_of_call(fcinfo, PG_GETARG_TEXT_PP(1)),
										 PG_GETARG_TIMESTAMP(0)));
}

PG_FUNCTION_INFO_V1(user_ops_period_number);
Datum
user_ops_period_number(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(civil_period(day_of_date(PG_GETARG_DATEADT(0)),
								 period_from_enum(PG_GETARG_OID(1)),
								 week_start_from_enum(PG_GETARG_OID(2))));
}

PG_FUNCTION_INFO_V1(user_ops_period_start);
Datum
user_ops_period_start(PG_FUNCTION_ARGS)
{
	Period period = period_from_enum(PG_GETARG_OID(1));
	WeekStart week_start = week_start_from_enum(PG_GETARG_OID(2));
	int32 number = civil_period(day_of_date(PG_GETARG_DATEADT(0)), period, week_start);
	int64 start = civil_period_start(number, period, week_start);

	if (!civil_day_valid(start))
		host_fail(KERNEL_DAY_RANGE);
	PG_RETURN_DATEADT((DateADT) start);
}
