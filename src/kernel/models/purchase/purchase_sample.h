/*
 * purchase_sample.h: what a purchase model is fitted over: how many of the users
 * so far have which history.
 *
 * A state (state.h).  The working form is a hash table of 32 bytes a slot, with
 * room for 15 million distinct histories.  The stored form:
 *
 *	+---------+-------+------+------------+--------+=========+========+======================+
 *	| version | flags | kind | regularity | as_of  | ln gaps | n rows | the rows (rows.h) ...
 *	+---------+-------+------+------------+--------+=========+========+======================+
 *	  1 byte    1 byte  1      1            zigzag   wide      varint
 *
 *	flags	bit 0: times are numbers, so as_of is not there; else days
 *			bit 1: the source has amounts (days only)
 *			bit 2: weak prior
 *			bit 3: the sum of the logarithms of all gaps is there, times 2^48
 *
 *	row		keys x, t_x and t, the times as doubles if they are numbers; users
 *
 * Logarithms are summed as whole numbers, so that their order does not show.
 */
#ifndef USER_OPS_KERNEL_MODEL_PURCHASE_SAMPLE_H
#define USER_OPS_KERNEL_MODEL_PURCHASE_SAMPLE_H

#include "kernel/activity/activity.h"
#include "kernel/base/state.h"
#include "kernel/models/purchase/purchase_fit.h"

#define PURCHASE_SAMPLE_VERSION 2
#define PURCHASE_UNIT_DAYS      7 /* of a model fitted over days */
#define PURCHASE_MAX_LN_GAPS    1e12

/* What was asked; all rows must ask the same. */
typedef struct PurchaseSampleParams
{
	FitOptions fit;
	bool numbers;  /* times are numbers, else days */
	bool amounts;  /* the source has amounts; false with numbers */
	int32_t as_of; /* 0 with numbers */
} PurchaseSampleParams;

/* A history, and its users; times are days, or the bits of doubles. */
typedef struct HistoryCount
{
	uint64_t x;
	uint64_t t_x;
	uint64_t t;
	uint64_t users; /* 0: the slot is free */
} HistoryCount;

typedef struct PurchaseSample
{
	State state;
	uint32_t n_slots;
	uint32_t n_used;
	uint64_t users;
	uint64_t ln_gaps[2]; /* an __int128, which asks for more alignment than there is */
	PurchaseSampleParams params;
	HistoryCount slots[];
} PurchaseSample;

extern const StateKind purchase_sample_kind;

extern PurchaseSample *purchase_sample_create(const PurchaseSampleParams *params);

/* Fails unless the sample was begun with these parameters. */
extern void purchase_sample_expect(const PurchaseSample *sample,
								   const PurchaseSampleParams *params);

/* Users of a valid history (purchase.h), in numbers. */
extern PurchaseSample *purchase_sample_add(PurchaseSample *sample, int64_t x, double t_x, double t,
										   double ln_gaps, uint64_t users);

/* One user's activity: basis days before as_of (activity.h), none of which may be. */
extern PurchaseSample *purchase_sample_add_activity(PurchaseSample *sample,
													ActivityReader *activity);

extern void purchase_sample_fit(const PurchaseSample *sample, Model *model);

#endif
