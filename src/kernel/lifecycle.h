/*
 * lifecycle.h: new, returning, resurrected and dormant users of each period.
 *
 * Two forms.  The stored one is canonical: equal counts have equal bytes.
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
 * The working form, struct Lifecycle, is one chunk without pointers, indexed by
 * age: 0 is the last period that has begun.  It is counted up in place; a chunk
 * without room is replaced by a larger copy.
 */
#ifndef USER_OPS_KERNEL_LIFECYCLE_H
#define USER_OPS_KERNEL_LIFECYCLE_H

#include "kernel/activity.h"
#include "kernel/bytes.h"
#include "kernel/civil.h"

#define LIFECYCLE_VERSION   1
#define LIFECYCLE_WORKING   0 /* where the stored form has its version */
#define LIFECYCLE_LIMIT     ((size_t) 512 << 20) /* bytes of the working form */
#define LIFECYCLE_MAX_USERS (((int64_t) 1 << 61) - 1)

typedef struct LifecycleCell
{
	int64_t new_users;         /* active for the first time */
	int64_t returning_users;   /* active in the period before, too */
	int64_t resurrected_users; /* back after a pause */
} LifecycleCell;

typedef struct Lifecycle
{
	uint32_t host_word; /* the host's: size of the chunk as a varlena */
	uint8_t form;       /* LIFECYCLE_WORKING */
	uint8_t period;     /* Period */
	uint8_t week_start; /* WeekStart; Monday unless the period is a week */
	uint8_t unused;     /* 0 */
	int32_t as_of;      /* first day that is not observed */
	int32_t last_begun; /* the last period that has begun by as_of */
	uint32_t capacity;  /* bytes of the chunk */
	uint32_t n_periods; /* up to the oldest with users */
	LifecycleCell cells[];
} Lifecycle;

/*
 * All of these return the counts, which move when they grow: the old chunk is
 * then left to the caller.
 */
extern Lifecycle *lifecycle_create(Period period, WeekStart week_start, int32_t as_of);
extern Lifecycle *lifecycle_copy(const Lifecycle *counts);
extern Lifecycle *lifecycle_add(Lifecycle *counts, ActivityReader *activity);
extern Lifecycle *lifecycle_merge(Lifecycle *counts, const Lifecycle *other);

/* Fails if the counts were made with other parameters. */
extern void lifecycle_expect(const Lifecycle *counts, Period period, WeekStart week_start,
							 int32_t as_of);

static inline int64_t
lifecycle_active(const LifecycleCell *cell)
{
	return cell->new_users + cell->returning_users + cell->resurrected_users;
}

/* The stored form. */
extern void lifecycle_pack(const Lifecycle *counts, ByteWriter *out);
/* NULL with *problem set if the bytes are no counts. */
extern Lifecycle *lifecycle_unpack(const uint8_t *bytes, size_t size, const char **problem);
/* Why the bytes are no canonical counts, or NULL if they are. */
extern const char *lifecycle_check(const uint8_t *bytes, size_t size);

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
