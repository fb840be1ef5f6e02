/*
 * funnel_state.c: a funnel over many users.
 */
#include "kernel/funnel/funnel_state_private.h"

#include <string.h>

#include "kernel/funnel/funnel.h"

int
funnel_required_before(const FunnelQuestion *question, int step)
{
	int before = step > 1 ? step - 1 : 1;

	while ((question->optional >> (before - 1) & 1) != 0)
		before--;
	return before;
}

/* A state with blocks for durations, of as many words as the pairs say. */
static FunnelState *
create(const FunnelQuestion *question, const FunnelPair *pairs, uint32_t n_pairs)
{
	size_t size = sizeof(FunnelState) + n_pairs * sizeof(FunnelPair);
	FunnelState *state;

	for (uint32_t i = 0; i < n_pairs; i++)
		size += pairs[i].durations.room * sizeof(uint64_t);
	state = state_create(size);
	state->question = *question;
	state->n_pairs = n_pairs;
	size = (sizeof(FunnelState) + n_pairs * sizeof(FunnelPair)) / sizeof(uint64_t);
	for (uint32_t i = 0; i < n_pairs; i++)
	{
		state->pairs[i].from = pairs[i].from;
		state->pairs[i].to = pairs[i].to;
		state->pairs[i].durations.room = pairs[i].durations.room;
		state->pairs[i].durations.block = (uint32_t) size;
		size += pairs[i].durations.room;
	}
	return state;
}

/* The pairs that there are, with room for as many durations as there are users. */
static uint32_t
list_pairs(const FunnelQuestion *question, const uint64_t *users, FunnelPair *pairs)
{
	uint32_t n = 0;

	for (int to = 2; to <= question->n_steps; to++)
	{
		int before = funnel_required_before(question, to);
		FunnelPair pair = {
			.from = 1, .to = (uint8_t) to, .durations.room = durations_room(users[to - 1])};

		pairs[n++] = pair;
		pair.from = (uint8_t) before;
		if (before > 1)
			pairs[n++] = pair;
	}
	return n;
}

FunnelState *
funnel_state_create_for(const FunnelQuestion *question, const uint64_t *users)
{
	FunnelPair pairs[2 * FUNNEL_STEPS];
	uint32_t n = list_pairs(question, users, pairs);

	return create(question, pairs, n);
}

FunnelState *
funnel_state_create(const FunnelQuestion *question)
{
	uint64_t nobody[FUNNEL_STEPS] = {0};

	return funnel_state_create_for(question, nobody);
}

void
funnel_state_expect(const FunnelState *state, const FunnelQuestion *question)
{
	if (memcmp(&state->question, question, sizeof(FunnelQuestion)) != 0)
		host_fail(KERNEL_PARAMETERS);
}

/* The state with room for so many more users at each step, or a larger copy. */
static FunnelState *
make_room(FunnelState *state, const uint64_t *more)
{
	FunnelPair pairs[2 * FUNNEL_STEPS];
	FunnelState *grown;
	bool enough = true;

	for (uint32_t i = 0; i < state->n_pairs; i++)
	{
		const FunnelPair *pair = &state->pairs[i];
		uint32_t room = durations_room(durations_n(&pair->durations) + more[pair->to - 1]);

		pairs[i] = *pair;
		if (room > pair->durations.room)
		{
			pairs[i].durations.room = room;
			enough = false;
		}
	}
	if (enough)
		return state;
	host_poll();
	grown = create(&state->question, pairs, state->n_pairs);
	memcpy(grown->held, state->held, sizeof(state->held));
	memcpy(grown->levels, state->levels, sizeof(state->levels));
	for (uint32_t i = 0; i < state->n_pairs; i++)
		durations_move(&state->pairs[i].durations, funnel_state_block(state, &state->pairs[i]),
					   &grown->pairs[i].durations, funnel_state_block(grown, &grown->pairs[i]));
	return grown;
}

/* Is there room for one more user, whose chain holds these steps? */
static inline bool
has_room(const FunnelState *state, uint64_t held)
{
	for (uint32_t i = 0; i < state->n_pairs && held != 1; i++)
		if ((held >> (state->pairs[i].to - 1) & 1) != 0 && !durations_have_room(&state->pairs[i].durations))
			return false;
	return true;
}

static FunnelState *
make_room_for_one(FunnelState *state, uint64_t held)
{
	uint64_t more[FUNNEL_STEPS];

	for (int step = 0; step < state->question.n_steps; step++)
		more[step] = held >> step & 1;
	return make_room(state, more);
}

FunnelState *
funnel_state_add(FunnelState *state, const Journey *journey)
{
	const FunnelQuestion *question = &state->question;
	FunnelRows rows = funnel_rows(question, journey);
	FunnelChain chain;
	int half;

	funnel_chain(question, &rows, false, &chain);
	if (chain.level == 0)
		return state;
	if (!has_room(state, chain.held))
		state = make_room_for_one(state, chain.held);
	half = funnel_mature(question, &rows) ? FUNNEL_MATURE : FUNNEL_OTHERS;
	if (funnel_state_users(state, 1, false) >= FUNNEL_MAX_USERS)
		host_fail(KERNEL_USERS_RANGE);
	for (uint64_t held = chain.held; held != 0; held &= held - 1)
		state->held[half][__builtin_ctzll(held)]++;
	if (half == FUNNEL_OTHERS)
		state->levels[chain.level - 1]++;
	for (uint32_t i = 0; i < state->n_pairs && chain.held != 1; i++)
	{
		FunnelPair *pair = &state->pairs[i];

		if ((chain.held >> (pair->to - 1) & 1) != 0)
			durations_add(&pair->durations, funnel_state_block(state, pair), half,
						  funnel_elapsed(rows.rows[chain.rows[pair->from - 1]].at,
										 rows.rows[chain.rows[pair->to - 1]].at));
	}
	return state;
}

static void *
merge(void *into, const void *from)
{
	FunnelState *state = into;
	const FunnelState *other = from;
	uint64_t more[FUNNEL_STEPS];

	funnel_state_expect(state, &other->question);
	if (funnel_state_users(other, 1, false) >
		FUNNEL_MAX_USERS - funnel_state_users(state, 1, false))
		host_fail(KERNEL_USERS_RANGE);
	for (int step = 0; step < FUNNEL_STEPS; step++)
		more[step] = other->held[FUNNEL_MATURE][step] + other->held[FUNNEL_OTHERS][step];
	state = make_room(state, more);
	for (int step = 0; step < FUNNEL_STEPS; step++)
	{
		state->held[FUNNEL_MATURE][step] += other->held[FUNNEL_MATURE][step];
		state->held[FUNNEL_OTHERS][step] += other->held[FUNNEL_OTHERS][step];
		state->levels[step] += other->levels[step];
	}
	for (uint32_t i = 0; i < state->n_pairs; i++)
		durations_merge(&state->pairs[i].durations, funnel_state_block(state, &state->pairs[i]),
						&other->pairs[i].durations, funnel_state_block(other, &other->pairs[i]));
	return state;
}

const FunnelPair *
funnel_state_pair(const FunnelState *state, int from, int to)
{
	for (uint32_t i = 0; i < state->n_pairs; i++)
		if (state->pairs[i].from == from && state->pairs[i].to == to)
			return &state->pairs[i];
	return NULL;
}

DurationReader
funnel_state_durations(const FunnelState *state, const FunnelPair *pair, bool mature)
{
	return durations_open(&pair->durations, funnel_state_block(state, pair), !mature);
}

const StateKind funnel_kind = {
	.type = "funnel", .pack = funnel_state_pack, .unpack = funnel_state_unpack, .merge = merge};
