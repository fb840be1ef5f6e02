/*
 * retention_options.h: the parameters of a retention matrix, from the arguments of a call.
 */
#ifndef USER_OPS_RETENTION_OPTIONS_H
#define USER_OPS_RETENTION_OPTIONS_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/metrics/retention.h"

/*
 * The parameters of an aggregate's call: arguments period, as_of and, if there is
 * one more, options, the period being argument n.  They are parsed when they
 * differ from those of the call before.
 */
extern const RetentionParams *retention_params_of_call(FunctionCallInfo fcinfo, int n);

#endif
