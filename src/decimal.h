/*
 * decimal.h: amounts as int64 times a power of ten, exactly.
 */
#ifndef USER_OPS_DECIMAL_H
#define USER_OPS_DECIMAL_H

#include "compat.h"

#include "utils/numeric.h"

typedef struct Decimal
{
	int64 value; /* the amount times 10^scale */
	int scale;   /* 0 to 9, no larger than the amount needs */
} Decimal;

/*
 * All raise 22003 and name the value for NaN, an infinity, more than 9
 * decimals, or more digits than 64 bits hold.  A float8 is rounded to 6
 * decimals.
 */
extern Decimal decimal_from_numeric(Numeric num);
extern Decimal decimal_from_float8(float8 num);

extern Numeric decimal_to_numeric(__int128 value, int scale);

#endif
