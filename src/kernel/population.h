/*
 * population.h: the events of all users, grouped; read as their active days.
 *
 * The grouping engine with the rows of activities: visits (a day) in one
 * stream, rows with an amount (a day and the amount) in the other.
 */
#ifndef USER_OPS_KERNEL_POPULATION_H
#define USER_OPS_KERNEL_POPULATION_H

#include "kernel/activity.h"
#include "kernel/grouping.h"

typedef struct Population Population;
typedef struct PopulationCursor PopulationCursor;

/* A user: the key, and the bytes of the activity, valid until the next. */
typedef struct PopulationUser
{
	const uint8_t *key;
	uint32_t key_size;
	const uint8_t *activity;
	size_t activity_size;
} PopulationUser;

/* What one row says beside its user. */
typedef struct PopulationEvent
{
	int32_t day;
	bool visit; /* no amount */
	int scale;
	int64_t amount;
} PopulationEvent;

extern Population *population_create(const GroupKeys *keys, bool amounts);
extern void population_add_fixed(Population *population, int64_t key, PopulationEvent event);
extern void population_add_bytes(Population *population, const void *key, uint32_t size,
								 PopulationEvent event);
extern Grouping *population_grouping(Population *population);

/* Before reading, in the memory of the population; cursors may have their own. */
extern void population_finish(Population *population);
extern PopulationCursor *population_open(Population *population);
extern bool population_next(PopulationCursor *cursor, PopulationUser *user);
extern void population_close(PopulationCursor *cursor);

#endif
