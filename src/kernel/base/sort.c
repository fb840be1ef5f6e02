/*
 * sort.c: radix sort from the lowest byte; bytes that are all equal cost nothing.  Other
 * values by comparison, in parts that are merged: between any two the host is polled.
 */
#include "kernel/base/sort.h"

#include <stdlib.h>
#include <string.h>

#define PART     0x8000 /* values sorted at once */
#define SIGN_BIT ((uint64_t) 1 << 63) /* flipped, so that negative values come first */

static inline unsigned
byte_of(int64_t value, int byte)
{
	return (((uint64_t) value ^ SIGN_BIT) >> (8 * byte)) & 0xFF;
}

void
sort_int64(int64_t *values, size_t n)
{
	int64_t *from = values;
	int64_t *other = host_alloc(n * sizeof(int64_t));
	int64_t *to = other;

	for (int byte = 0; byte < 8; byte++)
	{
		size_t start[256] = {0};
		size_t sum = 0;
		int64_t *swap;

		host_poll();
		for (size_t i = 0; i < n; i++)
		{
			start[byte_of(from[i], byte)]++;
			host_poll_at(i);
		}
		if (n == 0 || start[byte_of(from[0], byte)] == n)
			continue;
		for (int i = 0; i < 256; i++)
		{
			size_t count = start[i];

			start[i] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
		{
			to[start[byte_of(from[i], byte)]++] = from[i];
			host_poll_at(i);
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from != values)
		memcpy(values, from, n * sizeof(int64_t));
	host_free(other);
}

/* Merge two neighbouring parts, of which the first is copied to the space. */
static void
merge_parts(uint8_t *first, uint8_t *second, uint8_t *end, size_t size, uint8_t *space,
			int (*compare)(const void *a, const void *b))
{
	const uint8_t *left = space;
	const uint8_t *left_end = space + (second - first);
	uint8_t *to = first;
	size_t n = 0;

	if (compare(second - size, second) <= 0)
		return;
	memcpy(space, first, (size_t) (second - first));
	while (left < left_end && second < end)
	{
		bool from_left = compare(left, second) <= 0;

		memcpy(to, from_left ? left : second, size);
		if (from_left)
			left += size;
		else
			second += size;
		to += size;
		host_poll_at(n++);
	}
	memcpy(to, left, (size_t) (left_end - left));
}

void
sort_entries(void *entries, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
	uint8_t *start = entries;
	uint8_t *end = start + n * size;
	uint8_t *space;

	if (n <= PART)
	{
		qsort(entries, n, size, compare);
		return;
	}
	space = host_alloc(n * size);
	for (size_t i = 0; i < n; i += PART)
	{
		host_poll();
		qsort(start + i * size, n - i < PART ? n - i : PART, size, compare);
	}
	for (size_t part = PART * size; part < n * size; part *= 2)
		for (uint8_t *first = start; (size_t) (end - first) > part; first += 2 * part)
		{
			uint8_t *second = first + part;

			merge_parts(first, second, (size_t) (end - second) > part ? second + part : end, size,
						space, compare);
			if ((size_t) (end - second) <= part)
				break;
		}
	host_free(space);
}
