/*
 * steps.h: the type journey_steps as an argument.
 */
#ifndef USER_OPS_STEPS_H
#define USER_OPS_STEPS_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/journey/steps.h"

/* The bytes of argument n. */
static inline const uint8 *
steps_arg(FunctionCallInfo fcinfo, int n, size_t *size)
{
	struct varlena *steps = PG_GETARG_VARLENA_PP(n);

	*size = VARSIZE_ANY_EXHDR(steps);
	return (const uint8 *) VARDATA_ANY(steps);
}

#endif
