/*
 * items.h: items as Datums, and baskets as arguments.
 */
#ifndef USER_OPS_ITEMS_H
#define USER_OPS_ITEMS_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/date.h"
#include "kernel/items/basket.h"

#define HINT_AS_OF "Give a day: what happened before it counts."

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
