/*
 * points_pool.c: what became of the points of many users: aggregates over their ledgers.
 *
 * Each of them makes a ledger of points of its own, in which what users have in common is
 * added up, exactly; points_rows reads it.  The entries are
 *
 *	pooled_lots		by earn_day: earned, with the day on which what is left expires, what
 *					is left; spent, what was used; expired, what expired
 *	pooled_flow		by the first day of each month: what was earned, spent, reversed and
 *					expired in it; what expires on the first of a month is of the month
 *					before, at whose end it is gone
 *	pooled_movers	by the first day of each month: how many users earned, and spent, points
 *	pooled_losers	by day: of how many users something expires on it, as earned
 *
 *	1. NULL points: the row is skipped.  No row left: NULL.  Another NULL: 22004.
 *	2. As of as_of, as all readings.
 */
#include "server/compat.h"

#include "kernel/base/sort.h"
#include "points/ledger_call.h"
#include "server/call.h"
#include "server/state_io.h"

/* Adds what is asked of one user. */
typedef Points *(*PoolUser)(Points *pool, FunctionCallInfo fcinfo, const LedgerQuestion *question);

/*
 * One more entry.  The pool that is left behind is the aggregate's, which frees it, or was
 * made for this user.
 */
static inline Points *
add(Points *pool, int32 day, PointsKind kind, int32 expires_on, __int128 points, int scale)
{
	return points_add(pool, points_key(day, kind, expires_on), points, scale);
}

/* The first day of a month, of those there are. */
static int32
month_start(int32 month)
{
	int64 start = civil_period_start(month, PERIOD_MONTH, WEEK_MONDAY);

	return (int32) Max(start, CIVIL_MIN_DAY);
}

static Points *
pool_lots(Points *pool, FunctionCallInfo fcinfo, const LedgerQuestion *question)
{
	Ledger ledger = ledger_of_call(fcinfo, 1, question);

	for (uint32 i = 0; i < ledger.n_lots; i++)
	{
		const Lot *lot = &ledger.lots[i];

		pool = add(pool, lot->earn_day, POINTS_EARN, lot_ends_on(&ledger, lot), lot_remaining(lot), ledger.scale);
		pool = add(pool, lot->earn_day, POINTS_SPEND, POINTS_NEVER, lot->used, ledger.scale);
		pool = add(pool, lot->earn_day, POINTS_EXPIRE, POINTS_NEVER, lot->expired, ledger.scale);
		host_poll_at(i);
	}
	ledger_free(&ledger);
	return pool;
}

/* What the rows of a ledger say, by month. */
static Points *
pool_rows(Points *pool, FunctionCallInfo fcinfo, int32 as_of, bool users)
{
	PeriodCursor months = period_cursor(PERIOD_MONTH, WEEK_MONDAY);
	int32 counted[POINTS_KINDS] = {POINTS_NO_DAY, POINTS_NO_DAY, POINTS_NO_DAY, POINTS_NO_DAY};
	PointsReader reader;
	PointsEntry entry;
	uint64 n = 0;
	size_t size;
	const uint8 *bytes = points_bytes_arg(fcinfo, 1, &size);

	check_points_read(points_open(&reader, bytes, size));
	while (points_next(&reader, &entry) && points_day(entry.key) < as_of)
	{
		PointsKind kind = points_kind(entry.key);
		int32 month = month_start(period_at(&months, points_day(entry.key)));

		host_poll_at(n++);
		if (!users)
			pool = add(pool, month, kind, POINTS_NEVER, entry.points, reader.scale);
		else if (entry.points > 0 && counted[kind] != month)
		{
			pool = add(pool, month, kind, POINTS_NEVER, 1, 0);
			counted[kind] = month;
		}
	}
	check_points_read(reader.in.bad ? "entries that are cut off or too large" : NULL);
	return pool;
}

static Points *
pool_flow(Points *pool, FunctionCallInfo fcinfo, const LedgerQuestion *question)
{
	Ledger ledger = ledger_of_call(fcinfo, 1, question);

	for (uint32 i = 0; i < ledger.n_lots; i++)
	{
		const Lot *lot = &ledger.lots[i];

		if (lot->lapsed > 0)
			pool = add(pool, month_start(civil_period(lot->gone_on - 1, PERIOD_MONTH, WEEK_MONDAY)), POINTS_EXPIRE, POINTS_NEVER, lot->lapsed, ledger.scale);
		host_poll_at(i);
	}
	ledger_free(&ledger);
	return pool_rows(pool, fcinfo, question->as_of, false);
}

static Points *
pool_movers(Points *pool, FunctionCallInfo fcinfo, const LedgerQuestion *question)
{
	return pool_rows(pool, fcinfo, question->as_of, true);
}

static Points *
pool_losers(Points *pool, FunctionCallInfo fcinfo, const LedgerQuestion *question)
{
	Ledger ledger = ledger_of_call(fcinfo, 1, question);
	int64 *ends = host_alloc(ledger.n_lots * sizeof(int64));
	uint32 n = 0;

	for (uint32 i = 0; i < ledger.n_lots; i++)
	{
		int32 end = lot_ends_on(&ledger, &ledger.lots[i]);

		if (end != POINTS_NEVER && lot_remaining(&ledger.lots[i]) > 0 && (n == 0 || ends[n - 1] != end))
			ends[n++] = end;
		host_poll_at(i);
	}
	if (n > 1)
		sort_int64(ends, n);
	for (uint32 i = 0; i < n; i++)
		if (i == 0 || ends[i] != ends[i - 1])
			pool = add(pool, (int32) ends[i], POINTS_EARN, POINTS_NEVER, 1, 0);
	host_free(ends);
	ledger_free(&ledger);
	return pool;
}

/* (state, points, as_of, options) */
static Datum
add_user(FunctionCallInfo fcinfo, PoolUser pool_user)
{
	LedgerQuestion question = question_of_call(fcinfo, 2, 3);
	Points *pool;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	pool = PG_ARGISNULL(0) ? points_create() : state_to_change(fcinfo, &points_state);
	return state_datum(pool_user(pool, fcinfo, &question));
}

#define POOL(what) \
	AGGREGATE_ONLY(user_ops_pooled_##what##_add) \
	{ \
		return add_user(fcinfo, pool_##what); \
	}

POOL(lots)
POOL(flow)
POOL(movers)
POOL(losers)

/* An empty pool is no ledger: nobody had anything. */
PG_FUNCTION_INFO_V1(user_ops_pooled_final);
Datum
user_ops_pooled_final(PG_FUNCTION_ARGS)
{
	const Points *pool = state_arg(fcinfo, 0, &points_state);

	if (pool->n == 0)
		PG_RETURN_NULL();
	return state_stored(fcinfo, &points_state);
}
