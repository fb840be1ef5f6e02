/*
 * affinity.h: how many users have each item, and each two items together: a state (state.h).
 *
 * A user counts once an item and once a pair of items, however often he came.  With a
 * half-life a user's item weighs by the age of its last day (item_weight), and the products
 * of weights are added up beside the users.  The stored form:
 *
 *	+---------+-------------+------+----------+-----------------+=======+=======+
 *	| version | fingerprint | kind | question | users, cut, ... | items | pairs |
 *	+---------+-------------+------+----------+-----------------+=======+=======+
 *	  1 byte    8 bytes      1 byte
 *
 *	fingerprint	of all bytes behind it, so that who is asked again and again tells an
 *				affinity that he has decoded by it
 *	question	zigzag as_of; varint half_life_days, 0: none; varint max_items;
 *				varint as_of - items_from, 0: none
 *	users, ...	varint users; varint users_cut; varint n items; varint n pairs
 *	item		its key as in a basket (basket.h); varint users - 1
 *				with a half-life: varint sum of weights, varint sum of their squares
 *	pairs		of each item in turn: varint how many others behind it it was met with, then
 *				of each varint how far it is from the one before, less 1 (the first one from
 *				the item); varint users - 1; with a half-life: varint sum of products
 *
 * The working form, struct Affinity, has areas behind each other: items as they were met, a
 * hash table of their keys, an open one of pairs, and the bytes of texts.  A slot for a pair
 * takes 12 bytes, 20 with a half-life; at most three in four are taken, or 15 in 16 where
 * the limit of 512 MB allows no larger table.
 *
 * Whole numbers throughout: of 2^32 users with weights of at most 2^16 all sums fit 64 bits.
 */
#ifndef USER_OPS_KERNEL_AFFINITY_H
#define USER_OPS_KERNEL_AFFINITY_H

#include "kernel/base/state.h"
#include "kernel/items/basket.h"

#define AFFINITY_VERSION	 1
#define AFFINITY_MAX_ITEMS	 500 /* of a user, unless the question says another number */
#define AFFINITY_FINGERPRINT 1	 /* where that stands */
#define AFFINITY_HEAD		 9	 /* bytes: version and fingerprint */

typedef struct AffinityQuestion
{
	int32_t as_of;
	int32_t half_life_days; /* 0: none */
	int32_t max_items;
	int32_t items_from; /* before as_of; INT32_MIN: none */
} AffinityQuestion;

/* An item of a state. */
typedef struct AffinityItem
{
	union
	{
		int64_t number;
		struct
		{
			uint32_t at; /* among the bytes */
			uint32_t size;
		} text;
	} key;
	uint64_t weights; /* sum over users */
	uint64_t squares;
	uint32_t users;
} AffinityItem;

typedef struct Affinity
{
	State state;
	uint32_t kind; /* ItemKind */
	AffinityQuestion question;
	uint64_t users;
	uint64_t users_cut; /* had more than max_items */
	uint32_t n_items;
	uint32_t n_bytes;
	uint32_t n_pairs;
	uint32_t room_items;
	uint32_t room_bytes;
	uint32_t room_pairs; /* slots */
	uint64_t areas[];	 /* items, and so on */
} Affinity;

extern const StateKind affinity_kind;

extern Affinity *affinity_create(ItemKind kind, const AffinityQuestion *question);

/* Fails unless the state was begun with this question, for items of this kind. */
extern void affinity_expect(const Affinity *affinity, ItemKind kind,
							const AffinityQuestion *question);

/* An item of a user who is added. */
typedef struct UserItem
{
	ItemKey key;
	int32_t last_day;
	uint32_t at; /* in the order of items */
	uint32_t place;
	uint32_t weight;
} UserItem;

#define USER_ITEMS_FEW 64

typedef struct UserItems
{
	UserItem *items;
	uint32_t n;
	uint32_t room;
	UserItem few[USER_ITEMS_FEW];
} UserItems;

/* Those of a user, ascending, each of which has a day that counts; then he is one more. */
extern void user_items_begin(UserItems *user);
extern void user_items_add(UserItems *user, const ItemKey *key, int32_t last_day);
extern Affinity *affinity_add_items(Affinity *affinity, UserItems *user);

/* One more user, whose basket stands at its begin; then reader->in.bad if that is damaged. */
extern Affinity *affinity_add(Affinity *affinity, BasketReader *reader);

#endif
