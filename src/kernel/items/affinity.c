/*
 * affinity.c: users, and other states, added up.
 */
#include "kernel/base/sort.h"
#include "kernel/items/affinity_private.h"

void
affinity_expect(const Affinity *affinity, ItemKind kind, const AffinityQuestion *question)
{
	if (affinity->kind != (uint32_t) kind)
		host_fail(KERNEL_ITEM_KINDS);
	if (affinity->question.as_of != question->as_of ||
		affinity->question.half_life_days != question->half_life_days ||
		affinity->question.max_items != question->max_items ||
		affinity->question.items_from != question->items_from)
		host_fail(KERNEL_PARAMETERS);
}

void
user_items_begin(UserItems *user)
{
	user->items = user->few;
	user->n = 0;
	user->room = USER_ITEMS_FEW;
}

void
user_items_add(UserItems *user, const ItemKey *key, int32_t last_day)
{
	if (user->n == user->room)
	{
		UserItem *larger = host_alloc(2 * (size_t) user->room * sizeof(UserItem));

		memcpy(larger, user->items, user->n * sizeof(UserItem));
		if (user->items != user->few)
			host_free(user->items);
		user->items = larger;
		user->room *= 2;
	}
	user->items[user->n] = (UserItem){.key = *key, .last_day = last_day, .at = user->n};
	user->n++;
}

static int
compare_latest(const void *a, const void *b)
{
	const UserItem *left = a;
	const UserItem *right = b;

	if (left->last_day != right->last_day)
		return left->last_day > right->last_day ? -1 : 1;
	return left->at < right->at ? -1 : 1;
}

/* No more than may count; whether there were more. */
static bool
cut(UserItems *user, const AffinityQuestion *question)
{
	if (user->n <= (uint32_t) question->max_items)
		return false;
	sort_entries(user->items, user->n, sizeof(UserItem), compare_latest);
	user->n = (uint32_t) question->max_items;
	return true;
}

static AffinityRooms
rooms_of(const UserItems *user)
{
	AffinityRooms rooms = {.items = user->n, .pairs = (uint64_t) user->n * (user->n - 1) / 2};

	for (uint32_t i = 0; i < user->n; i++)
		rooms.bytes += user->items[i].key.size;
	return rooms;
}

static inline uint32_t
weight_of(const UserItem *item, const AffinityQuestion *question)
{
	if (question->half_life_days == 0)
		return ITEM_WEIGHT;
	return item_weight((int64_t) question->as_of - 1 - item->last_day, question->half_life_days);
}

static void
count_items(Affinity *affinity, UserItems *user)
{
	for (uint32_t i = 0; i < user->n; i++)
	{
		UserItem *item = &user->items[i];
		AffinityItem *counted;

		item->place = affinity_place(affinity, &item->key);
		item->weight = weight_of(item, &affinity->question);
		counted = &affinity_items(affinity)[item->place];
		counted->users++;
		counted->weights += item->weight;
		counted->squares += (uint64_t) item->weight * item->weight;
		host_poll_at(i);
	}
}

static void
count_pairs(Affinity *affinity, const UserItems *user)
{
	PairBatch batch;

	pair_batch_begin(&batch, affinity);
	for (uint32_t i = 1; i < user->n; i++)
		for (uint32_t k = 0; k < i; k++)
			pair_batch_add(&batch, user->items[i].place, user->items[k].place, 1,
						   (uint64_t) user->items[i].weight * user->items[k].weight);
	pair_batch_end(&batch);
}

static inline void
add_users(uint64_t *users, uint64_t more)
{
	*users += more;
	if (*users > UINT32_MAX)
		host_fail(KERNEL_USERS_RANGE);
}

Affinity *
affinity_add_items(Affinity *affinity, UserItems *user)
{
	if (user->n > 0)
	{
		bool has_more = cut(user, &affinity->question);
		AffinityRooms more = rooms_of(user);

		affinity = affinity_make_room(affinity, &more);
		add_users(&affinity->users, 1);
		affinity->users_cut += has_more;
		count_items(affinity, user);
		count_pairs(affinity, user);
	}
	if (user->items != user->few)
		host_free(user->items);
	return affinity;
}

Affinity *
affinity_add(Affinity *affinity, BasketReader *reader)
{
	UserItems user;
	BasketItem item;

	user_items_begin(&user);
	while (basket_next(reader, affinity->question.as_of, 0, &item))
		if (item.last_day >= affinity->question.items_from)
			user_items_add(&user, &item.id, item.last_day);
	return affinity_add_items(affinity, &user);
}

/* The places here of the items of another state, which are counted. */
static uint32_t *
merge_items(Affinity *affinity, const Affinity *from)
{
	uint32_t *places = host_alloc((size_t) from->n_items * sizeof(uint32_t));

	for (uint32_t i = 0; i < from->n_items; i++)
	{
		const AffinityItem *item = &affinity_items(from)[i];
		ItemKey key = affinity_key(from, i);
		AffinityItem *counted;

		places[i] = affinity_place(affinity, &key);
		counted = &affinity_items(affinity)[places[i]];
		counted->users += item->users;
		counted->weights += item->weights;
		counted->squares += item->squares;
		host_poll_at(i);
	}
	return places;
}

/* How much of another state is new here, or may be. */
static AffinityRooms
rooms_for(const Affinity *affinity, const Affinity *from)
{
	/* most pairs of a part are those of the others, too: more room is made as it turns out */
	return (AffinityRooms){from->n_items, from->n_bytes,
						   affinity->n_pairs == 0 ? from->n_pairs : 0};
}

static void *
merge(void *state, const void *other)
{
	const Affinity *from = other;
	Affinity *affinity = state;
	const uint32_t *pairs = affinity_pairs(from);
	uint32_t words = pair_words(&from->question);
	AffinityRooms more = rooms_for(affinity, from);
	uint32_t *places;
	PairBatch batch;

	affinity_expect(affinity, (ItemKind) from->kind, &from->question);
	affinity = affinity_make_room(affinity, &more);
	add_users(&affinity->users, from->users);
	affinity->users_cut += from->users_cut;
	places = merge_items(affinity, from);
	pair_batch_begin(&batch, affinity);
	for (uint32_t i = 0; i < from->room_pairs; i++)
	{
		const uint32_t *pair = pairs + (size_t) i * words;

		host_poll_at(i);
		if (pair[PAIR_USERS] == 0)
			continue;
		if (batch.n == 0)
		{
			Affinity *larger = affinity_make_room(affinity, &(AffinityRooms){0, 0, PAIRS_AT_ONCE});

			if (larger != affinity)
			{
				if (affinity != state)
					host_free(affinity);
				affinity = larger;
				pair_batch_begin(&batch, affinity);
			}
		}
		pair_batch_add(&batch, places[pair[PAIR_ITEM]], places[pair[PAIR_OTHER]], pair[PAIR_USERS],
					   words > PAIR_LOW ? pair_products(pair) : 0);
	}
	pair_batch_end(&batch);
	host_free(places);
	return affinity;
}

const StateKind affinity_kind = {
	.type = "item_affinity", .pack = affinity_pack, .unpack = affinity_unpack, .merge = merge};
