/*
 * basket.c: the type basket and the aggregates that make it.
 *
 *	1. A NULL item or time: the row is skipped.  No row left: NULL.
 *	2. Items are of type bigint or text, all of one; texts are told apart and put in order by
 *	   their bytes, whatever the collation, and have 255 of them at most (54000).
 *	3. At most 1,000,000 items (54000).  An infinite time: 22008.
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "activity/activity.h"
#include "activity/event_time.h"
#include "items/items.h"
#include "server/call.h"
#include "server/state_io.h"

static const char *
check_value(const uint8 *bytes, size_t size)
{
	return state_check(&basket_state, bytes, size);
}

SQL_FUNCTION(basket_in, value_in(fcinfo, "basket", check_value))
VALUE_FUNCTIONS(basket, check_value)

/* What travels between the parts of a query is stored first. */
SQL_FUNCTION(basket_out, DirectFunctionCall1(value_out, state_sent(fcinfo, &basket_state)))
SQL_FUNCTION(basket_send, state_sent(fcinfo, &basket_state))
SQL_FUNCTION(basket_final, state_stored(fcinfo, &basket_state))
SQL_FUNCTION(basket_merge, state_merge(fcinfo, &basket_state))

/* Transition function: (state, item, time [, time_zone]) */
static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, ItemKind kind, ItemArg item_arg, DayArg day_arg)
{
	Basket *basket;
	ItemKey item;
	int32 day;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return state_as_it_is(fcinfo);
	item = item_arg(fcinfo, 1);
	day = finite_day(day_arg(fcinfo, 2));
	basket = PG_ARGISNULL(0) ? basket_create(kind) : state_to_change(fcinfo, &basket_state);
	basket_expect(basket, kind);
	return state_datum(basket_add(basket, &item, day));
}

#define OF_TIME(time, unused)                                                                      \
	AGGREGATE_ONLY(user_ops_basket_##time##_number)                                                \
	{                                                                                              \
		return add_row(fcinfo, ITEM_NUMBERS, number_item, time##_day);                             \
	}                                                                                              \
	AGGREGATE_ONLY(user_ops_basket_##time##_text)                                                  \
	{                                                                                              \
		return add_row(fcinfo, ITEM_TEXTS, text_item, time##_day);                                 \
	}

EACH_EVENT_TIME(OF_TIME, )

const uint8 *
basket_bytes_arg(FunctionCallInfo fcinfo, int n, size_t *size)
{
	struct varlena *bytes = packed_arg(fcinfo, n);

	*size = VARSIZE_ANY_EXHDR(bytes);
	return (const uint8 *) VARDATA_ANY(bytes);
}

void
check_basket_read(const char *problem)
{
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a stored basket is damaged"),
						errdetail_problem(problem)));
}

void
check_basket_end(const BasketReader *reader)
{
	check_basket_read(reader->in.bad ? "items that are cut off, do not ascend or are too large"
									 : NULL);
}

BasketReader
basket_arg(FunctionCallInfo fcinfo, int n)
{
	size_t size;
	const uint8 *bytes = basket_bytes_arg(fcinfo, n, &size);
	BasketReader reader;

	check_basket_read(basket_open(&reader, bytes, size));
	return reader;
}

void
expect_item_kind(const char *what, ItemKind had, ItemKind asked)
{
	const char *type = had == ITEM_TEXTS ? "text" : "bigint";

	if (had != asked)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the items of this %s are of type %s, not %s", what, type,
							   asked == ITEM_TEXTS ? "text" : "bigint"),
						errhint("Write NULL::%s as its item_type.", type)));
}

Datum
item_datum(const ItemKey *item)
{
	if (item->bytes == NULL)
		return Int64GetDatum(item->number);
	pg_verifymbstr(item->bytes, (int) item->size, false);
	return PointerGetDatum(cstring_to_text_with_len(item->bytes, (int) item->size));
}

DateADT
as_of_of_call(FunctionCallInfo fcinfo, int n)
{
	refuse_null(fcinfo, n, "as_of", HINT_AS_OF);
	return AS_OF_ARG(n);
}

int32
at_least_1(FunctionCallInfo fcinfo, int n, const char *name, bool may_be_null)
{
	if (PG_ARGISNULL(n) && may_be_null)
		return 0;
	refuse_null(fcinfo, n, name, "Omit it to get its default.");
	if (PG_GETARG_INT32(n) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be 1 or more", name),
				 errhint("Omit it to get its default.")));
	return PG_GETARG_INT32(n);
}
