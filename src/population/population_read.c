/*
 * population_read.c: readers of a population.
 */
#include "server/compat.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "activity/activity.h"
#include "population/population.h"
#include "server/call.h"

static PopulationReading *
open_reading(OwnedPopulation *owned, uint32 n_left)
{
	GroupedReader *reader = grouped_read(&owned->grouped, sizeof(PopulationReading));
	PopulationReading *reading = (PopulationReading *) reader;
	MemoryContext old_context = grouped_reader_enter(reader);

	reading->cursor = population_open(owned->grouped.grouping, population_has_amounts(owned),
									  n_left);
	MemoryContextSwitchTo(old_context);
	return reading;
}

/* The next user; false at the end, with the reader closed. */
static bool
read_user(PopulationReading *reading, PopulationUser *user)
{
	MemoryContext old_context = grouped_reader_enter(&reading->reader);
	bool found = population_next(reading->cursor, user);

	MemoryContextSwitchTo(old_context);
	if (!found)
		MemoryContextDelete(reading->reader.context);
	return found;
}

static void
open_activity(PopulationReading *reading, ActivityReader *activity)
{
	MemoryContext old_context = MemoryContextSwitchTo(reading->reader.context);

	population_activity(reading->cursor, activity);
	MemoryContextSwitchTo(old_context);
}

void *
population_open_users(FunctionCallInfo fcinfo, int n, SharedReading **shared)
{
	OwnedPopulation *owned = population_of_handle(PG_GETARG_INT64(n));

	return open_reading(owned, shared_reading_begin(fcinfo, n, &owned->grouped, shared));
}

bool
population_next_user(void *users, ActivityReader *activity)
{
	PopulationUser user;

	if (!read_user(users, &user))
		return false;
	open_activity(users, activity);
	return true;
}

UserRows *
population_begin_rows(FunctionCallInfo fcinfo, FuncCallContext *call)
{
	OwnedPopulation *owned = population_of_handle(PG_GETARG_INT64(0));
	MemoryContext old_context = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	UserRows *rows = palloc0(sizeof(UserRows));
	Oid output;
	bool is_varlena;

	rows->ids = user_ids_begin(fcinfo, &owned->grouped);
	getTypeOutputInfo(rows->ids.type, &output, &is_varlena);
	fmgr_info(output, &rows->id_output);
	call->tuple_desc = result_row_type(fcinfo);
	rows->reading = open_reading(owned, 0);
	MemoryContextSwitchTo(old_context);
	return rows;
}

bool
population_next_row(UserRows *rows, Datum *id)
{
	PopulationUser user;

	if (!read_user(rows->reading, &user))
		return false;
	*id = rows->id = user_id_datum(&rows->ids, user.key, user.key_size);
	return true;
}

/* Whose amounts do not fit; the kernel does not know. */
static void
name_user(void *arg)
{
	UserRows *rows = arg;

	if (geterrcode() == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE)
		errdetail("It is the sum of user %s. Amounts are kept as 64-bit integers at the largest "
				  "number of decimals in use, at most 9.",
				  OutputFunctionCall(&rows->id_output, rows->id));
}

void
population_row_activity(UserRows *rows, ActivityReader *activity)
{
	open_activity(rows->reading, activity);
}

Datum
population_row_datum(UserRows *rows)
{
	PopulationReading *reading = rows->reading;
	MemoryContext old_context = MemoryContextSwitchTo(reading->reader.context);
	ErrorContextCallback context = {error_context_stack, name_user, rows};
	const uint8 *bytes;
	size_t size;

	error_context_stack = &context;
	bytes = population_bytes(reading->cursor, &size);
	error_context_stack = context.previous;
	MemoryContextSwitchTo(old_context);
	return PointerGetDatum(cstring_to_text_with_len((const char *) bytes, (int) size));
}

/* users(population, NULL::id_type): each user's id and activity */
PG_FUNCTION_INFO_V1(user_ops_users);
Datum
user_ops_users(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Datum values[2];
	bool nulls[2] = {false, false};

	if (SRF_IS_FIRSTCALL())
	{
		if (PG_ARGISNULL(0))
			return no_rows(fcinfo);
		call = SRF_FIRSTCALL_INIT();
		call->user_fctx = population_begin_rows(fcinfo, call);
	}
	call = SRF_PERCALL_SETUP();
	if (!population_next_row(call->user_fctx, &values[0]))
		SRF_RETURN_DONE(call);
	values[1] = population_row_datum(call->user_fctx);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
