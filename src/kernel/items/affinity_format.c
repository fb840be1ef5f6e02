/*
 * affinity_format.c: the stored form of an affinity: written, checked and read.
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
static uint64_t
fingerprint_of(const uint8_t *bytes, size_t size)
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
	uint64_t fingerprint = fingerprint_of(bytes + AFFINITY_HEAD, size - AFFINITY_HEAD);

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

/* A value above 0 and of at most INT32_MAX, or whatever else if there may be none. */
static int32_t
read_days(ByteReader *in, bool may_be_0)
{
	uint64_t value = read_varint(in, INT32_MAX);

	in->bad |= value == 0 && !may_be_0;
	return (int32_t) value;
}

static const char *
read_head(AffinityModel *model, ByteReader *in, size_t size)
{
	uint8_t kind;
	int64_t as_of;
	uint64_t from;

	kind = read_byte(in);
	as_of = read_zigzag(in);
	model->kind = (ItemKind) kind;
	model->question.half_life_days = read_days(in, true);
	model->question.max_items = read_days(in, false);
	from = read_varint(in, UINT32_MAX);
	model->users = read_varint(in, UINT32_MAX);
	model->users_cut = read_varint(in, model->users);
	model->n_items = (uint32_t) read_varint(in, size / 2);
	model->n_pairs = (uint32_t) read_varint(in, size / 2);
	model->question.as_of = (int32_t) as_of;
	model->question.items_from = from == 0 ? INT32_MIN : (int32_t) (as_of - (int64_t) from);
	in->bad |= kind > ITEM_TEXTS || !civil_day_valid(as_of) ||
			   (from > 0 && !civil_day_valid(as_of - (int64_t) from)) ||
			   (model->users > 0) != (model->n_items > 0);
	return in->bad ? "truncated or bad parameters" : NULL;
}

static const char *
read_items(AffinityModel *model, ByteReader *in)
{
	uint64_t most = (uint64_t) ITEM_WEIGHT * ITEM_WEIGHT;
	uint64_t all = 0;

	for (uint32_t i = 0; i < model->n_items && !in->bad; i++)
	{
		ModelItem *item = &model->items[i];

		item->key = item_read(in, model->kind, i == 0 ? NULL : &model->items[i - 1].key);
		item->users = (uint32_t) read_varint(in, model->users - 1) + 1;
		item->weights = (uint64_t) ITEM_WEIGHT * item->users;
		item->squares = most * item->users;
		if (model->question.half_life_days != 0)
		{
			item->weights = read_varint(in, item->weights);
			item->squares = read_varint(in, item->squares);
		}
		all += item->users;
		host_poll_at(i);
	}
	return in->bad ? "truncated or bad items" : all < model->users ? "users without an item" : NULL;
}

/* Users of both are no more than of each, and no fewer than those who do not fit beside each other.
 */
static inline bool
users_possible(const AffinityModel *model, uint32_t a, uint32_t b, uint64_t users)
{
	uint64_t of_a = model->items[a].users;
	uint64_t of_b = model->items[b].users;

	return users <= of_a && users <= of_b && of_a + of_b <= model->users + users;
}

/* A sum of products is no more than sums of squares allow (Cauchy and Schwarz). */
static uint64_t
read_products(const AffinityModel *model, ByteReader *in, uint32_t item, const ModelPair *pair)
{
	uint64_t products = read_varint(in, (uint64_t) ITEM_WEIGHT * ITEM_WEIGHT * pair->users);

	in->bad |= (unsigned __int128) products * products >
			   (unsigned __int128) model->items[item].squares * model->items[pair->other].squares;
	return products;
}

static const char *
read_pairs(AffinityModel *model, ByteReader *in)
{
	uint32_t next = 0;

	for (uint32_t item = 0; item < model->n_items && !in->bad; item++)
	{
		uint64_t n = read_varint(in, model->n_pairs - next);
		uint64_t other = item;

		model->starts[item] = next;
		for (uint64_t i = 0; i < n && !in->bad; i++)
		{
			other += read_varint(in, UINT32_MAX) + 1;
			in->bad |= other >= model->n_items;
			if (in->bad)
				break;
			model->pairs[next] =
				(ModelPair){(uint32_t) other, (uint32_t) read_varint(in, UINT32_MAX - 1) + 1};
			in->bad |= !users_possible(model, item, (uint32_t) other, model->pairs[next].users);
			if (model->products != NULL)
				model->products[next] = read_products(model, in, item, &model->pairs[next]);
			next++;
			host_poll_at(next);
		}
		host_poll_at(item);
	}
	model->starts[model->n_items] = next;
	return in->bad					? "truncated or bad pairs"
		   : next != model->n_pairs ? "another number of pairs"
									: NULL;
}

/* Up to the items, where the reader then stands; the fingerprint is not looked at. */
static const char *
open_bytes(AffinityModel *model, ByteReader *in, const uint8_t *bytes, size_t size)
{
	*in = byte_reader(bytes, size);
	*model = (AffinityModel){0};
	if (read_byte(in) != AFFINITY_VERSION)
		return "unknown format version";
	if (size < AFFINITY_HEAD)
		return "truncated or bad parameters";
	in->next = bytes + AFFINITY_HEAD;
	return read_head(model, in, size);
}

const char *
affinity_decode_head(AffinityModel *model, const uint8_t *bytes, size_t size)
{
	ByteReader in;

	return open_bytes(model, &in, bytes, size);
}

const char *
affinity_decode(AffinityModel *model, const uint8_t *bytes, size_t size)
{
	ByteReader in;
	const char *problem = open_bytes(model, &in, bytes, size);
	uint64_t fingerprint = 0;

	if (problem != NULL)
		return problem;
	for (int i = 0; i < 8; i++)
		fingerprint |= (uint64_t) bytes[AFFINITY_FINGERPRINT + i] << 8 * i;
	if (fingerprint != fingerprint_of(bytes + AFFINITY_HEAD, size - AFFINITY_HEAD))
		return "another fingerprint";
	model->items = host_alloc((size_t) model->n_items * sizeof(ModelItem));
	model->starts = host_alloc(((size_t) model->n_items + 1) * sizeof(uint32_t));
	model->pairs = host_alloc((size_t) model->n_pairs * sizeof(ModelPair));
	if (model->question.half_life_days != 0)
		model->products = host_alloc((size_t) model->n_pairs * sizeof(uint64_t));
	problem = read_items(model, &in);
	if (problem == NULL)
		problem = read_pairs(model, &in);
	if (problem == NULL && in.next != in.end)
		problem = "more than an affinity";
	if (problem != NULL)
		affinity_model_free(model);
	return problem;
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
