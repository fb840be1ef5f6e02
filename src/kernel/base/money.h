/*
 * money.h: amounts of money, exactly: an integer times 10^-scale.
 *
 * One amount has 64 bits, a sum of amounts 128.
 */
#ifndef USER_OPS_KERNEL_MONEY_H
#define USER_OPS_KERNEL_MONEY_H

#include "kernel/base/host.h"

#define MONEY_MAX_SCALE 9

/* A sum as it is stored; the alignment is that of the host's chunks. */
typedef __int128 MoneySum __attribute__((aligned(8)));

/* 10^exponent, which is 0 to MONEY_MAX_SCALE. */
static inline int64_t
power_of_ten(int exponent)
{
	static const int64_t powers[MONEY_MAX_SCALE + 1] = {
		1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

	return powers[exponent];
}

/* Bring the amount to a scale that is no smaller; false, with any amount, if that does not fit. */
static inline bool
money_try_rescale(int64_t *amount, int from_scale, int to_scale)
{
	return !__builtin_mul_overflow(*amount, power_of_ten(to_scale - from_scale), amount);
}

/* The same for amounts and sums that fail if they do not fit. */
extern int64_t money_rescale(int64_t amount, int from_scale, int to_scale);
extern __int128 money_sum_rescale(__int128 sum, int from_scale, int to_scale);

/* Fails if the sum does not fit. */
static inline __int128
money_sum_add(__int128 a, __int128 b)
{
	__int128 sum;

	if (__builtin_add_overflow(a, b, &sum))
		host_fail(KERNEL_AMOUNT_RANGE);
	return sum;
}

/* How many of the last decimals are zeros, of at most so many. */
static inline int
money_spare_decimals(int64_t amount, int most)
{
	while (amount % power_of_ten(most) != 0)
		most--;
	return most;
}

extern int money_sum_spare_decimals(__int128 sum, int most);

#endif
