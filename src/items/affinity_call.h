/*
 * affinity_call.h: affinities as arguments.
 */
#ifndef USER_OPS_AFFINITY_CALL_H
#define USER_OPS_AFFINITY_CALL_H

#include "server/compat.h"

#include "items/items.h"
#include "kernel/items/pair_measures.h"

/* What is said where bytes are no affinity. */
extern void check_affinity_read(const char *problem);

/* Argument n, copied and decoded in the current memory context; its items must be of this kind
 * (42804). */
extern AffinityModel *affinity_model_arg(FunctionCallInfo fcinfo, int n, ItemKind kind);

/* The item_measure that is argument n, not NULL. */
extern ItemMeasure item_measure_arg(FunctionCallInfo fcinfo, int n);

#endif
