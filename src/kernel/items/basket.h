/*
 * basket.h: one user's items with their days, as a state (state.h), and as bytes.
 *
 * An item is a number or a text, all of a basket in one way.  It has the days on which there
 * were rows of it, and how many: so whatever is read of a basket is read as of any day, and
 * baskets merge by addition.
 *
 *	+---------+------+-----------+======+======+==
 *	| version | kind | first day | item | item |  to the end
 *	+---------+------+-----------+======+======+==
 *	  1 byte   1 byte  zigzag
 *
 *	first day	of all items
 *	item	number: zigzag of the first one, of others varint how far it is from the one
 *			before, less 1; or text: 1 byte its size, and its bytes
 *			days
 *	day		varint gap << 2 | another day follows << 1 | more than one row
 *			varint rows - 2		if there is more than one
 *	gap		to the first day; of all but the first day of an item to the day before, less 1
 *
 * Items ascend, numbers as such and texts by their bytes, and each stands once.  An item of
 * a single day with one row takes 2 to 4 bytes, and those of its text.  Varint and zigzag are
 * those of bytes.h.  Not done: beginnings that texts share, so that a reader gives texts
 * where they stand.
 *
 * The working form has rows as they come, 16 bytes each, in front, and texts at the end of
 * its chunk.  When both meet, equal rows become one, and it grows if that did not halve it.
 */
#ifndef USER_OPS_KERNEL_BASKET_H
#define USER_OPS_KERNEL_BASKET_H

#include "kernel/base/civil.h"
#include "kernel/base/state.h"
#include "kernel/items/item.h"

#define BASKET_VERSION 1
#define BASKET_ITEMS   1000000 /* at most */

typedef struct BasketRow
{
	union
	{
		int64_t number;
		struct
		{
			uint32_t back; /* bytes from the end of the chunk */
			uint32_t size;
		} text;
	} item;
	int32_t day;
	uint32_t count;
} BasketRow;

typedef struct Basket
{
	State state;
	uint32_t kind; /* ItemKind */
	uint32_t n;
	uint32_t n_bytes; /* of texts */
	bool sorted;	  /* ascending, each item and day once */
	BasketRow rows[];
} Basket;

extern const StateKind basket_state;

extern Basket *basket_create(ItemKind kind);

/* Fails unless its items are of this kind. */
extern void basket_expect(const Basket *basket, ItemKind kind);

/* One more row of an item, of which a text must have no more than ITEM_MOST_BYTES. */
extern Basket *basket_add(Basket *basket, const ItemKey *item, int32_t day);

/* A cursor over the items of bytes, which must stay where they are. */
typedef struct BasketReader
{
	ByteReader in;
	ItemKind kind;
	int32_t first_day;
	ItemKey item; /* the one that was read last */
	bool begun;
} BasketReader;

/* NULL, or why there is nothing to be read. */
extern const char *basket_open(BasketReader *reader, const uint8_t *bytes, size_t size);

/* The days of an item, of the one whose id was read last. */
typedef struct BasketDay
{
	int32_t day;
	uint32_t count;
	bool more; /* another day follows */
} BasketDay;

/* The next item; false when all are read, or the rest is none: then reader->in.bad. */
extern bool basket_next_id(BasketReader *reader);

/* Its next day, of which *day is the one before; before the first one, day->more is false. */
extern bool basket_next_day(BasketReader *reader, BasketDay *day);

/* An item before as_of. */
typedef struct BasketItem
{
	ItemKey id;
	uint64_t events;
	int32_t first_day;
	int32_t last_day;
	unsigned __int128 weight; /* of its days */
} BasketItem;

/*
 * The next item with a day before as_of; false when all are read, or the bytes are bad.
 * Weights are those of the half-life, which is 0 if there is none.
 */
extern bool basket_next(BasketReader *reader, int32_t as_of, int32_t half_life_days,
						BasketItem *item);

/* Which item weighs most before as_of; of equal ones the later, then the smaller one. */
typedef struct Favourite
{
	BasketItem item;
	uint64_t items; /* how many there are; 0: none */
	double share;	/* NAN where all weights are 0 */
	double entropy; /* the same */
} Favourite;

extern const char *basket_favourite(const uint8_t *bytes, size_t size, int32_t as_of,
									int32_t half_life_days, Favourite *favourite);

#endif
