/*
 * varint.h: numbers as bytes, for the formats of states and values.
 *
 * A varint is little-endian base 128, without superfluous bytes; zigzag maps
 * 0, -1, 1, -2 to 0, 1, 2, 3.
 */
#ifndef USER_OPS_KERNEL_VARINT_H
#define USER_OPS_KERNEL_VARINT_H

#include "kernel/host.h"

static inline uint64_t
zigzag(int64_t value)
{
	return ((uint64_t) value << 1) ^ (uint64_t) (value >> 63);
}

static inline int64_t
unzigzag(uint64_t value)
{
	return (int64_t) (value >> 1) ^ -(int64_t) (value & 1);
}

static inline uint8_t *
varint_write(uint8_t *p, uint64_t value)
{
	while (value >= 0x80)
	{
		*p++ = (uint8_t) (value | 0x80);
		value >>= 7;
	}
	*p++ = (uint8_t) value;
	return p;
}

/* Read a varint that may be cut off, too long or too large; NULL if so. */
extern const uint8_t *varint_check(const uint8_t *p, const uint8_t *end, uint64_t max,
								   uint64_t *value);

/* Bytes that grow as they are written. */
typedef struct Bytes
{
	uint8_t *data;
	size_t used;
	size_t room;
} Bytes;

extern void bytes_write(Bytes *out, uint64_t value);

/* Bytes that are not yet believed. */
typedef struct ByteReader
{
	const uint8_t *next;
	const uint8_t *end;
} ByteReader;

/* The next varint, if it is one and at most max. */
extern bool bytes_read(ByteReader *in, uint64_t max, uint64_t *value);
extern bool bytes_read_signed(ByteReader *in, int64_t *value);

/*
 * Runs: ascending distinct values, each with how often it stands.  The first
 * value is zigzag, others are the distance to the previous one, less 1.
 */
typedef struct Run
{
	int64_t value;
	uint64_t count; /* 1 or more; 0 before the first run */
} Run;

extern void run_write(Bytes *out, const Run *run, const Run *previous);

/* Replaces *run by the next one; false if the bytes hold none with at most max_count. */
extern bool run_read(ByteReader *in, uint64_t max_count, Run *run);

#endif
