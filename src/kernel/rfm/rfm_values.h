/*
 * rfm_values.h: what the users of a sample brought, for tiers of value.
 */
#ifndef USER_OPS_KERNEL_RFM_VALUES_H
#define USER_OPS_KERNEL_RFM_VALUES_H

#include "kernel/rfm/rfm_sample.h"
#include "kernel/value/value_sample.h"

/* Ascending, each once, times 10^-scale of the sample; *n of them, 0 without amounts. */
extern CountedValue *rfm_values(const RfmSample *sample, uint32_t *n);

#endif
