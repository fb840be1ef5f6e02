/*
 * items.h: items as Datums, and baskets as arguments.
 */
#ifndef USER_OPS_ITEMS_H
#define USER_OPS_ITEMS_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/date.h"
#include "kernel/items/basket.h"
#include "server/call.h"

#define HINT_AS_OF "Give a day: what happened before it counts."

typedef ItemKey (*ItemArg)(FunctionCallInfo fcinfo, int n);

static pg_attribute_always_inline ItemKey
number_item(FunctionCallInfo fcinfo, int n)
{
	return (ItemKey){.number = PG_GETARG_INT64(n)};
}

/* 54000 if it is too long. */
static pg_attribute_always_inline ItemKey
text_item(FunctionCallInfo fcinfo, int n)
{
	struct varlena *text = packed_arg(fcinfo, n);

	if (VARSIZE_ANY_EXHDR(text) > ITEM_MOST_BYTES)
		host_fail(KERNEL_ITEM_TEXT);
	return (ItemKey){.bytes = VARDATA_ANY(text), .size = (uint32) VARSIZE_ANY_EXHDR(text)};
}

/* The bytes of the basket that is argument n, in stored form. */
extern const uint8 *basket_bytes_arg(FunctionCallInfo fcinfo, int n, size_t *size);

/* A cursor over them. */
extern BasketReader basket_arg(FunctionCallInfo fcinfo, int n);

/* What is said where they are none. */
extern void check_basket_read(const char *problem);

/* The same where a reader is at its end. */
extern void check_basket_end(const BasketReader *reader);

/* Raise 42804 unless items of this kind are asked for by what has them. */
extern void expect_item_kind(const char *what, ItemKind had, ItemKind asked);

/* An item; stored texts come from anywhere. */
extern Datum item_datum(const ItemKey *item);

/* Argument n, not NULL (22004). */
extern DateADT as_of_of_call(FunctionCallInfo fcinfo, int n);

/* Argument n, at least 1 (22023); 0 for NULL, if that may be. */
extern int32 at_least_1(FunctionCallInfo fcinfo, int n, const char *name, bool may_be_null);

#endif
