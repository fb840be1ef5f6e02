/*
 * baskets.c: the kind baskets, the rows that baskets_agg adds to it, and its readers.
 *
 *	1. A NULL user, item or time: the row is left out.  No row kept: NULL.
 *	2. Items and times as in basket_agg (basket.c).
 *	3. Memory and handles: grouped.c.
 */
#include "server/compat.h"

#include "activity/event_time.h"
#include "grouping/handle.h"
#include "grouping/user_ids.h"
#include "items/affinity_call.h"
#include "kernel/items/baskets.h"
#include "scan/agg_input.h"
#include "server/call.h"
#include "server/state_io.h"

typedef struct OwnedBaskets
{
	Grouped grouped; /* the option of its rows is the ItemKind */
	int64 kept;		 /* rows */
} OwnedBaskets;

static GroupCodec *
row_codec(uint32 options)
{
	return &baskets_codec((ItemKind) options)->codec;
}

static const GroupedKind baskets_kind = {
	.code = 3,
	.type = "baskets",
	.missing = "the baskets no longer exist, or were made in another process",
	.missing_hint =
		"Baskets can be read only in the query that made them. If parallel workers "
		"made them, in a UNION ALL or for each partition, SET enable_parallel_append = off. "
		"Over a distributed table group by user with basket_agg instead.",
	.size = sizeof(OwnedBaskets),
	.counts = offsetof(OwnedBaskets, kept),
	.n_counts = 1,
	.codec = row_codec};

HANDLE_FUNCTIONS(baskets, baskets_kind, "Baskets are made by baskets_agg.")

/* The number of a text in the dictionary of all. */
static pg_attribute_always_inline uint32
number_of_text(OwnedBaskets *owned, const ItemKey *item)
{
	Texts *texts = &((BasketsCodec *) grouping_codec(owned->grouped.grouping))->texts;
	uint64 hash = text_hash(item->bytes, item->size);
	uint32 number = texts_find_hash(texts, item->bytes, item->size, hash);
	MemoryContext old_context;

	if (likely(number != JOURNEY_NONE))
		return number;
	old_context = MemoryContextSwitchTo(owned->grouped.set->context);
	number = texts_add(texts, item->bytes, item->size);
	MemoryContextSwitchTo(old_context);
	return number;
}

static inline bool
is_skipped(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3);
}

static pg_attribute_always_inline void
add_row(FunctionCallInfo fcinfo, OwnedBaskets *owned, ItemKind kind, ItemArg item_arg,
		DayArg day_arg)
{
	ItemKey item;
	uint32 number = 0;
	int32 day;
	void *extra;

	if (is_skipped(fcinfo))
		return;
	item = item_arg(fcinfo, 2);
	day = finite_day(day_arg(fcinfo, 3));
	if (kind == ITEM_TEXTS)
		number = number_of_text(owned, &item);
	extra = grouped_add_row(&owned->grouped, PG_GETARG_DATUM(1), 0, day);
	if (kind == ITEM_TEXTS)
		baskets_write_text(extra, number);
	else
		baskets_write_number(extra, item.number);
	owned->kept++;
	grouped_row_added();
}

/* (state, user, item, time [, time_zone]): the first row takes all other rows along if it may. */
static pg_attribute_always_inline Datum
add_rows(FunctionCallInfo fcinfo, ItemKind kind, ItemArg item_arg, DayArg day_arg)
{
	OwnedBaskets *owned;
	AggInput rows;
	bool more = false;

	if (is_skipped(fcinfo))
		return state_as_it_is(fcinfo);
	if (!PG_ARGISNULL(0))
		owned = (OwnedBaskets *) PG_GETARG_POINTER(0);
	else
	{
		owned = (OwnedBaskets *) grouped_begin(fcinfo, &baskets_kind, kind,
											   get_fn_expr_argtype(fcinfo->flinfo, 1),
											   PG_GET_COLLATION());
		more = agg_input_begin(&rows, fcinfo, AGG_INPUT_ARGUMENTS);
	}
	do
		add_row(fcinfo, owned, kind, item_arg, day_arg);
	while (more && agg_input_next(&rows, fcinfo));
	PG_RETURN_POINTER(owned);
}

#define OF_TIME(time, unused)                                                                      \
	AGGREGATE_ONLY(user_ops_baskets_##time##_number)                                               \
	{                                                                                              \
		return add_rows(fcinfo, ITEM_NUMBERS, number_item, time##_day);                            \
	}                                                                                              \
	AGGREGATE_ONLY(user_ops_baskets_##time##_text)                                                 \
	{                                                                                              \
		return add_rows(fcinfo, ITEM_TEXTS, text_item, time##_day);                                \
	}

EACH_EVENT_TIME(OF_TIME, )

SQL_FUNCTION(baskets_final,
			 PG_ARGISNULL(0) ? state_as_it_is(fcinfo)
							 : Int64GetDatum(grouped_give_handle((Grouped *) PG_GETARG_POINTER(0))))

typedef struct BasketsReading
{
	GroupedReader reader;
	BasketsCursor *cursor;
} BasketsReading;

static BasketsReading *
open_reading(OwnedBaskets *owned, uint32 n_left)
{
	BasketsReading *reading =
		(BasketsReading *) grouped_read(&owned->grouped, sizeof(BasketsReading));
	MemoryContext old_context = grouped_reader_enter(&reading->reader);

	reading->cursor = baskets_open(owned->grouped.grouping, n_left);
	MemoryContextSwitchTo(old_context);
	return reading;
}

/* The next user; false at the end, with the reader closed. */
static bool
next_user(BasketsReading *reading, const uint8 **key, uint32 *key_size)
{
	MemoryContext old_context = grouped_reader_enter(&reading->reader);
	bool found = baskets_next(reading->cursor, key, key_size);

	MemoryContextSwitchTo(old_context);
	if (!found)
		MemoryContextDelete(reading->reader.context);
	return found;
}

static OwnedBaskets *
baskets_of_handle(FunctionCallInfo fcinfo)
{
	return (OwnedBaskets *) grouped_of_handle(PG_GETARG_INT64(0), &baskets_kind);
}

typedef struct BasketUsers
{
	BasketsReading *reading;
	UserIds ids;
} BasketUsers;

static BasketUsers *
begin_users(FunctionCallInfo fcinfo)
{
	OwnedBaskets *owned = baskets_of_handle(fcinfo);
	BasketUsers *users = palloc(sizeof(BasketUsers));

	users->ids = user_ids_begin(fcinfo, &owned->grouped);
	users->reading = open_reading(owned, 0);
	return users;
}

/* users(baskets, NULL::id_type): each user's id and basket */
PG_FUNCTION_INFO_V1(user_ops_basket_users);
Datum
user_ops_basket_users(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	BasketUsers *users;
	const uint8 *key;
	uint32 key_size;
	Datum values[2];
	bool nulls[2] = {false, false};
	ByteWriter out;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context;

		if (PG_ARGISNULL(0))
			return no_rows(fcinfo);
		old_context = begin_rows(fcinfo, &call);
		call->user_fctx = begin_users(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	users = call->user_fctx;
	if (!next_user(users->reading, &key, &key_size))
		SRF_RETURN_DONE(call);
	values[0] = user_id_datum(&users->ids, key, key_size);
	out = byte_writer(VARHDRSZ);
	baskets_write(users->reading->cursor, &out);
	values[1] = PointerGetDatum(value_of_writer(&out));
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

/* item_affinity(baskets, as_of [, options]) */
PG_FUNCTION_INFO_V1(user_ops_item_affinity_of_baskets);
Datum
user_ops_item_affinity_of_baskets(PG_FUNCTION_ARGS)
{
	AffinityQuestion question = affinity_question_of_call(fcinfo, 1);
	BasketsReading *reading;
	Affinity *affinity;
	OwnedBaskets *owned;
	const uint8 *key;
	uint32 key_size;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	owned = baskets_of_handle(fcinfo);
	reading = open_reading(owned, 0);
	affinity = affinity_create((ItemKind) owned->grouped.options, &question);
	while (next_user(reading, &key, &key_size))
	{
		Affinity *larger = baskets_add(reading->cursor, affinity);

		if (larger != affinity)
			pfree(affinity);
		affinity = larger;
	}
	return state_result(affinity, &affinity_kind);
}
