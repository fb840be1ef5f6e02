/*
 * text_block.h: the names or labels of a journey, in the order of their bytes, each once.
 *
 *	+-------------+=======+	  size	bytes of the texts << 1 | packed
 *	| size varint | texts |	  packed: 5 bits a character, 0 at the end of a text; zeros to the end
 *	+-------------+=======+	  of the byte; else of each text its size, a varint, and its bytes
 *
 * How many there are follows from that: of zeros at the end only a first text can be made.
 * Names of events are mostly short words of small letters: packed they take little more
 * than half.  They are packed if all of them can be: a to z and _ - . / and space.
 */
#ifndef USER_OPS_KERNEL_TEXT_BLOCK_H
#define USER_OPS_KERNEL_TEXT_BLOCK_H

#include "kernel/base/bytes.h"
#include "kernel/journey/journey.h"

extern void text_block_write(ByteWriter *out, const JourneyText *texts, uint32_t n);

#define TEXT_BLOCK_WORDS 4 /* the first ones, by which a block is looked for */

/* A block that was read. */
typedef struct TextBlock
{
	uint8_t *bytes; /* its own copy of those of the texts */
	uint64_t head;  /* the size, as written */
	uint64_t words[TEXT_BLOCK_WORDS]; /* of the bytes; 0 behind them */
	uint64_t serial;    /* no other block's, of those of one TextBlocks; 0: none was read yet */
	JourneyText *texts;
	uint32_t n;
	char *characters;   /* of the texts, where they were packed */
} TextBlock;

/* Blocks that were read last: most users do the same things.  All 0 at first. */
typedef struct TextBlocks
{
	TextBlock *blocks; /* NAMES_PLACES; NULL: nothing was read */
	uint64_t last_serial;
} TextBlocks;

/*
 * Read a block of at most so many texts, which has BITS_PADDING behind it; *next moves to
 * its end.  NULL unless it is canonical.  Valid until another block is read.
 */
extern const TextBlock *text_block_read(TextBlocks *blocks, const uint8_t **next,
										const uint8_t *end, uint32_t most);

extern void text_blocks_free(TextBlocks *blocks);

#endif
