/*
 * population.c: events of users as rows of the grouping engine.
 */
#include "kernel/population/population.h"

#include "kernel/activity/day_list.h"

#define DAY_BYTES (sizeof(int32_t))
#define MONEY_ROW (DAY_BYTES + POPULATION_MONEY_BYTES)

/* Puts the users of any number of populations together, one at a time. */
typedef struct PopulationCodec
{
	GroupCodec codec;
	bool amounts;
	DayList list;
	uint8_t *bytes;
	size_t capacity;
} PopulationCodec;

struct PopulationCursor
{
	GroupCursor *users;
	PopulationCodec codec;
	GroupUser user;  /* read last */
	bool only_visits; /* in ascending order */
	bool listed;      /* its days stand in the codec's list */
};

static inline int32_t
day_at(const uint8_t *row)
{
	int32_t day;

	memcpy(&day, row, sizeof(day));
	return day;
}

static inline void
add_visit(DayList *list, const uint8_t *row)
{
	day_list_add(list, &(ActivityDay){.day = day_at(row), .events = 1});
}

static inline void
add_money(DayList *list, const uint8_t *row)
{
	PopulationMoney money;
	int64_t amount;

	memcpy(&money, row + DAY_BYTES, POPULATION_MONEY_BYTES);
	amount = day_list_align(list, money.amount, money.scale);
	day_list_add(list, &(ActivityDay){day_at(row), 1, amount >= 0, amount});
}

/* Both streams, side by side: what comes in order stays so. */
static void
add_rows(DayList *list, const GroupRows *rows)
{
	const uint8_t *visit = rows->rows[POPULATION_VISITS];
	const uint8_t *visits_end = visit + (size_t) rows->n_rows[POPULATION_VISITS] * DAY_BYTES;
	const uint8_t *money = rows->rows[POPULATION_MONEY];

	for (uint32_t i = 0; i < rows->n_rows[POPULATION_MONEY]; i++, money += MONEY_ROW)
	{
		for (; visit < visits_end && day_at(visit) <= day_at(money); visit += DAY_BYTES)
			add_visit(list, visit);
		add_money(list, money);
		host_poll_at(i);
	}
	for (; visit < visits_end; visit += DAY_BYTES)
		add_visit(list, visit);
}

static void
list_rows(PopulationCodec *codec, const GroupRows *rows)
{
	day_list_begin(&codec->list);
	add_rows(&codec->list, rows);
	day_list_finish(&codec->list);
}

static void
list_parts(PopulationCodec *codec, const GroupUser *user)
{
	day_list_begin(&codec->list);
	for (uint32_t i = 0; i < user->n_parts; i++)
	{
		ActivityReader part;

		if (user->parts[i][0] == ACTIVITY_SUMS)
		{
			codec->list.overflowed = true;
			return;
		}
		activity_open(&part, user->parts[i]);
		day_list_add_activity(&codec->list, &part);
	}
	day_list_finish(&codec->list);
}

/* The same by a builder, where the amounts of a day need more than 64 bits on the way. */
static ActivityBuilder *
build_rows(const GroupRows *rows)
{
	ActivityBuilder *builder = activity_builder(true);
	const uint8_t *row = rows->rows[POPULATION_VISITS];

	for (uint32_t i = 0; i < rows->n_rows[POPULATION_VISITS]; i++, row += DAY_BYTES)
		builder = activity_add_visit(builder, day_at(row));
	row = rows->rows[POPULATION_MONEY];
	for (uint32_t i = 0; i < rows->n_rows[POPULATION_MONEY]; i++, row += MONEY_ROW)
	{
		PopulationMoney money;

		memcpy(&money, row + DAY_BYTES, POPULATION_MONEY_BYTES);
		builder = activity_add_amount(builder, day_at(row), money.amount, money.scale);
	}
	return builder;
}

static ActivityBuilder *
build_parts(const GroupUser *user)
{
	ActivityBuilder *builder = activity_builder(true);

	for (uint32_t i = 0; i < user->n_parts; i++)
		builder = activity_add_encoded(builder, user->parts[i]);
	return builder;
}

static void
free_bytes(PopulationCodec *codec)
{
	if (codec->bytes != NULL)
		host_free(codec->bytes);
	codec->bytes = NULL;
	codec->capacity = 0;
}

static const uint8_t *
encode_list(PopulationCodec *codec, size_t *size)
{
	size_t bound = activity_bound(codec->list.n);

	if (bound > codec->capacity)
	{
		free_bytes(codec);
		codec->bytes = host_alloc(2 * bound);
		codec->capacity = 2 * bound;
	}
	*size = activity_encode(codec->list.days, codec->list.n, codec->amounts, codec->list.scale,
							codec->bytes);
	return codec->bytes;
}

static const uint8_t *
encode_rows(GroupCodec *group_codec, const GroupRows *rows, size_t *size)
{
	PopulationCodec *codec = (PopulationCodec *) group_codec;
	ActivityBuilder *builder;

	list_rows(codec, rows);
	if (!codec->list.overflowed)
		return encode_list(codec, size);
	builder = build_rows(rows);
	free_bytes(codec);
	codec->bytes = activity_builder_store(builder, 0, size);
	codec->capacity = *size;
	host_free(builder);
	return codec->bytes;
}

static void
make_codec(PopulationCodec *codec, bool amounts)
{
	*codec = (PopulationCodec){.amounts = amounts};
	codec->codec.n_streams = amounts ? 2 : 1;
	codec->codec.extra[POPULATION_MONEY] = POPULATION_MONEY_BYTES;
	codec->codec.encode = encode_rows;
}

GroupCodec *
population_codec(bool amounts)
{
	PopulationCodec *codec = host_alloc(sizeof(PopulationCodec));

	make_codec(codec, amounts);
	return &codec->codec;
}

PopulationCursor *
population_open(Grouping *grouping, bool amounts, uint32_t n_left)
{
	PopulationCursor *c = host_alloc(sizeof(PopulationCursor));

	make_codec(&c->codec, amounts);
	c->users = grouping_open(grouping, n_left);
	return c;
}

static bool
has_only_visits(const GroupUser *user)
{
	const int32_t *visits = (const int32_t *) user->rows.rows[POPULATION_VISITS];
	uint32_t n = user->rows.n_rows[POPULATION_VISITS];
	uint32_t descents = 0;

	if (n == 0 || user->n_parts > 0 || user->rows.n_rows[POPULATION_MONEY] > 0)
		return false;
	if (user->rows.in_order[POPULATION_VISITS])
		return true;
	for (uint32_t i = 1; i < n; i++)
		descents += visits[i] < visits[i - 1];
	return descents == 0;
}

bool
population_next(PopulationCursor *c, PopulationUser *user)
{
	if (!grouping_next(c->users, &c->user))
		return false;
	user->key = c->user.key;
	user->key_size = c->user.key_size;
	c->only_visits = has_only_visits(&c->user);
	c->listed = false;
	return true;
}

static const DayList *
list_days(PopulationCursor *c)
{
	DayList *list = &c->codec.list;

	if (c->listed)
		return list;
	if (c->user.n_parts == 0)
		list_rows(&c->codec, &c->user.rows);
	else
		list_parts(&c->codec, &c->user);
	if (list->overflowed)
	{
		ActivityBuilder *built =
			c->user.n_parts == 0 ? build_rows(&c->user.rows) : build_parts(&c->user);
		ActivityBuilder *builder = activity_builder_finish(built);
		uint32_t n;
		int scale;
		const ActivityDay *days = activity_builder_days(builder, &n, &scale);

		day_list_set(list, days, n, scale);
		if (builder != built)
			host_free(built);
		host_free(builder);
	}
	c->listed = true;
	return list;
}

void
population_activity(PopulationCursor *c, ActivityReader *activity)
{
	if (c->only_visits)
		activity_open_visits(activity, (const int32_t *) c->user.rows.rows[POPULATION_VISITS],
							 c->user.rows.n_rows[POPULATION_VISITS], c->codec.amounts);
	else
	{
		const DayList *list = list_days(c);

		activity_open_days(activity, list->days, list->n, c->codec.amounts, list->scale);
	}
}

const uint8_t *
population_bytes(PopulationCursor *c, size_t *size)
{
	list_days(c);
	return encode_list(&c->codec, size);
}

void
population_close(PopulationCursor *c)
{
	grouping_close(c->users);
	day_list_free(&c->codec.list);
	free_bytes(&c->codec);
	host_free(c);
}
