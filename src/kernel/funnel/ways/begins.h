/*
 * begins.h: when the attempts began that have become one, each with the best chain of it so
 * far that is not final.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_BEGINS_H
#define USER_OPS_KERNEL_FUNNEL_BEGINS_H

#include "kernel/funnel/ways/run.h"

typedef struct FunnelBegins
{
	FunnelFind *finds; /* ascending by start; NULL: there was none yet */
	uint32_t first;    /* those before it are over */
	uint32_t end;
	uint32_t room;
} FunnelBegins;

static inline FunnelFind *
begins_first(const FunnelBegins *begins)
{
	return &begins->finds[begins->first];
}

/* Append some that are behind those that there are. */
extern void begins_append(FunnelBegins *begins, const FunnelFind *finds, uint32_t n);

extern void begins_swap(FunnelBegins *a, FunnelBegins *b);

/* All of both; of equal starts the better chain. */
extern void begins_merge(const FunnelRun *run, FunnelBegins *begins, FunnelBegins *other);

extern void begins_free(FunnelBegins *begins);

#endif
