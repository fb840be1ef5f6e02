/*
 * numbers.h: arguments that are probabilities, and results whose unknown numbers are NULL.
 */
#ifndef USER_OPS_EXPERIMENT_NUMBERS_H
#define USER_OPS_EXPERIMENT_NUMBERS_H

#include "server/compat.h"

#include "fmgr.h"

#define HINT_CONFIDENCE "0.95 is usual."
#define HINT_ALPHA      "0.05 is usual: how often a test may see an effect where there is none."

/* Raise 22023 if a value is refused. */
static inline void
refuse_value(bool refused, const char *what, const char *hint)
{
	if (refused)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", what),
						errhint("%s", hint)));
}

/* Argument n, not NULL (22004), above 0 and below 1 (22023). */
extern float8 between_0_and_1(FunctionCallInfo fcinfo, int n, const char *name, const char *hint);

/* The same, a finite number above 0. */
extern float8 positive_number(FunctionCallInfo fcinfo, int n, const char *name, const char *hint);

/* Users of both arms at which sequential bounds are tightest: argument n, which has a default. */
extern float8 tightest_at_arg(FunctionCallInfo fcinfo, int n);

/* Is one of the first n arguments NULL? */
extern bool any_null(FunctionCallInfo fcinfo, int n);

/* Datums of numbers, of which NaN is NULL. */
extern void numbers_or_null(const float8 *numbers, int n, Datum *values, bool *nulls);

/* A row of nothing but these. */
extern Datum row_of_numbers(FunctionCallInfo fcinfo, const float8 *numbers, int n);

/* Argument n, an array of numbers in one dimension; NULLs among them are NaN. */
extern float8 *numbers_arg(FunctionCallInfo fcinfo, int n, const char *name, int *size);

#endif
