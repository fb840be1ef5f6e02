/*
 * robust_z.c: is a value as usual, by its history?
 *
 *	1. A NULL value: NULL.  NULLs in the history do not count, nor do NaNs; a NULL history
 *	   has no values.
 *	2. Fewer than 4 of them: nothing but the status.
 *	3. A limit that is no number above 0 is an error (22004, 22023).
 *	4. An infinite number is an error (22003), as are numbers so far from each other that
 *	   their distance is.
 */
#include "server/compat.h"

#include <math.h>

#include "utils/builtins.h"
#include "kernel/alerts/robust_z.h"
#include "server/call.h"

#define COLUMNS 5

static const char *const status_names[] = {"ok", "alert", "too_few"};

static void
refuse_infinite(bool refused)
{
	refuse_size(refused, "value, history and their distances must be finite",
				"Give NULL for what is not known.");
}

/* The numbers of argument n that are known. */
static float8 *
history_arg(FunctionCallInfo fcinfo, int n, int *n_known)
{
	float8 *history = NULL;
	int size = 0;

	*n_known = 0;
	if (!PG_ARGISNULL(n))
		history = numbers_arg(fcinfo, n, "history", &size);
	for (int i = 0; i < size; i++)
	{
		refuse_infinite(isinf(history[i]));
		if (!isnan(history[i]))
			history[(*n_known)++] = history[i];
	}
	return history;
}

/* robust_z(value, history, z_limit) */
PG_FUNCTION_INFO_V1(user_ops_robust_z);
Datum
user_ops_robust_z(PG_FUNCTION_ARGS)
{
	int n;
	float8 *history = history_arg(fcinfo, 1, &n);
	float8 limit = positive_number(fcinfo, 2, "z_limit", "3.5 is usual (Iglewicz & Hoaglin).");
	float8 value;
	RobustZ z;
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	if (PG_ARGISNULL(0) || isnan(value = PG_GETARG_FLOAT8(0)))
		PG_RETURN_NULL();
	refuse_infinite(isinf(value));
	z = robust_z(value, history, (size_t) n, limit);
	refuse_infinite(isinf(z.upper) || isinf(z.lower) || isinf(z.z));
	numbers_or_null((float8[]){z.expected, z.z, z.lower, z.upper}, COLUMNS - 1, values, nulls);
	values[COLUMNS - 1] = CStringGetTextDatum(status_names[z.status]);
	return row_of_values(fcinfo, values, nulls);
}
