/*
 * activity_builder_private.h: what the files of activity builders share.
 *
 * Three layouts of the entries: visits (8 bytes) until the first amount arrives, then
 * days (24 bytes), and sums (32 bytes) from where an amount, at the scale of all, does
 * not fit 64 bits: what is added later may bring it back, so that only the total is
 * judged.
 */
#ifndef USER_OPS_KERNEL_ACTIVITY_BUILDER_PRIVATE_H
#define USER_OPS_KERNEL_ACTIVITY_BUILDER_PRIVATE_H

#include "kernel/activity/activity.h"
#include "kernel/base/money.h"

typedef enum BuilderLayout
{
	BUILDER_VISITS, /* ActivityVisits */
	BUILDER_DAYS,   /* ActivityDay */
	BUILDER_SUMS    /* ActivitySum */
} BuilderLayout;

struct ActivityBuilder
{
	uint32_t n;        /* entries in use */
	uint32_t capacity; /* entries there is room for */
	uint8_t amounts;   /* the source has amounts */
	uint8_t layout;
	uint8_t unordered; /* some day is not above its predecessor */
	uint8_t scale;     /* of all amounts here */
	uint8_t entries[] __attribute__((aligned(8)));
};

/* 2^32 events of 2^63 at a scale of 9 are below 2^125. */
typedef struct ActivitySum
{
	int32_t day;
	uint32_t events;
	uint32_t purchases;
	uint32_t unused;  /* 0 */
	MoneySum amount;  /* net, times 10^MONEY_MAX_SCALE */
} ActivitySum;

#define VISITS(b) ((ActivityVisits *) (b)->entries)
#define DAYS(b)   ((ActivityDay *) (b)->entries)
#define SUMS(b)   ((ActivitySum *) (b)->entries)

static inline size_t
builder_entry_size(const ActivityBuilder *b)
{
	static const uint8_t sizes[] = {sizeof(ActivityVisits), sizeof(ActivityDay),
									sizeof(ActivitySum)};

	return sizes[b->layout];
}

/* The day after which entries are added, or one below all days. */
static inline int64_t
builder_last_day(const ActivityBuilder *b)
{
	if (b->n == 0)
		return INT64_MIN;
	return *(const int32_t *) (b->entries + (b->n - 1) * builder_entry_size(b));
}

/* Room for one more entry; what is here may have another layout then. */
extern ActivityBuilder *builder_make_room(ActivityBuilder *b);
/* Bring days into order, each once; false if that needs sums. */
extern bool builder_order(ActivityBuilder *b);

/* The entries as sums, which they are not yet, in the place of the others. */
extern ActivityBuilder *builder_to_sums(ActivityBuilder *b);
/* The same as a copy. */
extern ActivityBuilder *builder_sums_of(const ActivityBuilder *b);
extern ActivitySum builder_sum_of_day(const ActivityDay *day, int scale);
extern ActivityBuilder *builder_append_sum(ActivityBuilder *b, const ActivitySum *sum);
extern void builder_add_sum(ActivitySum *into, const ActivitySum *from);
/* What activity_builder_store wrote of sums. */
extern ActivityBuilder *builder_add_stored_sums(ActivityBuilder *b, const uint8_t *bytes);
/* Sums in order as days, in a new chunk; fails if one does not fit. */
extern ActivityBuilder *builder_settled(const ActivityBuilder *b);

#endif
