/*
 * next.h: what comes behind, or before, a chain of events.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_NEXT_H
#define USER_OPS_KERNEL_SEQUENCE_NEXT_H

#include "kernel/journey/journey.h"

typedef enum SequenceDirection
{
	SEQUENCE_FORWARD, /* the chain goes on to later rows */
	SEQUENCE_BACKWARD /* ... to earlier ones */
} SequenceDirection;

/* Where the chain begins. */
typedef enum SequenceBase
{
	SEQUENCE_HEAD,        /* the first row */
	SEQUENCE_TAIL,        /* the last row */
	SEQUENCE_FIRST_MATCH, /* the first row of the chain's first event */
	SEQUENCE_LAST_MATCH   /* the last one of it */
} SequenceBase;

/*
 * The event of the row next to the chain, or NULL: if there is none, or the chain does
 * not stand there, row by row.  Of a chain without events: that of the base itself,
 * which is not a match then.
 */
extern const JourneyText *sequence_next(const Journey *journey, SequenceDirection direction,
										SequenceBase base, const JourneyText *chain, uint32_t n);

#endif
