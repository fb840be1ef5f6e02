/*
 * bytes.h: writing and reading canonical byte strings.
 *
 * The stored form of a metric is a sequence of single bytes and varints: little
 * endian base 128 without superfluous bytes.  Zigzag maps 0, -1, 1, -2 to
 * 0, 1, 2, 3.  A writer grows as it is written to.  A reader believes nothing:
 * what is cut off, too long, too large or not canonical makes it bad, and it
 * reads zeros from then on.
 */
#ifndef USER_OPS_KERNEL_BYTES_H
#define USER_OPS_KERNEL_BYTES_H

#include "kernel/host.h"

#define BYTES_VARINT 19 /* the longest varint: 128 bits */

typedef struct ByteWriter
{
	uint8_t *start;
	uint8_t *next;
	uint8_t *end;
} ByteWriter;

typedef struct CheckedBytes
{
	const uint8_t *next;
	const uint8_t *end;
	bool bad;
} CheckedBytes;

/* A writer that leaves the first bytes to the host. */
static inline ByteWriter
byte_writer(size_t reserved)
{
	uint8_t *start = host_alloc(reserved + 64);

	return (ByteWriter){start, start + reserved, start + reserved + 64};
}

static inline void
byte_writer_room(ByteWriter *out)
{
	size_t used = (size_t) (out->next - out->start);
	size_t size = 2 * (size_t) (out->end - out->start);

	if (out->end - out->next >= BYTES_VARINT)
		return;
	out->start = host_realloc(out->start, size);
	out->next = out->start + used;
	out->end = out->start + size;
}

static inline void
write_byte(ByteWriter *out, uint8_t value)
{
	byte_writer_room(out);
	*out->next++ = value;
}

static inline void
write_varint(ByteWriter *out, uint64_t value)
{
	byte_writer_room(out);
	for (; value >= 0x80; value >>= 7)
		*out->next++ = (uint8_t) (value | 0x80);
	*out->next++ = (uint8_t) value;
}

static inline void
write_zigzag(ByteWriter *out, int64_t value)
{
	write_varint(out, ((uint64_t) value << 1) ^ (uint64_t) (value >> 63));
}

/* Zigzag of 128 bits. */
static inline void
write_wide(ByteWriter *out, __int128 value)
{
	unsigned __int128 rest = ((unsigned __int128) value << 1) ^ (unsigned __int128) (value >> 127);

	byte_writer_room(out);
	for (; rest >= 0x80; rest >>= 7)
		*out->next++ = (uint8_t) (rest | 0x80);
	*out->next++ = (uint8_t) rest;
}

static inline uint8_t
read_byte(CheckedBytes *in)
{
	if (in->next >= in->end)
		in->bad = true;
	return in->bad ? 0 : *in->next++;
}

static inline unsigned __int128
read_bits(CheckedBytes *in, int bits)
{
	unsigned __int128 value = 0;

	for (int shift = 0; shift < bits; shift += 7)
	{
		uint8_t byte = read_byte(in);

		if (bits - shift < 7 && byte >> (bits - shift) != 0)
			break;
		value |= (unsigned __int128) (byte & 0x7F) << shift;
		if (byte & 0x80)
			continue;
		in->bad |= byte == 0 && shift > 0;
		return in->bad ? 0 : value;
	}
	in->bad = true;
	return 0;
}

/* A varint of at most max. */
static inline uint64_t
read_varint(CheckedBytes *in, uint64_t max)
{
	uint64_t value;

	if (in->next < in->end && *in->next < 0x80)
		value = read_byte(in);
	else
		value = (uint64_t) read_bits(in, 64);
	in->bad |= value > max;
	return in->bad ? 0 : value;
}

static inline int64_t
read_zigzag(CheckedBytes *in)
{
	uint64_t value = read_varint(in, UINT64_MAX);

	return (int64_t) (value >> 1) ^ -(int64_t) (value & 1);
}

static inline __int128
read_wide(CheckedBytes *in)
{
	unsigned __int128 value = read_bits(in, 128);

	return (__int128) (value >> 1) ^ -(__int128) (value & 1);
}

#endif
