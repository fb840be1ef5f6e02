/*
 * event_args.h: transition functions for each type of time, without and with each type
 * of amount.
 */
#ifndef USER_OPS_EVENT_ARGS_H
#define USER_OPS_EVENT_ARGS_H

#include "activity/event_amount.h"
#include "activity/event_time.h"

/*
 * PREFIX_TIME calls visit(fcinfo, day), PREFIX_TIME_TYPE calls amount(fcinfo, day,
 * TYPE_how), where how is amount for transition functions, and reading for lenient
 * ones.
 */
#define EVENT_VISIT(time, prefix, visit) \
	PG_FUNCTION_INFO_V1(prefix##_##time); \
	Datum prefix##_##time(PG_FUNCTION_ARGS) \
	{ \
		return visit(fcinfo, time##_day); \
	}
#define EVENT_AMOUNT(type, time, prefix, amount, how) \
	PG_FUNCTION_INFO_V1(prefix##_##time##_##type); \
	Datum prefix##_##time##_##type(PG_FUNCTION_ARGS) \
	{ \
		return amount(fcinfo, time##_day, type##_##how); \
	}
#define EVENT_TIME(time, prefix, visit, amount, how) \
	EVENT_VISIT(time, prefix, visit) \
	EACH_EVENT_AMOUNT(EVENT_AMOUNT, time, prefix, amount, how)
#define EVENT_TRANSITIONS(prefix, visit, add) EACH_EVENT_TIME(EVENT_TIME, prefix, visit, add, amount)
#define EVENT_READERS(prefix, visit, add)     EACH_EVENT_TIME(EVENT_TIME, prefix, visit, add, reading)

#endif
