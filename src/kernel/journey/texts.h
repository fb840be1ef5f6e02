/*
 * texts.h: a growing set of texts, each known by a number: in the order in which they
 * came, and, once that is asked for, by its place in the order of their bytes.
 */
#ifndef USER_OPS_KERNEL_TEXTS_H
#define USER_OPS_KERNEL_TEXTS_H

#include <string.h>

#include "kernel/journey/journey.h"

#define TEXTS_MOST  ((uint32_t) 1 << 24) /* of a set */
#define TEXTS_BYTES ((size_t) 512 << 20) /* of all its texts */

typedef struct Texts
{
	JourneyText *texts; /* by number */
	uint32_t n;
	uint32_t capacity;
	uint64_t *hashes;   /* by number */
	uint32_t *buckets;  /* numbers + 1; 0: none */
	uint32_t n_buckets; /* a power of two, or 0 */
	char *chunk;        /* that texts go to, behind the address of the one before it; NULL: none */
	char *bytes;        /* where the next text goes */
	size_t room;        /* for it */
	size_t size;        /* of all texts */
} Texts;

extern int text_compare(const JourneyText *a, const JourneyText *b);

static inline bool
text_equal(const JourneyText *a, const char *bytes, uint32_t size)
{
	return a->size == size && memcmp(a->bytes, bytes, size) == 0;
}

/*
 * Most names are short: the hash of such a one comes from no other of its size, so that
 * nothing else is compared.
 */
#define SHORT_TEXT 8

static inline uint64_t
text_word(const char *bytes, uint32_t size)
{
	uint64_t word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (size >= sizeof(uint32_t))
	{
		uint32_t first;
		uint32_t last;

		memcpy(&first, bytes, sizeof(first));
		memcpy(&last, bytes + size - sizeof(last), sizeof(last));
		return first | (uint64_t) last << 8 * (size - sizeof(last));
	}
#endif
	for (uint32_t i = 0; i < size; i++)
		word |= (uint64_t) (uint8_t) bytes[i] << 8 * i;
	return word;
}

static inline uint64_t
text_mix(uint64_t hash)
{
	hash *= UINT64_C(0xD6E8FEB86659FD93);
	return hash ^ hash >> 32;
}

extern uint64_t text_hash_long(const char *bytes, uint32_t size);

static inline uint64_t
text_hash(const char *bytes, uint32_t size)
{
	return size <= SHORT_TEXT ? text_mix(text_word(bytes, size)) : text_hash_long(bytes, size);
}

static inline uint32_t
texts_find_hash(const Texts *texts, const char *bytes, uint32_t size, uint64_t hash)
{
	uint32_t last = texts->n_buckets - 1;

	if (texts->n == 0)
		return JOURNEY_NONE;
	for (uint32_t bucket = (uint32_t) hash & last; texts->buckets[bucket] != 0;
		 bucket = (bucket + 1) & last)
	{
		uint32_t number = texts->buckets[bucket] - 1;

		if (texts->hashes[number] == hash && texts->texts[number].size == size &&
			(size <= SHORT_TEXT || memcmp(texts->texts[number].bytes, bytes, size) == 0))
			return number;
	}
	return JOURNEY_NONE;
}

/* The number of a text, or JOURNEY_NONE. */
static inline uint32_t
texts_find(const Texts *texts, const char *bytes, uint32_t size)
{
	return texts_find_hash(texts, bytes, size, text_hash(bytes, size));
}

/* The number of a text, which is added if it is new; fails (KERNEL_TEXTS_RANGE) if there are too many. */
extern uint32_t texts_add(Texts *texts, const char *bytes, uint32_t size);

/*
 * Texts as bytes, which a set of another process takes: all of them, or some that are
 * marked.  The marks are all 0 at first, and again when they were written.
 */
typedef struct TextMarks
{
	uint64_t *words; /* a bit each */
	uint32_t n_words;
	uint32_t n;
	size_t size; /* of the texts */
	bool some;   /* not all, even if none is marked */
} TextMarks;

extern void texts_mark(const Texts *texts, TextMarks *marks, uint32_t number);

extern size_t texts_export_size(const Texts *texts, const TextMarks *marks);
/* Returns the end of what it wrote. */
extern uint8_t *texts_export(const Texts *texts, TextMarks *marks, uint8_t *to);

/*
 * The numbers here of texts that were exported, by those there, in a new array; *bytes moves
 * behind them; *differ is set if some are not the same.
 */
extern uint32_t *texts_import(Texts *texts, const uint8_t **bytes, bool *differ);

/* The places of the texts in the order of their bytes, by number, in a new array; sorted gets them in that order. */
extern uint32_t *texts_places(const Texts *texts, JourneyText *sorted);

extern void texts_free(Texts *texts);

/*
 * Texts of a set in the order of their bytes, and the place of each by its number.  If the
 * set is small, of all of it; else of those that some rows have.  All 0 at first.
 */
typedef struct PlacedTexts
{
	JourneyText *texts;
	uint32_t *places; /* NULL: of some */
	uint32_t n;
} PlacedTexts;

extern void texts_place(const Texts *texts, PlacedTexts *placed);

/* A number becomes a place, or stays as it is until all are known. */
static inline uint32_t
placed_text(const PlacedTexts *placed, uint32_t number)
{
	return placed->places == NULL ? number : placed->places[number];
}

/*
 * Numbers, of which JOURNEY_NONE is none, become places among the texts that they have: n of
 * them, the distance of two given in bytes.
 */
extern void texts_place_used(const Texts *texts, PlacedTexts *placed, uint32_t *numbers,
							 size_t distance, uint32_t n);

extern void placed_texts_free(PlacedTexts *placed);

#endif
