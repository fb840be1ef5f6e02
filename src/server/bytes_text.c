/*
 * bytes_text.c: bytes as text.
 */
#include "server/compat.h"

#include <string.h>

#include "kernel/base/host.h"
#include "server/bytes_text.h"

#define HEX_PREFIX "\\x"
#define FILL       '='

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct varlena *
new_varlena(size_t size)
{
	struct varlena *value = palloc(VARHDRSZ + size);

	SET_VARSIZE(value, VARHDRSZ + size);
	return value;
}

/* The value of a hex digit, or -1. */
static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Of the digits behind the prefix. */
static struct varlena *
bytes_of_hex(const char *text)
{
	size_t length = strlen(text);
	struct varlena *value;
	uint8 *out;

	if (length % 2 != 0)
		return NULL;
	value = new_varlena(length / 2);
	out = (uint8 *) VARDATA(value);
	for (size_t i = 0; i < length; i += 2)
	{
		int high = hex_digit(text[i]);
		int low = hex_digit(text[i + 1]);

		host_poll_at(i / 2);
		if (high < 0 || low < 0)
			return NULL;
		*out++ = (uint8) (high << 4 | low);
	}
	return value;
}

/* The value of each digit, less 1 than what stands here: 0 is no digit. */
static void
base64_values(uint8 *values)
{
	memset(values, 0, 256);
	for (int i = 0; i < 64; i++)
		values[(uint8) digits[i]] = (uint8) (i + 1);
}

static struct varlena *
bytes_of_base64(const char *text)
{
	size_t length = strlen(text);
	size_t filled = 0;
	uint8 values[256];
	struct varlena *value;
	uint8 *out;
	uint32 bits = 0;

	if (length % 4 != 0)
		return NULL;
	while (filled < 2 && filled < length && text[length - 1 - filled] == FILL)
		filled++;
	base64_values(values);
	value = new_varlena(length / 4 * 3 - filled);
	out = (uint8 *) VARDATA(value);
	for (size_t i = 0; i < length - filled; i++)
	{
		uint8 digit = values[(uint8) text[i]];

		host_poll_at(i);
		if (digit == 0)
			return NULL;
		bits = bits << 6 | (uint32) (digit - 1);
		if (i % 4 > 0)
			*out++ = (uint8) (bits >> (6 - 2 * (i % 4)));
	}
	/* bits of the last digit that belong to no byte */
	return (bits & ((1U << 2 * filled) - 1)) == 0 ? value : NULL;
}

struct varlena *
bytes_of_text(const char *text)
{
	if (strncmp(text, HEX_PREFIX, strlen(HEX_PREFIX)) == 0)
		return bytes_of_hex(text + strlen(HEX_PREFIX));
	return bytes_of_base64(text);
}

char *
text_of_bytes(const uint8 *bytes, size_t size)
{
	char *text = palloc((size + 2) / 3 * 4 + 1);
	char *out = text;

	for (size_t i = 0; i < size; i += 3)
	{
		size_t left = size - i;
		uint32 bits = (uint32) bytes[i] << 16;

		host_poll_at(i / 3);
		bits |= left > 1 ? (uint32) bytes[i + 1] << 8 : 0;
		bits |= left > 2 ? (uint32) bytes[i + 2] : 0;
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = left > 1 ? digits[bits >> 6 & 63] : FILL;
		*out++ = left > 2 ? digits[bits & 63] : FILL;
	}
	*out = '\0';
	return text;
}
