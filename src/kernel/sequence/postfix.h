/*
 * postfix.h: what patterns of sequences mean, as operators in postfix order.
 *
 * Repeats are written out, so that a pattern is no longer than what it means: (?1){2,4}
 * is four takes and what makes them one operand, of which the last two are optional.
 * Less than four operators come on each take.  The pattern that takes nothing has none.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_POSTFIX_H
#define USER_OPS_KERNEL_SEQUENCE_POSTFIX_H

#include "kernel/base/host.h"

#define SEQUENCE_POSITIONS 10000 /* items that take rows, and times, at most */

/*
 * Which differences of time are meant, in microseconds, both ends included; empty where
 * low > high.  What does not fit int64 is beyond every bound: more than any high, at
 * least any low.
 */
typedef struct SequenceSpan
{
	uint64_t low;
	uint64_t high;
} SequenceSpan;

#define SEQUENCE_UNBOUNDED UINT64_MAX /* as high */

static inline bool
sequence_span_holds(const SequenceSpan *span, uint64_t difference)
{
	return difference >= span->low && difference <= span->high;
}

typedef enum SequenceOpKind
{
	SEQUENCE_TAKE,     /* one row */
	SEQUENCE_TIME,     /* the next row is one whose time differs by the span */
	SEQUENCE_BOTH,     /* of the last two operands: one behind the other */
	SEQUENCE_EITHER,   /* ... one of them */
	SEQUENCE_OPTIONAL, /* of the last operand: none or one */
	SEQUENCE_ANY,      /* ... none or more */
	SEQUENCE_SOME      /* ... one or more */
} SequenceOpKind;

typedef struct SequenceOp
{
	uint8_t kind;      /* SequenceOpKind */
	uint8_t condition; /* SEQUENCE_TAKE: which one holds for the row; 0: any row */
	SequenceSpan span; /* SEQUENCE_TIME */
} SequenceOp;

typedef struct SequencePattern
{
	SequenceOp *ops; /* in postfix order */
	uint32_t n;
	uint32_t capacity;
	uint32_t positions; /* of kind SEQUENCE_TAKE or SEQUENCE_TIME */
	SequenceSpan limit; /* of the last row taken from the first one */
} SequencePattern;

#define SEQUENCE_NO_END UINT64_MAX /* of a repeat */

/* A pattern without operators, which are the caller's to free. */
extern SequencePattern sequence_postfix(void);

/* False, with nothing changed, if there would be more than SEQUENCE_POSITIONS. */
extern bool sequence_append(SequencePattern *pattern, SequenceOp op);

/* Append one that is not of these: no position. */
extern void sequence_append_kind(SequencePattern *pattern, SequenceOpKind kind);

/* Make the last operand optional, or repeat it. */
extern void sequence_wrap(SequencePattern *pattern, SequenceOpKind kind);

/* Repeat the operand that begins at start and may be empty; false as above. */
extern bool sequence_repeat(SequencePattern *pattern, uint32_t start, uint64_t least,
							uint64_t most);

#endif
