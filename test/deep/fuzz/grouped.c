/*
 * grouped.c: rows of many users, gathered, spilled and handed over: each user has what one
 * builder makes of the user's rows.
 */
#define FUZZ_MEMORY ((size_t) 4 << 20)
#include "items.h"

#include "kernel/items/baskets.h"
#include "kernel/journey/journey_group.h"
#include "kernel/population/population.h"

#define USERS 6

typedef enum What
{
	POPULATION,
	JOURNEYS,
	BASKETS
} What;

/* A grouping, of one process. */
typedef struct Part
{
	GroupCodec *codec;
	Grouping *grouping;
} Part;

static What what;
static bool amounts;
static ItemKind item_kind;
static JourneyKind journey_kind_;
static uint32_t options;
static GroupKeys keys;
static GroupStore store;
static ActivityBuilder *activities[USERS];
static JourneyBuilder *journeys[USERS];
static Basket *baskets[USERS];

static const char *const names[USERS] = {"a", "b", "user", "a name that is long enough", "", "zz"};

static Part
new_part(void)
{
	Part part = {.codec = what == POPULATION ? population_codec(amounts)
						  : what == JOURNEYS ? &journey_codec(options)->codec
											 : &baskets_codec(item_kind)->codec};

	part.grouping = grouping_create(&keys, part.codec, &store);
	return part;
}

static void *
add(Part *part, uint32_t user, int stream, int32_t when)
{
	return keys.fixed ? grouping_add_fixed(part->grouping, (int64_t) user, stream, when)
					  : grouping_add_bytes(part->grouping, names[user], (uint32_t) strlen(names[user]), stream, when);
}

static void
add_visit(Part *part, uint32_t user, Input *in)
{
	PopulationEvent event = {.day = in_day(in), .visit = !amounts || in_bool(in)};

	if (!event.visit)
	{
		event.amount = in_int(in, -1000000, 1000000);
		event.scale = in_scale(in);
	}
	if (activities[user] == NULL)
		activities[user] = activity_builder(amounts);
	activities[user] = event.visit ? activity_add_visit(activities[user], event.day)
								   : activity_add_amount(activities[user], event.day, event.amount, event.scale);
	population_write(add(part, user, population_stream(&event), event.day), &event);
}

static void
add_journey_event(Part *part, uint32_t user, Input *in)
{
	JourneyCodec *codec = (JourneyCodec *) part->codec;
	JourneyEvent event = {.at = in_time(in), .scale = -1, .label = JOURNEY_NONE};
	JourneyText name = in_name(in);
	JourneyRow *row;

	if (journeys[user] == NULL)
		journeys[user] = journey_builder(&journey_kind_);
	row = journey_add_row(journeys[user], event.at);
	if (journey_kind_.by_name)
	{
		row->event = texts_add(&journeys[user]->names, name.bytes, name.size);
		event.what = texts_add(&codec->names, name.bytes, name.size);
	}
	else
		event.what = row->mask = (uint64_t) 1 << in_below(in, journey_kind_.n_conditions);
	if (options & JOURNEY_GROUP_AMOUNT && in_bool(in))
	{
		event.amount = in_int(in, -1000000, 1000000);
		event.scale = in_scale(in);
		journey_set_amount(journeys[user], row, event.amount, event.scale);
	}
	if (options & JOURNEY_GROUP_MORE)
	{
		event.tiebreak = row->tiebreak = in_int(in, INT64_MIN, INT64_MAX);
		if (in_bool(in))
		{
			JourneyText label = in_name(in);

			row->label = texts_add(&journeys[user]->labels, label.bytes, label.size);
			event.label = texts_add(&codec->labels, label.bytes, label.size);
		}
	}
	journey_write(codec, add(part, user, 0, journey_when(event.at)), &event);
}

static void
add_item(Part *part, uint32_t user, Input *in)
{
	BasketsCodec *codec = (BasketsCodec *) part->codec;
	ItemKey item = in_item(in, item_kind);
	int32_t day = in_day(in);

	if (baskets[user] == NULL)
		baskets[user] = basket_create(item_kind);
	baskets[user] = basket_add(baskets[user], &item, day);
	if (item_kind == ITEM_TEXTS)
	{
		uint32_t number = texts_add(&codec->texts, item.bytes, item.size);

		baskets_write_text(add(part, user, 0, day), number);
	}
	else
		baskets_write_number(add(part, user, 0, day), item.number);
}

/* All rows of one into another, as bytes. */
static void
hand_over(Part *from, Part *to, GroupImport how)
{
	size_t room = grouping_export_room(from->grouping);
	uint8_t *bytes = host_alloc(room);
	size_t size = grouping_export(from->grouping, bytes);

	CHECK(size <= room);
	grouping_import(to->grouping, bytes, size, how);
}

static Stored
expected(uint32_t user)
{
	ByteWriter out = byte_writer(0);

	if (what == POPULATION)
	{
		ActivityBuilder *builder = activity_builder_finish(activities[user]);
		uint8_t *bytes = host_alloc(activity_builder_bound(builder));

		return (Stored){bytes, activity_builder_encode(builder, bytes)};
	}
	if (what == JOURNEYS)
	{
		Journey journey = journey_built(journeys[user]);

		journey_encode(&journey, &out);
	}
	else
		basket_state.pack(baskets[user], &out);
	return (Stored){out.start, bytes_written(&out)};
}

static void
check_user(const uint8_t *key, uint32_t key_size, const uint8_t *bytes, size_t size, bool *seen)
{
	uint32_t user = 0;
	int64_t number;
	Stored of_user;

	for (; user < USERS; user++)
	{
		number = user;
		if (keys.fixed ? memcmp(key, &number, sizeof(number)) == 0 : key_size == strlen(names[user]) && memcmp(key, names[user], key_size) == 0)
			break;
	}
	CHECK(user < USERS && !seen[user]);
	seen[user] = true;
	of_user = expected(user);
	CHECK(of_user.size == size && memcmp(of_user.bytes, bytes, size) == 0);
}

static void
read_all(Grouping *grouping)
{
	bool seen[USERS] = {false};
	const uint8_t *key;
	uint32_t key_size;

	grouping_finish(grouping);
	if (what == POPULATION)
	{
		PopulationCursor *cursor = population_open(grouping, amounts, 0);
		PopulationUser user;

		while (population_next(cursor, &user))
		{
			size_t size;
			const uint8_t *bytes = population_bytes(cursor, &size);

			check_user(user.key, user.key_size, bytes, size, seen);
		}
		population_close(cursor);
	}
	else if (what == JOURNEYS)
	{
		JourneyCursor *cursor = journey_open(grouping, 0);
		const Journey *journey;

		while ((journey = journey_next(cursor, &key, &key_size)) != NULL)
		{
			ByteWriter out = byte_writer(0);

			journey_encode(journey, &out);
			check_user(key, key_size, out.start, bytes_written(&out), seen);
		}
		journey_close(cursor);
	}
	else
	{
		BasketsCursor *cursor = baskets_open(grouping, 0);

		while (baskets_next(cursor, &key, &key_size))
		{
			ByteWriter out = byte_writer(0);

			baskets_write(cursor, &out);
			check_user(key, key_size, out.start, bytes_written(&out), seen);
		}
		baskets_close(cursor);
	}
	for (uint32_t user = 0; user < USERS; user++)
		CHECK(seen[user] == (activities[user] != NULL || journeys[user] != NULL || baskets[user] != NULL));
}

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	uint8_t how = in_byte(&in);
	Part parts[2];
	uint32_t n = 0;

	what = (What) ((how & 3) % 3);
	amounts = how & 4;
	item_kind = (ItemKind) (how >> 2 & 1);
	keys = (GroupKeys){.fixed = how & 8};
	options = (how & 4 ? 0 : 5) | (how & 0x10 ? JOURNEY_GROUP_AMOUNT : 0) | (how & 0x20 ? JOURNEY_GROUP_MORE : 0);
	journey_kind_ = (JourneyKind){.by_name = how & 4, .n_conditions = how & 4 ? 0 : 5};
	store = (GroupStore){0};
	memset(activities, 0, sizeof(activities));
	memset(journeys, 0, sizeof(journeys));
	memset(baskets, 0, sizeof(baskets));
	parts[0] = new_part();
	parts[1] = new_part();
	while (in_left(&in) > 0)
	{
		uint8_t act = in_byte(&in);
		Part *part = &parts[act >> 7];
		uint32_t user = act % 32;

		if (user < 5 * USERS)
		{
			user %= USERS;
			if (what == POPULATION)
				add_visit(part, user, &in);
			else if (what == JOURNEYS)
				add_journey_event(part, user, &in);
			else
				add_item(part, user, &in);
			n++;
		}
		else if (act & 0x20)
			grouping_spill(part->grouping);
		else
		{
			hand_over(part, &parts[part == &parts[0]], (GroupImport) (act >> 5 & 1));
			grouping_end(part->grouping);
			*part = new_part();
		}
	}
	if (how & 0x40 && parts[0].codec == parts[1].codec)
		grouping_absorb(parts[0].grouping, parts[1].grouping);
	else
		hand_over(&parts[1], &parts[0], how & 0x80 ? GROUP_IMPORT_COPY : GROUP_IMPORT_IN_PLACE);
	if (n > 0)
		read_all(parts[0].grouping);
	group_store_close(&store);
}

static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	size_t size = in_left(random);

	memcpy(to, random->next, size);
	to[0] = (uint8_t) i;
	return size;
}
