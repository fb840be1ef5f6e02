/*
 * tightest_at.h: where sequential bounds are tightest, as an argument.
 */
#ifndef USER_OPS_EXPERIMENT_TIGHTEST_AT_H
#define USER_OPS_EXPERIMENT_TIGHTEST_AT_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/experiment/statistics/sequential.h"

/* Users of both arms: argument n, which has a default. */
static inline float8
tightest_at_arg(FunctionCallInfo fcinfo, int n)
{
	int64 users = PG_ARGISNULL(n) ? SEQUENTIAL_TIGHTEST_AT : PG_GETARG_INT64(n);

	if (users < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("tightest_at must be above 0"),
				 errhint("Give the number of users of both arms at which you expect to "
						 "decide, or NULL for %d.",
						 SEQUENTIAL_TIGHTEST_AT)));
	return (float8) users;
}

#endif
