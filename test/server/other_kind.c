/*
 * other_kind.c: a kind of grouped rows beside populations, for tests of what they share.
 *
 * steps_agg(user_id bigint, at timestamp) groups times to the microsecond, in
 * rows of the widest kind; steps_said counts users, rows, and seconds since 2000.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "grouping/grouped.h"

PG_MODULE_MAGIC;

typedef struct Steps
{
	Grouped grouped;
	int64 rows;
} Steps;

/* Rows as they are. */
static const uint8_t *
encode(GroupCodec *codec, const GroupRows *rows, size_t *size)
{
	*size = rows->n_rows[0] * (sizeof(int32) + codec->extra[0]);
	return rows->rows[0];
}

static GroupCodec *
make_codec(uint32 options)
{
	GroupCodec *codec = palloc0(sizeof(GroupCodec));

	if (options != 7)
		elog(ERROR, "other options than those handed over: %u", options);
	codec->n_streams = 1;
	codec->extra[0] = GROUPING_MAX_EXTRA;
	codec->encode = encode;
	return codec;
}

static const GroupedKind steps_kind = {.code = 99,
									   .type = "steps",
									   .missing = "there are no such steps",
									   .missing_hint = "Ask in the query that made them.",
									   .size = sizeof(Steps),
									   .counts = offsetof(Steps, rows),
									   .n_counts = 1,
									   .codec = make_codec};

PG_FUNCTION_INFO_V1(steps_add);
Datum
steps_add(PG_FUNCTION_ARGS)
{
	Steps *steps = PG_ARGISNULL(0) ? (Steps *) grouped_begin(fcinfo, &steps_kind, 7, INT8OID, InvalidOid)
								   : (Steps *) PG_GETARG_POINTER(0);
	Timestamp at = PG_GETARG_TIMESTAMP(2);
	int64 within = at % USECS_PER_DAY;
	char *extra = grouped_add_row(&steps->grouped, PG_GETARG_DATUM(1), 0, (int32) (at / USECS_PER_DAY));

	memset(extra, 0, GROUPING_MAX_EXTRA);
	memcpy(extra, &within, sizeof(within));
	grouped_row_added();
	steps->rows++;
	PG_RETURN_POINTER(steps);
}

PG_FUNCTION_INFO_V1(steps_serialize);
Datum
steps_serialize(PG_FUNCTION_ARGS)
{
	return grouped_serialize(fcinfo);
}

PG_FUNCTION_INFO_V1(steps_deserialize);
Datum
steps_deserialize(PG_FUNCTION_ARGS)
{
	return grouped_deserialize(fcinfo, &steps_kind);
}

PG_FUNCTION_INFO_V1(steps_combine);
Datum
steps_combine(PG_FUNCTION_ARGS)
{
	return grouped_combine(fcinfo, &steps_kind);
}

PG_FUNCTION_INFO_V1(steps_final);
Datum
steps_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_INT64(grouped_give_handle((Grouped *) PG_GETARG_POINTER(0)));
}

/* Of so many rows. */
static int64
sum_of_seconds(const uint8 *rows, size_t n)
{
	int64 sum = 0;

	for (size_t i = 0; i < n; i++, rows += sizeof(int32) + GROUPING_MAX_EXTRA)
	{
		int32 day;
		int64 within;

		memcpy(&day, rows, sizeof(day));
		memcpy(&within, rows + sizeof(day), sizeof(within));
		sum += (day * USECS_PER_DAY + within) / USECS_PER_SEC;
	}
	return sum;
}

PG_FUNCTION_INFO_V1(steps_said);
Datum
steps_said(PG_FUNCTION_ARGS)
{
	Steps *steps = (Steps *) grouped_of_handle(PG_GETARG_INT64(0), &steps_kind);
	GroupedReader *reader = grouped_read(&steps->grouped, sizeof(GroupedReader));
	MemoryContext old_context = grouped_reader_enter(reader);
	GroupCursor *cursor = grouping_open(steps->grouped.grouping, 0);
	GroupUser user;
	int64 users = 0;
	int64 rows = 0;
	int64 parts = 0;
	int64 seconds = 0;

	while (grouping_next(cursor, &user))
	{
		users++;
		parts += user.n_parts;
		if (user.n_parts == 0)
		{
			rows += user.rows.n_rows[0];
			seconds += sum_of_seconds(user.rows.rows[0], user.rows.n_rows[0]);
		}
		for (uint32 i = 0; i < user.n_parts; i++)
		{
			size_t n = user.part_sizes[i] / (sizeof(int32) + GROUPING_MAX_EXTRA);

			rows += n;
			seconds += sum_of_seconds(user.parts[i], n);
		}
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(reader->context);
	PG_RETURN_DATUM(CStringGetTextDatum(psprintf("%lld users, %lld of %lld rows, %lld seconds, %s",
												 (long long) users, (long long) rows, (long long) steps->rows,
												 (long long) seconds, parts > 0 ? "from a file" : "in memory")));
}
