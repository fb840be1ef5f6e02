/*
 * split.h: a whole number of units split by weights, so that the parts sum to it.
 *
 * By largest remainder: each part gets the whole units of its share, and what is left
 * goes by one unit to the parts with the largest remainders, of equal ones the earlier
 * first.
 */
#ifndef USER_OPS_KERNEL_SPLIT_H
#define USER_OPS_KERNEL_SPLIT_H

#include "kernel/base/money.h"

/* What is left of a part, and which it is. */
typedef struct SplitRest
{
	MoneySum rest;
	size_t part;
} SplitRest;

/*
 * Split a whole that is not negative.  Weights may be: the share is the weight by the sum
 * of all, which is positive, and its floor may be below 0.  Fails (KERNEL_AMOUNT_RANGE)
 * if a part does not fit.  There is space for a rest of each part.
 */
extern void split_whole(__int128 whole, const MoneySum *weights, size_t n, MoneySum *parts,
						SplitRest *space);

/* The same for a whole of either sign: the negative one is split as its absolute value. */
extern void split_amount(__int128 amount, const MoneySum *weights, size_t n, MoneySum *parts,
						 SplitRest *space);

#endif
