/*
 * grouping_keys.h: keys of bytes, compact: hashed and compared.
 *
 * A key of up to 16 bytes is two words, its two ends, which overlap or meet, and its
 * size: these are compared and hashed in registers.
 */
#ifndef USER_OPS_KERNEL_GROUPING_KEYS_H
#define USER_OPS_KERNEL_GROUPING_KEYS_H

#include "kernel/grouping/group_keys.h"

#include <string.h>

#define SHORT_KEY 16

/* The two ends of a short key. */
typedef struct KeyWords
{
	uint64_t first;
	uint64_t last;
} KeyWords;

/* A key, in as much room as it takes to tell it from others. */
typedef struct CompactKey
{
	KeyWords words; /* of a short key; for others, where it stands in a log, and its hash */
	uint32_t size;
} CompactKey;

/* Two words folded into one, as wyhash does (Wang Yi, 2019). */
static inline uint64_t
grouping_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product =
		(unsigned __int128) (a ^ 0x9E3779B97F4A7C15) * (b ^ 0xD6E8FEB86659FD93);

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static inline uint64_t
grouping_load(const uint8_t *from, uint32_t size)
{
	uint64_t word = 0;

	memcpy(&word, from, size);
	return word;
}

/* A short key as words. */
static inline KeyWords
grouping_key_words(const uint8_t *key, uint32_t size)
{
	if (size >= 8)
		return (KeyWords){grouping_load(key, 8), grouping_load(key + size - 8, 8)};
	if (size >= 4)
		return (KeyWords){grouping_load(key, 4), grouping_load(key + size - 4, 4)};
	return (KeyWords){grouping_load(key, size & 3), 0};
}

/* Write a short key of which these are the words, from registers; returns where it stands. */
static inline uint8_t *
grouping_put_key(uint8_t *to, const KeyWords *words, uint32_t size)
{
	if (size >= 8)
	{
		memcpy(to, &words->first, 8);
		memcpy(to + size - 8, &words->last, 8);
	}
	else if (size >= 4)
	{
		memcpy(to, &words->first, 4);
		memcpy(to + size - 4, &words->last, 4);
	}
	else
		memcpy(to, &words->first, size & 3);
	return to;
}

extern uint64_t grouping_hash_long(const uint8_t *key, uint32_t size);

/* Do its words say all there is to a key of this size? */
static inline bool
grouping_short_key(const GroupKeys *keys, uint32_t size)
{
	return size <= SHORT_KEY && keys->hash == NULL;
}

/* Where a key that is not short stands. */
static inline const uint8_t *
grouping_long_key(const CompactKey *compact)
{
	return (const uint8_t *) (uintptr_t) compact->words.first;
}

static inline CompactKey
grouping_compact_key(const GroupKeys *keys, const uint8_t *key, uint32_t size)
{
	if (grouping_short_key(keys, size))
		return (CompactKey){grouping_key_words(key, size), size};
	return (CompactKey){{(uintptr_t) key, keys->hash != NULL ? keys->hash(keys, key, size)
															 : grouping_hash_long(key, size)},
						size};
}

/* The hash of a key; equal ones have the same. */
static inline uint64_t
grouping_hash(const GroupKeys *keys, const CompactKey *compact)
{
	return grouping_short_key(keys, compact->size)
			   ? grouping_fold(compact->words.first,
							   compact->words.last ^ compact->size * 0xD6E8FEB86659FD93)
			   : compact->words.last;
}

static inline bool
grouping_same_key(const GroupKeys *keys, const CompactKey *a, const CompactKey *b)
{
	if (keys->size == 0 && keys->equal == NULL && a->size != b->size)
		return false;
	if (grouping_short_key(keys, b->size))
		return a->words.first == b->words.first && a->words.last == b->words.last;
	if (a->words.last != b->words.last)
		return false;
	return keys->equal != NULL
			   ? keys->equal(keys, grouping_long_key(a), a->size, grouping_long_key(b), b->size)
			   : memcmp(grouping_long_key(a), grouping_long_key(b), a->size) == 0;
}

#endif
