/*
 * rolling_options.h: the question of rolling retention, from the arguments of a call.
 */
#ifndef USER_OPS_ROLLING_OPTIONS_H
#define USER_OPS_ROLLING_OPTIONS_H

#include "server/compat.h"

#include "journey/journey.h"
#include "kernel/metrics/rolling_retention.h"
#include "server/as_of.h"
#include "server/calendar.h"

/* What a call site keeps from call to call. */
typedef struct RollingCall
{
	JourneyReading reading;
	RollingQuestion question;
	Zone *zone;
	char *options;       /* that mode and zone were read from */
	uint32 options_size; /* 0: the defaults */
	bool has_steps;
} RollingCall;

/*
 * The call, with its question: arguments n, or n + 1 if argument steps says the steps and
 * is not below 0, and on are start_condition, return_condition, unit, periods, as_of and,
 * if there is one more, options.
 */
extern RollingCall *rolling_call(FunctionCallInfo fcinfo, int n, int steps, AsOfArg read_as_of);

/* 22023 unless the journey has the conditions that are asked for. */
extern void rolling_check_conditions(const RollingCall *call, const Journey *journey);

#endif
