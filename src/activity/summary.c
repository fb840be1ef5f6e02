/*
 * summary.c: one user's totals, read once for all columns of a row.
 *
 * A query mostly asks many things of one activity before it comes to the next.
 * So the last one is remembered by its bytes, whoever reads it.
 */
#include "server/compat.h"

#include "activity/activity.h"
#include "activity/summary.h"

#define MOST_BYTES 2048 /* larger values are compressed or stored apart */

static struct
{
	Size size; /* 0: nothing is remembered */
	int32 as_of;
	uint8 bytes[MOST_BYTES];
	Summary summary;
} last;

const Summary *
summary_arg(FunctionCallInfo fcinfo, int n, int32 as_of)
{
	struct varlena *activity = PG_GETARG_VARLENA_PP(n);
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(activity);
	Size size = VARSIZE_ANY_EXHDR(activity);

	if (size == last.size && as_of == last.as_of && memcmp(bytes, last.bytes, size) == 0)
		return &last.summary;
	last.summary = summary_read(bytes, as_of);
	last.as_of = as_of;
	last.size = size <= MOST_BYTES ? size : 0;
	memcpy(last.bytes, bytes, last.size);
	return &last.summary;
}
