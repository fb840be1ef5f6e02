/*
 * userkey.h: user ids of any hashable type, as keys of the grouping engine.
 */
#ifndef USER_OPS_USERKEY_H
#define USER_OPS_USERKEY_H

#include "server/compat.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "kernel/grouping/grouping.h"

typedef enum UserKeyForm
{
	USER_KEY_NUMBER, /* int2, int4, int8, date, oid: as int64 */
	USER_KEY_BYTES,  /* uuid, deterministic text: equal when the bytes are */
	USER_KEY_DATUM   /* others: by the type's own hash and equality */
} UserKeyForm;

typedef struct UserKey
{
	Oid type;
	Oid collation;
	UserKeyForm form;
	int16 typlen;
	bool typbyval;
	FmgrInfo hash;  /* for USER_KEY_DATUM */
	FmgrInfo equal;
	GroupKeys keys; /* for the kernel; its context is this */
} UserKey;

/* 42883 if the type cannot be hashed.  Lives in the current memory context. */
extern UserKey *user_key(Oid type, Oid collation);

/* May values be compared where there are parallel workers?  Types of a user have functions of a user. */
extern bool user_key_parallel_safe(const UserKey *key);

static inline int64
user_key_number(const UserKey *key, Datum value)
{
	switch (key->typlen)
	{
		case 2:
			return DatumGetInt16(value);
		case 4:
			return key->type == OIDOID ? (int64) DatumGetObjectId(value) : DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

/* The bytes of a value, in it or palloc'd. */
static inline const uint8 *
user_key_bytes(const UserKey *key, Datum value, uint32 *size)
{
	struct varlena *packed;

	if (key->typbyval)
	{
		Datum *copy = palloc(sizeof(Datum));

		*copy = value;
		*size = sizeof(Datum);
		return (const uint8 *) copy;
	}
	if (key->typlen > 0)
	{
		*size = (uint32) key->typlen;
		return (const uint8 *) DatumGetPointer(value);
	}
	packed = (struct varlena *) DatumGetPointer(value);
	/* most are short, and need no call */
	if (!VARATT_IS_SHORT(packed) || VARATT_IS_EXTERNAL(packed))
		packed = PG_DETOAST_DATUM_PACKED(value);
	*size = (uint32) VARSIZE_ANY_EXHDR(packed);
	return (const uint8 *) VARDATA_ANY(packed);
}

/* Give back the bytes of a value if they are not in it. */
static inline void
user_key_release(const UserKey *key, Datum value, const uint8 *bytes)
{
	if (key->typlen == -1 && (const char *) bytes != VARDATA_ANY(DatumGetPointer(value)))
		pfree(unconstify(uint8 *, bytes) - VARHDRSZ);
}

extern Datum user_key_datum(const UserKey *key, const uint8 *bytes, uint32 size);

#endif
