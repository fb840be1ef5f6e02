/*
 * tally.h: how often each of many rows of numbers was met: a state (state.h).
 *
 * What a model is fitted over is the same whatever the order of the rows, and
 * few rows differ: so equal ones are kept once, with a count.  A row is some
 * keys, 64-bit integers or the bits of doubles, and the counts that go with
 * them.  In front stands a head: numbers that are equal in all states of one
 * question.
 *
 * To the working form, struct Tally, rows are appended; when the chunk is full,
 * equal ones become one, and it grows if that did not halve it.  The stored
 * form:
 *
 *	+---------+--------+======+--------+======================+
 *	| version | n head | head | n rows | the rows (rows.h) ...
 *	+---------+--------+======+--------+======================+
 *	  1 byte    varint   varints varint
 */
#ifndef USER_OPS_KERNEL_TALLY_H
#define USER_OPS_KERNEL_TALLY_H

#include <string.h>

#include "kernel/base/rows.h"
#include "kernel/base/state.h"

#define TALLY_MAX_HEAD 512
#define TALLY_MAX_KEYS 60

/* What all rows of a tally look like. */
typedef struct TallyShape
{
	RowShape row;
	uint16_t n_head;
	uint8_t version; /* of the stored form */
} TallyShape;

typedef struct Tally
{
	State state;
	TallyShape shape;
	uint64_t total;   /* sum of all counts */
	uint32_t n;       /* rows in use */
	bool sorted;      /* ascending, each row once */
	uint64_t words[]; /* the head, then the rows */
} Tally;

/* What is particular to the tallies of one question. */
typedef struct TallyKind
{
	StateKind state;
	TallyShape shape; /* of those without a head of variable length */
	/* What is wrong with a head that was read, or NULL with the rest of *shape set; may be NULL. */
	const char *(*check_head)(const uint64_t *head, TallyShape *shape);
	/* Can the row stand in a stored form with this head? */
	bool (*row_valid)(const uint64_t *head, const TallyShape *shape, const uint64_t *row);
} TallyKind;

static inline uint64_t
bits_of_real(double value)
{
	uint64_t bits;

	value += 0.0; /* of -0, too */
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline double
real_of_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

extern Tally *tally_create(const TallyShape *shape, const uint64_t *head);

/* Fails unless the tally was begun with this head. */
extern void tally_expect(const Tally *tally, const TallyShape *shape, const uint64_t *head);

/* One more row: its keys and counts, not all of them 0. */
extern Tally *tally_add(Tally *tally, const uint64_t *row);

/* The tally, or a copy of it, with rows ascending and each once. */
extern const Tally *tally_sorted(const Tally *tally);

static inline const uint64_t *
tally_row(const Tally *tally, uint32_t i)
{
	return tally->words + tally->shape.n_head + (size_t) i * row_words(&tally->shape.row);
}

/* At every row of a loop over all of them. */
static inline void
tally_poll(uint32_t i)
{
	host_poll_at(i);
}

/* For the StateKind; unpack is wrapped with the kind. */
extern void tally_pack(const void *state, ByteWriter *out);
extern void *tally_merge(void *state, const void *other);
extern void *tally_unpack(const TallyKind *kind, const uint8_t *bytes, size_t size,
						  const char **problem);

#endif
