/*
 * tier_history.c: how the tier that a user holds came about.
 *
 *	1. A row for each change up to as_of, oldest first; arguments as those of tier().
 *	2. Moves by month: each kind of change, from tier to tier, once a month however often it
 *	   happened; so a month's rows of many users, counted, are users.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "activity/activity.h"
#include "server/call.h"
#include "tiers/tiers.h"

typedef struct History
{
	TierRules rules;
	TierWalk walk;
} History;

/* The first call of a function (growth, as_of, rules) that returns rows: a history of such a size. */
static void
open_history(FunctionCallInfo fcinfo, Size size)
{
	FuncCallContext *call;
	MemoryContext old_context = begin_rows(fcinfo, &call);
	History *history = palloc0(size);

	call->user_fctx = history;
	tier_rules_arg(fcinfo, 2, &history->rules);
	tier_walk_as_of(&history->walk, &history->rules,
					(uint8 *) VARDATA(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))),
					finite_as_of(AS_OF_ARG(1)));
	MemoryContextSwitchTo(old_context);
}

/* The name of a tier, NULL of tier 0. */
static void
set_name(const TierRules *rules, int tier, Datum *value, bool *is_null)
{
	*is_null = tier == 0;
	if (tier > 0)
		*value = tier_name_datum(rules, tier);
}

/* tier_history(growth, as_of, rules): a row for each change */
PG_FUNCTION_INFO_V1(user_ops_tier_history);
Datum
user_ops_tier_history(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	History *history;
	TierChange change;
	Datum values[4];
	bool nulls[4] = {false};

	if (SRF_IS_FIRSTCALL())
		open_history(fcinfo, sizeof(History));
	call = SRF_PERCALL_SETUP();
	history = call->user_fctx;
	if (!tier_walk_next(&history->walk, &change))
		SRF_RETURN_DONE(call);

	values[0] = DateADTGetDatum(change.day);
	values[1] = Int32GetDatum(change.tier);
	set_name(&history->rules, change.tier, &values[2], &nulls[2]);
	values[3] = CStringGetTextDatum(tier_reason_names[change.reason]);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

/* A change of a month; months have 31 days at most, each with a morning. */
#define MONTH_MOVES 62

typedef struct Move
{
	TierReason reason;
	int old_tier;
	int new_tier;
} Move;

typedef struct Moves
{
	History history;
	int tier;       /* before the next change */
	int32 month;    /* of the moves */
	int n;
	Move moves[MONTH_MOVES];
} Moves;

/* The next move that the month has not seen. */
static bool
next_move(Moves *moves)
{
	TierChange change;

	while (tier_walk_next(&moves->history.walk, &change))
	{
		int32 month = civil_period(change.day, PERIOD_MONTH, WEEK_MONDAY);
		Move move = {change.reason, moves->tier, change.tier};
		int i = 0;

		if (month != moves->month)
			moves->n = 0;
		moves->month = month;
		moves->tier = change.tier;
		while (i < moves->n && (moves->moves[i].reason != move.reason || moves->moves[i].old_tier != move.old_tier ||
								moves->moves[i].new_tier != move.new_tier))
			i++;
		if (i < moves->n)
			continue;
		Assert(moves->n < MONTH_MOVES);
		moves->moves[moves->n++] = move;
		return true;
	}
	return false;
}

/* tier_moves(growth, as_of, rules): month, reason, old_tier, new_tier */
PG_FUNCTION_INFO_V1(user_ops_tier_moves);
Datum
user_ops_tier_moves(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Moves *moves;
	const Move *move;
	int64 month;
	Datum values[4];
	bool nulls[4] = {false};

	if (SRF_IS_FIRSTCALL())
		open_history(fcinfo, sizeof(Moves));
	call = SRF_PERCALL_SETUP();
	moves = call->user_fctx;
	if (!next_move(moves))
		SRF_RETURN_DONE(call);

	move = &moves->moves[moves->n - 1];
	month = civil_period_start(moves->month, PERIOD_MONTH, WEEK_MONDAY);
	if (!civil_day_valid(month))
		host_fail(KERNEL_DAY_RANGE);
	values[0] = DateADTGetDatum((DateADT) month);
	values[1] = CStringGetTextDatum(tier_reason_names[move->reason]);
	set_name(&moves->history.rules, move->old_tier, &values[2], &nulls[2]);
	set_name(&moves->history.rules, move->new_tier, &values[3], &nulls[3]);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
