/*
 * rfm_fit.h: what rfm_model is fitted over, for each way to read activities.
 */
#ifndef USER_OPS_RFM_FIT_H
#define USER_OPS_RFM_FIT_H

#include "server/compat.h"

#include "kernel/activity/summary.h"
#include "kernel/rfm/rfm_sample.h"

#define RFM_DEFAULT_BINS 5

/*
 * The sample, NULL for none so far, with one more user; it may move, and the old
 * chunk is then left to the caller.
 */
extern RfmSample *rfm_sample_add_summary(RfmSample *sample, const Summary *summary, int32 as_of,
										 int bins);

#endif
