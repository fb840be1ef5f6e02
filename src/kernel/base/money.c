/*
 * money.c: amounts of money, exactly.
 */
#include "kernel/base/money.h"

int64_t
money_rescale(int64_t amount, int from_scale, int to_scale)
{
	if (!money_try_rescale(&amount, from_scale, to_scale))
		host_fail(KERNEL_AMOUNT_RANGE);
	return amount;
}

__int128
money_sum_rescale(__int128 sum, int from_scale, int to_scale)
{
	if (__builtin_mul_overflow(sum, (__int128) power_of_ten(to_scale - from_scale), &sum))
		host_fail(KERNEL_AMOUNT_RANGE);
	return sum;
}

int
money_sum_spare_decimals(__int128 sum, int most)
{
	while (sum % power_of_ten(most) != 0)
		most--;
	return most;
}
