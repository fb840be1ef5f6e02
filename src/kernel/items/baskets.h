/*
 * baskets.h: the items of all users, grouped; read as their baskets.
 *
 * The grouping engine with the rows of baskets, in one stream: a row's when is its day, and
 * it carries the item, a number of 8 bytes, or that of a text in a dictionary, of 4, which
 * all groupings of one codec share.
 */
#ifndef USER_OPS_KERNEL_BASKETS_H
#define USER_OPS_KERNEL_BASKETS_H

#include "kernel/grouping/grouping.h"
#include "kernel/items/affinity.h"
#include "kernel/journey/texts.h"

typedef struct BasketsCodec
{
	GroupCodec codec;
	ItemKind kind;
	Texts texts;
	TextMarks referred;		 /* by the rows that are handed over, if not all */
	uint32_t *translated;	 /* numbers in the dictionary read last: ours */
	struct BasketRows *rows; /* what encoding uses */
	ByteWriter bytes;
} BasketsCodec;

extern BasketsCodec *baskets_codec(ItemKind kind);

/* Write where grouping_add_... says. */
static inline void
baskets_write_number(void *extra, int64_t item)
{
	memcpy(extra, &item, sizeof(item));
}

static inline void
baskets_write_text(void *extra, uint32_t number)
{
	memcpy(extra, &number, sizeof(number));
}

/* Read the users of a grouping with such a codec; n_left: of partitions, see grouping_open(). */
typedef struct BasketsCursor BasketsCursor;

extern BasketsCursor *baskets_open(Grouping *grouping, uint32_t n_left);

/* The next user; false at the end.  His key, and what is read of him, are valid until the next one.
 */
extern bool baskets_next(BasketsCursor *cursor, const uint8_t **key, uint32_t *key_size);

/* His basket as it is stored. */
extern void baskets_write(const BasketsCursor *cursor, ByteWriter *out);

/* The affinity with him. */
extern Affinity *baskets_add(const BasketsCursor *cursor, Affinity *affinity);

extern void baskets_close(BasketsCursor *cursor);

#endif
