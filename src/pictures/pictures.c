/*
 * pictures.c: numbers as bars and lines of text.
 *
 *	1. A NULL argument: NULL.  A NULL among the values of a line: a gap.
 *	2. A value below 0 has no bar; one above the maximum has the longest.
 *	3. A line is scaled from its lowest to its highest value; where all are equal,
 *	   it runs in the middle.
 *	4. NaN and infinity are errors (22023).
 */
#include "server/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "kernel/base/host.h"
#include "pictures/glyphs.h"
#include "server/call.h"

#define MAX_BAR_WIDTH 1000
#define LEVELS		  8

/* Eighths of a block: their width in a bar, their height in a line. */
static const char *const widths[LEVELS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
static const char *const heights[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii_heights[LEVELS] = {".", ":", "-", "=", "+", "*", "#", "@"};

static void
expect_finite(float8 number, const char *name)
{
	if (isnan(number) || isinf(number))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a finite number", name),
						errhint("Leave such rows out, or make their value NULL with NULLIF.")));
}

static text *
text_of(const StringInfoData *out)
{
	return cstring_to_text_with_len(out->data, out->len);
}

/* bar(value, maximum, width) */
PG_FUNCTION_INFO_V1(user_ops_bar);
Datum
user_ops_bar(PG_FUNCTION_ARGS)
{
	float8 value = PG_GETARG_FLOAT8(0);
	float8 maximum = PG_GETARG_FLOAT8(1);
	int32 width = PG_GETARG_INT32(2);
	int steps = blocks_drawn() ? LEVELS : 1; /* in one character */
	float8 share = 0;
	int length;
	StringInfoData out;

	expect_finite(value, "value");
	expect_finite(maximum, "maximum");
	if (width < 1 || width > MAX_BAR_WIDTH)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("width must be between 1 and %d", MAX_BAR_WIDTH),
						errhint("Give the number of characters of the longest bar.")));
	if (value > 0 && maximum > 0)
		share = value < maximum ? value / maximum : 1;
	length = (int) floor(share * width * steps + 0.5);
	initStringInfo(&out);
	for (int i = 0; i < length / steps; i++)
		appendStringInfoString(&out, blocks_drawn() ? "█" : "#");
	appendStringInfoString(&out, widths[length % steps]);
	PG_RETURN_TEXT_P(text_of(&out));
}

/*
 * Transition function: (values, value).  array_append would ask for the type of its
 * argument, and where an aggregate is called by another one nobody knows it.
 */
AGGREGATE_ONLY(user_ops_sparkline_add)
{
	ExpandedArrayHeader *values;
	MemoryContext aggregate_context;
	MemoryContext old_context;
	int next;

	AggCheckCallContext(fcinfo, &aggregate_context);
	old_context = MemoryContextSwitchTo(aggregate_context);
	if (PG_ARGISNULL(0))
		values = construct_empty_expanded_array(FLOAT8OID, aggregate_context, NULL);
	else
		values = PG_GETARG_EXPANDED_ARRAY(0);
	MemoryContextSwitchTo(old_context);
	next = values->ndims == 0 ? 1 : values->lbound[0] + values->dims[0];
	return array_set_element(EOHPGetRWDatum(&values->hdr), 1, &next, PG_GETARG_DATUM(1),
							 PG_ARGISNULL(1), -1, sizeof(float8), FLOAT8PASSBYVAL,
							 TYPALIGN_DOUBLE);
}

/* The step of a value between the lowest and the highest; halves cannot overflow. */
static int
level_of(float8 value, float8 low, float8 high)
{
	if (low == high)
		return (LEVELS - 1) / 2;
	return (int) floor((value / 2 - low / 2) / (high / 2 - low / 2) * (LEVELS - 1) + 0.5);
}

/* sparkline(double precision[]), the final function of the aggregate too */
PG_FUNCTION_INFO_V1(user_ops_sparkline);
Datum
user_ops_sparkline(PG_FUNCTION_ARGS)
{
	const char *const *glyphs = blocks_drawn() ? heights : ascii_heights;
	float8 low = INFINITY;
	float8 high = -INFINITY;
	Datum *values;
	bool *nulls;
	int n;
	StringInfoData out;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		float8 value;

		host_poll_at(i);
		if (nulls[i])
			continue;
		value = DatumGetFloat8(values[i]);
		expect_finite(value, "every value");
		low = Min(low, value);
		high = Max(high, value);
	}
	initStringInfo(&out);
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(
			&out, nulls[i] ? " " : glyphs[level_of(DatumGetFloat8(values[i]), low, high)]);
		host_poll_at(i);
	}
	PG_RETURN_TEXT_P(text_of(&out));
}
