/*
 * funnel_state.h: a funnel over many users: how many reach each step, and how long it takes.
 *
 * A user counts at the steps that the winning chain holds.  The user's deciding entry is the
 * last row of step 1 that may begin an attempt (the first, if only the first one counts; of
 * any step, if the order does not matter).  If its window is over by as_of, the user is
 * mature: nothing will change any more.  The counts are kept apart for mature users and
 * others, and so are durations: from step 1 to each step, and from the last required one
 * before it.
 *
 * A state (state.h), of at most 15 MB.  The stored form:
 *
 *	+---------+-------+-------+========+======+======+========+===========+
 *	| version | steps | flags | params | held | held | levels | durations |
 *	+---------+-------+-------+========+======+======+========+===========+
 *	  1 byte    1 byte  varint
 *
 *	flags		bits 0-1: in_between; 2-3: pick; 4: repeats break; 5: strict ties;
 *				6: first entry; 7: unordered; 8: hits make void; 9: exclusions; 10: gaps;
 *				11: entry_from; 12: entry_to; 13: optional steps
 *	params		varint within, zigzag as_of; then, as far as there are such: zigzag
 *				entry_from, zigzag entry_to, varint optional steps; for each level but the
 *				last the varint of the conditions that hit there; the varint of the least gap
 *				behind it, and 0 or 1 + the greatest
 *	held		varints: mature users whose chains hold step 1, 2, ...; the same of others
 *	levels		varints, with optional steps: the others whose chains end at step 1, 2, ...,
 *				but for the last
 *	durations	of each pair of steps (durations.h), by the later one; that from step 1 first
 *
 * What is left of users of level 0 is nothing.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_STATE_H
#define USER_OPS_KERNEL_FUNNEL_STATE_H

#include "kernel/base/state.h"
#include "kernel/funnel/durations.h"
#include "kernel/funnel/question_check.h"

#define FUNNEL_STATE_VERSION 1
#define FUNNEL_MAX_USERS     ((uint64_t) 1 << 61)

enum
{
	FUNNEL_MATURE,
	FUNNEL_OTHERS,
	FUNNEL_HALVES
};

/* How long it takes from one step to another. */
typedef struct FunnelPair
{
	uint8_t from;
	uint8_t to;
	Durations durations;
} FunnelPair;

typedef struct FunnelState
{
	State state;
	FunnelQuestion question; /* as funnel_normalize() has it */
	uint64_t held[FUNNEL_HALVES][FUNNEL_STEPS]; /* [k - 1]: chains that hold step k */
	uint64_t levels[FUNNEL_STEPS];              /* [k - 1]: of others, chains that end there */
	uint32_t n_pairs;
	FunnelPair pairs[]; /* by the later step, that from step 1 first; behind them their blocks */
} FunnelState;

extern const StateKind funnel_kind;

extern FunnelState *funnel_state_create(const FunnelQuestion *question);

/* Fails unless the state was begun with this question. */
extern void funnel_state_expect(const FunnelState *state, const FunnelQuestion *question);

/* With one more user. */
extern FunnelState *funnel_state_add(FunnelState *state, const Journey *journey);

/* Users at a step, of mature ones or of all. */
static inline uint64_t
funnel_state_users(const FunnelState *state, int step, bool mature)
{
	return state->held[FUNNEL_MATURE][step - 1] + (mature ? 0 : state->held[FUNNEL_OTHERS][step - 1]);
}

/* The last step before this one that may not be left out; of the first the first. */
extern int funnel_required_before(const FunnelQuestion *question, int step);

/* The pair; NULL if it is not kept. */
extern const FunnelPair *funnel_state_pair(const FunnelState *state, int from, int to);

extern DurationReader funnel_state_durations(const FunnelState *state, const FunnelPair *pair,
											 bool mature);

#endif
