/*
 * journeys.h: journeys of all users, grouped in one scan, behind a handle.
 */
#ifndef USER_OPS_JOURNEYS_H
#define USER_OPS_JOURNEYS_H

#include "server/compat.h"

#include "grouping/grouped.h"
#include "kernel/journey/journey_group.h"

typedef struct OwnedJourneys
{
	Grouped grouped;   /* of the kind journeys_kind */
	int64 kept;        /* rows */
	uint64 steps_hash; /* of the steps that its rows had here; 0: none */
} OwnedJourneys;

extern const GroupedKind journeys_kind;

/* The journeys of a handle; 55000 if there are none in this backend, 42804 if it is something else. */
static inline OwnedJourneys *
journeys_of_handle(int64 handle)
{
	return (OwnedJourneys *) grouped_of_handle(handle, &journeys_kind);
}

typedef struct JourneysReading
{
	GroupedReader reader;
	JourneyCursor *cursor;
} JourneysReading;

/* A reader of them, in the current memory context; n_left: of partitions, see grouping_open(). */
extern JourneysReading *journeys_open(OwnedJourneys *owned, uint32 n_left);

/* The next user's journey; NULL at the end, with the reader closed. */
extern const Journey *journeys_next(JourneysReading *reading, const uint8 **key, uint32 *key_size);

#endif
