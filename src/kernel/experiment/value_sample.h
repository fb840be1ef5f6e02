/*
 * value_sample.h: how often each value was met: a tally (tally.h), of which exact quantiles
 * are read.
 *
 * A row has two keys, the scale and the zigzag of a value that is an integer times
 * 10^-scale, the smallest that is exact.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_VALUE_SAMPLE_H
#define USER_OPS_KERNEL_EXPERIMENT_VALUE_SAMPLE_H

#include "kernel/base/tally.h"

extern const TallyKind value_sample_kind;

typedef enum QuantileKind
{
	QUANTILE_INTERPOLATED, /* type 7: between two values, at (n - 1) * fraction */
	QUANTILE_LOWEST        /* type 1: the lowest value that so many do not exceed */
} QuantileKind;

/* A number times 10^-QUANTILE_SCALE. */
#define QUANTILE_SCALE 9

/* One more value; a sample that is NULL is begun. */
extern Tally *value_sample_add(Tally *sample, int64_t value, int scale);

/* Of a sample that has a value; fraction is 0 to 10^9.  Rounded half away from zero. */
extern __int128 value_sample_quantile(const Tally *sample, int64_t fraction, QuantileKind kind);

#endif
