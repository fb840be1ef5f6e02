/*
 * items_shop.h: users with items at random, and what tests of items do with them.
 */
#include "kernel/items/affinity_private.h"

#include <math.h>

#include "simple_host.h"

#define MOST_USERS 40
#define MOST_ITEMS 90
#define MOST_ROWS  150
#define DAYS	   30
#define FIRST_DAY  8766
#define PARTS	   3
#define DAMAGES	   20

typedef struct Row
{
	int item;
	int day;
} Row;

typedef struct Shop
{
	ItemKind kind;
	int n_items;
	int n_users;
	ItemKey keys[MOST_ITEMS]; /* ascending */
	char texts[MOST_ITEMS][16];
	int n_rows[MOST_USERS];
	Row rows[MOST_USERS][MOST_ROWS];
	ByteWriter baskets[MOST_USERS]; /* of users with rows */
} Shop;

static int n_accepted;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

static void
make_keys(Shop *shop)
{
	int64_t number = below(3) == 0 ? INT64_MIN : (int64_t) (random_bits() >> below(64)) / -2;

	for (int i = 0; i < shop->n_items; i++)
	{
		if (shop->kind == ITEM_NUMBERS)
		{
			shop->keys[i] = (ItemKey){.number = number};
			number += 1 + below(below(3) == 0 ? 1 << 20 : 3);
			continue;
		}
		/* a beginning of others comes before them, bytes above 127 behind all */
		snprintf(shop->texts[i], sizeof(shop->texts[i]), "%s%02d%s", i < 60 ? "" : "\xe7\x94",
				 i / 2, i % 2 ? "b" : "");
		if (i == 0)
			shop->texts[i][0] = '\0';
		shop->keys[i] =
			(ItemKey){.bytes = shop->texts[i], .size = (uint32_t) strlen(shop->texts[i])};
	}
}

static void
make_shop(Shop *shop)
{
	shop->kind = below(2) ? ITEM_NUMBERS : ITEM_TEXTS;
	shop->n_items = 1 + below(below(2) ? 6 : MOST_ITEMS);
	shop->n_users = 1 + below(MOST_USERS);
	make_keys(shop);
	for (int u = 0; u < shop->n_users; u++)
	{
		shop->n_rows[u] = below(below(8) == 0 ? MOST_ROWS : 12);
		for (int i = 0; i < shop->n_rows[u]; i++)
		{
			int favoured = below(shop->n_items);

			shop->rows[u][i] = (Row){below(3) ? favoured / (1 + u % 4) : favoured,
									 FIRST_DAY + below(DAYS) - (below(40) == 0 ? 9000 : 0)};
		}
	}
}

static Basket *
add_row(Basket *basket, const Shop *shop, const Row *row)
{
	ItemKey key = shop->keys[row->item];
	Basket *larger;
	char copy[16];

	if (key.bytes != NULL) /* of which the basket keeps its own */
		key.bytes = memcpy(copy, key.bytes, key.size + 1);
	larger = basket_add(basket, &key, row->day);
	if (larger != basket)
		host_free(basket);
	return larger;
}

static ByteWriter
packed_basket(const Basket *basket)
{
	ByteWriter out = byte_writer(0);

	basket_state.pack(basket, &out);
	CHECK(state_check(&basket_state, out.start, bytes_written(&out)) == NULL);
	return out;
}

static bool
same_bytes(const ByteWriter *a, const ByteWriter *b)
{
	return bytes_written(a) == bytes_written(b) &&
		   memcmp(a->start, b->start, bytes_written(a)) == 0;
}

/* An item of a user before as_of, the slow way. */
typedef struct Told
{
	int events;
	int first_day;
	int last_day;
	uint64_t weight;
} Told;

static Told
told_item(const Shop *shop, int u, int item, int as_of, int half_life)
{
	Told told = {0};

	for (int i = 0; i < shop->n_rows[u]; i++)
	{
		const Row *row = &shop->rows[u][i];

		if (row->item != item || row->day >= as_of)
			continue;
		if (told.events == 0 || row->day < told.first_day)
			told.first_day = row->day;
		if (told.events == 0 || row->day > told.last_day)
			told.last_day = row->day;
		told.events++;
		told.weight +=
			half_life == 0
				? 1
				: (uint64_t) floor(65536 * pow(2, -(double) (as_of - 1 - row->day) / half_life) +
								   0.5);
	}
	return told;
}

/* What is still a value is written as it was read. */
static void
damage(const StateKind *kind, const ByteWriter *bytes)
{
	size_t size = bytes_written(bytes);
	uint8_t *damaged = host_alloc(size + 1);

	for (int i = 0; i < DAMAGES; i++)
	{
		size_t length = size;

		memcpy(damaged, bytes->start, size);
		if (below(4) == 0)
			length = (size_t) below((int) size + 1);
		if (below(4) == 0)
			damaged[length++ < size ? length - 1 : size] = (uint8_t) below(256);
		length = length > size + 1 ? size + 1 : length;
		for (int k = below(3); k >= 0 && length > 0; k--)
			damaged[below((int) length)] = (uint8_t) (below(2) ? below(4) : below(256));
		if (kind == &affinity_kind && length >= AFFINITY_HEAD)
			affinity_seal(damaged, length);
		if (length == 0 || damaged[0] == STATE_WORKING)
			continue;
		{
			const char *problem;
			void *state = kind->unpack(damaged, length, &problem);
			ByteWriter again;

			if (state == NULL)
				continue;
			again = byte_writer(0);
			kind->pack(state, &again);
			CHECK(bytes_written(&again) == length && memcmp(again.start, damaged, length) == 0);
			host_free(again.start);
			host_free(state);
			n_accepted++;
		}
	}
	host_free(damaged);
}

/* The baskets of all users with rows. */
static void
make_baskets(Shop *shop)
{
	for (int u = 0; u < shop->n_users; u++)
	{
		Basket *basket = basket_create(shop->kind);

		for (int i = 0; i < shop->n_rows[u]; i++)
			basket = add_row(basket, shop, &shop->rows[u][i]);
		if (shop->n_rows[u] > 0)
			shop->baskets[u] = packed_basket(basket);
		host_free(basket);
	}
}

static void
free_baskets(Shop *shop)
{
	for (int u = 0; u < shop->n_users; u++)
		if (shop->n_rows[u] > 0)
			host_free(shop->baskets[u].start);
}
