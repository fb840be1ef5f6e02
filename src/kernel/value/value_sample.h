/*
 * value_sample.h: how often each value was met: a tally (tally.h), of which exact quantiles
 * and tiers (value_tiers.h) are read.
 *
 * A row has two keys, the scale and the zigzag of a value that is an integer times
 * 10^-scale, the smallest that is exact.
 */
#ifndef USER_OPS_KERNEL_VALUE_SAMPLE_H
#define USER_OPS_KERNEL_VALUE_SAMPLE_H

#include "kernel/base/money.h"
#include "kernel/base/tally.h"

extern const TallyKind value_sample_kind;

typedef enum QuantileKind
{
	QUANTILE_INTERPOLATED, /* type 7: between two values, at (n - 1) * fraction */
	QUANTILE_LOWEST        /* type 1: the lowest value that so many do not exceed */
} QuantileKind;

/* A number times 10^-QUANTILE_SCALE. */
#define QUANTILE_SCALE MONEY_MAX_SCALE

/* A value and how many are no larger. */
typedef struct CountedValue
{
	MoneySum value;
	uint64_t up_to;
} CountedValue;

/* One more value; a sample that is NULL is begun. */
extern Tally *value_sample_add(Tally *sample, int64_t value, int scale);

/* All values ascending, each once, times 10^-QUANTILE_SCALE; *n of them. */
extern CountedValue *value_sample_ascending(const Tally *sample, uint32_t *n);

/* Of a sample that has a value; fraction is 0 to 10^9.  Rounded half away from zero. */
extern __int128 value_sample_quantile(const Tally *sample, int64_t fraction, QuantileKind kind);

#endif
