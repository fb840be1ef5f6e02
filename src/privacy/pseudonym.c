/*
 * pseudonym.c: ids that join, but do not tell whose they are.
 *
 *	1. HMAC-SHA-256 (RFC 2104) as the server has it.
 *	2. A pseudonym is its first 16 bytes, of the id in UTF-8 whatever the database's encoding
 *	   is, and of a number in decimal: the same everywhere.
 *	3. Its secret has 16 bytes or more (22023).
 */
#include "server/compat.h"

#include "common/hmac.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/uuid.h"
#include "server/call.h"

#define SHORTEST_SECRET 16

static void
check_step(pg_hmac_ctx *hmac, int result)
{
	if (result < 0)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not compute an HMAC: %s", pg_hmac_error(hmac))));
}

static void
hmac_sha256(const char *data, size_t size, const bytea *secret, uint8 *digest)
{
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA256);

	if (hmac == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	check_step(hmac,
			   pg_hmac_init(hmac, (const uint8 *) VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret)));
	check_step(hmac, pg_hmac_update(hmac, (const uint8 *) data, size));
	check_step(hmac, pg_hmac_final(hmac, digest, PG_SHA256_DIGEST_LENGTH));
	pg_hmac_free(hmac);
}

/* hmac_sha256(data, secret) */
PG_FUNCTION_INFO_V1(user_ops_hmac_sha256);
Datum
user_ops_hmac_sha256(PG_FUNCTION_ARGS)
{
	struct varlena *data = packed_arg(fcinfo, 0);
	bytea *digest = palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH);

	SET_VARSIZE(digest, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
	hmac_sha256(VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), packed_arg(fcinfo, 1),
				(uint8 *) VARDATA(digest));
	PG_RETURN_BYTEA_P(digest);
}

static Datum
pseudonym_of(const char *id, size_t size, const bytea *secret)
{
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	pg_uuid_t *pseudonym = palloc(sizeof(pg_uuid_t));

	refuse_value(VARSIZE_ANY_EXHDR(secret) < SHORTEST_SECRET,
				 "the secret of pseudonyms must have 16 bytes or more",
				 "Take 32 random bytes, and keep them where only those who refresh can read.");
	hmac_sha256(id, size, secret, digest);
	memcpy(pseudonym->data, digest, UUID_LEN);
	return UUIDPGetDatum(pseudonym);
}

/* pseudonym(id, secret) of a text */
PG_FUNCTION_INFO_V1(user_ops_pseudonym_text);
Datum
user_ops_pseudonym_text(PG_FUNCTION_ARGS)
{
	struct varlena *id = packed_arg(fcinfo, 0);
	char *own = VARDATA_ANY(id);
	int size = (int) VARSIZE_ANY_EXHDR(id);
	char *utf8 = pg_server_to_any(own, size, PG_UTF8);

	if (utf8 != own)
		size = (int) strlen(utf8);
	return pseudonym_of(utf8, size, packed_arg(fcinfo, 1));
}

/* pseudonym(id, secret) of a number */
PG_FUNCTION_INFO_V1(user_ops_pseudonym_bigint);
Datum
user_ops_pseudonym_bigint(PG_FUNCTION_ARGS)
{
	char id[MAXINT8LEN + 1];

	return pseudonym_of(id, pg_lltoa(PG_GETARG_INT64(0), id), packed_arg(fcinfo, 1));
}
