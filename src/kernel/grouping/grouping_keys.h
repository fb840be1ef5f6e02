/*
 * grouping_keys.h: keys of bytes, told apart.
 *
 * A key of up to 16 bytes is its two ends, which overlap or meet, and its size:
 * three words that are compared and hashed in registers.
 */
#ifndef USER_OPS_KERNEL_GROUPING_KEYS_H
#define USER_OPS_KERNEL_GROUPING_KEYS_H

#include "kernel/grouping/grouping.h"

#include <string.h>

#define SHORT_KEY 16

typedef struct KeyEnds
{
	uint64_t first;
	uint64_t last;
} KeyEnds;

/* A key, in as little room as it takes to tell it from others. */
typedef struct KeyName
{
	KeyEnds ends; /* of a short one; of others where it stands in a log, and its hash */
	uint32_t size;
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

/* Write a short key of which these are the ends: in registers; returns where it stands. */
static inline uint8_t *
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
	return to;
}

extern uint64_t grouping_hash_long(const uint8_t *key, uint32_t size);

/* Is it all there is to a key of this size that its ends say? */
static inline bool
grouping_short_key(const GroupKeys *keys, uint32_t size)
{
	return size <= SHORT_KEY && keys->hash == NULL;
}

/* Where a key that is not short stands. */
static inline const uint8_t *
grouping_long_key(const KeyName *name)
{
	return (const uint8_t *) (uintptr_t) name->ends.first;
}

static inline KeyName
grouping_name(const GroupKeys *keys, const uint8_t *key, uint32_t size)
{
	if (grouping_short_key(keys, size))
		return (KeyName){grouping_key_ends(key, size), size};
	return (KeyName){{(uintptr_t) key, keys->hash != NULL ? keys->hash(keys, key, size)
														  : grouping_hash_long(key, size)},
					 size};
}

/* The hash of a key; equal ones have the same. */
static inline uint64_t
grouping_hash(const GroupKeys *keys, const KeyName *name)
{
	return grouping_short_key(keys, name->size)
			   ? grouping_fold(name->ends.first, name->ends.last ^ name->size * 0xD6E8FEB86659FD93)
			   : name->ends.last;
}

static inline bool
grouping_same_key(const GroupKeys *keys, const KeyName *a, const KeyName *b)
{
	if (keys->size == 0 && keys->equal == NULL && a->size != b->size)
		return false;
	if (grouping_short_key(keys, b->size))
		return a->ends.first == b->ends.first && a->ends.last == b->ends.last;
	if (a->ends.last != b->ends.last)
		return false;
	return keys->equal != NULL
			   ? keys->equal(keys, grouping_long_key(a), a->size, grouping_long_key(b), b->size)
			   : memcmp(grouping_long_key(a), grouping_long_key(b), a->size) == 0;
}

#endif
