/*
 * decimal.c: amounts as int64 times a power of ten, exactly.
 *
 * Numerics are read straight from their stored form, as utils/adt/numeric.c
 * documents it (stable since 9.1, because it is the on-disk format): a header
 * with sign and weight, then base-10000 digits, the value being
 * sum(digit[i] * 10000^(weight - i)).
 */
#include "compat.h"

#include <math.h>

#include "decimal.h"
#include "fmgr.h"
#include "kernel/activity.h"
#include "utils/builtins.h"

#define NUMERIC_SPECIAL_BITS 0xC000 /* NaN, infinities */
#define NUMERIC_SHORT_BITS   0x8000
#define NUMERIC_LONG_NEG     0x4000
#define NUMERIC_SHORT_NEG    0x2000
#define NUMERIC_WEIGHT_SIGN  0x0040
#define NUMERIC_WEIGHT_MASK  0x003F
#define DIGIT_DECIMALS       4
#define MAX_DIGITS           9 /* base 10000: always fits 128 bits */

#define MAX_SHOWN   40 /* characters of an amount in an error */
#define FLOAT_SCALE 6
#define FLOAT_POWER 1000000

/* A number of 100,000 digits is named by the first of them. */
static void
amount_error(const char *shown, const char *what, const char *hint)
{
	const char *more = strlen(shown) > MAX_SHOWN ? "..." : "";

	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("amount %.*s%s %s", MAX_SHOWN, shown, more, what),
					errhint("%s", hint)));
}

static void
numeric_error(Numeric num, const char *what, const char *hint)
{
	amount_error(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num))), what,
				 hint);
}

#define HINT_SPECIAL "Leave such rows out, or use NULL for events without an amount."
#define HINT_RANGE   "Amounts are kept as 64-bit integers of their last decimal."
#define HINT_DECIMALS "Round amounts to at most 9 decimals."

/* What the stored form of a number says. */
typedef struct NumericParts
{
	bool special; /* NaN or an infinity */
	bool negative;
	int weight;
	int n_digits;
	const char *digits; /* int16 each, not aligned */
} NumericParts;

/* The varlena header may be short, so that the rest may be unaligned. */
static inline NumericParts
read_numeric(Numeric num)
{
	const char *p = VARDATA_ANY(num);
	int size = (int) VARSIZE_ANY_EXHDR(num);
	int header_size = sizeof(uint16);
	uint16 header;
	int16 weight;
	NumericParts parts;

	memcpy(&header, p, sizeof(header));
	parts.special = (header & NUMERIC_SPECIAL_BITS) == NUMERIC_SPECIAL_BITS;
	if (header & NUMERIC_SHORT_BITS)
	{
		parts.negative = (header & NUMERIC_SHORT_NEG) != 0;
		parts.weight = (header & NUMERIC_WEIGHT_MASK) -
					   (header & NUMERIC_WEIGHT_SIGN ? NUMERIC_WEIGHT_MASK + 1 : 0);
	}
	else
	{
		parts.negative = (header & NUMERIC_LONG_NEG) != 0;
		memcpy(&weight, p + sizeof(uint16), sizeof(weight));
		parts.weight = weight;
		header_size += sizeof(weight);
	}
	parts.digits = p + header_size;
	parts.n_digits = (size - header_size) / (int) sizeof(int16);
	return parts;
}

Decimal
decimal_from_numeric(Numeric num)
{
	NumericParts parts = read_numeric(num);
	int exponent; /* the value is magnitude * 10^exponent */
	unsigned __int128 magnitude = 0;
	unsigned __int128 limit = (unsigned __int128) PG_INT64_MAX + parts.negative;

	if (parts.special)
		numeric_error(num, "is not a number of money", HINT_SPECIAL);
	if (parts.n_digits == 0)
		return (Decimal){0, 0};

	exponent = (parts.weight - parts.n_digits + 1) * DIGIT_DECIMALS;
	if (exponent < -(ACTIVITY_MAX_SCALE + DIGIT_DECIMALS - 1))
		numeric_error(num, "has too many decimals", HINT_DECIMALS);
	if (parts.n_digits > MAX_DIGITS || exponent > 20)
		numeric_error(num, "is out of range", HINT_RANGE);
	for (int i = 0; i < parts.n_digits; i++)
	{
		int16 digit;

		memcpy(&digit, parts.digits + i * sizeof(int16), sizeof(digit));
		magnitude = magnitude * 10000 + (unsigned) digit;
	}
	while (exponent < 0 && magnitude % 10 == 0)
	{
		magnitude /= 10;
		exponent++;
	}
	if (exponent < -ACTIVITY_MAX_SCALE)
		numeric_error(num, "has too many decimals", HINT_DECIMALS);
	for (; exponent > 0 && magnitude <= limit; exponent--)
		magnitude *= 10;
	if (magnitude > limit)
		numeric_error(num, "is out of range", HINT_RANGE);
	return (Decimal){(int64) (parts.negative ? -magnitude : magnitude), -exponent};
}

Decimal
decimal_from_float8(float8 num)
{
	float8 whole;
	float8 fraction;
	Decimal result = {0, FLOAT_SCALE};

	if (!isfinite(num) || fabs(num) >= (float8) PG_INT64_MAX / FLOAT_POWER)
	{
		char *shown = DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(num)));

		if (!isfinite(num))
			amount_error(shown, "is not a number of money", HINT_SPECIAL);
		amount_error(shown, "is out of range", HINT_RANGE);
	}
	/* whole and fraction are exact: the only rounding is the one to 6 decimals */
	fraction = modf(num, &whole);
	result.value = (int64) whole * FLOAT_POWER + (int64) rint(fraction * FLOAT_POWER);
	while (result.scale > 0 && result.value % 10 == 0)
	{
		result.value /= 10;
		result.scale--;
	}
	return result;
}

Numeric
decimal_to_numeric(__int128 value, int scale)
{
	char buffer[64];
	char *p = buffer + sizeof(buffer);
	unsigned __int128 magnitude = value < 0 ? -(unsigned __int128) value : (unsigned __int128) value;
	int decimals = 0;

	if (value >= PG_INT64_MIN && value <= PG_INT64_MAX)
		return int64_div_fast_to_numeric((int64) value, scale);

	*--p = '\0';
	do
	{
		*--p = (char) ('0' + (int) (magnitude % 10));
		magnitude /= 10;
		if (++decimals == scale)
			*--p = '.';
	} while (magnitude > 0 || decimals <= scale);
	if (value < 0)
		*--p = '-';
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(p),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}
