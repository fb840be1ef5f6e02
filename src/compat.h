/*
 * compat.h: the only place that knows PostgreSQL's versions (15 to 18).
 */
#ifndef USER_OPS_COMPAT_H
#define USER_OPS_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "user_ops needs PostgreSQL 15 or newer"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#endif
