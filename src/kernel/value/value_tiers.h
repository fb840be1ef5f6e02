/*
 * value_tiers.h: which users bring most of the value, and how unequal it is spread.
 *
 *	A tier is given by a share of the whole: those belong to it before whom less than
 *	that stands, the largest first.  Equal values have the same before them, and so share a
 *	tier: it is told by its lowest value, the cut.  Values of 0 and less are in none.
 *
 *	Gini: (2 * sum of i * x_i) / (n * sum of x_i) - (n + 1) / n over x ascending, values
 *	below 0 as 0.
 *
 * All is worked out in integers, of values that have one scale, whichever.
 */
#ifndef USER_OPS_KERNEL_VALUE_TIERS_H
#define USER_OPS_KERNEL_VALUE_TIERS_H

#include "kernel/value/value_sample.h"

#define VALUE_MAX_CUTS  25         /* and so many tiers more by one: A to Z */
#define VALUE_WHOLE     1000000000 /* of a share */

/* The cut of each share, which ascend between 0 and VALUE_WHOLE; false if no value is above 0. */
extern bool value_cuts(const CountedValue *ascending, uint32_t n, const int64_t *shares,
					   int n_shares, MoneySum *cuts);

/* The tier of a value, from 0; n_cuts + 1 for none. */
extern int value_tier(__int128 value, const MoneySum *cuts, int n_cuts);

/* False if no value is above 0. */
extern bool value_gini(const CountedValue *ascending, uint32_t n, double *gini);

#endif
