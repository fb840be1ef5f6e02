/*
 * population_value.c: the type population, whose values are handles, how the
 * aggregates end in one, and population_rows.
 */
#include "server/compat.h"

#include "grouping/handle.h"
#include "population/population.h"
#include "server/calendar.h"

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
	return row_of_values(fcinfo, values, nulls);
}

HANDLE_FUNCTIONS(population, population_kind, "A population is made by population_agg.")
