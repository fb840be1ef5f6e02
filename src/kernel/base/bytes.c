/*
 * bytes.c: numbers as bytes.
 */
#include "kernel/base/bytes.h"

#include <math.h>
#include <string.h>

#define INITIAL_ROOM 64
#define LONGEST      19 /* bytes of a varint of 128 bits */

LongVarint
varint_read_long(const uint8_t *p)
{
	uint64_t value = *p & 0x7F;
	int shift = 0;

	while (*p++ & 0x80)
	{
		shift += 7;
		value |= (uint64_t) (*p & 0x7F) << shift;
	}
	return (LongVarint){value, p};
}

const uint8_t *
varint_check(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
	uint64_t result = 0;

	for (int shift = 0; shift < 64 && p < end; shift += 7)
	{
		uint8_t byte = *p++;

		if (shift == 63 && byte > 1)
			return NULL;
		result |= (uint64_t) (byte & 0x7F) << shift;
		if (byte & 0x80)
			continue;
		*value = result;
		return byte == 0 && shift > 0 ? NULL : p;
	}
	return NULL;
}

ByteWriter
byte_writer(size_t reserved)
{
	uint8_t *start = host_alloc(reserved + INITIAL_ROOM);

	return (ByteWriter){start, start + reserved, start + reserved + INITIAL_ROOM};
}

/* Room for the longest number. */
static inline void
make_room(ByteWriter *out)
{
	size_t used = bytes_written(out);
	size_t size = 2 * (size_t) (out->end - out->start);

	if (out->end - out->next >= LONGEST)
		return;
	out->start = host_realloc(out->start, size);
	out->next = out->start + used;
	out->end = out->start + size;
}

void
write_byte(ByteWriter *out, uint8_t value)
{
	make_room(out);
	*out->next++ = value;
}

void
write_word(ByteWriter *out, uint64_t value)
{
	make_room(out);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	memcpy(out->next, &value, sizeof(value));
	out->next += sizeof(value);
}

void
write_varint(ByteWriter *out, uint64_t value)
{
	make_room(out);
	out->next = varint_write(out->next, value);
}

void
write_zigzag(ByteWriter *out, int64_t value)
{
	write_varint(out, zigzag(value));
}

void
write_wide_varint(ByteWriter *out, unsigned __int128 value)
{
	make_room(out);
	for (; value > UINT64_MAX; value >>= 7)
		*out->next++ = (uint8_t) (value | 0x80);
	out->next = varint_write(out->next, (uint64_t) value);
}

void
write_wide(ByteWriter *out, __int128 value)
{
	write_wide_varint(out, ((unsigned __int128) value << 1) ^ (unsigned __int128) (value >> 127));
}

/* As varint_check, for twice the bits. */
unsigned __int128
read_wide_varint(ByteReader *in)
{
	unsigned __int128 value = 0;
	uint64_t narrow;
	const uint8_t *end = varint_check(in->next, in->end, &narrow);

	if (end != NULL && !in->bad)
	{
		in->next = end;
		return narrow;
	}
	for (int shift = 0; shift < 128; shift += 7)
	{
		uint8_t byte = read_byte(in);

		if (shift == 126 && byte > 3)
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

__int128
read_wide(ByteReader *in)
{
	unsigned __int128 value = read_wide_varint(in);

	return (__int128) (value >> 1) ^ -(__int128) (value & 1);
}

void
write_double(ByteWriter *out, double value)
{
	uint64_t bits;

	value += 0.0; /* of -0, too, which no reader takes */
	memcpy(&bits, &value, sizeof(bits));
	write_word(out, bits);
}

double
read_double(ByteReader *in)
{
	uint64_t bits = 0;
	double value;

	in->bad |= in->end - in->next < 8;
	if (in->bad)
		return 0;
	for (int i = 0; i < 8; i++)
		bits |= (uint64_t) in->next[i] << (8 * i);
	in->next += 8;
	memcpy(&value, &bits, sizeof(value));
	in->bad |= !isfinite(value) || (value == 0 && bits != 0);
	return in->bad ? 0 : value;
}

void
write_run(ByteWriter *out, const Run *run, const Run *previous)
{
	if (previous->count == 0)
		write_zigzag(out, run->value);
	else
		write_varint(out, (uint64_t) run->value - (uint64_t) previous->value - 1);
	write_varint(out, run->count);
}

Run
read_run(ByteReader *in, uint64_t max_count, const Run *previous)
{
	Run run;

	if (previous->count == 0)
		run.value = read_zigzag(in);
	else
	{
		uint64_t room = (uint64_t) INT64_MAX - (uint64_t) previous->value; /* above it */
		uint64_t distance = read_varint(in, UINT64_MAX);

		in->bad |= distance >= room;
		run.value = (int64_t) ((uint64_t) previous->value + distance + 1);
	}
	run.count = read_varint(in, max_count);
	in->bad |= run.count == 0;
	return run;
}
