/*
 * bytes.h: numbers as bytes, for the formats of values and states.
 *
 * A varint is little-endian base 128, without superfluous bytes; zigzag maps
 * 0, -1, 1, -2 to 0, 1, 2, 3.  A writer grows as it is written to.  A reader
 * believes nothing: what is cut off, too long, too large or not canonical makes
 * it bad, and it reads zeros from then on.
 */
#ifndef USER_OPS_KERNEL_BYTES_H
#define USER_OPS_KERNEL_BYTES_H

#include "kernel/base/host.h"

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

/* Where there is room; returns the end of what it wrote. */
static inline uint8_t *
varint_write(uint8_t *p, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*p++ = (uint8_t) (value | 0x80);
	*p++ = (uint8_t) value;
	return p;
}

/* A varint of more than a byte, of bytes that were checked before. */
typedef struct LongVarint
{
	uint64_t value;
	const uint8_t *end;
} LongVarint;

extern __attribute__((pure)) LongVarint varint_read_long(const uint8_t *p);

/* From bytes that were checked before; returns the end of what it read. */
static inline const uint8_t *
varint_read(const uint8_t *p, uint64_t *value)
{
	LongVarint varint;

	if (*p < 0x80)
	{
		*value = *p;
		return p + 1;
	}
	varint = varint_read_long(p);
	*value = varint.value;
	return varint.end;
}

/* The same from bytes that were not; NULL if they hold no canonical varint of 64 bits. */
extern const uint8_t *varint_check(const uint8_t *p, const uint8_t *end, uint64_t *value);

typedef struct ByteWriter
{
	uint8_t *start;
	uint8_t *next;
	uint8_t *end;
} ByteWriter;

/* A writer that leaves the first bytes to the host. */
extern ByteWriter byte_writer(size_t reserved);

static inline size_t
bytes_written(const ByteWriter *out)
{
	return (size_t) (out->next - out->start);
}

extern void write_byte(ByteWriter *out, uint8_t value);
extern void write_word(ByteWriter *out, uint64_t value); /* 8 bytes, lowest first */
extern void write_varint(ByteWriter *out, uint64_t value);
extern void write_zigzag(ByteWriter *out, int64_t value);
extern void write_wide_varint(ByteWriter *out, unsigned __int128 value);
extern void write_wide(ByteWriter *out, __int128 value); /* zigzag of 128 bits */
extern void write_double(ByteWriter *out, double value);  /* IEEE 754, 8 bytes, lowest first */

typedef struct ByteReader
{
	const uint8_t *next;
	const uint8_t *end;
	bool bad;
} ByteReader;

static inline ByteReader
byte_reader(const uint8_t *bytes, size_t size)
{
	return (ByteReader){bytes, bytes + size, false};
}

static inline uint8_t
read_byte(ByteReader *in)
{
	if (in->next >= in->end)
		in->bad = true;
	return in->bad ? 0 : *in->next++;
}

/* A varint of at most max. */
static inline uint64_t
read_varint(ByteReader *in, uint64_t max)
{
	uint64_t value = 0;
	const uint8_t *p = in->next;

	if (p < in->end && *p < 0x80)
		value = *p++;
	else
		p = varint_check(p, in->end, &value);
	if (p == NULL || value > max)
		in->bad = true;
	else
		in->next = p;
	return in->bad ? 0 : value;
}

static inline int64_t
read_zigzag(ByteReader *in)
{
	return unzigzag(read_varint(in, UINT64_MAX));
}

extern unsigned __int128 read_wide_varint(ByteReader *in);
extern __int128 read_wide(ByteReader *in);

/* A finite number that is not minus zero, so that equal ones have equal bytes. */
extern double read_double(ByteReader *in);

/*
 * Runs: ascending distinct values, each with how often it stands.  The first
 * value is zigzag, others are the distance to the previous one, less 1.
 */
typedef struct Run
{
	int64_t value;
	uint64_t count; /* 1 or more; 0 before the first run */
} Run;

extern void write_run(ByteWriter *out, const Run *run, const Run *previous);

/* The run after the previous one, with a count from 1 to max_count. */
extern Run read_run(ByteReader *in, uint64_t max_count, const Run *previous);

#endif
