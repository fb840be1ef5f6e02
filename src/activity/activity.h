/*
 * activity.h: the type activity as Datums.
 */
#ifndef USER_OPS_ACTIVITY_H
#define USER_OPS_ACTIVITY_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/date.h"
#include "kernel/activity/activity.h"

/* The bytes of argument n; it may have a short header and need not be aligned. */
#define ACTIVITY_BYTES_ARG(n) ((const uint8 *) VARDATA_ANY(PG_GETARG_VARLENA_PP(n)))
#define ACTIVITY_OPEN_ARG(reader, n) activity_open((reader), ACTIVITY_BYTES_ARG(n))

/* The as_of of a reading: days before it count.  Infinity means all days. */
#define AS_OF_ARG(n) PG_GETARG_DATEADT(n)

/* An as_of that is subtracted from: infinite ones raise 22008. */
extern int32 finite_as_of(DateADT as_of);

/* A finished copy of the builder's content as a Datum. */
extern struct varlena *activity_from_builder(ActivityBuilder *builder);

#endif
