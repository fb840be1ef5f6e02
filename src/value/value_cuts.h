/*
 * value_cuts.h: where tiers of value begin, as a result, whatever the values were read of.
 */
#ifndef USER_OPS_VALUE_CUTS_H
#define USER_OPS_VALUE_CUTS_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/value/value_tiers.h"

/* Argument n, shares that tiers end at, times VALUE_WHOLE: at most VALUE_MAX_CUTS; how many. */
extern int value_shares_arg(FunctionCallInfo fcinfo, int n, int64 *shares);

/* The cuts of values, which are integers times 10^-scale, as an array of numerics. */
extern Datum value_cuts_result(FunctionCallInfo fcinfo, const CountedValue *ascending, uint32 n,
							   int scale, const int64 *shares, int n_shares);

#endif
