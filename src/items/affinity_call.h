/*
 * affinity_call.h: affinities as arguments.
 */
#ifndef USER_OPS_AFFINITY_CALL_H
#define USER_OPS_AFFINITY_CALL_H

#include "server/compat.h"

#include "items/items.h"
#include "kernel/items/pair_measures.h"

/* The question of a call: as_of is argument n, not NULL, and options are the next one, if there is
 * one. */
extern AffinityQuestion affinity_question_of_call(FunctionCallInfo fcinfo, int n);

/* What is said where bytes are no affinity. */
extern void check_affinity_read(const char *problem);

/* Argument n, copied and decoded in the current memory context; its items must be of this kind
 * (42804). */
extern AffinityModel *affinity_model_arg(FunctionCallInfo fcinfo, int n, ItemKind kind);

/* The item_measure that is argument n, not NULL. */
extern ItemMeasure item_measure_arg(FunctionCallInfo fcinfo, int n);

#endif
