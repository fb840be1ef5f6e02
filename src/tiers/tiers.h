/*
 * tiers.h: the type tier_rules as Datums, and the walk over an activity by them.
 */
#ifndef USER_OPS_TIERS_H
#define USER_OPS_TIERS_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/tiers/tier_walk.h"

#define TIER_RULES_TYPE "tier_rules"

/* Open argument n. */
extern void tier_rules_arg(FunctionCallInfo fcinfo, int n, TierRules *rules);

/* The name of a tier above 0. */
extern Datum tier_name_datum(const TierRules *rules, int tier);

/* A walk over an activity as of a day; 22023 without amounts. */
extern void tier_walk_as_of(TierWalk *walk, const TierRules *rules, const uint8 *activity, int32 as_of);

#endif
