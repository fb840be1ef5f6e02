/*
 * journey.h: the type journey, as an argument of functions.
 */
#ifndef USER_OPS_JOURNEY_H
#define USER_OPS_JOURNEY_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/timestamp.h"
#include "grouping/shared_reading.h"
#include "kernel/journey/journey.h"

/*
 * What a function that reads journeys keeps from call to call: room for the rows, the
 * steps that it was asked for, and which names they are.  The caller has more behind it.
 */
typedef struct JourneyReading JourneyReading;
struct JourneyReading
{
	MemoryContext context; /* of all that is kept */
	bool only_asked;       /* rows without a condition that is asked for are not wished for, */
	uint64 needed;         /* nor is any, unless some have these conditions */
	struct JourneyRoom *room;
	struct JourneyQuestion *question;
};

/* The reading of this call site, in fn_extra: of so many bytes, 0 but for the reading, which comes first. */
extern void *journey_reading(FunctionCallInfo fcinfo, Size size);

/* A new one in the current memory context: for functions that return rows, which have fn_extra for themselves. */
extern void *journey_reading_here(Size size);

/*
 * Argument n, which is not NULL, decoded until the next call.  Its masks are of the
 * steps that are argument steps (journey_steps); steps < 0: those that it has.
 * 22023 if the steps are conditions and the journey is by name, or the other way round,
 * or there are more conditions asked for than it has.
 */
extern const Journey *journey_arg(JourneyReading *reading, FunctionCallInfo fcinfo, int n,
								  int steps);

/* 55000, with a hint, if rows were left out that this needs: "sessions need", "paths need". */
extern void journey_refuse_partial(const Journey *journey, const char *what_needs);

/* 22023 if names are needed and there are none. */
extern void journey_refuse_conditions(const Journey *journey, const char *what_needs);

/*
 * Where the users of an aggregate's twin over journeys come from: the argument n is a
 * handle of journeys_agg.
 */
extern void *journey_open_users(FunctionCallInfo fcinfo, int n, int steps, SharedReading **shared);
/* The next one's journey, valid until the next call; NULL at the end, with all closed. */
extern const Journey *journey_next_user(void *users);

/* Argument n as an instant before which rows count: timestamptz; infinity means all. */
#define JOURNEY_AS_OF_ARG(n) PG_GETARG_TIMESTAMPTZ(n)

#endif
