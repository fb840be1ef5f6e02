/*
 * simple_host.h: a host of the kernel for test programs (one file each): malloc,
 * no interrupts, every error is a failure; and chance.
 */
#include "kernel/base/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
	do \
	{ \
		if (!(condition)) \
		{ \
			printf("not ok - %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			exit(1); \
		} \
	} while (0)

void *
host_alloc(size_t size)
{
	void *chunk = malloc(size > 0 ? size : 1);

	CHECK(chunk != NULL);
	return memset(chunk, 0xA5, size);
}

void *
host_alloc_large(size_t size)
{
	return host_alloc(size);
}

void *
host_realloc(void *chunk, size_t size)
{
	chunk = realloc(chunk, size);
	CHECK(chunk != NULL);
	return chunk;
}

void
host_free(void *chunk)
{
	free(chunk);
}

static long n_polls;

void
host_poll(void)
{
	n_polls++;
}

_Noreturn void
host_fail(KernelError error)
{
	printf("not ok - error %d where none should be\n", (int) error);
	exit(1);
}

static uint64_t random_state;

static uint64_t
random_bits(void)
{
	uint64_t z = (random_state += 0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

/* Between 0 and 1, neither of them. */
static inline double
uniform(void)
{
	return ((double) (random_bits() >> 11) + 0.5) * 0x1p-53;
}
