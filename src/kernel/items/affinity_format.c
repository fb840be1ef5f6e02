/*
 * affinity_format.c: the stored form of an affinity: written, and read into its working form.
 */
#include "kernel/base/sort.h"
#include "kernel/items/affinity_model.h"
#include "kernel/items/affinity_private.h"

typedef struct SortedKey
{
	ItemKey key;
	uint32_t place;
} SortedKey;

static int
compare_keys(const void *a, const void *b)
{
	return item_compare(&((const SortedKey *) a)->key, &((const SortedKey *) b)->key);
}

/* Items in their order, to be freed. */
static SortedKey *
sorted_keys(const Affinity *affinity)
{
	SortedKey *keys = host_alloc((size_t) affinity->n_items * sizeof(SortedKey));

	for (uint32_t i = 0; i < affinity->n_items; i++)
	{
		keys[i] = (SortedKey){affinity_key(affinity, i), i};
		host_poll_at(i);
	}
	sort_entries(keys, affinity->n_items, sizeof(SortedKey), compare_keys);
	return keys;
}

/* The pairs with the ranks of their items, the smaller one first; nobody's are left out. */
static uint32_t *
ranked_pairs(const Affinity *affinity, const SortedKey *keys, uint32_t words)
{
	const uint32_t *pairs = affinity_pairs(affinity);
	uint32_t *ranked = host_alloc((size_t) affinity->n_pairs * words * sizeof(uint32_t));
	uint32_t *ranks = host_alloc((size_t) affinity->n_items * sizeof(uint32_t));
	uint32_t *to = ranked;

	for (uint32_t i = 0; i < affinity->n_items; i++)
	{
		ranks[keys[i].place] = i;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < affinity->room_pairs; i++)
	{
		const uint32_t *pair = pairs + (size_t) i * words;
		uint32_t a;
		uint32_t b;

		host_poll_at(i);
		if (pair[PAIR_USERS] == 0)
			continue;
		memcpy(to, pair, words * sizeof(uint32_t));
		a = ranks[pair[PAIR_ITEM]];
		b = ranks[pair[PAIR_OTHER]];
		to[PAIR_ITEM] = a < b ? a : b;
		to[PAIR_OTHER] = a < b ? b : a;
		to += words;
	}
	host_free(ranks);
	return ranked;
}

/* A stable sort by one of the first two words, of which there are so many values. */
static void
sort_pairs(const uint32_t *from, uint32_t *to, uint32_t n, uint32_t words, int by,
		   uint32_t n_values)
{
	uint32_t *starts = host_alloc(((size_t) n_values + 1) * sizeof(uint32_t));

	memset(starts, 0, ((size_t) n_values + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < n; i++)
	{
		starts[from[(size_t) i * words + by] + 1]++;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < n_values; i++)
	{
		starts[i + 1] += starts[i];
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < n; i++)
	{
		const uint32_t *pair = from + (size_t) i * words;

		memcpy(to + (size_t) starts[pair[by]]++ * words, pair, words * sizeof(uint32_t));
		host_poll_at(i);
	}
	host_free(starts);
}

static void
write_items(ByteWriter *out, const Affinity *affinity, const SortedKey *keys)
{
	for (uint32_t i = 0; i < affinity->n_items; i++)
	{
		const AffinityItem *item = &affinity_items(affinity)[keys[i].place];

		item_write(out, &keys[i].key, i == 0 ? NULL : &keys[i - 1].key);
		write_varint(out, item->users - 1);
		if (affinity->question.half_life_days != 0)
		{
			write_varint(out, item->weights);
			write_varint(out, item->squares);
		}
		host_poll_at(i);
	}
}

/* Pairs by their items, each of which is given with how many others follow. */
static void
write_pairs(ByteWriter *out, const Affinity *affinity, const uint32_t *pairs, uint32_t words)
{
	uint32_t next = 0;

	for (uint32_t item = 0; item < affinity->n_items; item++)
	{
		uint32_t begin = next;
		uint32_t before = item;

		while (next < affinity->n_pairs && pairs[(size_t) next * words + PAIR_ITEM] == item)
			next++;
		write_varint(out, next - begin);
		for (uint32_t i = begin; i < next; i++)
		{
			const uint32_t *pair = pairs + (size_t) i * words;

			write_varint(out, pair[PAIR_OTHER] - before - 1);
			write_varint(out, pair[PAIR_USERS] - 1);
			if (words > PAIR_LOW)
				write_varint(out, pair_products(pair));
			before = pair[PAIR_OTHER];
			host_poll_at(i);
		}
		host_poll_at(item);
	}
}

/* Of 8 bytes at a time, the last ones with zeros behind them. */
uint64_t
affinity_fingerprint(const uint8_t *bytes, size_t size)
{
	uint64_t hash = size;
	size_t n = 0;

	for (size_t at = 0; at < size; at += sizeof(uint64_t))
	{
		uint64_t word = 0;

		if (size - at >= sizeof(uint64_t))
			memcpy(&word, bytes + at, sizeof(uint64_t));
		else
			memcpy(&word, bytes + at, size - at);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word);
#endif
		hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
		hash ^= hash >> 32;
		host_poll_at(n++);
	}
	hash *= UINT64_C(0xBF58476D1CE4E5B9);
	return hash ^ hash >> 29;
}

void
affinity_seal(uint8_t *bytes, size_t size)
{
	uint64_t fingerprint = affinity_fingerprint(bytes + AFFINITY_HEAD, size - AFFINITY_HEAD);

	for (int i = 0; i < 8; i++)
		bytes[AFFINITY_FINGERPRINT + i] = (uint8_t) (fingerprint >> 8 * i);
}

void
affinity_pack(const void *state, ByteWriter *out)
{
	const Affinity *affinity = state;
	const AffinityQuestion *question = &affinity->question;
	uint32_t words = pair_words(question);
	SortedKey *keys = sorted_keys(affinity);
	uint32_t *pairs = ranked_pairs(affinity, keys, words);
	uint32_t *sorted = host_alloc((size_t) affinity->n_pairs * words * sizeof(uint32_t));
	size_t start = bytes_written(out);

	sort_pairs(pairs, sorted, affinity->n_pairs, words, PAIR_OTHER, affinity->n_items);
	sort_pairs(sorted, pairs, affinity->n_pairs, words, PAIR_ITEM, affinity->n_items);
	host_free(sorted);
	write_byte(out, AFFINITY_VERSION);
	write_word(out, 0);
	write_byte(out, (uint8_t) affinity->kind);
	write_zigzag(out, question->as_of);
	write_varint(out, (uint64_t) question->half_life_days);
	write_varint(out, (uint64_t) question->max_items);
	write_varint(out, question->items_from == INT32_MIN
						  ? 0
						  : (uint64_t) ((int64_t) question->as_of - question->items_from));
	write_varint(out, affinity->users);
	write_varint(out, affinity->users_cut);
	write_varint(out, affinity->n_items);
	write_varint(out, affinity->n_pairs);
	write_items(out, affinity, keys);
	write_pairs(out, affinity, pairs, words);
	host_free(keys);
	host_free(pairs);
	affinity_seal(out->start + start, bytes_written(out) - start);
}

/* The working form of what was read. */
static Affinity *
working_form(const AffinityModel *model)
{
	AffinityRooms rooms = {.items = model->n_items, .pairs = model->n_pairs};
	Affinity *empty = affinity_create(model->kind, &model->question);
	Affinity *affinity;
	PairBatch batch;

	for (uint32_t i = 0; i < model->n_items; i++)
	{
		rooms.bytes += model->items[i].key.size;
		host_poll_at(i);
	}
	affinity = affinity_make_room(empty, &rooms);
	if (affinity != empty)
		host_free(empty);
	affinity->users = model->users;
	affinity->users_cut = model->users_cut;
	for (uint32_t i = 0; i < model->n_items; i++)
	{
		AffinityItem *item =
			affinity_items(affinity) + affinity_place(affinity, &model->items[i].key);

		item->users = model->items[i].users;
		item->weights = model->items[i].weights;
		item->squares = model->items[i].squares;
		host_poll_at(i);
	}
	pair_batch_begin(&batch, affinity);
	for (uint32_t item = 0; item < model->n_items; item++)
		for (uint32_t i = model->starts[item]; i < model->starts[item + 1]; i++)
			pair_batch_add(&batch, item, model->pairs[i].other, model->pairs[i].users,
						   model->products == NULL ? 0 : model->products[i]);
	pair_batch_end(&batch);
	return affinity;
}

void *
affinity_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	AffinityModel model;
	Affinity *affinity;

	*problem = affinity_decode(&model, bytes, size);
	if (*problem != NULL)
		return NULL;
	affinity = working_form(&model);
	affinity_model_free(&model);
	return affinity;
}
