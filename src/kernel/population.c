/*
 * population.c: events of users as rows of the grouping engine.
 */
#include "kernel/population.h"

#include <string.h>

#define VISITS 0 /* stream of days */
#define MONEY  1 /* stream of MoneyRow */

/* Unaligned in the log: always copied. */
typedef struct MoneyRow
{
	int32_t day;
	int32_t scale;
	int64_t amount;
} MoneyRow;

#define MERGE_PARTS 16 /* parts that are merged side by side */

/* Builds and encodes one user at a time. */
typedef struct PopulationCodec
{
	GroupCodec codec;
	bool amounts;
	ActivityDay *days; /* ascending: the usual case */
	size_t day_capacity;
	uint32_t n_days;
	int scale;
	ActivityBuilder *builder; /* for days in any order */
	uint8_t *bytes;
	size_t capacity;
} PopulationCodec;

struct Population
{
	Grouping *grouping;
	PopulationCodec codec;
};

struct PopulationCursor
{
	GroupCursor *users;
	PopulationCodec codec;
};

/* Make room in a buffer whose content may be lost. */
static void *
make_room(void *buffer, size_t *capacity, size_t count, size_t size)
{
	if (count <= *capacity)
		return buffer;
	if (buffer != NULL)
		host_free(buffer);
	*capacity = 2 * count;
	return host_alloc(*capacity * size);
}

static void
begin_days(PopulationCodec *codec, size_t at_most)
{
	codec->days = make_room(codec->days, &codec->day_capacity, at_most, sizeof(ActivityDay));
	codec->n_days = 0;
	codec->scale = 0;
}

/* Add a day at the end; false if it is not the last one or a later one. */
static inline bool
push_day(PopulationCodec *codec, const ActivityDay *day)
{
	ActivityDay *last = &codec->days[codec->n_days - 1];

	if (codec->n_days == 0 || day->day > last->day)
		codec->days[codec->n_days++] = *day;
	else if (day->day == last->day)
		activity_add_to_day(last, day);
	else
		return false;
	return true;
}

/* Bring the days so far, or the amount, to the larger of their scales. */
static inline int64_t
align_amount(PopulationCodec *codec, int64_t amount, int scale)
{
	if (scale < codec->scale)
		return amount == 0 ? 0 : activity_rescale(amount, scale, codec->scale);
	for (uint32_t i = 0; scale > codec->scale && i < codec->n_days; i++)
		codec->days[i].amount = activity_rescale(codec->days[i].amount, codec->scale, scale);
	codec->scale = scale;
	return amount;
}

static const uint8_t *
encode_days(PopulationCodec *codec, bool amounts, size_t *size)
{
	codec->bytes =
		make_room(codec->bytes, &codec->capacity, activity_bound(codec->n_days), 1);
	*size = activity_encode(codec->days, codec->n_days, amounts, codec->scale, codec->bytes);
	return codec->bytes;
}

/* An empty builder.  The codec has none meanwhile: an error may leave a moved one. */
static ActivityBuilder *
take_builder(PopulationCodec *codec)
{
	ActivityBuilder *builder = codec->builder;

	codec->builder = NULL;
	if (builder == NULL)
		return activity_builder(codec->amounts);
	activity_builder_reset(builder);
	return builder;
}

static const uint8_t *
encode_builder(PopulationCodec *codec, ActivityBuilder *builder, size_t *size)
{
	codec->builder = builder;
	activity_builder_finish(builder);
	codec->bytes =
		make_room(codec->bytes, &codec->capacity, activity_builder_bound(builder), 1);
	*size = activity_builder_encode(builder, codec->bytes);
	return codec->bytes;
}

/* The rows as days, if each stream is in order; false if not. */
static bool
rows_in_order(PopulationCodec *codec, const GroupRows *rows)
{
	const uint8_t *visit = rows->rows[VISITS];
	const uint8_t *visits_end = visit + rows->n_rows[VISITS] * sizeof(int32_t);
	const uint8_t *money = rows->rows[MONEY];
	const uint8_t *money_end = money + rows->n_rows[MONEY] * sizeof(MoneyRow);
	ActivityDay next_visit = {.events = 1};
	MoneyRow next_money;

	begin_days(codec, (size_t) rows->n_rows[VISITS] + rows->n_rows[MONEY]);
	while (visit < visits_end || money < money_end)
	{
		if (visit < visits_end)
			memcpy(&next_visit.day, visit, sizeof(int32_t));
		if (money < money_end)
			memcpy(&next_money, money, sizeof(MoneyRow));
		if (money == money_end || (visit < visits_end && next_visit.day <= next_money.day))
		{
			visit += sizeof(int32_t);
			if (!push_day(codec, &next_visit))
				return false;
		}
		else
		{
			int64_t amount = align_amount(codec, next_money.amount, next_money.scale);

			money += sizeof(MoneyRow);
			if (!push_day(codec, &(ActivityDay){next_money.day, 1, amount >= 0, amount}))
				return false;
		}
	}
	return true;
}

static const uint8_t *
encode_rows(GroupCodec *group_codec, const GroupRows *rows, size_t *size)
{
	PopulationCodec *codec = (PopulationCodec *) group_codec;
	ActivityBuilder *builder;
	const uint8_t *row;

	if (rows_in_order(codec, rows))
		return encode_days(codec, codec->amounts, size);

	builder = take_builder(codec);
	row = rows->rows[VISITS];
	for (uint32_t i = 0; i < rows->n_rows[VISITS]; i++, row += sizeof(int32_t))
	{
		int32_t day;

		memcpy(&day, row, sizeof(day));
		builder = activity_add_visit(builder, day);
	}
	row = rows->rows[MONEY];
	for (uint32_t i = 0; i < rows->n_rows[MONEY]; i++, row += sizeof(MoneyRow))
	{
		MoneyRow money;

		memcpy(&money, row, sizeof(money));
		builder = activity_add_amount(builder, money.day, money.amount, money.scale);
	}
	return encode_builder(codec, builder, size);
}

/* The days of a few parts, the earliest first. */
static const uint8_t *
merge_parts(PopulationCodec *codec, const GroupUser *user, size_t *size)
{
	ActivityReader readers[MERGE_PARTS];
	ActivityDay next[MERGE_PARTS];
	uint32_t n = user->n_parts;
	size_t n_days = 0;
	bool amounts = false;

	for (uint32_t i = 0; i < n; i++)
	{
		activity_open(&readers[i], user->parts[i]);
		n_days += readers[i].n_days;
		amounts |= readers[i].amounts;
		activity_next(&readers[i], &next[i]);
	}
	begin_days(codec, n_days);
	while (n > 0)
	{
		uint32_t first = 0;

		for (uint32_t i = 1; i < n; i++)
			if (next[i].day < next[first].day)
				first = i;
		next[first].amount = align_amount(codec, next[first].amount, readers[first].scale);
		push_day(codec, &next[first]);
		if (!activity_next(&readers[first], &next[first]))
		{
			readers[first] = readers[--n];
			next[first] = next[n];
		}
	}
	return encode_days(codec, amounts, size);
}

static const uint8_t *
encode_parts(PopulationCodec *codec, const GroupUser *user, size_t *size)
{
	ActivityBuilder *builder;

	if (user->n_parts == 1)
	{
		*size = user->part_sizes[0];
		return user->parts[0];
	}
	if (user->n_parts <= MERGE_PARTS)
		return merge_parts(codec, user, size);
	builder = take_builder(codec);
	for (uint32_t i = 0; i < user->n_parts; i++)
		builder = activity_add_encoded(builder, user->parts[i]);
	return encode_builder(codec, builder, size);
}

static void
make_codec(PopulationCodec *codec, bool amounts)
{
	*codec = (PopulationCodec){.amounts = amounts};
	codec->codec.payload[VISITS] = sizeof(int32_t);
	codec->codec.payload[MONEY] = amounts ? sizeof(MoneyRow) : 0;
	codec->codec.encode = encode_rows;
}

Population *
population_create(const GroupKeys *keys, bool amounts)
{
	Population *p = host_alloc(sizeof(Population));

	make_codec(&p->codec, amounts);
	p->grouping = grouping_create(keys, &p->codec.codec);
	return p;
}

Grouping *
population_grouping(Population *p)
{
	return p->grouping;
}

void
population_add_fixed(Population *p, int64_t key, PopulationEvent event)
{
	if (event.visit)
		grouping_add_fixed(p->grouping, key, VISITS, &event.day);
	else
		grouping_add_fixed(p->grouping, key, MONEY,
						   &(MoneyRow){event.day, event.scale, event.amount});
}

void
population_add_bytes(Population *p, const void *key, uint32_t size, PopulationEvent event)
{
	if (event.visit)
		grouping_add_bytes(p->grouping, key, size, VISITS, &event.day);
	else
		grouping_add_bytes(p->grouping, key, size, MONEY,
						   &(MoneyRow){event.day, event.scale, event.amount});
}

void
population_finish(Population *p)
{
	grouping_finish(p->grouping);
}

PopulationCursor *
population_open(Population *p)
{
	PopulationCursor *c = host_alloc(sizeof(PopulationCursor));

	make_codec(&c->codec, p->codec.amounts);
	c->users = grouping_open(p->grouping);
	return c;
}

bool
population_next(PopulationCursor *c, PopulationUser *user)
{
	GroupUser grouped;

	if (!grouping_next(c->users, &grouped))
		return false;
	user->key = grouped.key;
	user->key_size = grouped.key_size;
	if (grouped.n_parts == 0)
		user->activity = encode_rows(&c->codec.codec, &grouped.rows, &user->activity_size);
	else
		user->activity = encode_parts(&c->codec, &grouped, &user->activity_size);
	return true;
}

void
population_close(PopulationCursor *c)
{
	grouping_close(c->users);
	if (c->codec.builder != NULL)
		host_free(c->codec.builder);
	if (c->codec.days != NULL)
		host_free(c->codec.days);
	if (c->codec.bytes != NULL)
		host_free(c->codec.bytes);
	host_free(c);
}
