/*
 * numbers.c: arguments that are probabilities, and results whose unknown numbers are NULL.
 */
#include "server/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "experiment/numbers.h"
#include "kernel/experiment/statistics/sequential.h"
#include "server/call.h"

#define MOST_NUMBERS 16 /* of a row */

float8
between_0_and_1(FunctionCallInfo fcinfo, int n, const char *name, const char *hint)
{
	float8 value;

	refuse_null(fcinfo, n, name, hint);
	value = PG_GETARG_FLOAT8(n);
	if (!(value > 0 && value < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between 0 and 1", name), errhint("%s", hint)));
	return value;
}

float8
positive_number(FunctionCallInfo fcinfo, int n, const char *name, const char *hint)
{
	float8 value;

	refuse_null(fcinfo, n, name, hint);
	value = PG_GETARG_FLOAT8(n);
	if (!(value > 0) || isinf(value))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a number above 0", name), errhint("%s", hint)));
	return value;
}

float8
tightest_at_arg(FunctionCallInfo fcinfo, int n)
{
	int64 users = PG_ARGISNULL(n) ? SEQUENTIAL_TIGHTEST_AT : PG_GETARG_INT64(n);

	if (users < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("tightest_at must be above 0"),
						errhint("Give the number of users of both arms at which you expect to "
								"decide, or NULL for %d.", SEQUENTIAL_TIGHTEST_AT)));
	return (float8) users;
}

bool
any_null(FunctionCallInfo fcinfo, int n)
{
	for (int i = 0; i < n; i++)
		if (PG_ARGISNULL(i))
			return true;
	return false;
}

void
numbers_or_null(const float8 *numbers, int n, Datum *values, bool *nulls)
{
	for (int i = 0; i < n; i++)
	{
		nulls[i] = isnan(numbers[i]);
		values[i] = Float8GetDatum(numbers[i]);
	}
}

Datum
row_of_numbers(FunctionCallInfo fcinfo, const float8 *numbers, int n)
{
	Datum values[MOST_NUMBERS];
	bool nulls[MOST_NUMBERS];

	Assert(n <= MOST_NUMBERS);
	numbers_or_null(numbers, n, values, nulls);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_row_type(fcinfo), values, nulls)));
}

float8 *
numbers_arg(FunctionCallInfo fcinfo, int n, const char *name, int *size)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	Datum *elements;
	bool *empty;
	float8 *numbers;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be an array of one dimension", name),
						errhint("Give one number after the other: array_agg makes such an array.")));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &elements, &empty, size);
	numbers = palloc(*size * sizeof(float8));
	for (int i = 0; i < *size; i++)
		numbers[i] = empty[i] ? NAN : DatumGetFloat8(elements[i]);
	return numbers;
}
