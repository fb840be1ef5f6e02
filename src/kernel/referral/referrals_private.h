/*
 * referrals_private.h: the areas of a chunk of referrals.
 */
#ifndef USER_OPS_KERNEL_REFERRALS_PRIVATE_H
#define USER_OPS_KERNEL_REFERRALS_PRIVATE_H

#include "kernel/referral/referrals.h"

#define REFERRAL_SLOTS 2 /* of the hash table, for each id */

#define REFERRAL_UNKNOWN UINT32_MAX

typedef struct ReferralRooms
{
	uint64_t rows;
	uint64_t ids;
	uint64_t bytes;
} ReferralRooms;

static inline size_t
referrals_bytes(const ReferralRooms *rooms)
{
	return sizeof(Referrals) + rooms->rows * sizeof(ReferralRow) +
		   rooms->ids * (sizeof(KnownId) + REFERRAL_SLOTS * sizeof(uint32_t)) + rooms->bytes;
}

static inline KnownId *
ids_of(const Referrals *referrals)
{
	return (KnownId *) (uintptr_t) (referrals->rows + referrals->room_rows);
}

/* 0, or 1 and the place of an id. */
static inline uint32_t *
slots_of(const Referrals *referrals)
{
	return (uint32_t *) (ids_of(referrals) + referrals->room_ids);
}

static inline char *
bytes_of(const Referrals *referrals)
{
	return (char *) (slots_of(referrals) + (size_t) REFERRAL_SLOTS * referrals->room_ids);
}

/* Empty, with so much room; fails (KERNEL_REFERRALS_RANGE) past the limit. */
extern Referrals *referrals_with_room(ReferralIds ids, const ReferralRooms *rooms);

/* The place of an id, or REFERRAL_UNKNOWN. */
extern uint32_t referrals_find(const Referrals *referrals, const ReferralId *id);

/* The place of an id, which is new or not, and for which there is room. */
extern uint32_t referrals_place(Referrals *referrals, const ReferralId *id);

/* For the StateKind. */
extern void referrals_pack(const void *state, ByteWriter *out);
extern void *referrals_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
