/*
 * basket_format.c: the stored form of a basket: written, checked and read.
 */
#include "kernel/items/basket_private.h"

#define DAY_MANY  1 /* more than one row */
#define DAY_MORE  2 /* another day follows */
#define DAY_SHIFT 2

static inline bool
is_same_item(const BasketEntry *a, const BasketEntry *b)
{
	return item_equal(&a->item, &b->item);
}

static int32_t
first_day_of(const BasketEntry *entries, uint32_t n)
{
	int32_t first = entries[0].day;

	for (uint32_t i = 1; i < n; i++)
	{
		if (entries[i].day < first)
			first = entries[i].day;
		host_poll_at(i);
	}
	return first;
}

void
basket_write(ByteWriter *out, ItemKind kind, const BasketEntry *entries, uint32_t n)
{
	int64_t first_day = first_day_of(entries, n);

	write_byte(out, BASKET_VERSION);
	write_byte(out, (uint8_t) kind);
	write_zigzag(out, first_day);
	for (uint32_t i = 0; i < n; i++)
	{
		const BasketEntry *entry = &entries[i];
		bool begins = i == 0 || !is_same_item(&entries[i - 1], entry);
		bool more = i + 1 < n && is_same_item(entry, &entries[i + 1]);
		int64_t gap =
			begins ? entry->day - first_day : (int64_t) entry->day - entries[i - 1].day - 1;

		if (begins)
			item_write(out, &entry->item, i == 0 ? NULL : &entries[i - 1].item);
		write_varint(out, (uint64_t) gap << DAY_SHIFT | (more ? DAY_MORE : 0) |
							  (entry->count > 1 ? DAY_MANY : 0));
		if (entry->count > 1)
			write_varint(out, entry->count - 2);
		host_poll_at(i);
	}
}

void
basket_pack(const void *state, ByteWriter *out)
{
	const Basket *basket = state;
	uint32_t n;
	BasketEntry *entries = basket_entries(basket, &n);

	basket_write(out, (ItemKind) basket->kind, entries, n);
	host_free(entries);
}

const char *
basket_open(BasketReader *reader, const uint8_t *bytes, size_t size)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t kind = read_byte(&in);
	int64_t first_day = read_zigzag(&in);

	if (version != BASKET_VERSION)
		return "unknown format version";
	if (in.bad || kind > ITEM_TEXTS || !civil_day_valid(first_day) || in.next == in.end)
		return "truncated or bad head";
	*reader = (BasketReader){.in = in, .kind = (ItemKind) kind, .first_day = (int32_t) first_day};
	return NULL;
}

bool
basket_next_id(BasketReader *reader)
{
	ItemKey before = reader->item;

	if (reader->in.bad || reader->in.next == reader->in.end)
		return false;
	reader->item = item_read(&reader->in, reader->kind, reader->begun ? &before : NULL);
	reader->begun = true;
	return !reader->in.bad;
}

bool
basket_next_day(BasketReader *reader, BasketDay *day)
{
	uint64_t word = read_varint(&reader->in, (uint64_t) UINT32_MAX << DAY_SHIFT);
	int64_t at = day->more ? (int64_t) day->day + 1 : reader->first_day;

	at += (int64_t) (word >> DAY_SHIFT);
	day->count = 1;
	if (word & DAY_MANY)
		day->count = (uint32_t) read_varint(&reader->in, UINT32_MAX - 2) + 2;
	day->more = (word & DAY_MORE) != 0;
	reader->in.bad |= !civil_day_valid(at);
	day->day = (int32_t) at;
	return !reader->in.bad;
}

/* All rows, and whether one is of the first day; NULL if they are none. */
static Basket *
read_rows(BasketReader *reader, size_t size, const char **problem)
{
	/* a row takes at least a byte, and a text in the basket no more than in the bytes */
	Basket *basket =
		basket_with_room(reader->kind, size / 4 + 1, reader->kind == ITEM_TEXTS ? size / 2 : 0);
	uint64_t n_items = 0;
	uint64_t n_rows = 0;
	bool first_met = false;

	while (n_items <= BASKET_ITEMS && basket_next_id(reader))
	{
		BasketDay day = {.more = false};

		n_items++;
		do
		{
			Basket *larger;

			if (!basket_next_day(reader, &day))
				break;
			first_met |= day.day == reader->first_day;
			larger = basket_add_count(basket, &reader->item, day.day, day.count);
			if (larger != basket)
				host_free(basket);
			basket = larger;
			host_poll_at(n_rows++);
		} while (day.more);
	}
	*problem = reader->in.bad			? "items that are cut off, do not ascend or are too large"
			   : n_items > BASKET_ITEMS ? "more than 1,000,000 items"
			   : !first_met				? "a first day without a row"
										: NULL;
	if (*problem == NULL)
		return basket;
	host_free(basket);
	return NULL;
}

void *
basket_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	BasketReader reader;

	*problem = basket_open(&reader, bytes, size);
	return *problem == NULL ? read_rows(&reader, size, problem) : NULL;
}
