/*
 * stitched_user.c: the window function that says whose a row was at that moment.
 *
 *	1. A row with a user of its own has this one.  Else it has the last one that its device
 *	   had at or before its time; else the first one after it, at most lookback later; else
 *	   NULL.
 *	2. Rows of one instant are known together, whatever their order; of several users of one
 *	   instant the smallest counts, numbers by size and texts by their bytes.
 *	3. Of a NULL time only the row's own user is known.
 *	4. A time before that of the row before it raises 22023, an infinite one 22008.
 *	5. lookback is physical time: months raise 22023, as does a negative one; NULL is 22004.
 *
 * What is kept is the same for any number of rows: the user so far and, until there is one, the
 * first one that will be.  So a partition is read once, and its rows in front of the first
 * user once more.
 */
#include "server/compat.h"

#include "utils/memutils.h"
#include "windowapi.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/duration.h"

enum
{
	ARG_USER,
	ARG_TIME,
	ARG_LOOKBACK
};

/* Of one partition.  The user that is known stands at the call site. */
typedef struct Partition
{
	int64 end; /* of the instant that was taken last: the position behind its rows */
	int64 at;  /* its time */
	bool begun;
	bool known;     /* whose the device is then */
	bool ahead;     /* the first user was looked for: */
	bool found;     /* there is one, */
	int64 found_at; /* then */
} Partition;

/* What the call site keeps from row to row: a user, with room for the longest so far. */
typedef struct CallSite
{
	struct varlena *text;
	Size room;
	int64 number;
} CallSite;

/* Of a type of users. */
typedef bool (*IsSmaller)(const CallSite *site, Datum user);
typedef void (*Keep)(CallSite *site, FunctionCallInfo fcinfo, Datum user);
typedef Datum (*Kept)(const CallSite *site);

typedef struct Users
{
	IsSmaller is_smaller; /* than the kept one */
	Keep keep;
	Kept kept;
} Users;

static bool
smaller_text(const CallSite *site, Datum user)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(user);
	Size size = VARSIZE_ANY_EXHDR(text);
	Size kept = VARSIZE_ANY_EXHDR(site->text);
	int order = memcmp(VARDATA_ANY(text), VARDATA_ANY(site->text), Min(size, kept));

	return order != 0 ? order < 0 : size < kept;
}

static void
keep_text(CallSite *site, FunctionCallInfo fcinfo, Datum user)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(user);
	Size size = VARSIZE_ANY_EXHDR(text) + VARHDRSZ;

	if (site->text == NULL || site->room < size)
	{
		if (site->text != NULL)
			pfree(site->text);
		site->text = NULL;
		site->room = Max(2 * size, 64);
		site->text = MemoryContextAllocHuge(fcinfo->flinfo->fn_mcxt, site->room);
	}
	SET_VARSIZE(site->text, size);
	memcpy(VARDATA(site->text), VARDATA_ANY(text), size - VARHDRSZ);
}

static Datum
kept_text(const CallSite *site)
{
	return PointerGetDatum(site->text);
}

static bool
smaller_number(const CallSite *site, Datum user)
{
	return DatumGetInt64(user) < site->number;
}

static void
keep_number(CallSite *site, FunctionCallInfo fcinfo, Datum user)
{
	site->number = DatumGetInt64(user);
}

static Datum
kept_number(const CallSite *site)
{
	return Int64GetDatum(site->number);
}

static const Users texts = {smaller_text, keep_text, kept_text};
static const Users numbers = {smaller_number, keep_number, kept_number};

static CallSite *
call_site(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallSite));
	return fcinfo->flinfo->fn_extra;
}

/* An argument of the row at a position; false behind the last one. */
static bool
arg_at(WindowObject window, int n, int64 position, Datum *value, bool *is_null)
{
	bool is_out;

	*value = WinGetFuncArgInPartition(window, n, (int) (position - WinGetCurrentPosition(window)),
									  WINDOW_SEEK_CURRENT, false, is_null, &is_out);
	return !is_out;
}

/* The time of the row at a position, where there is one that has one. */
static bool
time_at(WindowObject window, int64 position, EventUsecs usecs_of, int64 *at)
{
	bool is_null;
	Datum time;

	if (!arg_at(window, ARG_TIME, position, &time, &is_null) || is_null)
		return false;
	*at = usecs_of(time);
	return true;
}

/*
 * Take the rows of one instant behind the one at a position: the smallest user of them and of
 * that one, which has been taken if it has a user.  Returns the position behind them.  To ask
 * for a row twice costs more than for the next one, so only those at one instant are.
 */
static int64
take_others(FunctionCallInfo fcinfo, int64 position, int64 at, const Users *users,
			EventUsecs usecs_of, bool *taken)
{
	WindowObject window = PG_WINDOW_OBJECT();
	CallSite *site = call_site(fcinfo);
	bool is_null;
	int64 then;
	Datum user;

	while (time_at(window, ++position, usecs_of, &then) && then == at)
	{
		host_poll_at((uint64) position);
		arg_at(window, ARG_USER, position, &user, &is_null);
		if (is_null || (*taken && !users->is_smaller(site, user)))
			continue;
		users->keep(site, fcinfo, user);
		*taken = true;
	}
	return position;
}

/* Nobody is known so far: look for the first one who will be. */
static void
look_ahead(FunctionCallInfo fcinfo, Partition *partition, const Users *users, EventUsecs usecs_of)
{
	WindowObject window = PG_WINDOW_OBJECT();
	bool is_null;
	Datum user;

	partition->ahead = true;
	for (int64 position = partition->end; arg_at(window, ARG_USER, position, &user, &is_null);
		 position++)
	{
		host_poll_at((uint64) position);
		if (is_null)
			continue;
		users->keep(call_site(fcinfo), fcinfo, user);
		if (!time_at(window, position, usecs_of, &partition->found_at))
			continue;
		partition->found = true;
		take_others(fcinfo, position, partition->found_at, users, usecs_of, &partition->found);
		return;
	}
}

/* The current row, which is the first of an instant, with its user or none. */
static void
begin_instant(FunctionCallInfo fcinfo, Partition *partition, int64 at, Datum user, bool taken,
			  const Users *users, EventUsecs usecs_of)
{
	WindowObject window = PG_WINDOW_OBJECT();

	if (partition->begun && at < partition->at)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time of a row is before that of the row before it"),
				 errhint("Order the window by time: OVER (PARTITION BY anonymous_id ORDER BY "
						 "event_time).")));
	partition->begun = true;
	partition->at = at;
	if (taken)
		users->keep(call_site(fcinfo), fcinfo, user);
	partition->end =
		take_others(fcinfo, WinGetCurrentPosition(window), at, users, usecs_of, &taken);
	partition->known |= taken;
}

/* stitched_user(user_id, event_time, lookback) */
static pg_attribute_always_inline Datum
stitch(FunctionCallInfo fcinfo, const Users *users, EventUsecs usecs_of)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Partition *partition = WinGetPartitionLocalMemory(window, sizeof(Partition));
	bool is_null;
	bool is_nobody;
	int64 lookback;
	int64 at = 0;
	Datum time = WinGetFuncArgCurrent(window, ARG_LOOKBACK, &is_null);
	Datum user;

	if (is_null)
		null_argument("lookback", "Give how much later a user may have logged in: '30 days'.");
	lookback = duration_usecs(DatumGetIntervalP(time), "lookback");
	user = WinGetFuncArgCurrent(window, ARG_USER, &is_nobody);
	time = WinGetFuncArgCurrent(window, ARG_TIME, &is_null);
	if (!is_null)
	{
		at = usecs_of(time);
		WinSetMarkPosition(window, WinGetCurrentPosition(window));
		if (WinGetCurrentPosition(window) >= partition->end)
			begin_instant(fcinfo, partition, at, user, !is_nobody, users, usecs_of);
		if (!partition->known && !partition->ahead)
			look_ahead(fcinfo, partition, users, usecs_of);
	}
	if (!is_nobody)
		return user;
	if (is_null ||
		!(partition->known ||
		  (partition->found && (uint64) partition->found_at - (uint64) at <= (uint64) lookback)))
		PG_RETURN_NULL();
	return users->kept(call_site(fcinfo));
}

#define STITCHED_USER(time, usecs_of)                                                              \
	PG_FUNCTION_INFO_V1(user_ops_stitched_user_text_##time);                                       \
	Datum user_ops_stitched_user_text_##time(PG_FUNCTION_ARGS)                                     \
	{                                                                                              \
		return stitch(fcinfo, &texts, usecs_of);                                                   \
	}                                                                                              \
	PG_FUNCTION_INFO_V1(user_ops_stitched_user_bigint_##time);                                     \
	Datum user_ops_stitched_user_bigint_##time(PG_FUNCTION_ARGS)                                   \
	{                                                                                              \
		return stitch(fcinfo, &numbers, usecs_of);                                                 \
	}

STITCHED_USER(timestamptz, usecs_of_timestamp)
STITCHED_USER(timestamp, usecs_of_timestamp)
STITCHED_USER(date, usecs_of_date)
