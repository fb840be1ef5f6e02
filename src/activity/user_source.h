/*
 * user_source.h: where users come from, an activity each: a population, or whatever
 * else there is to read them from.
 */
#ifndef USER_OPS_USER_SOURCE_H
#define USER_OPS_USER_SOURCE_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/activity/activity.h"

struct SharedReading;

typedef struct UserSource
{
	/*
	 * The users of argument n, to be read once.  Where shared is not NULL, parallel workers
	 * may read a part of them (grouping/shared_reading.h): *shared says whether they do.
	 */
	void *(*open)(FunctionCallInfo fcinfo, int n, struct SharedReading **shared);
	/* The next one's activity, valid until the next call; false at the end, with all closed. */
	bool (*next)(void *users, ActivityReader *activity);
} UserSource;

#endif
