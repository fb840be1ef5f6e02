/*
 * affinity_model.c: the stored form of an affinity, checked and read; and what is looked up in it.
 */
#include "kernel/items/affinity_model.h"

#include "kernel/base/sort.h"
#include "kernel/items/affinity_private.h"

static void
free_known(void *chunk)
{
	if (chunk != NULL)
		host_free(chunk);
}

void
affinity_model_free(AffinityModel *model)
{
	free_known(model->items);
	free_known(model->starts);
	free_known(model->pairs);
	free_known(model->products);
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
	if (fingerprint != affinity_fingerprint(bytes + AFFINITY_HEAD, size - AFFINITY_HEAD))
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

uint32_t
affinity_find(const AffinityModel *model, const ItemKey *key)
{
	uint32_t low = 0;
	uint32_t high = model->n_items;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;
		int order = item_compare(&model->items[middle].key, key);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return UINT32_MAX;
}

uint32_t *
affinity_by_users(const AffinityModel *model)
{
	uint32_t *places = host_alloc((size_t) model->n_items * sizeof(uint32_t));
	int64_t *words = host_alloc((size_t) model->n_items * sizeof(int64_t));

	for (uint32_t i = 0; i < model->n_items; i++)
	{
		words[i] = (int64_t) ((uint64_t) ~model->items[i].users << 32 | i);
		words[i] ^= INT64_MIN; /* as words without a sign */
		host_poll_at(i);
	}
	sort_int64(words, model->n_items);
	for (uint32_t i = 0; i < model->n_items; i++)
	{
		places[i] = (uint32_t) words[i];
		host_poll_at(i);
	}
	host_free(words);
	return places;
}

/* How many edges each item has, behind its place. */
static void
count_edges(const AffinityModel *model, uint32_t min_users, uint64_t *starts)
{
	memset(starts, 0, ((size_t) model->n_items + 1) * sizeof(uint64_t));
	for (uint32_t item = 0; item < model->n_items; item++)
		for (uint32_t i = model->starts[item]; i < model->starts[item + 1]; i++)
		{
			host_poll_at(i);
			if (model->pairs[i].users < min_users)
				continue;
			starts[item + 1]++;
			starts[model->pairs[i].other + 1]++;
		}
	for (uint32_t item = 0; item < model->n_items; item++)
	{
		starts[item + 1] += starts[item];
		host_poll_at(item);
	}
}

static inline void
set_edge(AffinityEdges *edges, uint64_t at, uint32_t other, uint32_t pair)
{
	edges->others[at] = other;
	edges->pairs[at] = pair;
}

AffinityEdges
affinity_edges(const AffinityModel *model, uint32_t min_users)
{
	AffinityEdges edges = {.model = model};
	uint64_t *next = host_alloc(((size_t) model->n_items + 1) * sizeof(uint64_t));

	edges.starts = host_alloc(((size_t) model->n_items + 1) * sizeof(uint64_t));
	count_edges(model, min_users, edges.starts);
	memcpy(next, edges.starts, ((size_t) model->n_items + 1) * sizeof(uint64_t));
	edges.others = host_alloc(edges.starts[model->n_items] * sizeof(uint32_t));
	edges.pairs = host_alloc(edges.starts[model->n_items] * sizeof(uint32_t));
	/* pairs ascend by both items, and so do the edges of each */
	for (uint32_t item = 0; item < model->n_items; item++)
		for (uint32_t i = model->starts[item]; i < model->starts[item + 1]; i++)
		{
			uint32_t other = model->pairs[i].other;

			host_poll_at(i);
			if (model->pairs[i].users < min_users)
				continue;
			set_edge(&edges, next[item]++, other, i);
			set_edge(&edges, next[other]++, item, i);
		}
	host_free(next);
	return edges;
}

void
affinity_edges_free(AffinityEdges *edges)
{
	host_free(edges->starts);
	host_free(edges->others);
	host_free(edges->pairs);
}
