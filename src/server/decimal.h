/*
 * decimal.h: amounts as int64 times a power of ten, exactly.
 */
#ifndef USER_OPS_DECIMAL_H
#define USER_OPS_DECIMAL_H

#include "server/compat.h"

#include "utils/numeric.h"

typedef struct Decimal
{
	int64 value; /* the amount times 10^scale */
	int scale;   /* 0 to 9, no larger than the amount needs; below 0: a DecimalFault */
} Decimal;

/* Why there is no such Decimal. */
typedef enum DecimalFault
{
	DECIMAL_NO_MONEY = -3,  /* NaN or an infinity */
	DECIMAL_OUT_OF_RANGE,   /* more digits than 64 bits hold */
	DECIMAL_TOO_LONG        /* more than 9 decimals */
} DecimalFault;

#define DECIMALS_AS_THEY_ARE (-1)

/*
 * Rounded to so many decimals, 0 to 9, half away from zero, as round(numeric, n) does,
 * where a float8 is the 15 digits that make it a numeric; or as they are.
 */
extern Decimal decimal_read_numeric(Numeric num, int decimals);
extern Decimal decimal_read_float8(float8 num, int decimals);

/*
 * All raise 22003 and name the value for NaN, an infinity, more than 9
 * decimals, or more digits than 64 bits hold.  A float8 is rounded to 6
 * decimals.
 */
extern Decimal decimal_from_numeric(Numeric num);
extern Decimal decimal_from_float8(float8 num);

/*
 * The fast road where the scale is known: the number in units of 10^-scale, rounded as
 * above; false where it is no whole number of them, or where that takes longer to say.
 */
extern bool decimal_numeric_at(Numeric num, int scale, int64 *value);
extern bool decimal_float8_at(float8 num, int scale, int64 *value);

extern Numeric decimal_to_numeric(__int128 value, int scale);

#endif
