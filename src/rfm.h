/*
 * rfm.h: the type rfm_model as Datums.
 */
#ifndef USER_OPS_RFM_H
#define USER_OPS_RFM_H

#include "compat.h"

#include "fmgr.h"
#include "kernel/rfm.h"

/* Open argument n. */
extern void rfm_model_arg(FunctionCallInfo fcinfo, int n, RfmModel *model);

extern Datum rfm_model_datum(const RfmModel *model);

/* The number of bins, or 22023. */
extern int rfm_check_bins(int32 bins);

#endif
