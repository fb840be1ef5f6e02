/*
 * basket_readings.c: what a basket says as of a day.
 *
 *	1. NULL for the basket: NULL, or no rows.  as_of NULL: 22004; infinite: all days, or none,
 *	   but 22008 with a half-life.
 *	2. Nothing before as_of: 0 items, no rows, NULL for days and the favourite.
 *	3. Items of another type than the one that is asked for: 42804.
 *	4. The favourite weighs most; of equal weights the later last day wins, then the smaller item.
 */
#include "server/compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "utils/date.h"
#include "activity/activity.h"
#include "items/items.h"
#include "server/call.h"

/* All items before as_of in one. */
typedef struct Total
{
	int64 items;
	int64 events;
	int32 first_day;
	int32 last_day;
} Total;

/* (basket, as_of) */
static Total
total_of_call(FunctionCallInfo fcinfo)
{
	DateADT as_of = AS_OF_ARG(1);
	BasketReader reader = basket_arg(fcinfo, 0);
	Total total = {0};
	BasketItem item;

	while (basket_next(&reader, as_of, 0, &item))
	{
		if (total.items == 0 || item.first_day < total.first_day)
			total.first_day = item.first_day;
		if (total.items == 0 || item.last_day > total.last_day)
			total.last_day = item.last_day;
		total.items++;
		total.events += (int64) item.events;
	}
	check_basket_end(&reader);
	return total;
}

/* n_items(basket, as_of) and basket_events(basket, as_of) */
SQL_FUNCTION(basket_n_items, Int64GetDatum(total_of_call(fcinfo).items))
SQL_FUNCTION(basket_events, Int64GetDatum(total_of_call(fcinfo).events))

static Datum
day_or_null(FunctionCallInfo fcinfo, int32 day, bool known)
{
	if (!known)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(day);
}

/* first_day(basket, as_of) */
PG_FUNCTION_INFO_V1(user_ops_basket_first_day);
Datum
user_ops_basket_first_day(PG_FUNCTION_ARGS)
{
	Total total = total_of_call(fcinfo);

	return day_or_null(fcinfo, total.first_day, total.items > 0);
}

/* last_day(basket, as_of) */
PG_FUNCTION_INFO_V1(user_ops_basket_last_day);
Datum
user_ops_basket_last_day(PG_FUNCTION_ARGS)
{
	Total total = total_of_call(fcinfo);

	return day_or_null(fcinfo, total.last_day, total.items > 0);
}

#define ITEM_COLUMNS 4

/* A basket that is returned item by item. */
typedef struct ItemRows
{
	BasketReader reader;
	DateADT as_of;
} ItemRows;

static ItemRows *
begin_items(FunctionCallInfo fcinfo, ItemKind kind)
{
	ItemRows *rows = palloc(sizeof(ItemRows));
	size_t size;
	const uint8 *bytes = basket_bytes_arg(fcinfo, 0, &size);

	rows->as_of = as_of_of_call(fcinfo, 1);
	check_basket_read(basket_open(&rows->reader, memcpy(palloc(size), bytes, size), size));
	expect_item_kind("basket", rows->reader.kind, kind);
	return rows;
}

static HeapTuple
form_item(const BasketItem *item, TupleDesc row_type)
{
	Datum values[ITEM_COLUMNS];
	bool nulls[ITEM_COLUMNS] = {false};

	values[0] = item_datum(&item->id);
	values[1] = Int64GetDatum((int64) item->events);
	values[2] = DateADTGetDatum(item->first_day);
	values[3] = DateADTGetDatum(item->last_day);
	return heap_form_tuple(row_type, values, nulls);
}

/* items(basket, as_of, item_type) */
static Datum
item_rows(FunctionCallInfo fcinfo, ItemKind kind)
{
	FuncCallContext *call;
	BasketItem item;
	ItemRows *rows;
	HeapTuple row;

	(void) as_of_of_call(fcinfo, 1);
	if (PG_ARGISNULL(0))
		return no_rows(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = begin_items(fcinfo, kind);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	rows = call->user_fctx;
	if (!basket_next(&rows->reader, rows->as_of, 0, &item))
	{
		check_basket_end(&rows->reader);
		SRF_RETURN_DONE(call);
	}
	row = form_item(&item, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(row));
}

SQL_FUNCTION(basket_items_of_numbers, item_rows(fcinfo, ITEM_NUMBERS))
SQL_FUNCTION(basket_items_of_texts, item_rows(fcinfo, ITEM_TEXTS))

#define FAVOURITE_COLUMNS 6

/* favourite(basket, as_of, item_type, half_life_days) */
static Datum
favourite_row(FunctionCallInfo fcinfo, ItemKind kind)
{
	DateADT as_of = as_of_of_call(fcinfo, 1);
	int32 half_life_days = at_least_1(fcinfo, 3, "half_life_days", true);
	Favourite favourite;
	BasketReader reader;
	const uint8 *bytes;
	size_t size;
	Datum values[FAVOURITE_COLUMNS];
	bool nulls[FAVOURITE_COLUMNS] = {false};

	if (half_life_days > 0)
		as_of = finite_as_of(as_of);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	bytes = basket_bytes_arg(fcinfo, 0, &size);
	check_basket_read(basket_open(&reader, bytes, size));
	expect_item_kind("basket", reader.kind, kind);
	check_basket_read(basket_favourite(bytes, size, as_of, half_life_days, &favourite));
	if (favourite.items == 0)
		PG_RETURN_NULL();
	values[0] = item_datum(&favourite.item.id);
	values[1] = Int64GetDatum((int64) favourite.item.events);
	values[2] = Float8GetDatum(favourite.share);
	values[3] = Int64GetDatum((int64) favourite.items);
	values[4] = Float8GetDatum(favourite.entropy);
	values[5] = DateADTGetDatum(favourite.item.last_day);
	nulls[2] = nulls[4] = isnan(favourite.share);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(kept_row_type(fcinfo), values, nulls)));
}

SQL_FUNCTION(basket_favourite_number, favourite_row(fcinfo, ITEM_NUMBERS))
SQL_FUNCTION(basket_favourite_text, favourite_row(fcinfo, ITEM_TEXTS))
