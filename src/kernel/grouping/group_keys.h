/*
 * group_keys.h: how the users of a grouping are told apart.
 */
#ifndef USER_OPS_KERNEL_GROUP_KEYS_H
#define USER_OPS_KERNEL_GROUP_KEYS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct GroupKeys GroupKeys;
struct GroupKeys
{
	bool fixed;    /* keys are int64, else bytes */
	uint32_t size; /* of bytes: of every key; 0: they differ */
	/* For bytes; NULL: all bytes count.  Equal keys must have equal hashes. */
	uint64_t (*hash)(const GroupKeys *keys, const uint8_t *key, uint32_t size);
	bool (*equal)(const GroupKeys *keys, const uint8_t *a, uint32_t a_size, const uint8_t *b,
				  uint32_t b_size);
	void *context; /* for these two */
};

#endif
