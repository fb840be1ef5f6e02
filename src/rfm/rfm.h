/*
 * rfm.h: the type rfm_model as Datums.
 */
#ifndef USER_OPS_RFM_H
#define USER_OPS_RFM_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/activity/summary.h"
#include "kernel/rfm/rfm.h"

/* Open argument n. */
extern void rfm_model_arg(FunctionCallInfo fcinfo, int n, RfmModel *model);

/* A model applied to one user. */
typedef struct RfmScored
{
	const RfmModel *model;
	const Summary *summary;
	int32 recency; /* valid if summary->basis_days > 0 */
} RfmScored;

extern RfmScored rfm_scored(const RfmModel *model, const Summary *summary, int32 as_of);

/* 0: none. */
extern int rfm_scored_score(const RfmScored *user, RfmDimension dimension);

extern Datum rfm_model_datum(const RfmModel *model);

/* The number of bins, or 22023. */
extern int rfm_check_bins(int32 bins);

#endif
