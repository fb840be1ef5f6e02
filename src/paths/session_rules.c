/*
 * session_rules.c: what cuts sessions, from the arguments of functions; and the options
 * of session_id, checked when they are built and when they are read, because ROW(...)
 * builds them as well.
 */
#include "server/compat.h"

#include "utils/timestamp.h"
#include "paths/session_rules.h"
#include "server/call.h"
#include "server/duration.h"

uint64
session_gap(Datum gap, bool is_null)
{
	if (is_null)
		null_argument("gap", SESSION_GAP_HINT);
	return (uint64) duration_usecs(DatumGetIntervalP(gap), "gap");
}

uint64
session_max_length(Datum max_length, bool is_null)
{
	if (is_null)
		return SESSION_UNLIMITED;
	return (uint64) duration_usecs(DatumGetIntervalP(max_length), "max_length");
}

SessionRules
session_rules(const Datum *values, const bool *nulls, Zone **midnight)
{
	SessionRules rules;

	rules.gap = session_gap(values[SESSION_OPTION_GAP], nulls[SESSION_OPTION_GAP]);
	rules.max_length = session_max_length(values[SESSION_OPTION_MAX_LENGTH],
										  nulls[SESSION_OPTION_MAX_LENGTH]);
	*midnight = NULL;
	if (!nulls[SESSION_OPTION_MIDNIGHT_ZONE])
		*midnight = zone_in(CurrentMemoryContext,
							DatumGetTextPP(values[SESSION_OPTION_MIDNIGHT_ZONE]));
	return rules;
}

/* session_options(gap, max_length, midnight_zone): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_session_options);
Datum
user_ops_session_options(PG_FUNCTION_ARGS)
{
	Datum values[N_SESSION_OPTIONS];
	bool nulls[N_SESSION_OPTIONS];
	Zone *midnight;

	values_of_call(fcinfo, N_SESSION_OPTIONS, values, nulls);
	session_rules(values, nulls, &midnight);
	if (midnight != NULL)
		pfree(midnight);
	return row_of_values(fcinfo, values, nulls);
}
