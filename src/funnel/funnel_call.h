/*
 * funnel_call.h: a question about funnels from the arguments of a call.
 */
#ifndef USER_OPS_FUNNEL_CALL_H
#define USER_OPS_FUNNEL_CALL_H

#include "server/compat.h"

#include "access/htup_details.h"
#include "funnel/funnel_switches.h"
#include "journey/journey.h"
#include "server/as_of.h"

/* Which arguments say what; less than 0: none does. */
typedef struct FunnelPlaces
{
	int steps;
	int within;
	int as_of;
	int options;              /* funnel_options */
	int switches[N_SWITCHES]; /* those that are arguments of their own */
	AsOfArg read_as_of;
	bool needs_as_of;
} FunnelPlaces;

/* Switches that stand one behind the other. */
#define FUNNEL_SWITCHES_FROM(n)                                                                    \
	{                                                                                              \
		(n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7, (n) + 8, (n) + 9,     \
			(n) + 10, (n) + 11, (n) + 12, (n) + 13                                                 \
	}
#define FUNNEL_NO_SWITCHES                                                                         \
	{                                                                                              \
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1                                     \
	}

/* What a call site has asked last. */
typedef struct FunnelCall
{
	JourneyReading reading;
	FunnelQuestion question;
	int excluded;          /* the greatest number of a condition that exclude names */
	/* what it was made of: */
	MemoryContext context; /* of the rest; NULL: nothing yet */
	bool read;
	uint8 n_steps;
	uint8 n_conditions;
	FunnelSwitches switches;
	FunnelPick pick;
	HeapTupleHeader options;
	Datum values[N_SWITCHES];
	bool nulls[N_SWITCHES];
} FunnelCall;

/* That of this call site, or a new one in the current memory context, for functions that return rows. */
extern FunnelCall *funnel_call(FunctionCallInfo fcinfo);
extern FunnelCall *funnel_call_here(void);

/* The question that the arguments ask, with the pick of the options; it may be changed until the next call. */
extern FunnelQuestion *funnel_call_question(FunnelCall *call, FunctionCallInfo fcinfo,
											const FunnelPlaces *places);

/* 22023 or 55000 if the question cannot be put to the journey. */
extern void funnel_call_check(const FunnelCall *call, const Journey *journey);

#endif
