/*
 * values.c: what all values that are canonical bytes have in common, of whatever type:
 * output, and equality, hash and order, since equal values have equal bytes.
 */
#include "server/compat.h"

#include "common/hashfn.h"
#include "server/state_io.h"

/* As hex. */
SQL_FUNCTION(value_out, value_out(fcinfo))

/* Also the cast to bytea: the bytes are the same, free of byte order. */
SQL_FUNCTION(value_send, PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))))

static inline bool
bytes_equal(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);

	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* An order without a meaning: that of the bytes. */
static inline int
bytes_order(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);
	size_t a_size = VARSIZE_ANY_EXHDR(a);
	size_t b_size = VARSIZE_ANY_EXHDR(b);
	int sign = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(a_size, b_size));

	return sign != 0 ? sign : (a_size > b_size) - (a_size < b_size);
}

#define COMPARISON(name, result) \
	PG_FUNCTION_INFO_V1(user_ops_value_##name); \
	Datum user_ops_value_##name(PG_FUNCTION_ARGS) \
	{ \
		return result; \
	}

COMPARISON(eq, BoolGetDatum(bytes_equal(fcinfo)))
COMPARISON(ne, BoolGetDatum(!bytes_equal(fcinfo)))
COMPARISON(lt, BoolGetDatum(bytes_order(fcinfo) < 0))
COMPARISON(le, BoolGetDatum(bytes_order(fcinfo) <= 0))
COMPARISON(gt, BoolGetDatum(bytes_order(fcinfo) > 0))
COMPARISON(ge, BoolGetDatum(bytes_order(fcinfo) >= 0))
COMPARISON(cmp, Int32GetDatum(bytes_order(fcinfo)))

PG_FUNCTION_INFO_V1(user_ops_value_hash);
Datum
user_ops_value_hash(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);

	return hash_any((unsigned char *) VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a));
}

PG_FUNCTION_INFO_V1(user_ops_value_hash_extended);
Datum
user_ops_value_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a),
							 PG_GETARG_INT64(1));
}
