/*
 * basket.c: a basket as a state: rows of any order, and other baskets, added up.
 */
#include "kernel/base/sort.h"
#include "kernel/items/basket_private.h"

#define INITIAL_ROWS	6
#define INITIAL_BYTES	64

static inline size_t
bytes_needed(size_t n_rows, size_t n_bytes)
{
	return sizeof(Basket) + n_rows * sizeof(BasketRow) + n_bytes;
}

static inline char *
end_of(const Basket *basket)
{
	return (char *) (uintptr_t) basket + basket->state.capacity;
}

static inline ItemKey
item_of(const Basket *basket, const BasketRow *row)
{
	if (basket->kind == ITEM_NUMBERS)
		return (ItemKey){.number = row->item.number};
	return (ItemKey){.bytes = end_of(basket) - row->item.text.back, .size = row->item.text.size};
}

Basket *
basket_with_room(ItemKind kind, size_t n_rows, size_t n_bytes)
{
	size_t size = bytes_needed(n_rows, n_bytes);
	Basket *basket;

	if (size > STATE_LIMIT)
		host_fail(KERNEL_BASKET_RANGE);
	basket = state_create(size);
	basket->kind = kind;
	basket->sorted = true;
	return basket;
}

Basket *
basket_create(ItemKind kind)
{
	return basket_with_room(kind, INITIAL_ROWS, kind == ITEM_TEXTS ? INITIAL_BYTES : 0);
}

void
basket_expect(const Basket *basket, ItemKind kind)
{
	if (basket->kind != (uint32_t) kind)
		host_fail(KERNEL_ITEM_KINDS);
}

static int
compare_entries(const void *a, const void *b)
{
	const BasketEntry *left = a;
	const BasketEntry *right = b;
	int order = item_compare(&left->item, &right->item);

	return order != 0 ? order : (left->day > right->day) - (left->day < right->day);
}

SORT_MOSTLY_FEW(BasketEntry, sort_rows, compare_entries)

static inline void
add_count(uint32_t *count, uint32_t more)
{
	if (__builtin_add_overflow(*count, more, count))
		host_fail(KERNEL_COUNT_RANGE);
}

/* Equal rows, which stand together, become one; how many are left. */
static uint32_t
unite(BasketEntry *entries, uint32_t n)
{
	uint32_t last = 0;
	uint32_t n_items = 1;

	for (uint32_t i = 1; i < n; i++)
	{
		bool same = item_equal(&entries[last].item, &entries[i].item);

		host_poll_at(i);
		n_items += !same;
		if (same && entries[last].day == entries[i].day)
			add_count(&entries[last].count, entries[i].count);
		else
			entries[++last] = entries[i];
	}
	if (n_items > BASKET_ITEMS)
		host_fail(KERNEL_BASKET_RANGE);
	return n > 0 ? last + 1 : 0;
}

uint32_t
basket_put_in_order(BasketEntry *entries, uint32_t n)
{
	sort_rows(entries, n);
	return unite(entries, n);
}

BasketEntry *
basket_entries(const Basket *basket, uint32_t *n)
{
	BasketEntry *entries = host_alloc((size_t) basket->n * sizeof(BasketEntry));

	for (uint32_t i = 0; i < basket->n; i++)
	{
		const BasketRow *row = &basket->rows[i];

		entries[i] = (BasketEntry){item_of(basket, row), row->day, row->count};
		host_poll_at(i);
	}
	if (!basket->sorted)
		sort_rows(entries, basket->n);
	*n = unite(entries, basket->n);
	return entries;
}

/* How many bytes the texts of rows that ascend have, each once. */
static size_t
bytes_of_entries(const BasketEntry *entries, uint32_t n)
{
	size_t size = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		if (i == 0 || !item_equal(&entries[i - 1].item, &entries[i].item))
			size += entries[i].item.size;
		host_poll_at(i);
	}
	return size;
}

/* Twice what is used, or as much as is needed. */
static inline size_t
doubled(size_t used, size_t more)
{
	return used > more ? 2 * used : used + more;
}

/* A basket of the same rows, each once, with room for one more with a text of so many bytes. */
static Basket *
make_room(const Basket *basket, uint32_t size)
{
	uint32_t n;
	BasketEntry *entries = basket_entries(basket, &n);
	size_t n_bytes = bytes_of_entries(entries, n);
	size_t rows = doubled(n, 1);
	size_t bytes = basket->kind == ITEM_TEXTS ? doubled(n_bytes, size) : 0;
	Basket *larger;

	if (bytes_needed(rows, bytes) > STATE_LIMIT)
	{
		rows = n + n / 16 + 1;
		bytes = n_bytes + n_bytes / 16 + size;
	}
	larger = basket_with_room((ItemKind) basket->kind, rows, bytes);
	for (uint32_t i = 0; i < n; i++)
	{
		larger = basket_add_count(larger, &entries[i].item, entries[i].day, entries[i].count);
		host_poll_at(i);
	}
	host_free(entries);
	return larger;
}

/* The text of a new row: that of the last one, or behind it. */
static void
set_text(Basket *basket, BasketRow *row, const ItemKey *item)
{
	if (basket->n > 0)
	{
		ItemKey last = item_of(basket, row - 1);

		if (item_equal(&last, item))
		{
			row->item = row[-1].item;
			return;
		}
	}
	basket->n_bytes += item->size;
	row->item.text.back = basket->n_bytes;
	row->item.text.size = item->size;
	memcpy(end_of(basket) - basket->n_bytes, item->bytes, item->size);
}

Basket *
basket_add_count(Basket *basket, const ItemKey *item, int32_t day, uint32_t count)
{
	BasketEntry entry = {*item, day, count};
	BasketRow *row;
	int order = -1;

	if (basket->n > 0)
	{
		BasketRow *last = &basket->rows[basket->n - 1];
		BasketEntry before = {item_of(basket, last), last->day, last->count};

		order = compare_entries(&before, &entry);
		if (order == 0)
		{
			add_count(&last->count, count);
			return basket;
		}
	}
	if (bytes_needed((size_t) basket->n + 1, (size_t) basket->n_bytes + item->size) >
		basket->state.capacity)
		return basket_add_count(make_room(basket, item->size), item, day, count);
	row = &basket->rows[basket->n];
	if (basket->kind == ITEM_NUMBERS)
		row->item.number = item->number;
	else
		set_text(basket, row, item);
	row->day = day;
	row->count = count;
	basket->sorted &= order < 0;
	basket->n++;
	return basket;
}

Basket *
basket_add(Basket *basket, const ItemKey *item, int32_t day)
{
	return basket_add_count(basket, item, day, 1);
}

static void *
merge(void *state, const void *other)
{
	Basket *basket = state;
	const Basket *from = other;

	basket_expect(basket, (ItemKind) from->kind);
	for (uint32_t i = 0; i < from->n; i++)
	{
		ItemKey item = item_of(from, &from->rows[i]);
		Basket *larger = basket_add_count(basket, &item, from->rows[i].day, from->rows[i].count);

		if (larger != basket && basket != state)
			host_free(basket);
		basket = larger;
		host_poll_at(i);
	}
	return basket;
}

const StateKind basket_state = {
	.type = "basket", .pack = basket_pack, .unpack = basket_unpack, .merge = merge};
