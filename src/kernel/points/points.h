/*
 * points.h: one user's ledger of points as a state (state.h), and as bytes.
 *
 * A ledger has for each day, kind and expires_on the sum of the points: never a balance,
 * for what is left of which lot is worked out when it is read (ledger.h), for any day.  So
 * ledgers merge by addition, and the order of rows is invisible.
 *
 *	+---------+-------+-----------+=======+=======+==
 *	| version | scale | first day | entry | entry |  to the end
 *	+---------+-------+-----------+=======+=======+==
 *	  1 byte    1 byte  zigzag
 *
 *	scale	0 to 9, the smallest that is exact for all entries
 *	entry	varint days since the entry before << 3 | form; 0 days for the first one
 *			varint expires_on - day - 1		of form 3
 *			varint points * 10^scale		up to 126 bits
 *	form	0	earned, without an expires_on
 *			1	earned, expires as many days later as the last lot that does expire
 *			2	earned, expires on the same day as that
 *			3	earned, expires on another day
 *			4	reversed
 *			5	spent
 *			6	expired, as the source says
 *
 * Most programmes have one validity, in days or up to the end of a month, so that a lot
 * seldom tells its own.  The form is canonical: entries ascend by day, kind and expires_on,
 * each stands once, and of two forms that say the same it has the first.  Varint and zigzag
 * are those of bytes.h.  A ledger has at least one entry; one of 0 points says that something
 * happened.  Not done: columns, as journeys have them (ledgers are short, and every reading
 * needs all of an entry).
 */
#ifndef USER_OPS_KERNEL_POINTS_H
#define USER_OPS_KERNEL_POINTS_H

#include "kernel/base/civil.h"
#include "kernel/base/money.h"
#include "kernel/base/state.h"

#define POINTS_VERSION 1
#define POINTS_NEVER   INT32_MAX /* as expires_on; no day of the calendar */

/* In the order in which they take effect on a day. */
typedef enum PointsKind
{
	POINTS_EARN,
	POINTS_REVERSE,
	POINTS_SPEND,
	POINTS_EXPIRE
} PointsKind;

#define POINTS_KINDS 4

/* What all entries together may have, so that no sum of them overflows. */
#define POINTS_MOST ((__int128) 1 << 126)

/*
 * The key has the day, 31 bits, the kind, 2 bits, and expires_on, 31 bits, of which days
 * count from the first of the calendar: entries ascend by it.
 */
typedef struct PointsEntry
{
	uint64_t key;
	MoneySum points; /* times 10^scale */
} PointsEntry;

#define POINTS_DAY_BITS 31

static inline uint64_t
points_key(int32_t day, PointsKind kind, int32_t expires_on)
{
	uint32_t never = ((uint32_t) 1 << POINTS_DAY_BITS) - 1;
	uint32_t expires = expires_on == POINTS_NEVER ? never : (uint32_t) (expires_on - CIVIL_MIN_DAY);

	return (uint64_t) (uint32_t) (day - CIVIL_MIN_DAY) << (POINTS_DAY_BITS + 2) |
		   (uint64_t) kind << POINTS_DAY_BITS | (kind == POINTS_EARN ? expires : 0);
}

static inline int32_t
points_day(uint64_t key)
{
	return (int32_t) (key >> (POINTS_DAY_BITS + 2)) + CIVIL_MIN_DAY;
}

static inline PointsKind
points_kind(uint64_t key)
{
	return (PointsKind) (key >> POINTS_DAY_BITS & 3);
}

/* Of what was earned. */
static inline int32_t
points_expires_on(uint64_t key)
{
	uint32_t never = ((uint32_t) 1 << POINTS_DAY_BITS) - 1;
	uint32_t expires = (uint32_t) key & never;

	return expires == never ? POINTS_NEVER : (int32_t) expires + CIVIL_MIN_DAY;
}

/* The working form; its points are times 10^MONEY_MAX_SCALE. */
typedef struct Points
{
	State state;
	uint32_t n;
	bool sorted;    /* ascending, each key once */
	MoneySum total; /* of all entries */
	PointsEntry entries[];
} Points;

extern const StateKind points_state;

extern Points *points_create(void);

/* One more row, of points * 10^-scale, 0 or more. */
extern Points *points_add(Points *points, uint64_t key, __int128 amount, int scale);

/* A cursor over the entries of bytes. */
typedef struct PointsReader
{
	ByteReader in;
	int scale;
	int32_t day;
	int32_t expires_on; /* of the last lot that does expire; POINTS_NEVER before one */
	int64_t validity;   /* its days; 0 before one */
} PointsReader;

/* NULL, or why there is nothing to be read. */
extern const char *points_open(PointsReader *reader, const uint8_t *bytes, size_t size);

/* The next entry; false when all are read, or the rest is no entry: then reader->in.bad. */
extern bool points_next(PointsReader *reader, PointsEntry *entry);

/* At most so many entries are left. */
static inline size_t
points_left(const PointsReader *reader)
{
	return (size_t) (reader->in.end - reader->in.next) / 2;
}

#endif
