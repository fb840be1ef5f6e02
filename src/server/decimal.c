/*
 * decimal.c: amounts as int64 times a power of ten, exactly.
 *
 * Numerics are read straight from their stored form, as utils/adt/numeric.c
 * documents it (stable since 9.1, because it is the on-disk format): a header
 * with sign and weight, then base-10000 digits, the value being
 * sum(digit[i] * 10000^(weight - i)).
 */
#include "server/compat.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "kernel/base/money.h"
#include "server/decimal.h"

#define NUMERIC_SPECIAL_BITS 0xC000 /* NaN, infinities */
#define NUMERIC_SHORT_BITS   0x8000
#define NUMERIC_LONG_NEG     0x4000
#define NUMERIC_SHORT_NEG    0x2000
#define NUMERIC_WEIGHT_SIGN  0x0040
#define NUMERIC_WEIGHT_MASK  0x003F
#define DIGIT_DECIMALS       4
#define MAX_WEIGHT           4 /* of what can fit 64 bits: less than 10^20 */

#define FEW_DIGITS           4 /* that fit 64 bits, and most amounts */

/* Before 15.2 int64_div_fast_to_numeric() answers wrong where it multiplies by 1, or beyond 64 bits. */
#define MAX_DIVIDEND (PG_INT64_MAX / 1000)

#define MAX_SHOWN   40 /* characters of an amount in an error */
#define FLOAT_SCALE 6
#define FLOAT_POWER power_of_ten(FLOAT_SCALE)
#define EXACT_FLOAT 1e14  /* beyond it not all of 15 digits stand before the point */
#define FLOAT_DOUBT 1e-14 /* what shifting and 15 digits may change, for each unit */

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

static inline Decimal
fault(DecimalFault what)
{
	return (Decimal){0, what};
}

/*
 * So many digits from the first on, as if there were zeros behind the last.  Up to
 * MAX_WEIGHT there are 5 before the point, and no more than 3 behind it are asked
 * for: these fit 128 bits.
 */
static inline unsigned __int128
leading_digits(const NumericParts *parts, int n)
{
	unsigned __int128 magnitude = 0;

	for (int i = 0; i < n; i++)
	{
		int16 digit = 0;

		if (i < parts->n_digits)
			memcpy(&digit, parts->digits + i * sizeof(int16), sizeof(digit));
		magnitude = magnitude * 10000 + (unsigned) digit;
	}
	return magnitude;
}

static inline Decimal
signed_decimal(const NumericParts *parts, unsigned __int128 magnitude, int scale)
{
	if (magnitude > (unsigned __int128) PG_INT64_MAX + parts->negative)
		return fault(DECIMAL_OUT_OF_RANGE);
	return (Decimal){(int64) (parts->negative ? -magnitude : magnitude), scale};
}

static inline Decimal
read_exactly(const NumericParts *parts)
{
	int exponent; /* the value is magnitude * 10^exponent */
	unsigned __int128 magnitude;

	if (parts->special)
		return fault(DECIMAL_NO_MONEY);
	if (parts->n_digits == 0)
		return (Decimal){0, 0};

	exponent = (parts->weight - parts->n_digits + 1) * DIGIT_DECIMALS;
	if (parts->weight > MAX_WEIGHT)
		return fault(DECIMAL_OUT_OF_RANGE);
	if (exponent < -(MONEY_MAX_SCALE + DIGIT_DECIMALS - 1))
		return fault(DECIMAL_TOO_LONG);
	magnitude = leading_digits(parts, parts->n_digits);
	if (magnitude <= PG_UINT64_MAX)
	{
		/* the usual case: divisions by 10 of 128 bits are calls */
		uint64 small = (uint64) magnitude;

		for (; exponent < 0 && small % 10 == 0; exponent++)
			small /= 10;
		magnitude = small;
	}
	else
		for (; exponent < 0 && magnitude % 10 == 0; exponent++)
			magnitude /= 10;
	if (exponent < -MONEY_MAX_SCALE)
		return fault(DECIMAL_TOO_LONG);
	for (; exponent > 0 && magnitude <= (unsigned __int128) PG_INT64_MAX + 1; exponent--)
		magnitude *= 10;
	return signed_decimal(parts, magnitude, -exponent);
}

/* A number with a digit at least behind so many decimals. */
static Decimal
round_digits(const NumericParts *parts, int decimals)
{
	/* down to the first decimal that goes, which decides */
	int fraction = (decimals + DIGIT_DECIMALS) / DIGIT_DECIMALS;
	int dropped = fraction * DIGIT_DECIMALS - decimals;
	unsigned __int128 magnitude;

	if (parts->weight > MAX_WEIGHT)
		return fault(DECIMAL_OUT_OF_RANGE);
	magnitude = leading_digits(parts, parts->weight + 1 + fraction);
	for (; dropped > 1; dropped--)
		magnitude /= 10;
	magnitude = (magnitude + 5) / 10;
	for (; decimals > 0 && magnitude % 10 == 0; decimals--)
		magnitude /= 10;
	return signed_decimal(parts, magnitude, decimals);
}

Decimal
decimal_read_numeric(Numeric num, int decimals)
{
	NumericParts parts = read_numeric(num);
	Decimal decimal = read_exactly(&parts);

	if (decimals == DECIMALS_AS_THEY_ARE || parts.special ||
		(decimal.scale >= 0 && decimal.scale <= decimals))
		return decimal;
	return round_digits(&parts, decimals);
}

Decimal
decimal_from_numeric(Numeric num)
{
	NumericParts parts = read_numeric(num);
	Decimal decimal = read_exactly(&parts);

	if (decimal.scale == DECIMAL_NO_MONEY)
		numeric_error(num, "is not a finite number", HINT_SPECIAL);
	if (decimal.scale == DECIMAL_TOO_LONG)
		numeric_error(num, "has too many decimals", HINT_DECIMALS);
	if (decimal.scale == DECIMAL_OUT_OF_RANGE)
		numeric_error(num, "is out of range", HINT_RANGE);
	return decimal;
}

/* A number of so many decimals, at another number of them; false where that is not whole. */
static inline bool
change_decimals(int64 *value, int from, int to)
{
	int64 power;

	if (from <= to)
		return money_try_rescale(value, from, to);
	if (from - to > MONEY_MAX_SCALE)
		return false;
	power = power_of_ten(from - to);
	if (*value % power != 0)
		return false;
	*value /= power;
	return true;
}

bool
decimal_numeric_at(Numeric num, int scale, int64 *value)
{
	NumericParts parts = read_numeric(num);
	int decimals = (parts.n_digits - 1 - parts.weight) * DIGIT_DECIMALS;
	int64 magnitude = 0;

	if (parts.special || parts.n_digits > FEW_DIGITS || (decimals < 0 && parts.n_digits > 0))
		return false;
	for (int i = 0; i < parts.n_digits; i++)
	{
		int16 digit;

		memcpy(&digit, parts.digits + i * sizeof(int16), sizeof(digit));
		magnitude = magnitude * 10000 + digit;
	}
	*value = parts.negative ? -magnitude : magnitude;
	return parts.n_digits == 0 || change_decimals(value, decimals, scale);
}

static inline Decimal
without_zeros(Decimal decimal)
{
	while (decimal.scale > 0 && decimal.value % 10 == 0)
	{
		decimal.value /= 10;
		decimal.scale--;
	}
	return decimal;
}

/*
 * The 15 digits of the number as numeric decide, which cost a microsecond: only where
 * they could be at a half.
 */
static Decimal
round_float8(float8 num, int decimals)
{
	float8 shifted = fabs(num) * (float8) power_of_ten(decimals);
	float8 whole = floor(shifted);
	float8 rest = shifted - whole;
	int64 value;

	if (shifted >= EXACT_FLOAT || fabs(rest - 0.5) <= shifted * FLOAT_DOUBT)
		return decimal_read_numeric(
			DatumGetNumeric(DirectFunctionCall1(float8_numeric, Float8GetDatum(num))), decimals);
	value = (int64) whole + (rest > 0.5);
	return without_zeros((Decimal){num < 0 ? -value : value, decimals});
}

/* In units of the last decimal: whole and fraction are exact, so that it is rounded once. */
static inline int64
in_float_units(float8 num)
{
	float8 whole;
	float8 fraction = modf(num, &whole);

	return (int64) whole * FLOAT_POWER + (int64) rint(fraction * (float8) FLOAT_POWER);
}

bool
decimal_float8_at(float8 num, int scale, int64 *value)
{
	if (!(fabs(num) < EXACT_FLOAT / (float8) FLOAT_POWER))
		return false;
	*value = in_float_units(num);
	return change_decimals(value, FLOAT_SCALE, scale);
}

Decimal
decimal_read_float8(float8 num, int decimals)
{
	if (!isfinite(num))
		return fault(DECIMAL_NO_MONEY);
	if (decimals != DECIMALS_AS_THEY_ARE)
		return round_float8(num, decimals);
	if (fabs(num) >= (float8) PG_INT64_MAX / (float8) FLOAT_POWER)
		return fault(DECIMAL_OUT_OF_RANGE);
	return without_zeros((Decimal){in_float_units(num), FLOAT_SCALE});
}

Decimal
decimal_from_float8(float8 num)
{
	Decimal decimal = decimal_read_float8(num, DECIMALS_AS_THEY_ARE);

	if (decimal.scale < 0)
	{
		char *shown = DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(num)));

		if (decimal.scale == DECIMAL_NO_MONEY)
			amount_error(shown, "is not a finite number", HINT_SPECIAL);
		amount_error(shown, "is out of range", HINT_RANGE);
	}
	return decimal;
}

Numeric
decimal_to_numeric(__int128 value, int scale)
{
	char buffer[64];
	char *p = buffer + sizeof(buffer);
	unsigned __int128 magnitude = value < 0 ? -(unsigned __int128) value : (unsigned __int128) value;
	int decimals = 0;

	if (scale == 0 && value >= PG_INT64_MIN && value <= PG_INT64_MAX)
		return int64_to_numeric((int64) value);
	if (scale % DIGIT_DECIMALS != 0 && value >= -MAX_DIVIDEND && value <= MAX_DIVIDEND)
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
