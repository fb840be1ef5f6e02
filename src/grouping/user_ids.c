/*
 * user_ids.c: the ids of the users that are read, in the type that the caller names.
 */
#include "server/compat.h"

#include "grouping/user_ids.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The type that the caller names by a NULL must be that of the keys. */
static void
check_type(const UserIds *ids)
{
	Oid key = ids->key->type;
	bool both_integers = (ids->type == INT4OID || ids->type == INT8OID) &&
						 (key == INT4OID || key == INT8OID);

	if (ids->type != key && !both_integers)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the user ids are of type %s, not %s", format_type_be(key),
							   format_type_be(ids->type)),
						errhint("Write users(%s, NULL::%s).", ids->kind->type, format_type_be(key))));
}

UserIds
user_ids_begin(FunctionCallInfo fcinfo, const Grouped *grouped)
{
	Oid named = get_fn_expr_argtype(fcinfo->flinfo, PG_NARGS() - 1);
	UserIds ids = {.kind = grouped->kind,
				   .key = grouped->key,
				   .type = getBaseType(named),
				   .context = CurrentMemoryContext};

	if (named != ids.type)
		ids.domain = named;
	check_type(&ids);
	return ids;
}

static Datum
key_datum(const UserIds *ids, const uint8 *key, uint32 size)
{
	int64 number;

	if (ids->key->form != USER_KEY_NUMBER || ids->type == ids->key->type)
		return user_key_datum(ids->key, key, size);
	memcpy(&number, key, sizeof(number));
	if (ids->type == INT8OID)
		return Int64GetDatum(number);
	if (number < PG_INT32_MIN || number > PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("integer out of range"),
						errhint("Write users(%s, NULL::bigint).", ids->kind->type)));
	return Int32GetDatum((int32) number);
}

Datum
user_id_datum(UserIds *ids, const uint8 *key, uint32 size)
{
	Datum id = key_datum(ids, key, size);

	if (OidIsValid(ids->domain)) /* the keys may have come from another one */
		domain_check(id, false, ids->domain, &ids->domain_check, ids->context);
	return id;
}
