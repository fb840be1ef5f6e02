/*
 * referrals.c: the chunk of ids and rows, its hash table and its growth.
 */
#include "kernel/referral/referrals_private.h"

#include <string.h>

#include "kernel/base/sort.h"
#include "kernel/grouping/grouping_keys.h"
#include "kernel/journey/texts.h"

#define INITIAL_ROWS  16
#define INITIAL_BYTES 256

ReferralId
referrals_id(const Referrals *referrals, uint32_t place)
{
	KnownId id = ids_of(referrals)[place];

	if (referrals->ids == REFERRAL_NUMBERS)
		return (ReferralId){.number = id.number};
	return (ReferralId){.bytes = bytes_of(referrals) + id.text.at, .size = id.text.size};
}

static inline uint64_t
hash_of(const ReferralId *id)
{
	return id->bytes == NULL ? grouping_fold((uint64_t) id->number, 0)
							 : text_hash(id->bytes, id->size);
}

static inline bool
is_same(const ReferralId *a, const ReferralId *b)
{
	return a->number == b->number && a->size == b->size &&
		   (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* The slot of an id, or the one that is free for it. */
static inline uint32_t *
slot_of(const Referrals *referrals, const ReferralId *id)
{
	uint32_t *slots = slots_of(referrals);
	uint32_t n = REFERRAL_SLOTS * referrals->room_ids;
	uint32_t slot = (uint32_t) ((hash_of(id) >> 32) * n >> 32);

	while (slots[slot] != 0)
	{
		ReferralId known = referrals_id(referrals, slots[slot] - 1);

		if (is_same(&known, id))
			break;
		slot = slot + 1 < n ? slot + 1 : 0;
	}
	return &slots[slot];
}

uint32_t
referrals_find(const Referrals *referrals, const ReferralId *id)
{
	return *slot_of(referrals, id) - 1;
}

uint32_t
referrals_place(Referrals *referrals, const ReferralId *id)
{
	uint32_t *slot = slot_of(referrals, id);
	KnownId *new;

	if (*slot != 0)
		return *slot - 1;
	new = &ids_of(referrals)[referrals->n_ids];
	if (id->bytes == NULL)
		new->number = id->number;
	else
	{
		new->text.at = referrals->n_bytes;
		new->text.size = id->size;
		memcpy(bytes_of(referrals) + referrals->n_bytes, id->bytes, id->size);
		referrals->n_bytes += id->size;
	}
	*slot = ++referrals->n_ids;
	return *slot - 1;
}

Referrals *
referrals_with_room(ReferralIds ids, const ReferralRooms *rooms)
{
	Referrals *referrals;

	if (referrals_bytes(rooms) > STATE_LIMIT)
		host_fail(KERNEL_REFERRALS_RANGE);
	referrals = state_create(referrals_bytes(rooms));
	referrals->ids = ids;
	referrals->room_rows = (uint32_t) rooms->rows;
	referrals->room_ids = (uint32_t) rooms->ids;
	referrals->room_bytes = (uint32_t) rooms->bytes;
	return referrals;
}

Referrals *
referrals_create(ReferralIds ids)
{
	return referrals_with_room(ids, &(ReferralRooms){INITIAL_ROWS, INITIAL_ROWS,
													 ids == REFERRAL_TEXTS ? INITIAL_BYTES : 0});
}

void
referrals_expect(const Referrals *referrals, ReferralIds ids)
{
	if (referrals->ids != (uint32_t) ids)
		host_fail(KERNEL_REFERRAL_IDS);
}

static int
compare_rows(const void *a, const void *b)
{
	const ReferralRow *left = a;
	const ReferralRow *right = b;

	if (left->invitee != right->invitee)
		return left->invitee < right->invitee ? -1 : 1;
	if (left->inviter != right->inviter)
		return left->inviter < right->inviter ? -1 : 1;
	return (left->day > right->day) - (left->day < right->day);
}

/* Each row once. */
static void
compact(Referrals *referrals)
{
	ReferralRow *rows = referrals->rows;
	uint32_t last = 0;

	sort_entries(rows, referrals->n_rows, sizeof(ReferralRow), compare_rows);
	for (uint32_t i = 1; i < referrals->n_rows; i++)
	{
		host_poll_at(i);
		if (compare_rows(&rows[last], &rows[i]) != 0)
			rows[++last] = rows[i];
		else if (rows[i].times > UINT32_MAX - rows[last].times)
			host_fail(KERNEL_COUNT_RANGE);
		else
			rows[last].times += rows[i].times;
	}
	if (referrals->n_rows > 0)
		referrals->n_rows = last + 1;
}

/* A copy with these rooms, of which none is smaller. */
static Referrals *
copy_with(const Referrals *referrals, const ReferralRooms *rooms)
{
	Referrals *copy = referrals_with_room(referrals->ids, rooms);

	copy->n_rows = referrals->n_rows;
	copy->n_ids = referrals->n_ids;
	copy->n_bytes = referrals->n_bytes;
	state_copy_bytes(copy->rows, referrals->rows, copy->n_rows * sizeof(ReferralRow));
	state_copy_bytes(ids_of(copy), ids_of(referrals), copy->n_ids * sizeof(KnownId));
	state_copy_bytes(bytes_of(copy), bytes_of(referrals), copy->n_bytes);
	for (uint32_t i = 0; i < copy->n_ids; i++)
	{
		ReferralId id = referrals_id(copy, i);

		*slot_of(copy, &id) = i + 1;
		host_poll_at(i);
	}
	return copy;
}

/* As much as is needed; if that is more than there is, a part more than that, too. */
static inline uint64_t
grown(uint64_t room, uint64_t needed, int part)
{
	if (needed <= room)
		return room;
	return needed > room + room / (uint64_t) part ? needed : room + room / (uint64_t) part;
}

/* The state with room for so many more, if the limit allows: twice of what is short, or less. */
static Referrals *
make_room(Referrals *referrals, const ReferralRooms *more)
{
	ReferralRooms needed = {referrals->n_rows + more->rows, referrals->n_ids + more->ids,
							referrals->n_bytes + more->bytes};
	ReferralRooms rooms;

	if (needed.rows > referrals->room_rows)
	{
		compact(referrals);
		needed.rows = referrals->n_rows + more->rows;
		if (needed.rows < referrals->room_rows && referrals->n_rows > referrals->room_rows / 2)
			needed.rows = referrals->room_rows + 1; /* or equal ones would be looked for again and again */
	}
	if (needed.rows <= referrals->room_rows && needed.ids <= referrals->room_ids &&
		needed.bytes <= referrals->room_bytes)
		return referrals;
	for (int part = 1; part <= 64; part *= 8)
	{
		rooms = (ReferralRooms){grown(referrals->room_rows, needed.rows, part),
								grown(referrals->room_ids, needed.ids, part),
								grown(referrals->room_bytes, needed.bytes, part)};
		if (referrals_bytes(&rooms) <= STATE_LIMIT)
			break;
	}
	return copy_with(referrals, &rooms);
}

Referrals *
referrals_add(Referrals *referrals, const ReferralId *inviter, const ReferralId *invitee,
			  int32_t day)
{
	ReferralRow row = {.day = day, .times = 1};

	referrals = make_room(referrals, &(ReferralRooms){1, 2, (uint64_t) inviter->size + invitee->size});
	row.inviter = referrals_place(referrals, inviter);
	row.invitee = referrals_place(referrals, invitee);
	referrals->rows[referrals->n_rows++] = row;
	return referrals;
}

/* The same for a state of our own, of which none but the given one is kept. */
static Referrals *
with_room(Referrals *referrals, const Referrals *given, const ReferralRooms *more)
{
	Referrals *larger = make_room(referrals, more);

	if (larger != referrals && referrals != given)
		host_free(referrals);
	return larger;
}

static void *
referrals_merge(void *state, const void *other)
{
	const Referrals *from = other;
	Referrals *referrals = state;
	uint32_t *places;

	referrals_expect(referrals, (ReferralIds) from->ids);
	places = host_alloc((size_t) from->n_ids * sizeof(uint32_t));
	for (uint32_t i = 0; i < from->n_ids; i++)
	{
		ReferralId id = referrals_id(from, i);

		referrals = with_room(referrals, state, &(ReferralRooms){0, 1, id.size});
		places[i] = referrals_place(referrals, &id);
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < from->n_rows; i++)
	{
		ReferralRow row = from->rows[i];

		row.invitee = places[row.invitee];
		row.inviter = places[row.inviter];
		referrals = with_room(referrals, state, &(ReferralRooms){1, 0, 0});
		referrals->rows[referrals->n_rows++] = row;
		host_poll_at(i);
	}
	host_free(places);
	return referrals;
}

const StateKind referrals_kind = {.type = "referrals",
								  .pack = referrals_pack,
								  .unpack = referrals_unpack,
								  .checked_by_packing = true,
								  .merge = referrals_merge};
