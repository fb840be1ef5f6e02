/*
 * sort.c: radix sort from the lowest byte; bytes that are all equal cost nothing.
 */
#include "kernel/sort.h"

#include <string.h>

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
			start[byte_of(from[i], byte)]++;
		if (n == 0 || start[byte_of(from[0], byte)] == n)
			continue;
		for (int i = 0; i < 256; i++)
		{
			size_t count = start[i];

			start[i] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			to[start[byte_of(from[i], byte)]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	if (from != values)
		memcpy(values, from, n * sizeof(int64_t));
	host_free(other);
}
