/*
 * range_coder.h: whole numbers in as few bits as they turn out to need.
 *
 * A range coder (Martin 1979, with the carry as in LZMA): each number narrows a range,
 * the more the less likely it was, and what is written is a number within the last one.
 * How likely is learnt on the way, by writer and reader alike: a NumberModel counts of
 * numbers of one sort how many bits they have, and for each length the three bits behind
 * the first one; the others are taken to be even.  So numbers that are all alike take
 * next to nothing, and those around a million 17 bits and what the length takes.
 *
 * A stream has no end of its own: zero bytes at its end are not written, and a reader
 * finds zeros there.  Whoever reads one has to know how many numbers there are, and,
 * as bytes that nobody wrote can say the same, compare with what would be written.
 */
#ifndef USER_OPS_KERNEL_RANGE_CODER_H
#define USER_OPS_KERNEL_RANGE_CODER_H

#include "kernel/base/bytes.h"

#define NUMBER_BITS      64
#define NUMBER_SIZE_TREE 128 /* over the 7 bits of a length */
#define NUMBER_TOP_BITS  3
#define NUMBER_TOP_TREE  (1 << NUMBER_TOP_BITS)

/* Probabilities of a zero, in 1/65536. */
typedef struct NumberModel
{
	uint16_t size[NUMBER_SIZE_TREE];
	uint16_t top[NUMBER_BITS + 1][NUMBER_TOP_TREE];
} NumberModel;

/* n models of numbers of which nothing is known yet; for host_free. */
extern NumberModel *number_models(size_t n);

typedef struct RangeWriter
{
	ByteWriter *out;
	size_t start;     /* bytes written before */
	uint64_t low;     /* 33 bits: the highest is a carry */
	uint32_t range;
	uint8_t held;     /* the last byte, which a carry may still change */
	bool holds;       /* is there one? */
	uint64_t pending; /* 0xFF bytes behind it, which it would change, too */
} RangeWriter;

extern RangeWriter range_writer(ByteWriter *out);
extern void range_write(RangeWriter *writer, NumberModel *model, uint64_t number);
extern void range_finish(RangeWriter *writer);

typedef struct RangeReader
{
	ByteReader *in;
	uint32_t range;
	uint32_t code; /* what was read, less the low end of the range */
	bool bad;
} RangeReader;

/* Reads all that is left. */
extern RangeReader range_reader(ByteReader *in);

/* 0 once the reader is bad. */
extern uint64_t range_read(RangeReader *reader, NumberModel *model);

#endif
