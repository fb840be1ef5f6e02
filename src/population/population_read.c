/*
 * population_read.c: readers of a population.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "activity/activity.h"
#include "population/population.h"
#include "server/call.h"

/* The reader's memory goes. */
static void
forget_reading(void *arg)
{
	PopulationReading *reading = arg;

	population_reading_memory -= reading->memory;
	if (reading->owned != NULL)
		dlist_delete(&reading->node);
}

static PopulationReading *
open_reading(OwnedPopulation *owned)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "user_ops reader", ALLOCSET_SMALL_SIZES);
	PopulationReading *reading = MemoryContextAllocZero(context, sizeof(PopulationReading));
	MemoryContextCallback *callback =
		MemoryContextAllocZero(context, sizeof(MemoryContextCallback));
	MemoryContext old_context = MemoryContextSwitchTo(owned->set->context);

	population_finish(owned->population);
	MemoryContextSwitchTo(context);
	reading->context = context;
	reading->cursor = population_open(owned->population);
	reading->owned = owned;
	reading->memory = grouping_sort_memory(owned->grouping);
	population_reading_memory += reading->memory;
	dlist_push_tail(&owned->readers, &reading->node);
	callback->func = forget_reading;
	callback->arg = reading;
	MemoryContextRegisterResetCallback(context, callback);
	MemoryContextSwitchTo(old_context);
	return reading;
}

/* The next user; false at the end, with the reader closed. */
static bool
read_user(PopulationReading *reading, PopulationUser *user)
{
	MemoryContext old_context;
	bool found;

	if (reading->owned == NULL)
		population_missing();
	old_context = MemoryContextSwitchTo(reading->context);
	found = population_next(reading->cursor, user);
	MemoryContextSwitchTo(old_context);
	if (!found)
		MemoryContextDelete(reading->context);
	return found;
}

static void
open_activity(PopulationReading *reading, ActivityReader *activity)
{
	MemoryContext old_context = MemoryContextSwitchTo(reading->context);

	population_activity(reading->cursor, activity);
	MemoryContextSwitchTo(old_context);
}

void *
population_open_users(FunctionCallInfo fcinfo, int n)
{
	return open_reading(population_of_handle(PG_GETARG_INT64(n)));
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

/* The type that the caller names by a NULL must be that of the keys. */
static void
check_id_type(const UserKey *key, Oid named)
{
	bool both_integers = (named == INT4OID || named == INT8OID) &&
						 (key->type == INT4OID || key->type == INT8OID);

	if (named != key->type && !both_integers)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the user ids are of type %s, not %s", format_type_be(key->type),
							   format_type_be(named)),
						errhint("Write users(population, NULL::%s).", format_type_be(key->type))));
}

static Datum
id_datum(const UserKey *key, const PopulationUser *user, Oid named)
{
	int64 number;

	if (key->form != USER_KEY_NUMBER || named == key->type)
		return user_key_datum(key, user->key, user->key_size);
	memcpy(&number, user->key, sizeof(number));
	if (named == INT8OID)
		return Int64GetDatum(number);
	if (number < PG_INT32_MIN || number > PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("integer out of range"),
						errhint("Write users(population, NULL::bigint).")));
	return Int32GetDatum((int32) number);
}

UserRows *
population_begin_rows(FunctionCallInfo fcinfo, FuncCallContext *call)
{
	OwnedPopulation *owned = population_of_handle(PG_GETARG_INT64(0));
	MemoryContext old_context = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	UserRows *rows = palloc0(sizeof(UserRows));
	Oid output;
	bool is_varlena;

	rows->context = call->multi_call_memory_ctx;
	rows->domain = get_fn_expr_argtype(fcinfo->flinfo, PG_NARGS() - 1);
	rows->id_type = getBaseType(rows->domain);
	if (rows->domain == rows->id_type)
		rows->domain = InvalidOid;
	check_id_type(owned->key, rows->id_type);
	getTypeOutputInfo(rows->id_type, &output, &is_varlena);
	fmgr_info(output, &rows->id_output);
	call->tuple_desc = result_row_type(fcinfo);
	rows->reading = open_reading(owned);
	MemoryContextSwitchTo(old_context);
	return rows;
}

bool
population_next_row(UserRows *rows, Datum *id)
{
	PopulationUser user;

	if (!read_user(rows->reading, &user))
		return false;
	*id = id_datum(rows->reading->owned->key, &user, rows->id_type);
	if (OidIsValid(rows->domain)) /* the keys may have come from another one */
		domain_check(*id, false, rows->domain, &rows->domain_check, rows->context);
	rows->id = *id;
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
	MemoryContext old_context = MemoryContextSwitchTo(reading->context);
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
			POPULATION_NO_ROWS(fcinfo);
		call = SRF_FIRSTCALL_INIT();
		call->user_fctx = population_begin_rows(fcinfo, call);
	}
	call = SRF_PERCALL_SETUP();
	if (!population_next_row(call->user_fctx, &values[0]))
		SRF_RETURN_DONE(call);
	values[1] = population_row_datum(call->user_fctx);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
