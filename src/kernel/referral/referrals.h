/*
 * referrals.h: who invited whom, on which day and how often: a state (state.h).
 *
 * Users are known by numbers or by texts, all in one way.  A row is an inviter, an
 * invitee and a day, with how often it was met: the day is told apart, because what is
 * known as of a day is the rows before it.  The stored form:
 *
 *	+---------+------+-------+--------+-----------+=====+==================+
 *	| version | kind | n ids | n rows | first day | ids | rows (rows.h) ...
 *	+---------+------+-------+--------+-----------+=====+==================+
 *	  1 byte   1 byte varint   varint   zigzag
 *
 *	ids		of texts, ascending by bytes: varint how many bytes are those of the text
 *			before, varint how many follow, and these
 *			of numbers, ascending: zigzag the first one; how far each is from it stands
 *			in front of the rows, as rows of one key
 *	rows	the place of the invitee among the ids, the day less the first one, the place
 *			of the inviter, and how often
 *
 * Each id has a row.  So the rows of an invitee stand together, the earliest first.  Ids
 * stand once, as most users are met more often, and numbers need not be small.
 *
 * The working form, struct Referrals, has four areas behind each other: the rows and the
 * ids as they were met, a hash table of the ids, and the bytes of texts.  When the rows are full,
 * equal ones become one, and they grow if that did not halve them.  A row takes
 * 16 bytes, an id 16 and those of its text, and each area has up to twice the room.
 */
#ifndef USER_OPS_KERNEL_REFERRALS_H
#define USER_OPS_KERNEL_REFERRALS_H

#include "kernel/base/state.h"

#define REFERRALS_VERSION 1

typedef enum ReferralIds
{
	REFERRAL_NUMBERS = 0,
	REFERRAL_TEXTS = 1
} ReferralIds;

/* A user's id; a text has no byte 0. */
typedef struct ReferralId
{
	const char *bytes; /* NULL: a number */
	uint32_t size;
	int64_t number;
} ReferralId;

/* An id of a state. */
typedef union KnownId
{
	int64_t number;
	struct
	{
		uint32_t at; /* among the bytes */
		uint32_t size;
	} text;
} KnownId;

typedef struct ReferralRow
{
	uint32_t invitee; /* places of ids as they were met */
	uint32_t inviter;
	int32_t day;
	uint32_t times;
} ReferralRow;

typedef struct Referrals
{
	State state;
	uint32_t ids; /* ReferralIds */
	uint32_t n_rows;
	uint32_t n_ids;
	uint32_t n_bytes;
	uint32_t room_rows;
	uint32_t room_ids;
	uint32_t room_bytes;
	ReferralRow rows[]; /* the other areas stand behind them */
} Referrals;

extern Referrals *referrals_create(ReferralIds ids);

/* Fails unless its users are known in this way. */
extern void referrals_expect(const Referrals *referrals, ReferralIds ids);

extern Referrals *referrals_add(Referrals *referrals, const ReferralId *inviter,
								const ReferralId *invitee, int32_t day);

extern ReferralId referrals_id(const Referrals *referrals, uint32_t place);

extern const StateKind referrals_kind;

/* The keys of an ordered row, and how often it was met. */
enum
{
	REFERRAL_INVITEE, /* the place among the ordered ids */
	REFERRAL_DAY,     /* less the first one */
	REFERRAL_INVITER,
	REFERRAL_TIMES,
	REFERRAL_WORDS
};

/* Ids and rows in the order in which they are stored. */
typedef struct ReferralOrder
{
	uint32_t *ids; /* places of ids as they were met, ascending */
	uint64_t *rows; /* REFERRAL_WORDS each, each once */
	uint32_t n_rows;
	int32_t first_day;
} ReferralOrder;

/* Both areas are the caller's, for host_free. */
extern ReferralOrder referrals_order(const Referrals *referrals);

#endif
