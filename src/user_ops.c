/*
 * user_ops.c: the module's magic; no analytics.
 */
#include "compat.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
