/*
 * channel_counts.h: paths of channels, counted as a model of attribution needs them: a
 * state (state.h).
 *
 * A path is some channels in order, with how often it converted and how often it did not.
 * One without channels that converted is counted apart: no channel has a part in it.
 * What is kept of the others is cells, two numbers and a count:
 *
 *	markov		from, to: 2 and the place of a channel; from 0 is the start, to 0 no conversion,
 *				to 1 a conversion.  A channel that follows itself is not counted: such a loop
 *				does not change where a path ends
 *	shapley		by rate: the distinct channels, a bit each; 1 for conversions, 0 for others
 *				by conversions: the place of a channel, how many distinct channels; conversions
 *
 * In the working form, struct ChannelCounts, channels have places in the order in which
 * they came, in the stored one in the order of their bytes:
 *
 *	+---------+----------+-------+--------+=========+---------+---------+=======+=======+
 *	| version | question | flags | direct | amounts | n names | n cells | names | cells |
 *	+---------+----------+-------+--------+=========+---------+---------+=======+=======+
 *	  1 byte    1 byte    1 byte   varint             varint    varint
 *
 *	flags	bit 0: paths have an amount; bit 1: conversions without a channel have one
 *	direct	conversions without a channel
 *	amounts	only if there are some: their scale, a byte, as small as can be; then, as flags
 *			say, the sum of the paths and that of the others, zigzag of 128 bits
 *	a name	its size, varint, and its bytes; ascending
 *	a cell	the first number less that of the cell before, the second number, the
 *			count, varints; ascending
 */
#ifndef USER_OPS_KERNEL_CHANNEL_COUNTS_H
#define USER_OPS_KERNEL_CHANNEL_COUNTS_H

#include "kernel/base/money.h"
#include "kernel/base/state.h"
#include "kernel/journey/journey.h"

#define CHANNEL_COUNTS_VERSION 1
#define MARKOV_CHANNELS        1000 /* at most */
#define SHAPLEY_CHANNELS       12   /* by rate, at most */
#define PATHS_MAX              ((uint64_t) 1 << 62)

typedef enum ChannelQuestion
{
	CHANNELS_MARKOV = 1,
	CHANNELS_BY_RATE,
	CHANNELS_BY_CONVERSIONS
} ChannelQuestion;

static inline uint32_t
channels_max(ChannelQuestion question)
{
	if (question == CHANNELS_BY_CONVERSIONS)
		return UINT32_MAX;
	return question == CHANNELS_MARKOV ? MARKOV_CHANNELS : SHAPLEY_CHANNELS;
}

/* The numbers of markov that are no channels. */
#define STEP_START      0
#define STEP_NOTHING    0
#define STEP_CONVERSION 1
#define STEP_CHANNEL    2 /* and its place */

typedef struct ChannelCell
{
	uint32_t from;
	uint32_t to;
	uint64_t count; /* 0: a cell that is free */
} ChannelCell;

/* Where the bytes of a name stand. */
typedef struct ChannelName
{
	uint32_t offset;
	uint32_t size;
} ChannelName;

/* The sum of amounts, of those there are. */
typedef struct ChannelAmount
{
	MoneySum sum; /* times 10^-scale of the counts */
	bool known;
} ChannelAmount;

typedef struct ChannelCounts
{
	State state;
	uint8_t question;            /* a ChannelQuestion */
	uint8_t scale;               /* of both amounts */
	ChannelAmount amount;        /* of conversions with channels */
	ChannelAmount direct_amount; /* of those without */
	uint64_t direct;             /* conversions without a channel */
	uint64_t conversions;        /* those with channels; not stored */
	uint64_t total;              /* of all cells */
	uint32_t n_names;
	uint32_t n_bytes; /* of the names */
	uint32_t n_cells;
	uint32_t name_room;
	uint32_t byte_room;
	uint32_t cell_room;  /* a power of two, more than there are */
	ChannelCell cells[]; /* hashed; then names, 2 buckets for each, and bytes */
} ChannelCounts;

/* So often a path converted, and so often it did not. */
typedef struct ChannelPath
{
	const JourneyText *channels;
	uint32_t n;
	uint64_t conversions;
	uint64_t others;
	bool has_amount;
	int64_t amount; /* of all its conversions, times 10^-scale */
	int scale;
} ChannelPath;

extern const StateKind markov_kind;
extern const StateKind shapley_kind;

extern ChannelCounts *channel_counts_create(ChannelQuestion question);

/* Fails (KERNEL_MARKOV_CHANNELS, KERNEL_SHAPLEY_CHANNELS) beyond the channels that a model takes. */
extern ChannelCounts *channel_counts_add(ChannelCounts *counts, const ChannelPath *path);

/* The smallest scale at which both amounts are exact. */
extern int channel_counts_scale(const ChannelCounts *counts);

/* The same counts with channels in the order of their bytes, and cells ascending. */
typedef struct ChannelTable
{
	JourneyText *names; /* in the counts */
	ChannelCell *cells;
	uint32_t n_names;
	uint32_t n_cells;
} ChannelTable;

extern ChannelTable channel_table_make(const ChannelCounts *counts);
extern void channel_table_free(ChannelTable *table);

extern void *channel_counts_merge(void *state, const void *other);

/* What counts are put together from: by paths (channel_paths.c), by bytes (channel_bytes.c). */
extern ChannelCounts *channel_counts_with_room(ChannelQuestion question, uint32_t names,
											   size_t bytes, uint32_t cells);
extern ChannelCounts *channel_counts_add_name(ChannelCounts *counts, const JourneyText *name,
											  uint32_t *place);
extern ChannelCounts *channel_counts_add_cell(ChannelCounts *counts, const ChannelCell *cell);
extern void channel_counts_add_conversions(uint64_t *to, uint64_t conversions);
extern void channel_counts_add_amount(ChannelCounts *counts, ChannelAmount *to, __int128 amount,
									  int scale);

/* Why these counts, which were read, are not those of paths, or NULL with their conversions set. */
extern const char *channel_counts_problem(ChannelCounts *counts);

#endif
