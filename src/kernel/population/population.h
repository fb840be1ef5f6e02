/*
 * population.h: the events of all users, grouped; read as their active days.
 *
 * The grouping engine with the rows of activities: visits (a day) in one
 * stream, rows with an amount (a day and the amount) in the other.
 */
#ifndef USER_OPS_KERNEL_POPULATION_H
#define USER_OPS_KERNEL_POPULATION_H

#include <string.h>

#include "kernel/activity/activity.h"
#include "kernel/grouping/grouping.h"

typedef struct PopulationCursor PopulationCursor;

/* A user's key, valid until the next user. */
typedef struct PopulationUser
{
	const uint8_t *key;
	uint32_t key_size;
} PopulationUser;

/* What one row says beside its user. */
typedef struct PopulationEvent
{
	int32_t day;
	bool visit; /* no amount */
	int scale;
	int64_t amount;
} PopulationEvent;

/* The two streams.  A visit is nothing but its day. */
#define POPULATION_VISITS 0
#define POPULATION_MONEY  1

/* What a row with money carries beside its day: unaligned, always copied. */
typedef struct PopulationMoney
{
	int64_t amount;
	int32_t scale;
} PopulationMoney;

#define POPULATION_MONEY_BYTES 12
_Static_assert(POPULATION_MONEY_BYTES <= GROUPING_MAX_EXTRA, "what a row carries");

/* How the rows of populations are written; with amounts they have both streams. */
extern GroupCodec *population_codec(bool amounts);

/* The stream of an event, for grouping_add_..., and what is to be written where that says. */
static inline int
population_stream(const PopulationEvent *event)
{
	return event->visit ? POPULATION_VISITS : POPULATION_MONEY;
}

static inline void
population_write(void *extra, const PopulationEvent *event)
{
	PopulationMoney money = {event->amount, event->scale};

	if (!event->visit)
		memcpy(extra, &money, POPULATION_MONEY_BYTES);
}

/* Read the users of a grouping with such a codec; n_left: of partitions, see grouping_open(). */
extern PopulationCursor *population_open(Grouping *grouping, bool amounts, uint32_t n_left);

/*
 * The next user, whose days come decoded or as the bytes of the activity, as one
 * asks: both valid until the next user.
 */
extern bool population_next(PopulationCursor *cursor, PopulationUser *user);
extern void population_activity(PopulationCursor *cursor, ActivityReader *activity);
extern const uint8_t *population_bytes(PopulationCursor *cursor, size_t *size);
extern void population_close(PopulationCursor *cursor);

#endif
