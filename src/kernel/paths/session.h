/*
 * session.h: rows in order of time, cut into sessions.
 *
 * A row begins a session if it is the first, if more than the gap has passed since the
 * row before it, if more than max_length has passed since the session's first row, if
 * it is of another day than the row before it, or if its caller has a reason of its own.
 */
#ifndef USER_OPS_KERNEL_SESSION_H
#define USER_OPS_KERNEL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#define SESSION_UNLIMITED UINT64_MAX

/* Microseconds; two times never lie further apart than SESSION_UNLIMITED. */
typedef struct SessionRules
{
	uint64_t gap;
	uint64_t max_length;
} SessionRules;

typedef struct Session
{
	int64_t number;  /* from 1; 0 before the first row */
	int64_t started; /* time of its first row */
	int64_t last;    /* and of the one taken last */
	int64_t day;     /* of that one */
} Session;

/* From an earlier time to a later one, whatever the two are. */
static inline uint64_t
session_time_between(int64_t from, int64_t to)
{
	return (uint64_t) to - (uint64_t) from;
}

/* Is a time before that of the last row? */
static inline bool
session_runs_backwards(const Session *session, int64_t at)
{
	return session->number > 0 && at < session->last;
}

/*
 * Take the next row, which is not earlier: does it begin a session?  Its day is any number
 * that differs from day to day, and always the same where days do not cut.
 */
static inline bool
session_take(Session *session, const SessionRules *rules, int64_t at, int64_t day, bool cut)
{
	bool begins = cut || session->number == 0 || day != session->day ||
				  session_time_between(session->last, at) > rules->gap ||
				  session_time_between(session->started, at) > rules->max_length;

	if (begins)
	{
		session->number++;
		session->started = at;
	}
	session->last = at;
	session->day = day;
	return begins;
}

#endif
