/*
 * postfix.c: put patterns of sequences together.
 */
#include "kernel/sequence/postfix.h"

#include <string.h>

SequencePattern
sequence_postfix(void)
{
	SequencePattern pattern = {.capacity = 16, .limit = {0, SEQUENCE_UNBOUNDED}};

	pattern.ops = host_alloc(pattern.capacity * sizeof(SequenceOp));
	return pattern;
}

static void
make_room(SequencePattern *pattern, uint64_t n)
{
	if (pattern->n + n <= pattern->capacity)
		return;
	pattern->capacity = (uint32_t) (2 * (pattern->n + n));
	pattern->ops = host_realloc(pattern->ops, pattern->capacity * sizeof(SequenceOp));
}

void
sequence_append_kind(SequencePattern *pattern, SequenceOpKind kind)
{
	make_room(pattern, 1);
	pattern->ops[pattern->n++] = (SequenceOp){.kind = (uint8_t) kind};
}

/* Room for so many positions in place of so many that are there. */
static bool
positions_fit(SequencePattern *pattern, uint64_t old, uint64_t new)
{
	uint64_t positions = pattern->positions - old + new;

	if (positions > SEQUENCE_POSITIONS)
		return false;
	pattern->positions = (uint32_t) positions;
	return true;
}

bool
sequence_append(SequencePattern *pattern, SequenceOp op)
{
	if (!positions_fit(pattern, 0, 1))
		return false;
	make_room(pattern, 1);
	pattern->ops[pattern->n++] = op;
	return true;
}

void
sequence_wrap(SequencePattern *pattern, SequenceOpKind kind)
{
	SequenceOp *last = &pattern->ops[pattern->n - 1];

	if (last->kind < SEQUENCE_OPTIONAL)
		sequence_append_kind(pattern, kind);
	else if (last->kind != (uint8_t) kind)
		last->kind = SEQUENCE_ANY;
}

static uint64_t
count_positions(const SequencePattern *pattern, uint32_t start)
{
	uint64_t n = 0;

	for (uint32_t i = start; i < pattern->n; i++)
		n += pattern->ops[i].kind <= SEQUENCE_TIME;
	return n;
}

/*
 * Copies of the operand: the last ones are each optional with all behind it, or the last
 * one comes as often as it does.
 */
bool
sequence_repeat(SequencePattern *pattern, uint32_t start, uint64_t least, uint64_t most)
{
	uint64_t copies = most == SEQUENCE_NO_END ? least + (least == 0) : most;
	uint64_t optional = most == SEQUENCE_NO_END ? 0 : most - least;
	uint64_t operands = copies - optional + (optional > 0);
	uint32_t size = pattern->n - start;
	uint64_t positions = copies > 1 ? count_positions(pattern, start) : 0;

	if (size == 0)
		return true;
	if (!positions_fit(pattern, positions, positions * copies))
		return false;
	make_room(pattern, (copies - 1) * size);
	for (uint64_t i = 1; i < copies; i++, pattern->n += size)
		memcpy(pattern->ops + pattern->n, pattern->ops + start, size * sizeof(SequenceOp));
	if (most == SEQUENCE_NO_END)
		sequence_wrap(pattern, least == 0 ? SEQUENCE_ANY : SEQUENCE_SOME);
	for (uint64_t i = 0; i < optional; i++)
	{
		if (i > 0)
			sequence_append_kind(pattern, SEQUENCE_BOTH);
		sequence_wrap(pattern, SEQUENCE_OPTIONAL);
	}
	for (uint64_t i = 1; i < operands; i++)
		sequence_append_kind(pattern, SEQUENCE_BOTH);
	return true;
}
