/*
 * duration.h: intervals as physical time, in microseconds.
 */
#ifndef USER_OPS_DURATION_H
#define USER_OPS_DURATION_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/timestamp.h"

/*
 * A day is 24 hours.  Months raise 22023, for they have no length, as does a negative
 * duration, an infinite one 22008; the name is that of the argument.
 */
extern int64 duration_usecs(const Interval *interval, const char *name);

/* Argument n; NULL raises 22004. */
extern int64 duration_arg(FunctionCallInfo fcinfo, int n, const char *name);

#endif
