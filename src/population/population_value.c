/*
 * population_value.c: the type population, whose values are handles, how the
 * aggregates end in one, and population_rows.
 */
#include "server/compat.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "server/calendar.h"
#include "population/population.h"

PG_FUNCTION_INFO_V1(user_ops_population_final);
Datum
user_ops_population_final(PG_FUNCTION_ARGS)
{
	OwnedPopulation *owned;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	owned = (OwnedPopulation *) PG_GETARG_POINTER(0);
	if (owned->counts.infinite > 0)
		infinite_time();
	if (left_out_total(&owned->counts.left_out) == owned->counts.read)
		PG_RETURN_NULL();
	PG_RETURN_INT64(grouped_give_handle(&owned->grouped));
}

PG_FUNCTION_INFO_V1(user_ops_population_final_lenient);
Datum
user_ops_population_final_lenient(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_INT64(grouped_give_handle((Grouped *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(user_ops_population_rows);
Datum
user_ops_population_rows(PG_FUNCTION_ARGS)
{
	const PopulationRows *counts = &population_of_handle(PG_GETARG_INT64(0))->counts;
	Datum values[2 + ROW_FAULTS] = {Int64GetDatum(counts->read),
									Int64GetDatum(left_out_total(&counts->left_out))};
	bool nulls[lengthof(values)] = {false};

	for (int i = 0; i < ROW_FAULTS; i++)
		values[2 + i] = Int64GetDatum(counts->left_out.rows[i]);
	PG_RETURN_DATUM(
		HeapTupleGetDatum(heap_form_tuple(result_row_type(fcinfo), values, nulls)));
}

PG_FUNCTION_INFO_V1(user_ops_population_in);
Datum
user_ops_population_in(PG_FUNCTION_ARGS)
{
	static const char prefix[] = "population:";
	char *text = PG_GETARG_CSTRING(0);
	const char *digits = text + sizeof(prefix) - 1;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0 || strlen(digits) != 16 ||
		strspn(digits, "0123456789abcdefABCDEF") != 16)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type population: \"%s\"", text),
						errhint("A population is made by population_agg.")));
	PG_RETURN_INT64((int64) strtou64(digits, NULL, 16));
}

PG_FUNCTION_INFO_V1(user_ops_population_out);
Datum
user_ops_population_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(psprintf("population:%016llx", (unsigned long long) PG_GETARG_INT64(0)));
}

PG_FUNCTION_INFO_V1(user_ops_population_recv);
Datum
user_ops_population_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(pq_getmsgint64((StringInfo) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(user_ops_population_send);
Datum
user_ops_population_send(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, PG_GETARG_INT64(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}
