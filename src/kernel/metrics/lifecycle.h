/*
 * lifecycle.h: new, returning, resurrected and dormant users of each period.
 *
 * A state (state.h).  The stored form:
 *
 *	+---------+---------+-------+-----------+========+========+==
 *	| version | choices | as_of | n periods | period | period | ...
 *	+---------+---------+-------+-----------+========+========+==
 *	  1 byte    1 byte    zigzag  varint      n times, oldest first
 *
 *	choices		bits 0-2: period; bit 3: Sunday weeks
 *	a period	varints new, returning, resurrected users
 *
 * The last of the periods is the last that has begun by as_of; the first has
 * users.  Dormant users follow from their neighbours and are not stored.
 *
 * The working form, struct Lifecycle, is indexed by age: 0 is the last period
 * that has begun.
 */
#ifndef USER_OPS_KERNEL_LIFECYCLE_H
#define USER_OPS_KERNEL_LIFECYCLE_H

#include "kernel/activity/activity.h"
#include "kernel/base/civil.h"
#include "kernel/base/state.h"

#define LIFECYCLE_VERSION   1
#define LIFECYCLE_MAX_USERS (((int64_t) 1 << 61) - 1)

typedef struct LifecycleCell
{
	int64_t new_users;         /* active for the first time */
	int64_t returning_users;   /* active in the period before, too */
	int64_t resurrected_users; /* back after a pause */
} LifecycleCell;

typedef struct Lifecycle
{
	State state;
	int32_t as_of;      /* first day that is not observed */
	int32_t last_begun; /* the last period that has begun by as_of */
	uint32_t n_periods; /* up to the oldest with users */
	uint8_t period;     /* Period */
	uint8_t week_start; /* WeekStart; Monday unless the period is a week */
	LifecycleCell cells[];
} Lifecycle;

extern const StateKind lifecycle_kind;

extern Lifecycle *lifecycle_create(Period period, WeekStart week_start, int32_t as_of);
extern Lifecycle *lifecycle_add(Lifecycle *counts, ActivityReader *activity);

/* Fails if the counts were made with other parameters. */
extern void lifecycle_expect(const Lifecycle *counts, Period period, WeekStart week_start,
							 int32_t as_of);

static inline int64_t
lifecycle_active(const LifecycleCell *cell)
{
	return cell->new_users + cell->returning_users + cell->resurrected_users;
}

/* One user, by the window_days days before as_of and as many before those. */
typedef enum LifecycleState
{
	LIFECYCLE_NONE, /* no day before as_of */
	LIFECYCLE_NEW,
	LIFECYCLE_RETURNING,
	LIFECYCLE_RESURRECTED,
	LIFECYCLE_DORMANT,
	LIFECYCLE_INACTIVE
} LifecycleState;

extern LifecycleState lifecycle_state(ActivityReader *activity, int32_t as_of,
									  int32_t window_days);

#endif
