/*
 * engagement.h: daily, weekly and monthly active users, day by day.
 *
 * A state (state.h).  The stored form:
 *
 *	+---------+-------+-------+--------+=====+=====+==
 *	| version | flags | as_of | n days | day | day | ...
 *	+---------+-------+-------+--------+=====+=====+==
 *	  1 byte   1 byte  zigzag  varint    n times, oldest first
 *
 *	flags	bits 0-3: scale of the amounts, 0 to 9, the smallest that is exact
 *			bit 4: there are amounts
 *	a day	varints dau, wau, mau
 *			varints new users, events					if dau > 0
 *			varints purchases, paying users				if dau > 0 and there are amounts
 *			128-bit zigzag amount * 10^scale			if dau > 0 and there are amounts
 *
 * The last of the days is the one before as_of; the first has users.
 *
 * The working form, struct Engagement, is indexed by age: 0 is the day before
 * as_of.  It has no rolling counts but their changes from the day before: a user
 * enters a window on an active day and leaves it after as many days without
 * another, which are two additions however long the window is.  Changes of
 * several users, and of merged counts, just add up; the rolling counts are their
 * sums, taken when reading.
 *
 * A day takes 72 bytes, between users or not: a year 26 KB, the days from the
 * year 1 to now 53 MB, STATE_LIMIT 7.4 million days.  Not done: a sparse
 * directory of days (a site without visitors for centuries is a mistake in its
 * data), and smaller counters (the array of some years fits the cache).
 */
#ifndef USER_OPS_KERNEL_ENGAGEMENT_H
#define USER_OPS_KERNEL_ENGAGEMENT_H

#include "kernel/activity/activity.h"
#include "kernel/base/civil.h"
#include "kernel/base/money.h"
#include "kernel/base/state.h"

#define ENGAGEMENT_VERSION 1
#define ENGAGEMENT_MAX     (((int64_t) 1 << 61) - 1) /* users in all, events of a day */

#define ENGAGEMENT_WEEK  7  /* days of the window of wau */
#define ENGAGEMENT_MONTH 30 /* and of mau */

typedef struct EngagementDay
{
	int64_t dau;             /* users active on this day */
	int64_t wau_change;      /* wau of this day less that of the day before */
	int64_t mau_change;      /* the same for mau */
	int64_t new_users;       /* active for the first time */
	int64_t events;          /* at least dau */
	int64_t purchases;       /* rows with an amount of 0 or more */
	int64_t paying_users;    /* users with such a row */
	MoneySum amount;         /* net, times 10^scale */
} EngagementDay;

typedef struct Engagement
{
	State state;
	int32_t as_of;   /* first day that is not observed */
	uint32_t n_days; /* up to the oldest with users */
	uint8_t amounts; /* 1 if a user's source has amounts */
	uint8_t scale;   /* of the amounts, the largest seen */
	int64_t users;   /* in all */
	EngagementDay days[];
} Engagement;

extern const StateKind engagement_kind;

extern Engagement *engagement_create(int32_t as_of);
extern Engagement *engagement_add(Engagement *counts, ActivityReader *activity);

/* Fails if the counts were made with another as_of. */
extern void engagement_expect(const Engagement *counts, int32_t as_of);

/* The rolling counts of a day, from those of the day before: zeros at first. */
typedef struct EngagementRolling
{
	int64_t wau;
	int64_t mau;
} EngagementRolling;

static inline void
engagement_roll(EngagementRolling *rolling, const EngagementDay *day)
{
	rolling->wau += day->wau_change;
	rolling->mau += day->mau_change;
}

/* For engagement_format.c: the counts with at least so many days in use. */
extern Engagement *engagement_use_days(Engagement *counts, uint64_t n_days);

/* The functions of engagement_kind that stand there. */
extern void engagement_pack(const void *state, ByteWriter *out);
extern void *engagement_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
