/*
 * userkey.c: user ids of any hashable type, as keys of the grouping engine.
 *
 * A key is a number where the type's equality is that of integers, and bytes
 * otherwise: what stands behind the header of a variable-length value, the
 * whole of a fixed-length one.
 */
#include "server/compat.h"

#include "grouping/userkey.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static Datum
datum_of_bytes(const UserKey *key, const uint8 *bytes, uint32 size)
{
	struct varlena *value;

	if (key->typbyval)
	{
		Datum datum;

		memcpy(&datum, bytes, sizeof(datum));
		return datum;
	}
	if (key->typlen > 0)
	{
		void *copy = palloc(key->typlen);

		memcpy(copy, bytes, key->typlen);
		return PointerGetDatum(copy);
	}
	value = palloc(VARHDRSZ + size);
	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), bytes, size);
	return PointerGetDatum(value);
}

static uint64_t
hash_datum(const GroupKeys *keys, const uint8_t *bytes, uint32_t size)
{
	UserKey *key = keys->context;
	Datum value = datum_of_bytes(key, bytes, size);
	uint64 hash = DatumGetUInt64(
		FunctionCall2Coll(&key->hash, key->collation, value, Int64GetDatum(0)));

	if (!key->typbyval)
		pfree(DatumGetPointer(value));
	return hash;
}

static bool
equal_datums(const GroupKeys *keys, const uint8_t *a, uint32_t a_size, const uint8_t *b,
			 uint32_t b_size)
{
	UserKey *key = keys->context;
	Datum a_value = datum_of_bytes(key, a, a_size);
	Datum b_value = datum_of_bytes(key, b, b_size);
	bool equal =
		DatumGetBool(FunctionCall2Coll(&key->equal, key->collation, a_value, b_value));

	if (!key->typbyval)
	{
		pfree(DatumGetPointer(a_value));
		pfree(DatumGetPointer(b_value));
	}
	return equal;
}

static UserKeyForm
form_of(Oid type, Oid collation)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case DATEOID:
		case OIDOID:
			return USER_KEY_NUMBER;
		case UUIDOID:
			return USER_KEY_BYTES;
		case TEXTOID:
		case VARCHAROID:
			if (!OidIsValid(collation))
				ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_COLLATION),
								errmsg("could not determine which collation the user ids have"),
								errhint("Use the COLLATE clause to set it.")));
			if (get_collation_isdeterministic(collation))
				return USER_KEY_BYTES;
			break;
		default:
			break;
	}
	return USER_KEY_DATUM;
}

UserKey *
user_key(Oid type, Oid collation)
{
	UserKey *key = palloc0(sizeof(UserKey));

	type = getBaseType(type);
	key->type = type;
	key->collation = collation;
	key->form = form_of(type, collation);
	get_typlenbyval(type, &key->typlen, &key->typbyval);
	key->keys.fixed = key->form == USER_KEY_NUMBER;
	if (!key->keys.fixed && (key->typbyval || key->typlen > 0))
		key->keys.size = key->typbyval ? sizeof(Datum) : (uint32) key->typlen;
	key->keys.context = key;
	if (key->form == USER_KEY_DATUM)
	{
		TypeCacheEntry *cache =
			lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC | TYPECACHE_EQ_OPR);
		Oid equal = get_opcode(cache->eq_opr);

		if (!OidIsValid(cache->hash_extended_proc) || !OidIsValid(equal) || key->typlen == -2)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
							errmsg("values of type %s cannot identify users",
								   format_type_be(type)),
							errhint("Use a type that can be hashed, such as bigint, uuid or text.")));
		fmgr_info(cache->hash_extended_proc, &key->hash);
		fmgr_info(equal, &key->equal);
		key->keys.hash = hash_datum;
		key->keys.equal = equal_datums;
	}
	return key;
}

bool
user_key_parallel_safe(const UserKey *key)
{
	return key->form != USER_KEY_DATUM ||
		   (func_parallel(key->hash.fn_oid) == PROPARALLEL_SAFE &&
			func_parallel(key->equal.fn_oid) == PROPARALLEL_SAFE);
}

Datum
user_key_datum(const UserKey *key, const uint8 *bytes, uint32 size)
{
	int64 number;

	if (key->form != USER_KEY_NUMBER)
		return datum_of_bytes(key, bytes, size);
	memcpy(&number, bytes, sizeof(number));
	switch (key->typlen)
	{
		case 2:
			return Int16GetDatum((int16) number);
		case 4:
			return key->type == OIDOID ? ObjectIdGetDatum((Oid) number)
									   : Int32GetDatum((int32) number);
		default:
			return Int64GetDatum(number);
	}
}
