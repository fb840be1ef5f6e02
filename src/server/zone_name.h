/*
 * zone_name.h: which names of time zones are taken.
 */
#ifndef USER_OPS_ZONE_NAME_H
#define USER_OPS_ZONE_NAME_H

#include "server/compat.h"

#include "pgtime.h"

/*
 * The zone of that full name, in any case, of the tz database; NULL for anything
 * else, be it one that the server knows: POSIX has UTC+8 for 8 hours west of
 * Greenwich, and what localtime is depends on the machine.
 */
extern pg_tz *named_zone(const char *name);

/* What may have been meant by a name that is none. */
extern const char *zone_name_hint(const char *name);

#endif
