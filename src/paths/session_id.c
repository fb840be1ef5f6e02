/*
 * session_id.c: the window function that numbers sessions.
 *
 *	1. A NULL time: NULL, and the row is none.  A NULL cut is false.
 *	2. A key that differs from the last key of the running session begins a session, as
 *	   the first key behind rows without one does; a row without a key does not.
 *	3. A time before that of the row before it raises 22023, an infinite one 22008.
 *	4. A timestamp or date is local time: its midnight is its own, that of the zone
 *	   which the options name.
 *
 * What is kept is the same for any number of rows: the session so far, and its last key.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "utils/memutils.h"
#include "windowapi.h"
#include "paths/session_rules.h"
#include "server/call.h"

enum
{
	ARG_TIME,
	ARG_RULES, /* the gap, or session_options */
	ARG_CUT,
	ARG_KEY
};

/* Of one partition. */
typedef struct Partition
{
	Session session;
	bool has_key; /* the session's last key stands in the call's room */
	Size key_size;
} Partition;

/* What the call site keeps from row to row. */
typedef struct CallSite
{
	MemoryContext context; /* of rules and zone; NULL: there are none yet */
	SessionRules rules;
	Zone *midnight;
	struct varlena *options; /* that these are of */
	char *key;               /* with room for the longest so far */
	Size key_room;
} CallSite;

/* The day that a time is on, if that matters. */
typedef int64 (*DayOf)(Zone *midnight, int64 at);

static pg_attribute_always_inline int64
zoned_day(Zone *midnight, int64 at)
{
	return floor_to_day(usecs_in_zone(midnight, at));
}

static pg_attribute_always_inline int64
local_day(Zone *midnight, int64 at)
{
	return floor_to_day(at);
}

static CallSite *
call_site(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallSite));
	return fcinfo->flinfo->fn_extra;
}

/* The rules of the options, taken apart anew when they differ from those of the row before. */
static void
read_options(CallSite *site, FunctionCallInfo fcinfo, Datum options)
{
	HeapTupleHeader tuple = row_of_datum(options);
	Size size = VARSIZE(tuple);
	Datum values[N_SESSION_OPTIONS];
	bool nulls[N_SESSION_OPTIONS];
	MemoryContext old_context;

	if (site->options != NULL && VARSIZE(site->options) == size &&
		memcmp(site->options, tuple, size) == 0)
		return;
	if (site->context == NULL)
		site->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "session options",
											  ALLOCSET_SMALL_SIZES);
	site->options = NULL;
	MemoryContextReset(site->context);
	values_of_row(tuple, N_SESSION_OPTIONS, values, nulls);
	old_context = MemoryContextSwitchTo(site->context);
	site->rules = session_rules(values, nulls, &site->midnight);
	site->options = palloc(size);
	memcpy(site->options, tuple, size);
	MemoryContextSwitchTo(old_context);
}

static bool
key_differs(const CallSite *site, const Partition *partition, const struct varlena *key)
{
	return !partition->has_key || partition->key_size != VARSIZE_ANY_EXHDR(key) ||
		   memcmp(site->key, VARDATA_ANY(key), partition->key_size) != 0;
}

static void
keep_key(CallSite *site, Partition *partition, FunctionCallInfo fcinfo,
		 const struct varlena *key)
{
	Size size = VARSIZE_ANY_EXHDR(key);

	if (site->key == NULL || site->key_room < size)
	{
		if (site->key != NULL)
			pfree(site->key);
		site->key = NULL;
		site->key_room = Max(2 * size, 64);
		site->key = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, site->key_room);
	}
	memcpy(site->key, VARDATA_ANY(key), size);
	partition->has_key = true;
	partition->key_size = size;
}

/* Take the row of this time, which began a session or not: its number. */
static pg_attribute_always_inline Datum
take_row(Partition *partition, const SessionRules *rules, int64 at, int64 day, bool cut,
		 bool *begins)
{
	if (unlikely(session_runs_backwards(&partition->session, at)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the time of a row is before that of the row before it"),
						errhint("Order the window by time: OVER (PARTITION BY user_id ORDER BY "
								"event_time).")));
	*begins = session_take(&partition->session, rules, at, day, cut);
	PG_RETURN_INT64(partition->session.number);
}

static pg_attribute_always_inline bool
cut_of_row(WindowObject window)
{
	bool is_null;
	Datum cut = WinGetFuncArgCurrent(window, ARG_CUT, &is_null);

	return !is_null && DatumGetBool(cut);
}

/* session_id(event_time, gap [, cut]) */
static pg_attribute_always_inline Datum
session_by_gap(FunctionCallInfo fcinfo, EventUsecs usecs_of)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Partition *partition = WinGetPartitionLocalMemory(window, sizeof(Partition));
	SessionRules rules = {.max_length = SESSION_UNLIMITED};
	bool is_null;
	bool begins;
	Datum gap = WinGetFuncArgCurrent(window, ARG_RULES, &is_null);
	Datum time;

	rules.gap = session_gap(gap, is_null);
	time = WinGetFuncArgCurrent(window, ARG_TIME, &is_null);
	if (is_null)
		PG_RETURN_NULL();
	return take_row(partition, &rules, usecs_of(time), 0,
					PG_NARGS() > ARG_CUT && cut_of_row(window), &begins);
}

/* session_id(event_time, options, cut, key) */
static pg_attribute_always_inline Datum
session_by_options(FunctionCallInfo fcinfo, EventUsecs usecs_of, DayOf day_of)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Partition *partition = WinGetPartitionLocalMemory(window, sizeof(Partition));
	CallSite *site = call_site(fcinfo);
	bool is_null;
	bool begins;
	bool cut;
	Datum options = WinGetFuncArgCurrent(window, ARG_RULES, &is_null);
	struct varlena *key = NULL;
	Datum time;
	Datum number;
	int64 at;

	if (is_null)
		null_argument("options", "Give session_options(gap => '30 minutes').");
	read_options(site, fcinfo, options);
	time = WinGetFuncArgCurrent(window, ARG_TIME, &is_null);
	if (is_null)
		PG_RETURN_NULL();
	at = usecs_of(time);
	cut = cut_of_row(window);
	options = WinGetFuncArgCurrent(window, ARG_KEY, &is_null);
	if (!is_null)
	{
		key = PG_DETOAST_DATUM_PACKED(options);
		cut |= key_differs(site, partition, key);
	}
	number = take_row(partition, &site->rules, at,
					  site->midnight == NULL ? 0 : day_of(site->midnight, at), cut, &begins);
	if (key != NULL && begins)
		keep_key(site, partition, fcinfo, key);
	else if (begins)
		partition->has_key = false;
	return number;
}

#define SESSION_ID(time, usecs_of, day_of) \
	PG_FUNCTION_INFO_V1(user_ops_session_id_##time); \
	Datum user_ops_session_id_##time(PG_FUNCTION_ARGS) \
	{ \
		return session_by_gap(fcinfo, usecs_of); \
	} \
	PG_FUNCTION_INFO_V1(user_ops_session_id_options_##time); \
	Datum user_ops_session_id_options_##time(PG_FUNCTION_ARGS) \
	{ \
		return session_by_options(fcinfo, usecs_of, day_of); \
	}

SESSION_ID(timestamptz, usecs_of_timestamp, zoned_day)
SESSION_ID(timestamp, usecs_of_timestamp, local_day)
SESSION_ID(date, usecs_of_date, local_day)
