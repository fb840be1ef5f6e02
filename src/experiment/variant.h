/*
 * variant.h: the arm that a user was assigned to, as an argument.
 */
#ifndef USER_OPS_EXPERIMENT_VARIANT_H
#define USER_OPS_EXPERIMENT_VARIANT_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/experiment/experiment.h"

/* The label that is argument n; 22023 if it is too long. */
static inline const char *
variant_arg(FunctionCallInfo fcinfo, int n, size_t *size)
{
	text *label = PG_GETARG_TEXT_PP(n);

	*size = VARSIZE_ANY_EXHDR(label);
	if (*size > EXPERIMENT_MAX_LABEL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the label of a variant has at most %d bytes", EXPERIMENT_MAX_LABEL),
						errhint("Give the arm that a user was assigned to a short name.")));
	return VARDATA_ANY(label);
}

#endif
