/*
 * texts.c: a growing set of texts.
 *
 * The bytes stand in chunks that never move, so that what refers to a text stays good.
 */
#include "kernel/journey/texts.h"

#include <string.h>

#include "kernel/base/sort.h"

#define SMALLEST 64    /* bytes of texts that are allocated at once: as many as there are, but */
#define LARGEST  65536
#define FIRST    8     /* texts that there is room for */

uint64_t
text_hash(const char *bytes, uint32_t size)
{
	uint64_t hash = size * UINT64_C(0x9E3779B97F4A7C15);

	while (size > 0)
	{
		uint64_t word = 0;
		uint32_t part = size < sizeof(word) ? size : (uint32_t) sizeof(word);

		memcpy(&word, bytes, part);
		hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
		hash ^= hash >> 32;
		bytes += part;
		size -= part;
	}
	return hash;
}

int
text_compare(const JourneyText *a, const JourneyText *b)
{
	int sign = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

	return sign != 0 ? sign : (a->size > b->size) - (a->size < b->size);
}

static void
put_in_bucket(Texts *texts, uint32_t number)
{
	uint32_t bucket = (uint32_t) texts->hashes[number] & (texts->n_buckets - 1);

	while (texts->buckets[bucket] != 0)
		bucket = (bucket + 1) & (texts->n_buckets - 1);
	texts->buckets[bucket] = number + 1;
}

static void
grow(Texts *texts)
{
	uint32_t capacity = texts->capacity == 0 ? FIRST : 2 * texts->capacity;

	if (texts->capacity == 0)
	{
		texts->texts = host_alloc(capacity * sizeof(JourneyText));
		texts->hashes = host_alloc(capacity * sizeof(uint64_t));
	}
	else
	{
		texts->texts = host_realloc(texts->texts, capacity * sizeof(JourneyText));
		texts->hashes = host_realloc(texts->hashes, capacity * sizeof(uint64_t));
		host_free(texts->buckets);
	}
	texts->capacity = capacity;
	texts->n_buckets = 2 * capacity;
	texts->buckets = host_alloc(texts->n_buckets * sizeof(uint32_t));
	memset(texts->buckets, 0, texts->n_buckets * sizeof(uint32_t));
	for (uint32_t i = 0; i < texts->n; i++)
		put_in_bucket(texts, i);
}

/* A chunk begins with a pointer to the one before it. */
static char *
new_chunk(Texts *texts, uint32_t size)
{
	size_t room = texts->size < SMALLEST  ? SMALLEST
				  : texts->size > LARGEST ? LARGEST
										  : texts->size;
	char *chunk;

	room = room < size ? size : room;
	chunk = host_alloc(sizeof(char *) + room);
	memcpy(chunk, &texts->chunk, sizeof(char *));
	texts->chunk = chunk;
	texts->room = room;
	return chunk + sizeof(char *);
}

static const char *
keep(Texts *texts, const char *bytes, uint32_t size)
{
	char *to;

	if (texts->chunk == NULL || size > texts->room)
		texts->bytes = new_chunk(texts, size);
	to = memcpy(texts->bytes, bytes, size);
	texts->bytes += size;
	texts->room -= size;
	texts->size += size;
	return to;
}

static inline uint32_t
find(const Texts *texts, const char *bytes, uint32_t size, uint64_t hash)
{
	uint32_t last = texts->n_buckets - 1;

	if (texts->n == 0)
		return JOURNEY_NONE;
	for (uint32_t bucket = (uint32_t) hash & last; texts->buckets[bucket] != 0;
		 bucket = (bucket + 1) & last)
	{
		uint32_t number = texts->buckets[bucket] - 1;

		if (texts->hashes[number] == hash && text_equal(&texts->texts[number], bytes, size))
			return number;
	}
	return JOURNEY_NONE;
}

uint32_t
texts_find(const Texts *texts, const char *bytes, uint32_t size)
{
	return find(texts, bytes, size, text_hash(bytes, size));
}

uint32_t
texts_add(Texts *texts, const char *bytes, uint32_t size)
{
	uint64_t hash = text_hash(bytes, size);
	uint32_t number = find(texts, bytes, size, hash);

	if (number != JOURNEY_NONE)
		return number;
	if (texts->n == TEXTS_MOST || texts->size + size > TEXTS_BYTES)
		host_fail(KERNEL_TEXTS_RANGE);
	if (texts->n == texts->capacity)
		grow(texts);
	texts->texts[texts->n] = (JourneyText){keep(texts, bytes, size), size};
	texts->hashes[texts->n] = hash;
	put_in_bucket(texts, texts->n);
	return texts->n++;
}

typedef struct Placed
{
	JourneyText text;
	uint32_t number;
} Placed;

static int
compare_placed(const void *a, const void *b)
{
	return text_compare(&((const Placed *) a)->text, &((const Placed *) b)->text);
}

uint32_t *
texts_places(const Texts *texts, JourneyText *sorted)
{
	Placed *placed = host_alloc(texts->n * sizeof(Placed) + 1);
	uint32_t *places = host_alloc(texts->n * sizeof(uint32_t) + 1);

	for (uint32_t i = 0; i < texts->n; i++)
		placed[i] = (Placed){texts->texts[i], i};
	sort_entries(placed, texts->n, sizeof(Placed), compare_placed);
	for (uint32_t i = 0; i < texts->n; i++)
	{
		places[placed[i].number] = i;
		sorted[i] = placed[i].text;
	}
	host_free(placed);
	return places;
}

void
texts_free(Texts *texts)
{
	char *chunk = texts->chunk;

	while (chunk != NULL)
	{
		char *before;

		memcpy(&before, chunk, sizeof(before));
		host_free(chunk);
		chunk = before;
	}
	if (texts->capacity > 0)
	{
		host_free(texts->texts);
		host_free(texts->hashes);
		host_free(texts->buckets);
	}
	*texts = (Texts){0};
}
