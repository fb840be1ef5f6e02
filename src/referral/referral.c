/*
 * referral.c: the type referrals, the aggregate that makes it, and what is read of it.
 *
 *	1. A row with a NULL is skipped.  No row left: NULL.
 *	2. Ids are of type bigint or text, all of one; texts are told apart and put in order by
 *	   their bytes, whatever the collation.
 *	3. What is read is as of a day: rows from it on do not exist (referral_tree.h).  An
 *	   infinite day is 22008, a NULL one 22004.
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "activity/activity.h"
#include "kernel/referral/referral_tree.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

#define HINT_AS_OF    "Give a day: what happened before it counts."
#define HINT_VIRAL    "Give how many users there are, how many others each of them brings in a cycle, how long that takes, and how long it goes on."
#define TREE_COLUMNS  9
#define COUNT_COLUMNS 8

STATE_FUNCTIONS(referrals, referrals_kind)

typedef GraphId (*IdArg)(FunctionCallInfo fcinfo, int n);

static GraphId
number_arg(FunctionCallInfo fcinfo, int n)
{
	return (GraphId){.number = PG_GETARG_INT64(n)};
}

static GraphId
text_arg(FunctionCallInfo fcinfo, int n)
{
	struct varlena *text = packed_arg(fcinfo, n);

	return (GraphId){.bytes = VARDATA_ANY(text), .size = VARSIZE_ANY_EXHDR(text)};
}

/* The aggregates: (state, inviter, invitee, day) */
static Datum
add_row(FunctionCallInfo fcinfo, GraphIds ids, IdArg id_arg)
{
	Referrals *referrals;
	GraphId inviter;
	GraphId invitee;
	int32 day;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return state_as_it_is(fcinfo);
	inviter = id_arg(fcinfo, 1);
	invitee = id_arg(fcinfo, 2);
	day = day_of_date(PG_GETARG_DATEADT(3));
	if (PG_ARGISNULL(0))
		referrals = referrals_create(ids);
	else
		referrals = state_to_change(fcinfo, &referrals_kind);
	return state_datum(referrals_add(referrals, &inviter, &invitee, day));
}

AGGREGATE_ONLY(user_ops_referral_add_number)
{
	return add_row(fcinfo, GRAPH_NUMBERS, number_arg);
}

AGGREGATE_ONLY(user_ops_referral_add_text)
{
	return add_row(fcinfo, GRAPH_TEXTS, text_arg);
}

static int32
as_of_arg(FunctionCallInfo fcinfo, int n)
{
	refuse_null(fcinfo, n, "as_of", HINT_AS_OF);
	return finite_as_of(AS_OF_ARG(n));
}

/* The next user to be returned. */
typedef struct TreeCursor
{
	const Referrals *referrals;
	const ReferralTree *tree;
	uint32 next;
} TreeCursor;

static TreeCursor *
open_tree(FunctionCallInfo fcinfo, GraphIds ids)
{
	TreeCursor *cursor = palloc0(sizeof(TreeCursor));
	const char *type = ids == GRAPH_NUMBERS ? "text" : "bigint";

	/* the state is the caller's, and need not last */
	cursor->referrals = state_copy(state_arg(fcinfo, 0, &referrals_kind));
	if (cursor->referrals->sets[0].ids != (uint32) ids)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the ids of these referrals are of type %s, not %s", type,
							   ids == GRAPH_NUMBERS ? "bigint" : "text"),
						errhint("Write referral_tree(referrals, as_of, NULL::%s).", type)));
	cursor->tree = referral_tree(cursor->referrals, as_of_arg(fcinfo, 1));
	return cursor;
}

/* The id of a user.  Stored texts come from anywhere. */
static Datum
id_datum(const TreeCursor *cursor, uint32 user)
{
	GraphId id = referrals_id(cursor->referrals, cursor->tree->ids[user]);

	if (id.bytes == NULL)
		return Int64GetDatum(id.number);
	pg_verifymbstr(id.bytes, (int) id.size, false);
	return PointerGetDatum(cstring_to_text_with_len(id.bytes, (int) id.size));
}

/* The last column is the place, for those who ask for it. */
static HeapTuple
form_user(const TreeCursor *cursor, uint32 at, TupleDesc descriptor)
{
	const ReferralUser *user = &cursor->tree->users[at];
	Datum values[TREE_COLUMNS];
	bool nulls[TREE_COLUMNS] = {false};

	nulls[1] = nulls[2] = user->inviter == REFERRAL_NOBODY;
	values[0] = id_datum(cursor, at);
	values[1] = nulls[1] ? (Datum) 0 : id_datum(cursor, user->inviter);
	values[2] = DateADTGetDatum(user->invited_on);
	values[3] = id_datum(cursor, user->root);
	values[4] = Int32GetDatum((int32) user->generation);
	values[5] = Int64GetDatum((int64) user->direct);
	values[6] = Int64GetDatum((int64) user->descendants);
	values[7] = BoolGetDatum(user->cut);
	values[8] = Int64GetDatum((int64) user->place);
	return heap_form_tuple(descriptor, values, nulls);
}

/* referral_tree(referrals, as_of, id_type): a row for each user */
static Datum
tree_rows(FunctionCallInfo fcinfo, GraphIds ids)
{
	FuncCallContext *call;
	TreeCursor *cursor;
	HeapTuple tuple;

	(void) as_of_arg(fcinfo, 1);
	if (PG_ARGISNULL(0))
		return no_rows(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_tree(fcinfo, ids);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	cursor = call->user_fctx;
	while (cursor->next < cursor->tree->n && !cursor->tree->users[cursor->next].met)
		host_poll_at(cursor->next++);
	if (cursor->next == cursor->tree->n)
		SRF_RETURN_DONE(call);
	tuple = form_user(cursor, cursor->next++, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

SQL_FUNCTION(referral_tree_of_numbers, tree_rows(fcinfo, GRAPH_NUMBERS))
SQL_FUNCTION(referral_tree_of_texts, tree_rows(fcinfo, GRAPH_TEXTS))

/* referral_counts(referrals, as_of) */
PG_FUNCTION_INFO_V1(user_ops_referral_counts);
Datum
user_ops_referral_counts(PG_FUNCTION_ARGS)
{
	int32 as_of = as_of_arg(fcinfo, 1);
	const ReferralTree *tree;
	Datum values[COUNT_COLUMNS];
	bool nulls[COUNT_COLUMNS] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	tree = referral_tree(state_arg(fcinfo, 0, &referrals_kind), as_of);
	values[0] = Int64GetDatum((int64) (tree->n_invited + tree->n_cut + tree->self_invites + tree->duplicates));
	values[1] = Int64GetDatum((int64) tree->n_met);
	values[2] = Int64GetDatum((int64) tree->n_invited);
	values[3] = Int64GetDatum((int64) (tree->n_met - tree->n_invited));
	values[4] = Int64GetDatum((int64) tree->self_invites);
	values[5] = Int64GetDatum((int64) tree->duplicates);
	values[6] = Int64GetDatum((int64) tree->n_cut);
	values[7] = Int64GetDatum((int64) tree->max_generation);
	nulls[7] = tree->n_met == 0;
	return row_of_values(fcinfo, values, nulls);
}

/* viral_users(users, k, cycle_days, days) */
PG_FUNCTION_INFO_V1(user_ops_viral_users);
Datum
user_ops_viral_users(PG_FUNCTION_ARGS)
{
	float8 users = PG_GETARG_FLOAT8(0);
	float8 k = PG_GETARG_FLOAT8(1);
	float8 cycle_days = PG_GETARG_FLOAT8(2);
	float8 days = PG_GETARG_FLOAT8(3);
	float8 result;

	refuse_value(!(users >= 0) || isinf(users), "users must be a finite number, 0 or more",
				 HINT_VIRAL);
	refuse_value(!(k >= 0) || isinf(k), "k must be a finite number, 0 or more",
				 HINT_VIRAL);
	refuse_value(!(cycle_days > 0) || isinf(cycle_days), "cycle_days must be a finite number above 0",
				 HINT_VIRAL);
	refuse_value(!(days >= 0) || isinf(days), "days must be a finite number, 0 or more",
				 HINT_VIRAL);
	result = viral_users(users, k, cycle_days, days);
	if (!isfinite(result))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("there would be more users than a number can say"),
						errhint("Growth by k > 1 ends where there is nobody left to be invited: ask for fewer days.")));
	PG_RETURN_FLOAT8(result);
}
