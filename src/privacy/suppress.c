/*
 * suppress.c: small cells of one line of counts.
 *
 *	1. No line (NULL): NULL.  An empty one: nothing to hide.
 *	2. A count that is not known is an error (22004): as a zero it would be a lie, and what was
 *	   hidden before could be worked out from what is not.
 *	3. A count below 0, k below 1, more than one dimension: errors (22023).
 *	4. The flags stand where the counts do.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "kernel/privacy/suppress.h"
#include "server/call.h"

#define COLUMNS 2

static int64_t *
counts_arg(FunctionCallInfo fcinfo, int n, int *size)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	Datum *elements;
	int64_t *counts;

	refuse_value(ARR_NDIM(array) > 1, "counts must be an array of one dimension",
				 "Ask for each line: with or without its total.");
	if (array_contains_nulls(array))
		null_argument("a count",
					  "Suppress a line before anything of it is left out; a count of nobody is 0.");
	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements,
					  NULL, size);
	counts = palloc(*size * sizeof(int64_t));
	for (int i = 0; i < *size; i++)
	{
		counts[i] = DatumGetInt64(elements[i]);
		refuse_value(counts[i] < 0, "a count must not be below 0", "Counts are of users.");
	}
	return counts;
}

static ArrayType *
flags_of_line(const bool *flags, int size, int first)
{
	Datum *elements = palloc(size * sizeof(Datum));

	if (size == 0)
		return construct_empty_array(BOOLOID);
	for (int i = 0; i < size; i++)
		elements[i] = BoolGetDatum(flags[i]);
	return construct_md_array(elements, NULL, 1, &size, &first, BOOLOID, sizeof(bool), true,
							  TYPALIGN_CHAR);
}

/* suppress(counts, k, total_published) */
PG_FUNCTION_INFO_V1(user_ops_suppress);
Datum
user_ops_suppress(PG_FUNCTION_ARGS)
{
	int64 k;
	int size;
	int64_t *counts;
	bool *hide;
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	refuse_null(fcinfo, 1, "k", "5 is usual.");
	refuse_null(fcinfo, 2, "total_published",
				"It is true where a reader sees the total or can work it out.");
	k = PG_GETARG_INT32(1);
	refuse_value(k < 1, "k must be 1 or more",
				 "It is the smallest count that may be shown; 5 is usual.");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	counts = counts_arg(fcinfo, 0, &size);
	hide = palloc(size * sizeof(bool));
	values[1] = BoolGetDatum(suppress_line(counts, size, k, PG_GETARG_BOOL(2), hide));
	values[0] = PointerGetDatum(
		flags_of_line(hide, size, size > 0 ? ARR_LBOUND(PG_GETARG_ARRAYTYPE_P(0))[0] : 1));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(kept_row_type(fcinfo), values, nulls)));
}
