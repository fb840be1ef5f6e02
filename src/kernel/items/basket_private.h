/*
 * basket_private.h: what adding up a basket and its stored form share.
 */
#ifndef USER_OPS_KERNEL_BASKET_PRIVATE_H
#define USER_OPS_KERNEL_BASKET_PRIVATE_H

#include "kernel/items/basket.h"

/* A row with its item. */
typedef struct BasketEntry
{
	ItemKey item;
	int32_t day;
	uint32_t count;
} BasketEntry;

/* A basket without a row, with room for so many and for so many bytes of texts. */
extern Basket *basket_with_room(ItemKind kind, size_t n_rows, size_t n_bytes);

/* One more row of any count, for which there may be no room. */
extern Basket *basket_add_count(Basket *basket, const ItemKey *item, int32_t day, uint32_t count);

/* Its rows ascending, each once, to be freed; their items stand in the basket. */
extern BasketEntry *basket_entries(const Basket *basket, uint32_t *n);

/* Rows of any order become ascending ones, each once; how many are left. */
extern uint32_t basket_put_in_order(BasketEntry *entries, uint32_t n);

/* The stored form of such rows. */
extern void basket_write(ByteWriter *out, ItemKind kind, const BasketEntry *entries, uint32_t n);

extern void basket_pack(const void *state, ByteWriter *out);
extern void *basket_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
