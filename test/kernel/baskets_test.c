/*
 * baskets_test.c: baskets of many users outside the server.
 *
 *	baskets_test [SEED [ROUNDS]]
 *
 * Rows at random are grouped, spilled and handed over by workers that have dictionaries of
 * their own, and each user's basket is held against what one basket makes of the user's rows.
 */
#include "grouping_users.h"

#include "kernel/items/baskets.h"

#define MOST_ITEMS 1200
#define FIRST_DAY  8766

static char texts[MOST_ITEMS][16];
static uint32_t n_items;
static Basket *known[MAX_USERS];
static uint32_t n_known;
static long n_handed_over, n_in_parts;

static ItemKey
item_of(ItemKind kind, uint32_t item)
{
	if (kind == ITEM_NUMBERS)
		return (ItemKey){.number = (int64_t) item * 1000003 - 5000000};
	return (ItemKey){.bytes = texts[item], .size = (uint32_t) strlen(texts[item])};
}

static void
make_items(void)
{
	n_items = one_in(3) ? 200 + chance(MOST_ITEMS - 200) : 1 + chance(20);
	for (uint32_t i = 0; i < n_items; i++)
		snprintf(texts[i], sizeof(texts[i]), i == 0 ? "" : i % 2 ? "i%u" : "item %u", i);
}

static void
know(uint32_t user, ItemKind kind, const ItemKey *item, int32_t day)
{
	if (known[user] == NULL)
	{
		known[user] = basket_create(kind);
		n_known++;
	}
	known[user] = basket_add(known[user], item, day);
}

/* A grouping, and the codec of its process. */
typedef struct Part
{
	Grouping *grouping;
	BasketsCodec *codec;
} Part;

static Part
new_part(const GroupKeys *keys, ItemKind kind, BasketsCodec *codec)
{
	if (codec == NULL)
		codec = baskets_codec(kind);
	return (Part){grouping_create(keys, &codec->codec, &store), codec};
}

static void
add_row(const Part *part, KeyKind key_kind, uint32_t user, const ItemKey *item, int32_t day)
{
	void *extra = key_kind == FIXED ? grouping_add_fixed(part->grouping, users[user].number, 0, day)
									: grouping_add_bytes(part->grouping, spell(key_kind, user),
														 users[user].size, 0, day);

	if (item->bytes == NULL)
		baskets_write_number(extra, item->number);
	else
		baskets_write_text(extra, texts_add(&part->codec->texts, item->bytes, item->size));
}

/* Rows, of which some are added by others; these may have dictionaries of their own. */
static void
fill(const Part *part, const GroupKeys *keys, KeyKind key_kind, ItemKind kind, uint32_t n,
	 int depth)
{
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t user = chance(n_users);
		ItemKey item = item_of(kind, chance(one_in(2) ? 1 + n_items / 8 : n_items));
		int32_t day = FIRST_DAY + (int32_t) chance(200) - (one_in(50) ? 100000 : 0);

		know(user, kind, &item, day);
		add_row(part, key_kind, user, &item, day);
		if (one_in(1000))
			spill(part->grouping);
		if (depth == 0 && one_in(600))
		{
			Part other = new_part(keys, kind, one_in(3) ? part->codec : NULL);
			uint8_t *bytes;
			size_t size;

			fill(&other, keys, key_kind, kind, 1 + chance(one_in(2) ? 5 : 500), 1);
			bytes = exported(other.grouping, &size);
			grouping_end(other.grouping);
			grouping_import(part->grouping, bytes, size, any_import(one_in(2)));
			n_handed_over++;
		}
	}
}

static uint32_t
user_of(const GroupKeys *keys, const uint8_t *key, uint32_t size)
{
	uint32_t user = 0;

	for (; user < n_users; user++)
		if (keys->fixed ? memcmp(key, &users[user].number, 8) == 0
			: keys->equal != NULL
				? equal_no_case(keys, key, size, users[user].bytes, users[user].size)
				: size == users[user].size && memcmp(key, users[user].bytes, size) == 0)
			break;
	CHECK(user < n_users);
	return user;
}

static ByteWriter
packed(const StateKind *kind, const void *state)
{
	ByteWriter out = byte_writer(0);

	kind->pack(state, &out);
	CHECK(state_check(kind, out.start, bytes_written(&out)) == NULL);
	return out;
}

static void
check_same(const ByteWriter *a, const ByteWriter *b)
{
	CHECK(bytes_written(a) == bytes_written(b) &&
		  memcmp(a->start, b->start, bytes_written(a)) == 0);
}

/* Each user has his basket, and together they are the affinity of those. */
static void
check_users(const Part *part, const GroupKeys *keys, ItemKind kind)
{
	AffinityQuestion question = {.as_of = FIRST_DAY + (int32_t) chance(250),
								 .half_life_days = one_in(2) ? 30 : 0,
								 .max_items = one_in(2) ? 3 : 500,
								 .items_from = one_in(2) ? INT32_MIN : FIRST_DAY - 1};
	Affinity *grouped = affinity_create(kind, &question);
	Affinity *expected = affinity_create(kind, &question);
	BasketsCursor *cursor = baskets_open(part->grouping, 0);
	ByteWriter of_grouped;
	ByteWriter of_expected;
	uint32_t n_found = 0;
	const uint8_t *key;
	uint32_t size;

	while (baskets_next(cursor, &key, &size))
	{
		uint32_t user = user_of(keys, key, size);
		ByteWriter read = byte_writer(0);
		ByteWriter whole;
		BasketReader reader;

		CHECK(known[user] != NULL);
		whole = packed(&basket_state, known[user]);
		known[user] = NULL;
		n_found++;
		baskets_write(cursor, &read);
		check_same(&read, &whole);
		grouped = baskets_add(cursor, grouped);
		CHECK(basket_open(&reader, whole.start, bytes_written(&whole)) == NULL);
		expected = affinity_add(expected, &reader);
	}
	CHECK(n_found == n_known);
	baskets_close(cursor);
	of_grouped = packed(&affinity_kind, grouped);
	of_expected = packed(&affinity_kind, expected);
	check_same(&of_grouped, &of_expected);
}

static void
round_of_baskets(void)
{
	KeyKind key_kind = chance(N_KEY_KINDS);
	GroupKeys keys = make_keys(&key_kind);
	ItemKind kind = one_in(2) ? ITEM_TEXTS : ITEM_NUMBERS;
	Part part = new_part(&keys, kind, NULL);

	make_users(key_kind);
	make_items();
	n_users = n_users > 1 && one_in(3) ? 1 + n_users / 50 : n_users;
	memset(known, 0, sizeof(known));
	n_known = 0;
	fill(&part, &keys, key_kind, kind,
		 1 + chance(key_kind == ONE_HASH ? 500
					: one_in(4)			 ? 8000
										 : 1500),
		 0);
	grouping_finish(part.grouping);
	n_in_parts += store.file != NULL;
	check_users(&part, &keys, kind);
	grouping_end(part.grouping);
	end_round();
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	chance_state = seed;
	for (int i = 0; i < rounds; i++)
		round_of_baskets();
	CHECK(rounds < 100 || (n_handed_over > 0 && n_in_parts > 0 && n_interrupts > 0));
	printf("# seed %llu: %ld handed over, %ld in files\n", (unsigned long long) seed, n_handed_over,
		   n_in_parts);
	return 0;
}
