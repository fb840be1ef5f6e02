/*
 * grouping_keys.h: keys of bytes, told apart.
 *
 * A key of up to 16 bytes is its two ends, which overlap or meet, and its size:
 * three words that are compared and hashed in registers.
 */
#ifndef USER_OPS_KERNEL_GROUPING_KEYS_H
#define USER_OPS_KERNEL_GROUPING_KEYS_H

#include "kernel/grouping.h"

#include <string.h>

#define SHORT_KEY 16

typedef struct KeyEnds
{
	uint64_t first;
	uint64_t last;
} KeyEnds;

/* A key with its hash. */
typedef struct KeyName
{
	uint64_t hash;
	const uint8_t *key; /* in a log */
	uint32_t size;
	KeyEnds ends;       /* of a short one */
} KeyName;

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

/* The ends of a short key. */
static inline KeyEnds
grouping_key_ends(const uint8_t *key, uint32_t size)
{
	if (size >= 8)
		return (KeyEnds){grouping_load(key, 8), grouping_load(key + size - 8, 8)};
	if (size >= 4)
		return (KeyEnds){grouping_load(key, 4), grouping_load(key + size - 4, 4)};
	return (KeyEnds){grouping_load(key, size & 3), 0};
}

/* Write a short key of which these are the ends: in registers. */
static inline void
grouping_put_key(uint8_t *to, const KeyEnds *ends, uint32_t size)
{
	if (size >= 8)
	{
		memcpy(to, &ends->first, 8);
		memcpy(to + size - 8, &ends->last, 8);
	}
	else if (size >= 4)
	{
		memcpy(to, &ends->first, 4);
		memcpy(to + size - 4, &ends->last, 4);
	}
	else
		memcpy(to, &ends->first, size & 3);
}

extern uint64_t grouping_hash_long(const uint8_t *key, uint32_t size);

/* Equal keys have equal names but for where the key stands. */
static inline KeyName
grouping_name(const GroupKeys *keys, const uint8_t *key, uint32_t size)
{
	KeyName name = {.key = key, .size = size};

	if (size <= SHORT_KEY)
		name.ends = grouping_key_ends(key, size);
	if (keys->hash != NULL)
		name.hash = keys->hash(keys, key, size);
	else if (size <= SHORT_KEY)
		name.hash = grouping_fold(name.ends.first, name.ends.last ^ size * 0xD6E8FEB86659FD93);
	else
		name.hash = grouping_hash_long(key, size);
	return name;
}

/* Have they the same key?  Their hashes are equal. */
static inline bool
grouping_same_key(const GroupKeys *keys, const KeyName *a, const KeyName *b)
{
	if (keys->equal != NULL)
		return keys->equal(keys, a->key, a->size, b->key, b->size);
	if (a->size != b->size)
		return false;
	if (a->size <= SHORT_KEY)
		return a->ends.first == b->ends.first && a->ends.last == b->ends.last;
	return memcmp(a->key, b->key, a->size) == 0;
}

#endif
