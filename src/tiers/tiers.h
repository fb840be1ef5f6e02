/*
 * tiers.h: the type tier_rules as Datums.
 */
#ifndef USER_OPS_TIERS_H
#define USER_OPS_TIERS_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/tiers/tier_rules.h"

#define TIER_RULES_TYPE "tier_rules"

/* Open argument n. */
extern void tier_rules_arg(FunctionCallInfo fcinfo, int n, TierRules *rules);

/* The name of a tier above 0. */
extern Datum tier_name_datum(const TierRules *rules, int tier);

#endif
