/*
 * purchase_sample_private.h: between purchase_sample.c and purchase_sample_format.c.
 */
#ifndef USER_OPS_KERNEL_MODEL_PURCHASE_SAMPLE_PRIVATE_H
#define USER_OPS_KERNEL_MODEL_PURCHASE_SAMPLE_PRIVATE_H

#include "kernel/models/purchase/purchase_sample.h"

#define PURCHASE_MAX_USERS ((uint64_t) 1 << 38) /* their ln_gaps fit 128 bits */
#define PURCHASE_LN_BITS   88                   /* of one user's ln_gaps, at most */

extern __int128 purchase_sample_ln_gaps(const PurchaseSample *sample);
extern void purchase_sample_set_ln_gaps(PurchaseSample *sample, __int128 ln_gaps);

/* A copy of what is counted, ascending. */
extern HistoryCount *purchase_sample_sorted(const PurchaseSample *sample);

/* A sample with room for n histories, and one more of them. */
extern PurchaseSample *purchase_sample_with_room(const PurchaseSampleParams *params, uint64_t n);
extern void purchase_sample_count(PurchaseSample *sample, const HistoryCount *history);

extern void *purchase_sample_merge(void *state, const void *from_state);

#endif
