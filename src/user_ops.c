/*
 * user_ops.c: the module's magic; no analytics.
 */
#include "server/compat.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
