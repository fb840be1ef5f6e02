/*
 * grouping_keys.c: the hash of keys that are not short.
 */
#include "kernel/grouping/grouping_keys.h"

uint64_t
grouping_hash_long(const uint8_t *key, uint32_t size)
{
	uint64_t hash = size;
	KeyWords words;

	for (; size > SHORT_KEY; key += SHORT_KEY, size -= SHORT_KEY)
		hash = grouping_fold(grouping_load(key, 8) ^ hash, grouping_load(key + 8, 8));
	words = grouping_key_words(key, size);
	return grouping_fold(grouping_fold(words.first, words.last), hash);
}
