/*
 * event_amount.h: the amount of an event, from an argument of a transition function:
 * for each type it may have.
 */
#ifndef USER_OPS_EVENT_AMOUNT_H
#define USER_OPS_EVENT_AMOUNT_H

#include "server/compat.h"

#include "fmgr.h"
#include "server/decimal.h"

/* The amount that is argument n. */
typedef Decimal (*AmountArg)(FunctionCallInfo fcinfo, int n);

static pg_attribute_always_inline Decimal
numeric_amount(FunctionCallInfo fcinfo, int n)
{
	return decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(n));
}

static pg_attribute_always_inline Decimal
float8_amount(FunctionCallInfo fcinfo, int n)
{
	return decimal_from_float8(PG_GETARG_FLOAT8(n));
}

static pg_attribute_always_inline Decimal
int8_amount(FunctionCallInfo fcinfo, int n)
{
	return (Decimal){PG_GETARG_INT64(n), 0};
}

static pg_attribute_always_inline Decimal
int4_amount(FunctionCallInfo fcinfo, int n)
{
	return (Decimal){PG_GETARG_INT32(n), 0};
}

static pg_attribute_always_inline Decimal
int2_amount(FunctionCallInfo fcinfo, int n)
{
	return (Decimal){PG_GETARG_INT16(n), 0};
}

/* make(type, ...) for each type of amount, of which type_amount is the AmountArg. */
#define EACH_EVENT_AMOUNT(make, ...) \
	make(numeric, __VA_ARGS__) \
	make(float8, __VA_ARGS__) \
	make(int8, __VA_ARGS__) \
	make(int4, __VA_ARGS__) \
	make(int2, __VA_ARGS__)

#endif
