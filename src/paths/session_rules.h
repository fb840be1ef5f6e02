/*
 * session_rules.h: what cuts sessions, from the arguments of functions.
 */
#ifndef USER_OPS_SESSION_RULES_H
#define USER_OPS_SESSION_RULES_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/paths/session.h"
#include "server/calendar.h"

#define SESSION_GAP_HINT "Give a duration such as '30 minutes'."

/*
 * NULL raises 22004 for the gap and is no limit for the length.  Months and negative
 * durations raise 22023, infinite ones 22008.
 */
extern uint64 session_gap(Datum gap, bool is_null);
extern uint64 session_max_length(Datum max_length, bool is_null);

/* session_options, as the arguments of the function that makes them and as their fields. */
enum
{
	SESSION_OPTION_GAP,
	SESSION_OPTION_MAX_LENGTH,
	SESSION_OPTION_MIDNIGHT_ZONE,
	N_SESSION_OPTIONS
};

/* The same with a zone in the current memory context, or NULL where midnight does not cut. */
extern SessionRules session_rules(const Datum *values, const bool *nulls, Zone **midnight);

#endif
