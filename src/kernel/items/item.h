/*
 * item.h: what an item is, and how much a day of it weighs.
 */
#ifndef USER_OPS_KERNEL_ITEM_H
#define USER_OPS_KERNEL_ITEM_H

#include <string.h>

#include "kernel/base/bytes.h"

#define ITEM_MOST_BYTES 255	  /* of a text */
#define ITEM_WEIGHT		65536 /* of a day of age 0, and of any day without a half-life */

typedef enum ItemKind
{
	ITEM_NUMBERS = 0,
	ITEM_TEXTS = 1
} ItemKind;

/* A text has no byte 0. */
typedef struct ItemKey
{
	const char *bytes; /* NULL: a number */
	uint32_t size;
	int64_t number;
} ItemKey;

/* Numbers as such, texts by their bytes. */
static inline int
item_compare(const ItemKey *a, const ItemKey *b)
{
	uint32_t shorter = a->size < b->size ? a->size : b->size;
	int order;

	if (a->bytes == NULL)
		return (a->number > b->number) - (a->number < b->number);
	order = memcmp(a->bytes, b->bytes, shorter);
	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static inline bool
item_equal(const ItemKey *a, const ItemKey *b)
{
	return a->number == b->number && a->size == b->size &&
		   (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

/*
 * A key behind the one before it, which is NULL for the first one: a number as zigzag, or
 * varint how far it is from that, less 1; a text as 1 byte its size, and its bytes.
 */
extern void item_write(ByteWriter *out, const ItemKey *key, const ItemKey *before);

/* A text stands where it was read; in->bad if the key does not ascend. */
extern ItemKey item_read(ByteReader *in, ItemKind kind, const ItemKey *before);

/* 65536 * 2^(-age / half-life), rounded: whole, so that sums do not depend on their order. */
extern uint32_t item_weight(int64_t age, int32_t half_life_days);

#endif
