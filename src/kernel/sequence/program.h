/*
 * program.h: what a pattern is compiled to: where matches end, worked out against time.
 *
 * Rows are read from the last to the first.  At each row every place of the pattern has
 * a value: the row at which the earliest match ends that took this row last and goes on
 * from that place; SEQUENCE_NO_ROW where none does.  Values are numbered:
 *
 *	0 ...		take i takes the neighbour, which is the row that was read before
 *	n_takes		the pattern is over: the match ends at this very row
 *	+ 1			nothing goes on from here
 *	+ 2 ...		windows: a take takes any later row whose time differs by a span
 *	then ...	forks: the least of other values, whose numbers are lower
 *
 * So a row costs the size of the program: the forks in their order, then each take, of
 * which the value at its row is the value of what comes next in the pattern.  Loops that
 * take nothing are one fork, and times are no values: they say through which windows the
 * next row is taken.  A program is linear in its pattern unless many times of different
 * length can be pending together behind what is optional.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_PROGRAM_H
#define USER_OPS_KERNEL_SEQUENCE_PROGRAM_H

#include "kernel/sequence/pattern.h"

#define SEQUENCE_NO_ROW UINT32_MAX

typedef struct SequenceTake
{
	uint64_t mask; /* the row has one of these conditions */
	uint32_t next; /* the value of what comes behind it */
	bool captures; /* it names a condition */
} SequenceTake;

typedef struct SequenceWindow
{
	uint32_t take;
	SequenceSpan span;
} SequenceWindow;

typedef struct SequenceProgram
{
	SequenceTake *takes;
	SequenceWindow *windows;
	uint32_t *firsts;    /* takes that a match can begin with */
	uint32_t *fork_ends; /* fork i is of the outs from fork_ends[i - 1] (or 0) to here */
	uint32_t *outs;      /* numbers of values */
	uint32_t n_takes;
	uint32_t n_windows;
	uint32_t n_firsts;
	uint32_t n_forks;
	uint64_t visible;   /* rows without any of these conditions do not exist */
	SequenceSpan limit; /* of the last row taken from the first one */
	bool takes_nothing; /* the pattern holds where nothing is taken */
} SequenceProgram;

static inline uint32_t
sequence_end_value(const SequenceProgram *program)
{
	return program->n_takes;
}

static inline uint32_t
sequence_window_value(const SequenceProgram *program, uint32_t window)
{
	return program->n_takes + 2 + window;
}

static inline uint32_t
sequence_fork_value(const SequenceProgram *program, uint32_t fork)
{
	return program->n_takes + 2 + program->n_windows + fork;
}

/*
 * The program of a pattern about so many conditions; NULL if too much can be pending
 * for one of SEQUENCE_POSITIONS.
 */
extern SequenceProgram *sequence_program(const SequencePattern *pattern, int n_conditions);
extern void sequence_program_free(SequenceProgram *program);

#endif
