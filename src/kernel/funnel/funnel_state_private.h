/*
 * funnel_state_private.h: what the parts of funnel_state.h share.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_STATE_PRIVATE_H
#define USER_OPS_KERNEL_FUNNEL_STATE_PRIVATE_H

#include "kernel/funnel/funnel_state.h"

/* A state without counts, with room for the durations of so many users at each step. */
extern FunnelState *funnel_state_create_for(const FunnelQuestion *question, const uint64_t *users);

/* Where the durations of a pair stand. */
static inline uint64_t *
funnel_state_block(const FunnelState *state, const FunnelPair *pair)
{
	return (uint64_t *) state + pair->durations.block;
}

extern void funnel_state_pack(const void *state, ByteWriter *out);
extern void *funnel_state_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
