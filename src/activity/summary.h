/*
 * summary.h: one user's totals for the functions that read an activity.
 */
#ifndef USER_OPS_SUMMARY_H
#define USER_OPS_SUMMARY_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/activity/summary.h"

/* Totals of argument n, an activity; valid until the next call. */
extern const Summary *summary_arg(FunctionCallInfo fcinfo, int n, int32 as_of);

#endif
