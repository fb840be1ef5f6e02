/*
 * funnel_state_format.c: the stored form of a funnel over many users.
 */
#include <string.h>

#include "kernel/funnel/funnel_state_private.h"

enum
{
	FLAG_REPEATS_BREAK = 1 << 4,
	FLAG_STRICT_TIES = 1 << 5,
	FLAG_FIRST_ENTRY = 1 << 6,
	FLAG_UNORDERED = 1 << 7,
	FLAG_DROP_ENTRY = 1 << 8,
	FLAG_EXCLUSIONS = 1 << 9,
	FLAG_GAPS = 1 << 10,
	FLAG_ENTRY_FROM = 1 << 11,
	FLAG_ENTRY_TO = 1 << 12,
	FLAG_OPTIONAL = 1 << 13,
	ALL_FLAGS = (1 << 14) - 1
};

static uint32_t
flags_of(const FunnelQuestion *question)
{
	return question->in_between | (uint32_t) question->pick << 2 |
		   (question->repeats_break ? FLAG_REPEATS_BREAK : 0) |
		   (question->strict_ties ? FLAG_STRICT_TIES : 0) |
		   (question->first_entry ? FLAG_FIRST_ENTRY : 0) |
		   (question->unordered ? FLAG_UNORDERED : 0) |
		   (question->drop_entry ? FLAG_DROP_ENTRY : 0) |
		   (question->exclusions ? FLAG_EXCLUSIONS : 0) | (question->gaps ? FLAG_GAPS : 0) |
		   (question->entry_from != INT64_MIN ? FLAG_ENTRY_FROM : 0) |
		   (question->entry_to != INT64_MAX ? FLAG_ENTRY_TO : 0) |
		   (question->optional != 0 ? FLAG_OPTIONAL : 0);
}

static void
write_question(ByteWriter *out, const FunnelQuestion *question)
{
	write_byte(out, question->n_steps);
	write_varint(out, flags_of(question));
	write_varint(out, (uint64_t) question->within);
	write_zigzag(out, question->as_of);
	if (question->entry_from != INT64_MIN)
		write_zigzag(out, question->entry_from);
	if (question->entry_to != INT64_MAX)
		write_zigzag(out, question->entry_to);
	if (question->optional != 0)
		write_varint(out, question->optional);
	for (int level = 1; level < question->n_steps; level++)
	{
		if (question->exclusions)
			write_varint(out, question->hits[level]);
		if (!question->gaps)
			continue;
		write_varint(out, question->min_gap[level]);
		write_varint(out, question->max_gap[level] + 1); /* of none 0 */
	}
}

void
funnel_state_pack(const void *packed, ByteWriter *out)
{
	const FunnelState *state = packed;
	int n_steps = state->question.n_steps;

	write_byte(out, FUNNEL_STATE_VERSION);
	write_question(out, &state->question);
	for (int half = 0; half < FUNNEL_HALVES; half++)
		for (int step = 0; step < n_steps; step++)
			write_varint(out, state->held[half][step]);
	for (int step = 0; state->question.optional != 0 && step < n_steps - 1; step++)
		write_varint(out, state->levels[step]);
	for (uint32_t i = 0; i < state->n_pairs; i++)
		durations_write(out, &state->pairs[i].durations,
						funnel_state_block(state, &state->pairs[i]));
}

/* Of a question that was written so; false if none was. */
static bool
read_question(ByteReader *in, FunnelQuestion *question)
{
	FunnelQuestion normal;
	uint32_t flags;
	const char *hint;

	memset(question, 0, sizeof(*question));
	question->n_steps = read_byte(in);
	flags = (uint32_t) read_varint(in, ALL_FLAGS);
	if (in->bad || question->n_steps < 1 || question->n_steps > FUNNEL_STEPS)
		return false;
	question->in_between = flags & 3;
	question->pick = flags >> 2 & 3;
	question->repeats_break = (flags & FLAG_REPEATS_BREAK) != 0;
	question->strict_ties = (flags & FLAG_STRICT_TIES) != 0;
	question->first_entry = (flags & FLAG_FIRST_ENTRY) != 0;
	question->unordered = (flags & FLAG_UNORDERED) != 0;
	question->drop_entry = (flags & FLAG_DROP_ENTRY) != 0;
	question->exclusions = (flags & FLAG_EXCLUSIONS) != 0;
	question->gaps = (flags & FLAG_GAPS) != 0;
	question->within = (int64_t) read_varint(in, INT64_MAX);
	question->as_of = read_zigzag(in);
	question->entry_from = (flags & FLAG_ENTRY_FROM) != 0 ? read_zigzag(in) : INT64_MIN;
	question->entry_to = (flags & FLAG_ENTRY_TO) != 0 ? read_zigzag(in) : INT64_MAX;
	question->optional = (flags & FLAG_OPTIONAL) != 0 ? read_varint(in, UINT64_MAX) : 0;
	for (int level = 1; level < question->n_steps; level++)
	{
		if (question->exclusions)
			question->hits[level] = read_varint(in, UINT64_MAX);
		if (!question->gaps)
			continue;
		question->min_gap[level] = read_varint(in, INT64_MAX);
		question->max_gap[level] = read_varint(in, (uint64_t) INT64_MAX + 1) - 1;
	}
	normal = *question;
	funnel_normalize(&normal);
	/* what is no gap where there are none is not written */
	for (int level = 0; level < FUNNEL_STEPS; level++)
		if (level == 0 || level >= question->n_steps || !question->gaps)
			question->max_gap[level] = UINT64_MAX;
	return !in->bad && question->in_between <= FUNNEL_NOTHING &&
		   question->pick <= FUNNEL_LATEST_ENTRY && flags_of(question) == flags &&
		   memcmp(&normal, question, sizeof(normal)) == 0 &&
		   funnel_problem(question, &hint) == NULL;
}

/* Users of one half at each step; false if there cannot be so many. */
static bool
read_held(ByteReader *in, const FunnelQuestion *question, uint64_t most, uint64_t *held)
{
	for (int step = 1; step <= question->n_steps; step++)
	{
		held[step - 1] = read_varint(in, most);
		if (step > 1 && held[step - 1] > held[funnel_required_before(question, step) - 1])
			return false;
	}
	return !in->bad;
}

/* Of those who are not mature, where their chains end: all of them end somewhere. */
static bool
read_levels(ByteReader *in, const FunnelQuestion *question, const uint64_t *held, uint64_t *levels)
{
	uint64_t left = held[0];

	for (int step = 1; step < question->n_steps; step++)
	{
		if (question->optional != 0)
			levels[step - 1] = read_varint(in, held[step - 1]);
		else
			levels[step - 1] = held[step - 1] - held[step];
		if (levels[step - 1] > left)
			return false;
		left -= levels[step - 1];
	}
	levels[question->n_steps - 1] = left;
	return !in->bad && left == held[question->n_steps - 1];
}

static const char *
read_durations(ByteReader *in, FunnelState *state)
{
	for (uint32_t i = 0; i < state->n_pairs; i++)
	{
		FunnelPair *pair = &state->pairs[i];
		uint64_t n[FUNNEL_HALVES] = {state->held[FUNNEL_MATURE][pair->to - 1],
									 state->held[FUNNEL_OTHERS][pair->to - 1]};
		const char *problem = durations_read(in, &pair->durations, funnel_state_block(state, pair),
											 n, (uint64_t) state->question.within);

		if (problem != NULL)
			return problem;
	}
	return in->next == in->end ? NULL : "bytes after the last duration";
}

void *
funnel_state_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	FunnelQuestion question;
	uint64_t held[FUNNEL_HALVES][FUNNEL_STEPS] = {{0}};
	uint64_t levels[FUNNEL_STEPS] = {0};
	uint64_t all[FUNNEL_STEPS];
	FunnelState *state;

	*problem = "unknown format version";
	if (read_byte(&in) != FUNNEL_STATE_VERSION)
		return NULL;
	*problem = "truncated or bad parameters";
	if (!read_question(&in, &question))
		return NULL;
	*problem = "truncated or impossible numbers of users";
	if (!read_held(&in, &question, FUNNEL_MAX_USERS, held[FUNNEL_MATURE]) ||
		!read_held(&in, &question, FUNNEL_MAX_USERS - held[FUNNEL_MATURE][0],
				   held[FUNNEL_OTHERS]) ||
		!read_levels(&in, &question, held[FUNNEL_OTHERS], levels))
		return NULL;
	for (int step = 0; step < FUNNEL_STEPS; step++)
		all[step] = held[FUNNEL_MATURE][step] + held[FUNNEL_OTHERS][step];
	*problem = "fewer bytes than durations";
	for (int step = 1; step < question.n_steps; step++)
		if (all[step] <= DURATIONS_EXACT && all[step] > size)
			return NULL;
	state = funnel_state_create_for(&question, all);
	memcpy(state->held, held, sizeof(held));
	memcpy(state->levels, levels, sizeof(levels));
	*problem = read_durations(&in, state);
	if (*problem == NULL)
		return state;
	host_free(state);
	return NULL;
}
