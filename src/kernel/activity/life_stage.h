/*
 * life_stage.h: where a user stands between introduction and loss.
 */
#ifndef USER_OPS_KERNEL_LIFE_STAGE_H
#define USER_OPS_KERNEL_LIFE_STAGE_H

#include "kernel/base/host.h"

typedef struct LifeLimits
{
	double typical_gap;  /* of all users, in days */
	int32_t lost_days;
	int32_t sleep_days;
	double lost_gaps;    /* silence in gaps */
	double sleep_gaps;
	int32_t new_days;    /* tenure below: introduction */
	int32_t growth_days; /* active days below: growth */
	double growth_ratio; /* active days of the later half to those of the earlier */
} LifeLimits;

typedef struct LifeFacts
{
	int64_t active_days;
	int64_t later_days; /* active days from the middle of the tenure on */
	int32_t tenure;     /* as_of - first day */
	int32_t idle;       /* as_of - last day */
	double gap;         /* the longer of the own gap and the typical one */
} LifeFacts;

/* Facts of a user with these ascending days, at least one, before as_of. */
extern LifeFacts life_facts(const int32_t *days, uint32_t n_days, int32_t as_of,
							double typical_gap);

extern const char *life_stage(const LifeFacts *facts, const LifeLimits *limits);

#endif
