/*
 * durations.h: how long many users took, in microseconds, of two halves of them.
 *
 * While both halves have at most DURATIONS_EXACT durations together, all are kept.  Beyond,
 * they are counted in classes: 128 to an octave, so that the middle of a class is at most
 * 1/256 off; below 256 microseconds a class is one value.  How many there are, their sum,
 * the least and the greatest are exact in any case.  Which of the two it is depends on how
 * many there are alone, and so not on the order in which they came.
 *
 * A part of a state (state.h): the durations stand elsewhere in its chunk, in a block of as
 * many words as the part says.
 */
#ifndef USER_OPS_KERNEL_DURATIONS_H
#define USER_OPS_KERNEL_DURATIONS_H

#include "kernel/base/bytes.h"
#include "kernel/base/money.h"

#define DURATIONS_EXACT  8192
#define DURATION_CLASSES 7296 /* of 63 bits */
#define DURATION_HALVES  2

typedef struct Durations
{
	MoneySum sum[DURATION_HALVES];
	uint64_t n[DURATION_HALVES];
	uint64_t least[DURATION_HALVES];    /* if there are any */
	uint64_t greatest[DURATION_HALVES];
	uint32_t room;  /* words of the block */
	uint32_t block; /* its place in the chunk, in words */
} Durations;

static inline uint64_t
durations_n(const Durations *durations)
{
	return durations->n[0] + durations->n[1];
}

/* All of them are kept. */
static inline bool
durations_exact(const Durations *durations)
{
	return durations_n(durations) <= DURATIONS_EXACT;
}

/* Words of a block for so many durations. */
extern uint32_t durations_room(uint64_t n);

#define DURATION_CLASS_WORDS (DURATION_HALVES * DURATION_CLASSES) /* the most */

/* Is there room for one more? */
static inline bool
durations_have_room(const Durations *durations)
{
	return durations->room == DURATION_CLASS_WORDS || durations_n(durations) < durations->room;
}

/* Add one, or what another has, to a block that has room for all of them. */
extern void durations_add(Durations *durations, uint64_t *block, int half, uint64_t duration);
extern void durations_merge(Durations *durations, uint64_t *block, const Durations *other,
							const uint64_t *of_other);

/* The same durations in another block, which is 0 and has more room; the part says how much. */
extern void durations_move(const Durations *from, const uint64_t *from_block, Durations *to,
						   uint64_t *to_block);

/*
 * The stored form: for each half its durations, ascending, each less the one before; or in
 * classes the least, how much greater the greatest is, the sum (128-bit zigzag), and for each
 * class with durations how far it is from the one before, less 1, and how many it has.
 * How many durations a half has is known.  Reading tells what is wrong, or NULL.
 */
extern void durations_write(ByteWriter *out, const Durations *durations, const uint64_t *block);
extern const char *durations_read(ByteReader *in, Durations *durations, uint64_t *block,
								  const uint64_t *n, uint64_t longest);

/* Equal durations, or those of a class. */
typedef struct DurationRun
{
	uint64_t twice; /* the duration, or the middle of the class, times 2 */
	uint64_t n;
} DurationRun;

typedef struct DurationReader
{
	uint64_t n;
	__int128 sum;
	uint64_t least; /* if there are any */
	uint64_t greatest;
	DurationRun *runs; /* ascending */
	uint32_t n_runs;
} DurationReader;

/* Half 0, or both. */
extern DurationReader durations_open(const Durations *durations, const uint64_t *block, bool both);
extern void durations_close(DurationReader *reader);

/* In microseconds, by type 7: between the two durations next to (n - 1) * p; there is one. */
extern double durations_quantile(const DurationReader *reader, double p);

/* How many are in each of so many equal parts from the least to the greatest. */
extern void durations_histogram(const DurationReader *reader, uint32_t n_bins, uint64_t *bins);

#endif
