/*
 * journey_value.h: the type journey as Datums.
 */
#ifndef USER_OPS_JOURNEY_VALUE_H
#define USER_OPS_JOURNEY_VALUE_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/journey/journey_builder.h"

/* A varlena that is a journey; it may have a short header and need not be aligned. */
#define JOURNEY_DECODE(room, value) \
	journey_decode((room), (const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value))

/* As a Datum, in the current memory context. */
extern struct varlena *journey_value(const Journey *journey);
extern struct varlena *journey_from_builder(JourneyBuilder *builder);

#endif
