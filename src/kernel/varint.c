/*
 * varint.c: numbers as bytes.
 */
#include "kernel/varint.h"

#define VARINT_BYTES 10 /* at most */

const uint8_t *
varint_check(const uint8_t *p, const uint8_t *end, uint64_t max, uint64_t *value)
{
	uint64_t result = 0;

	for (int shift = 0; shift < 70 && p < end; shift += 7)
	{
		uint8_t byte = *p++;

		if (shift == 63 && byte > 1)
			return NULL;
		result |= (uint64_t) (byte & 0x7F) << shift;
		if (byte & 0x80)
			continue;
		if ((byte == 0 && shift > 0) || result > max)
			return NULL;
		*value = result;
		return p;
	}
	return NULL;
}

void
bytes_write(Bytes *out, uint64_t value)
{
	if (out->room - out->used < VARINT_BYTES)
	{
		out->room = out->room == 0 ? 64 : 2 * out->room;
		out->data = out->data == NULL ? host_alloc(out->room) : host_realloc(out->data, out->room);
	}
	out->used = (size_t) (varint_write(out->data + out->used, value) - out->data);
}

bool
bytes_read(ByteReader *in, uint64_t max, uint64_t *value)
{
	const uint8_t *p = varint_check(in->next, in->end, max, value);

	if (p == NULL)
		return false;
	in->next = p;
	return true;
}

bool
bytes_read_signed(ByteReader *in, int64_t *value)
{
	uint64_t coded;

	if (!bytes_read(in, UINT64_MAX, &coded))
		return false;
	*value = unzigzag(coded);
	return true;
}

void
run_write(Bytes *out, const Run *run, const Run *previous)
{
	bytes_write(out, previous->count == 0
						 ? zigzag(run->value)
						 : (uint64_t) run->value - (uint64_t) previous->value - 1);
	bytes_write(out, run->count);
}

bool
run_read(ByteReader *in, uint64_t max_count, Run *run)
{
	uint64_t distance;

	if (run->count == 0)
	{
		if (!bytes_read_signed(in, &run->value))
			return false;
	}
	else
	{
		if (!bytes_read(in, UINT64_MAX, &distance) ||
			distance >= (uint64_t) INT64_MAX - (uint64_t) run->value)
			return false;
		run->value = (int64_t) ((uint64_t) run->value + distance + 1);
	}
	return bytes_read(in, max_count, &run->count) && run->count > 0;
}
