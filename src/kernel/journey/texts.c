/*
 * texts.c: a growing set of texts.
 *
 * The bytes stand in chunks that never move, so that what refers to a text stays good.
 *
 *	an export	+----------+------------------+--------+------+-------+
 *				| how many | highest number+1 | number | size | bytes |  ...
 *				+----------+------------------+--------+------+-------+
 *				 4 bytes    4 bytes            4 bytes  4 bytes
 */
#include "kernel/journey/texts.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/base/sort.h"

#define SMALLEST 64    /* bytes of texts that are allocated at once: as many as there are, but */
#define LARGEST  65536
#define FIRST    8     /* texts that there is room for */
#define FEW      256   /* texts that are placed once, and not for each user */

uint64_t
text_hash_long(const char *bytes, uint32_t size)
{
	uint64_t hash = size;

	for (; size > SHORT_TEXT; size -= SHORT_TEXT, bytes += SHORT_TEXT)
		hash = text_mix(hash ^ text_word(bytes, SHORT_TEXT));
	return text_mix(hash ^ text_word(bytes, size));
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

uint32_t
texts_add(Texts *texts, const char *bytes, uint32_t size)
{
	uint64_t hash = text_hash(bytes, size);
	uint32_t number = texts_find_hash(texts, bytes, size, hash);

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

static void
make_marks(TextMarks *marks, uint32_t n_words)
{
	uint64_t *words = host_alloc(n_words * sizeof(uint64_t));

	memset(words, 0, n_words * sizeof(uint64_t));
	if (marks->words != NULL)
	{
		memcpy(words, marks->words, marks->n_words * sizeof(uint64_t));
		host_free(marks->words);
	}
	marks->words = words;
	marks->n_words = n_words;
}

void
texts_mark(const Texts *texts, TextMarks *marks, uint32_t number)
{
	uint64_t bit = (uint64_t) 1 << number % 64;

	if (number / 64 >= marks->n_words)
		make_marks(marks, texts->capacity / 64 + 1);
	if ((marks->words[number / 64] & bit) != 0)
		return;
	marks->words[number / 64] |= bit;
	marks->n++;
	marks->size += texts->texts[number].size;
}

size_t
texts_export_size(const Texts *texts, const TextMarks *marks)
{
	size_t n = marks->some ? marks->n : texts->n;

	return (2 + 2 * n) * sizeof(uint32_t) + (marks->some ? marks->size : texts->size);
}

static uint8_t *
put_number(uint8_t *to, uint32_t number)
{
	memcpy(to, &number, sizeof(number));
	return to + sizeof(number);
}

static uint32_t
take_number(const uint8_t **from)
{
	uint32_t number;

	memcpy(&number, *from, sizeof(number));
	*from += sizeof(number);
	return number;
}

static uint8_t *
export_text(const Texts *texts, uint32_t number, uint8_t *to)
{
	const JourneyText *text = &texts->texts[number];

	to = put_number(put_number(to, number), text->size);
	return (uint8_t *) memcpy(to, text->bytes, text->size) + text->size;
}

uint8_t *
texts_export(const Texts *texts, TextMarks *marks, uint8_t *to)
{
	to = put_number(to, marks->some ? marks->n : texts->n);
	to = put_number(to, texts->n);
	for (uint32_t i = 0; !marks->some && i < texts->n; i++)
	{
		to = export_text(texts, i, to);
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < marks->n_words; i++)
	{
		for (; marks->words[i] != 0; marks->words[i] &= marks->words[i] - 1)
			to = export_text(texts, i * 64 + (uint32_t) __builtin_ctzll(marks->words[i]), to);
		host_poll_at(i);
	}
	*marks = (TextMarks){.words = marks->words, .n_words = marks->n_words};
	return to;
}

uint32_t *
texts_import(Texts *texts, const uint8_t **bytes, bool *differ)
{
	uint32_t n = take_number(bytes);
	uint32_t *numbers = host_alloc(take_number(bytes) * sizeof(uint32_t) + 1);

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t number = take_number(bytes);
		uint32_t size = take_number(bytes);

		numbers[number] = texts_add(texts, (const char *) *bytes, size);
		*differ |= numbers[number] != number;
		*bytes += size;
		host_poll_at(i);
	}
	return numbers;
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

void
placed_texts_free(PlacedTexts *placed)
{
	if (placed->places != NULL)
		host_free(placed->places);
	if (placed->texts != NULL)
		host_free(placed->texts);
	*placed = (PlacedTexts){0};
}

void
texts_place(const Texts *texts, PlacedTexts *placed)
{
	if (placed->places != NULL && placed->n == texts->n)
		return;
	placed_texts_free(placed);
	if (texts->n > FEW)
		return;
	placed->texts = host_alloc(texts->n * sizeof(JourneyText) + 1);
	placed->places = texts_places(texts, placed->texts);
	placed->n = texts->n;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a;
	uint32_t y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

/* The numbers that there are, each once; how many. */
static uint32_t
distinct_numbers(const char *column, size_t distance, uint32_t n, uint32_t *distinct)
{
	uint32_t n_numbers = 0;
	uint32_t n_distinct = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t number = *(const uint32_t *) (column + i * distance);

		if (number != JOURNEY_NONE)
			distinct[n_numbers++] = number;
		host_poll_at(i);
	}
	sort_entries(distinct, n_numbers, sizeof(uint32_t), compare_numbers);
	for (uint32_t i = 0; i < n_numbers; i++)
		if (n_distinct == 0 || distinct[i] != distinct[n_distinct - 1])
			distinct[n_distinct++] = distinct[i];
	return n_distinct;
}

void
texts_place_used(const Texts *texts, PlacedTexts *placed, uint32_t *numbers, size_t distance,
				 uint32_t n)
{
	uint32_t *distinct = host_alloc(n * sizeof(uint32_t));
	Texts used = {.n = distinct_numbers((char *) numbers, distance, n, distinct)};
	uint32_t *places;

	used.texts = host_alloc(used.n * sizeof(JourneyText) + 1);
	for (uint32_t i = 0; i < used.n; i++)
		used.texts[i] = texts->texts[distinct[i]];
	placed_texts_free(placed);
	placed->texts = host_alloc(used.n * sizeof(JourneyText) + 1);
	placed->n = used.n;
	places = texts_places(&used, placed->texts);
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t *number = (uint32_t *) ((char *) numbers + i * distance);

		if (*number != JOURNEY_NONE)
			*number = places[(const uint32_t *) bsearch(number, distinct, used.n, sizeof(uint32_t),
														compare_numbers) -
							 distinct];
		host_poll_at(i);
	}
	host_free(places);
	host_free(used.texts);
	host_free(distinct);
}
