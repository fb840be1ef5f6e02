/*
 * retention_flags.c: which of several conditions held for a user, as flags.
 *
 *	1. A NULL condition is false.  No rows: NULL.
 *	2. Flag 1 is the first condition; flag k is the first and the k-th one, each
 *	   in any row.
 *
 * The state is an int[] that says which conditions held in any row so far.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "server/call.h"

static int
array_length(ArrayType *array)
{
	return ARR_NDIM(array) == 1 ? ARR_DIMS(array)[0] : 0;
}

/* The flags of an int[] without NULLs; only aggregates other than ours give others. */
static int32 *
flags_of(ArrayType *array)
{
	if (array_length(array) == 0 || ARR_HASNULL(array))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the array is not a state of retention_flags"),
						errhint("Call the aggregate retention_flags instead.")));
	return (int32 *) ((char *) array + ARR_OVERHEAD_NONULLS(1));
}

static void
expect_length(ArrayType *array, int n)
{
	if (array_length(array) != n)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the number of conditions differs between rows"),
						errhint("Give the same conditions for all rows.")));
}

static ArrayType *
new_flags(int n)
{
	Datum *zeros = palloc0(n * sizeof(Datum));

	return construct_array(zeros, n, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

/* Transition function: (int[], boolean[]) */
AGGREGATE_ONLY(user_ops_retention_flags_add)
{
	ArrayType *conditions;
	ArrayType *state;
	int32 *flags;
	Datum *values;
	bool *nulls;
	int n;

	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the conditions must not be NULL"),
						errhint("A single condition may be NULL: it counts as false.")));
	conditions = PG_GETARG_ARRAYTYPE_P(1);
	if (array_length(conditions) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("retention_flags needs at least one condition"),
						errhint("The conditions are a list, or a one-dimensional array.")));
	deconstruct_array(conditions, BOOLOID, sizeof(bool), true, TYPALIGN_CHAR, &values, &nulls, &n);
	state = PG_ARGISNULL(0) ? new_flags(n) : PG_GETARG_ARRAYTYPE_P(0);
	expect_length(state, n);
	flags = flags_of(state);
	for (int i = 0; i < n; i++)
		if (!nulls[i] && DatumGetBool(values[i]))
			flags[i] = 1;
	PG_RETURN_ARRAYTYPE_P(state);
}

AGGREGATE_ONLY(user_ops_retention_flags_combine)
{
	ArrayType *state;
	ArrayType *other;
	int32 *flags;
	int32 *other_flags;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	state = PG_GETARG_ARRAYTYPE_P(0);
	other = PG_GETARG_ARRAYTYPE_P(1);
	flags = flags_of(state);
	other_flags = flags_of(other);
	expect_length(other, array_length(state));
	for (int i = 0; i < array_length(state); i++)
		flags[i] |= other_flags[i] != 0;
	PG_RETURN_ARRAYTYPE_P(state);
}

PG_FUNCTION_INFO_V1(user_ops_retention_flags_final);
Datum
user_ops_retention_flags_final(PG_FUNCTION_ARGS)
{
	ArrayType *result = PG_GETARG_ARRAYTYPE_P_COPY(0);
	int32 *flags = flags_of(result);

	for (int i = 1; i < array_length(result); i++)
		flags[i] &= flags[0];
	PG_RETURN_ARRAYTYPE_P(result);
}
