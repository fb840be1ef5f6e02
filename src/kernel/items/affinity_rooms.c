/*
 * affinity_rooms.c: the chunk of an affinity: items by their keys, pairs by their items, and
 * more room for both.
 */
#include "kernel/grouping/grouping_keys.h"
#include "kernel/items/affinity_private.h"
#include "kernel/journey/texts.h"

#define INITIAL_ITEMS 16
#define INITIAL_BYTES 256
#define INITIAL_PAIRS 64

static inline size_t
bytes_needed(const AffinityQuestion *question, const AffinityRooms *rooms)
{
	return sizeof(Affinity) +
		   rooms->items * (sizeof(AffinityItem) + AFFINITY_SLOTS * sizeof(uint32_t)) +
		   rooms->pairs * pair_words(question) * sizeof(uint32_t) + rooms->bytes;
}

Affinity *
affinity_with_room(ItemKind kind, const AffinityQuestion *question, const AffinityRooms *rooms)
{
	Affinity *affinity;

	if (rooms->items > UINT32_MAX / 4 || rooms->pairs > UINT32_MAX || rooms->bytes > STATE_LIMIT ||
		bytes_needed(question, rooms) > STATE_LIMIT)
		host_fail(KERNEL_PAIRS_RANGE);
	affinity = state_create(bytes_needed(question, rooms));
	affinity->kind = kind;
	affinity->question = *question;
	affinity->room_items = (uint32_t) rooms->items;
	affinity->room_bytes = (uint32_t) rooms->bytes;
	affinity->room_pairs = (uint32_t) rooms->pairs;
	return affinity;
}

Affinity *
affinity_create(ItemKind kind, const AffinityQuestion *question)
{
	return affinity_with_room(
		kind, question,
		&(AffinityRooms){INITIAL_ITEMS, kind == ITEM_TEXTS ? INITIAL_BYTES : 0, INITIAL_PAIRS});
}

static inline uint64_t
hash_of(const ItemKey *key)
{
	return key->bytes == NULL ? grouping_fold((uint64_t) key->number, 0)
							  : text_hash(key->bytes, key->size);
}

/* The slot of a key, or the one that is free for it. */
static inline uint32_t *
slot_of(const Affinity *affinity, const ItemKey *key)
{
	uint32_t *slots = affinity_slots(affinity);
	uint32_t n = AFFINITY_SLOTS * affinity->room_items;
	uint32_t slot = (uint32_t) ((hash_of(key) >> 32) * n >> 32);

	while (slots[slot] != 0)
	{
		ItemKey known = affinity_key(affinity, slots[slot] - 1);

		if (item_equal(&known, key))
			break;
		slot = slot + 1 < n ? slot + 1 : 0;
	}
	return &slots[slot];
}

uint32_t
affinity_place(Affinity *affinity, const ItemKey *key)
{
	uint32_t *slot = slot_of(affinity, key);
	AffinityItem *new;

	if (*slot != 0)
		return *slot - 1;
	new = &affinity_items(affinity)[affinity->n_items];
	if (key->bytes == NULL)
		new->key.number = key->number;
	else
	{
		new->key.text.at = affinity->n_bytes;
		new->key.text.size = key->size;
		memcpy(affinity_bytes(affinity) + affinity->n_bytes, key->bytes, key->size);
		affinity->n_bytes += key->size;
	}
	*slot = ++affinity->n_items;
	return *slot - 1;
}

/* Whoever comes first has the pair: all are in the table when this is called again. */
static inline void
count_pair(PairBatch *batch, const PairCount *count)
{
	uint32_t *pair = batch->pairs + (size_t) count->slot * batch->words;
	const uint32_t *end = batch->pairs + (size_t) batch->affinity->room_pairs * batch->words;

	while (pair[PAIR_USERS] != 0 &&
		   (pair[PAIR_ITEM] != count->item || pair[PAIR_OTHER] != count->other))
	{
		pair += batch->words;
		if (pair == end)
			pair = batch->pairs;
	}
	if (pair[PAIR_USERS] == 0)
	{
		pair[PAIR_ITEM] = count->item;
		pair[PAIR_OTHER] = count->other;
		batch->affinity->n_pairs++;
	}
	pair[PAIR_USERS] += count->users;
	if (batch->words > PAIR_LOW)
	{
		uint64_t products = pair_products(pair) + count->products;

		pair[PAIR_LOW] = (uint32_t) products;
		pair[PAIR_HIGH] = (uint32_t) (products >> 32);
	}
}

void
pair_batch_begin(PairBatch *batch, Affinity *affinity)
{
	batch->affinity = affinity;
	batch->pairs = affinity_pairs(affinity);
	batch->words = pair_words(&affinity->question);
	batch->n = 0;
	batch->n_added = 0;
}

void
pair_batch_end(PairBatch *batch)
{
	for (uint32_t i = 0; i < batch->n; i++)
		count_pair(batch, &batch->counts[i]);
	batch->n_added += batch->n;
	batch->n = 0;
	if ((batch->n_added & 0xFFFF) < PAIRS_AT_ONCE)
		host_poll();
}

/* A copy with these rooms, of which none is smaller. */
static Affinity *
copy_with(const Affinity *affinity, const AffinityRooms *rooms)
{
	Affinity *copy = affinity_with_room((ItemKind) affinity->kind, &affinity->question, rooms);
	const uint32_t *pairs = affinity_pairs(affinity);
	uint32_t words = pair_words(&affinity->question);
	PairBatch batch;

	copy->users = affinity->users;
	copy->users_cut = affinity->users_cut;
	copy->n_items = affinity->n_items;
	copy->n_bytes = affinity->n_bytes;
	state_copy_bytes(affinity_items(copy), affinity_items(affinity),
					 copy->n_items * sizeof(AffinityItem));
	state_copy_bytes(affinity_bytes(copy), affinity_bytes(affinity), copy->n_bytes);
	for (uint32_t i = 0; i < copy->n_items; i++)
	{
		ItemKey key = affinity_key(copy, i);

		*slot_of(copy, &key) = i + 1;
		host_poll_at(i);
	}
	if (copy->room_pairs == affinity->room_pairs)
	{
		state_copy_bytes(affinity_pairs(copy), pairs,
						 (size_t) copy->room_pairs * words * sizeof(uint32_t));
		copy->n_pairs = affinity->n_pairs;
		return copy;
	}
	pair_batch_begin(&batch, copy);
	for (uint32_t i = 0; i < affinity->room_pairs; i++)
	{
		const uint32_t *pair = pairs + (size_t) i * words;

		if (pair[PAIR_USERS] != 0)
			pair_batch_add(&batch, pair[PAIR_ITEM], pair[PAIR_OTHER], pair[PAIR_USERS],
						   words > PAIR_LOW ? pair_products(pair) : 0);
		host_poll_at(i);
	}
	pair_batch_end(&batch);
	return copy;
}

/* As much as is needed; if that is more than there is, a part more than that, too. */
static inline uint64_t
grown(uint64_t room, uint64_t needed, int part)
{
	if (needed <= room)
		return room;
	return needed > room + room / (uint64_t) part ? needed : room + room / (uint64_t) part;
}

Affinity *
affinity_make_room(Affinity *affinity, const AffinityRooms *more)
{
	uint64_t pairs = affinity->n_pairs + more->pairs;
	AffinityRooms needed = {affinity->n_items + more->items, affinity->n_bytes + more->bytes,
							pairs + pairs / 3 + 1};
	AffinityRooms rooms;

	if (needed.items <= affinity->room_items && needed.bytes <= affinity->room_bytes)
	{
		if (needed.pairs <= affinity->room_pairs)
			return affinity;
		/* near the limit, a table may be fuller */
		if (bytes_needed(&affinity->question,
						 &(AffinityRooms){affinity->room_items, affinity->room_bytes,
										  needed.pairs}) > STATE_LIMIT &&
			pairs + pairs / 15 + 1 <= affinity->room_pairs)
			return affinity;
	}
	for (int part = 1; part <= 64; part *= 8)
	{
		rooms = (AffinityRooms){grown(affinity->room_items, needed.items, part),
								grown(affinity->room_bytes, needed.bytes, part),
								grown(affinity->room_pairs, needed.pairs, part)};
		if (bytes_needed(&affinity->question, &rooms) <= STATE_LIMIT)
			return copy_with(affinity, &rooms);
	}
	rooms = (AffinityRooms){grown(affinity->room_items, needed.items, 16),
							grown(affinity->room_bytes, needed.bytes, 16),
							grown(affinity->room_pairs, pairs + pairs / 15 + 1, 64)};
	return copy_with(affinity, &rooms);
}
