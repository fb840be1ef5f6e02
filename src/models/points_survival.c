/*
 * points_survival.c: how long points stay unused: a survival of points, each a subject.
 *
 *	1. A point that is used is an event at the age of its lot: days from earn_day to the use.
 *	2. A point that expires, or is left, is censored at the last age at which it was there
 *	   unused: the day before it expired by the calendar, or before as_of; the day itself on
 *	   which the source says that it expired, for that comes behind the uses of a day.
 *	3. So many decimals make whole points of all (22003 where they are not enough, or where
 *	   there are too many points).
 *	4. NULL points: the row is skipped.  No row left: NULL.  Another NULL: 22004.
 *
 * The state is a survival, in its working form.
 */
#include "server/compat.h"

#include "kernel/models/survival.h"
#include "points/ledger_call.h"
#include "server/call.h"
#include "server/state_io.h"

/* So many whole points. */
static uint64
subjects_of(__int128 points, int64 unit)
{
	if (points > PG_INT64_MAX / unit)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many points for a survival of them"),
						errhint("With their decimals they have to fit 64 bits: round them to fewer.")));
	return (uint64) points * unit;
}

static Tally *
add_points(Tally *state, int64 age, bool used, uint64 subjects)
{
	return subjects == 0 ? state : survival_add(state, (double) age, used ? subjects : 0, used ? 0 : subjects);
}

static Tally *
add_ledger(Tally *state, const Ledger *ledger, int64 unit)
{
	for (uint32 i = 0; i < ledger->n_moves; i++)
	{
		const LotMove *move = &ledger->moves[i];
		int64 age = (int64) move->day - ledger->lots[move->lot].earn_day;

		state = add_points(state, age, !move->expired, subjects_of(move->points, unit));
		host_poll_at(i);
	}
	for (uint32 i = 0; i < ledger->n_lots; i++)
	{
		const Lot *lot = &ledger->lots[i];

		state = add_points(state, (int64) lot->gone_on - lot->earn_day - 1, false, subjects_of(lot->lapsed, unit));
		state = add_points(state, (int64) ledger->as_of - lot->earn_day - 1, false, subjects_of(lot_remaining(lot), unit));
		host_poll_at(i);
	}
	return state;
}

/* The decimals that are argument n, no fewer than these. */
static int64
unit_arg(FunctionCallInfo fcinfo, int n, int scale)
{
	int32 decimals;

	refuse_null(fcinfo, n, "decimals", "Give the number of decimals that the points have.");
	decimals = PG_GETARG_INT32(n);
	if (decimals < scale || decimals > MONEY_MAX_SCALE)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("decimals is %d, and there are points with %d", decimals, scale),
						errhint("Give the largest number of decimals that any points have, at most %d.", MONEY_MAX_SCALE)));
	return power_of_ten(decimals - scale);
}

/* (state, points, as_of, options, decimals) */
AGGREGATE_ONLY(user_ops_points_survival_add)
{
	LedgerQuestion question = question_of_call(fcinfo, 2, 3);
	Tally *state;
	Ledger ledger;
	int64 unit;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	question.moves = true;
	ledger = ledger_of_call(fcinfo, 1, &question);
	unit = unit_arg(fcinfo, 4, ledger.scale);
	/* begins one without subjects */
	state = survival_add(PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &survival_kind.state), 0, 0, 0);
	state = add_ledger(state, &ledger, unit);
	ledger_free(&ledger);
	return state_datum(state);
}
