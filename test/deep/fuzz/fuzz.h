/*
 * fuzz.h: what all targets of the fuzzer share, one file each: a host of the kernel whose
 * errors end one execution, and bytes of the fuzzer as numbers.
 *
 * A target has
 *
 *	fuzz_one()	one execution over some bytes; CHECK what must hold of any
 *	fuzz_seed()	the bytes of a good beginning, made of random ones
 *
 * All memory of an execution is given back behind it, whether it ended or failed.
 */
#ifndef USER_OPS_TEST_DEEP_FUZZ_H
#define USER_OPS_TEST_DEEP_FUZZ_H

#include "kernel/base/bytes.h"
#include "kernel/base/host.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
	do \
	{ \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: CHECK %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* --- the host ------------------------------------------------------------- */

/*
 * Memory of an execution: chunks one behind the other, with poison between them, and instead
 * of what was freed, which is not used again.  That is a third of what malloc would cost.
 * Behind its end there is none, so that dense states of far days take no time.
 */
#ifndef FUZZ_MEMORY
#define FUZZ_MEMORY ((size_t) 512 << 10)
#endif
#define FUZZ_BETWEEN 32   /* poisoned bytes in front of a chunk, at least; its size is the last 8 */
#define FUZZ_FILLED  512  /* bytes of a new chunk that are no zeros */

#define FUZZ_MOST_POLLS 4

#define UNCHECKED __attribute__((no_sanitize("address")))

struct HostFile
{
	uint8_t *bytes;
	size_t size;
};

static _Alignas(4096) uint8_t arena[FUZZ_MEMORY];
static size_t arena_used;
static jmp_buf on_error;
static int last_error; /* a KernelError + 1; 0: none; -1: no memory; -2: interrupted */
static int n_polls;

static _Noreturn void
fuzz_throw(int error)
{
	last_error = error;
	longjmp(on_error, 1);
}

static UNCHECKED uint64_t *
size_of_chunk(void *bytes)
{
	return (uint64_t *) bytes - 1;
}

static UNCHECKED void *
arena_alloc(size_t size)
{
	size_t start = (arena_used + FUZZ_BETWEEN + 15) & ~(size_t) 15;
	uint8_t *chunk;

	if (size > FUZZ_MEMORY || start + size > FUZZ_MEMORY)
		fuzz_throw(-1);
	chunk = arena + start;
	arena_used = start + size;
	*size_of_chunk(chunk) = size;
	__asan_unpoison_memory_region(chunk, size);
	return chunk;
}

void *
host_alloc(size_t size)
{
	return memset(arena_alloc(size), 0xA5, size < FUZZ_FILLED ? size : FUZZ_FILLED);
}

UNCHECKED void
host_free(void *bytes)
{
	CHECK(bytes == NULL || ((uint8_t *) bytes > arena && (uint8_t *) bytes <= arena + arena_used));
	CHECK(bytes != NULL && !(*size_of_chunk(bytes) >> 63)); /* freed twice */
	__asan_poison_memory_region(bytes, *size_of_chunk(bytes));
	*size_of_chunk(bytes) |= (uint64_t) 1 << 63;
}

UNCHECKED void *
host_realloc(void *bytes, size_t size)
{
	size_t old_size = *size_of_chunk(bytes);
	void *chunk;

	CHECK(!(old_size >> 63));
	chunk = host_alloc(size);
	memcpy(chunk, bytes, old_size < size ? old_size : size);
	host_free(bytes);
	return chunk;
}

void *
host_alloc_large(size_t size)
{
	return host_alloc(size);
}

void *
host_realloc_large(void *bytes, size_t size)
{
	return host_realloc(bytes, size);
}

static void
free_everything(void)
{
	__asan_poison_memory_region(arena, (arena_used + 7) & ~(size_t) 7);
	arena_used = 0;
}

/* Who polls often can be interrupted, and is. */
void
host_poll(void)
{
	if (++n_polls > FUZZ_MOST_POLLS)
		fuzz_throw(-2);
}

_Noreturn void
host_fail(KernelError error)
{
	fuzz_throw(1 + (int) error);
}

HostFile *
host_file_create(void)
{
	HostFile *file = host_alloc(sizeof(HostFile));

	*file = (HostFile){host_alloc(1), 0};
	return file;
}

void
host_file_write(HostFile *file, uint64_t offset, const void *bytes, size_t size)
{
	if (offset + size > file->size)
	{
		file->bytes = host_realloc(file->bytes, offset + size);
		memset(file->bytes + file->size, 0, offset + size - file->size);
		file->size = offset + size;
	}
	memcpy(file->bytes + offset, bytes, size);
}

size_t
host_file_read(HostFile *file, uint64_t offset, void *bytes, size_t size)
{
	if (offset >= file->size)
		return 0;
	if (size > file->size - offset)
		size = file->size - offset;
	memcpy(bytes, file->bytes + offset, size);
	return size;
}

void
host_file_close(HostFile *file)
{
	host_free(file->bytes);
	host_free(file);
}

/* --- bytes as numbers ----------------------------------------------------- */

/* Behind its end there are zeros. */
typedef struct Input
{
	const uint8_t *next;
	const uint8_t *end;
} Input;

static inline Input
input(const uint8_t *bytes, size_t size)
{
	return (Input){bytes, bytes + size};
}

/* The first bytes of what is left, apart. */
static inline Input
in_part(Input *in, size_t size)
{
	size_t left = (size_t) (in->end - in->next);
	Input part = input(in->next, size < left ? size : left);

	in->next = part.end;
	return part;
}

static inline size_t
in_left(const Input *in)
{
	return (size_t) (in->end - in->next);
}

static inline uint8_t
in_byte(Input *in)
{
	return in->next < in->end ? *in->next++ : 0;
}

static inline bool
in_bool(Input *in)
{
	return in_byte(in) & 1;
}

/* 0 to n - 1, of which there are at most 256. */
static inline uint32_t
in_below(Input *in, uint32_t n)
{
	return in_byte(in) % n;
}

static inline uint64_t
in_word(Input *in)
{
	uint64_t word = 0;

	for (int i = 0; i < 8; i++)
		word |= (uint64_t) in_byte(in) << 8 * i;
	return word;
}

/* From low to high: mostly near one of them or 0, as one byte says, or anywhere. */
static inline int64_t
in_int(Input *in, int64_t low, int64_t high)
{
	uint8_t how = in_byte(in);
	uint64_t span = (uint64_t) high - (uint64_t) low;
	int64_t zero = low > 0 ? low : high < 0 ? high : 0;
	int64_t value;

	if (how < 0xC0)
	{
		if (how < 0x80)
			value = (uint64_t) high - (uint64_t) zero > how ? zero + how : high;
		else
			value = (uint64_t) zero - (uint64_t) low > how - 0x80u ? zero - (how - 0x80) : low;
	}
	else if (how < 0xD0)
		value = span >= how - 0xC0u ? low + (how - 0xC0) : low;
	else if (how < 0xE0)
		value = span >= how - 0xD0u ? high - (how - 0xD0) : high;
	else if (how < 0xF0)
	{
		uint64_t word = in_byte(in);

		word |= (uint64_t) in_byte(in) << 8;
		value = span == UINT64_MAX ? (int64_t) word : (int64_t) ((uint64_t) low + word % (span + 1));
	}
	else
	{
		uint64_t word = in_word(in);

		value = span == UINT64_MAX ? (int64_t) word : (int64_t) ((uint64_t) low + word % (span + 1));
	}
	return value;
}

/* Finite, and no -0. */
static inline double
in_real(Input *in)
{
	static const double some[] = {0, 1, -1, 0.5, 2, 10, 100, 1e-3, 1e-9, 1e9, 1e15, 1e-300, 1e300, -1e300, 1.7976931348623157e308, 4.9e-324};
	uint8_t how = in_byte(in);
	uint64_t word;
	double value;

	if (how < 16)
		return some[how];
	if (how < 0x80)
		return (how - 16) / 4.0;
	if (how < 0xC0)
		return (double) in_byte(in) + (how - 0x80) / 64.0;
	word = in_word(in);
	memcpy(&value, &word, sizeof(value));
	return value - value == 0 ? value + 0.0 : 1;
}

static inline double
in_positive(Input *in)
{
	double value = in_real(in);

	return value > 0 ? value : value < 0 ? -value : 1;
}

/* Between 0 and 1, neither of them. */
static inline double
in_share(Input *in)
{
	static const double some[] = {0.5, 0.9, 0.95, 0.99, 0.01, 1e-9, 1e-300, 1 - 0x1p-53};
	uint8_t how = in_byte(in);

	return how < 8 ? some[how] : ((double) how - 7) / 249;
}

/* A day: mostly within some weeks of others. */
static inline int32_t
in_day(Input *in)
{
	uint8_t how = in_byte(in);

	if (how < 0xE0)
		return 8800 + how;
	if (how < 0xF0)
		return 8800 + 31 * in_byte(in);
	return (int32_t) in_int(in, -2451545, 2147483493 - 2451545);
}

/* A day up to which is asked: those, or infinity. */
static inline int32_t
in_as_of(Input *in)
{
	uint8_t how = in_byte(in);

	if (how < 0xE0)
		return 8800 + how;
	return (int32_t) in_int(in, -2451545, 2147483493 - 2451545);
}

/* Bytes of their own, so that a reader behind their end is seen. */
static inline uint8_t *
fuzz_copy(const void *bytes, size_t size)
{
	return memcpy(host_alloc(size), bytes, size);
}

typedef struct Stored
{
	uint8_t *bytes;
	size_t size;
} Stored;

/* --- one execution -------------------------------------------------------- */

static void fuzz_one(const uint8_t *bytes, size_t size);

/* Seed number i; the size of what was put into room for FUZZ_SEED_BYTES. */
static size_t fuzz_seed(uint32_t i, Input *random, uint8_t *to);

#define FUZZ_SEED_BYTES 4096

static uint64_t n_run;
static uint64_t n_accepted; /* values that were good, of stored ones */
static uint64_t n_stored;

static void
fuzz_report(void)
{
	fprintf(stderr, "fuzz: %llu executions, %llu stored values read, %llu of them accepted\n",
			(unsigned long long) n_run, (unsigned long long) n_stored, (unsigned long long) n_accepted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	n_run++;
	n_polls = 0;
	last_error = 0;
	if (setjmp(on_error) == 0)
		fuzz_one(fuzz_copy(bytes, size), size);
	CHECK(last_error != 1 + KERNEL_JOURNEY_BYTES && last_error != 1 + KERNEL_FILE_SHORT);
	free_everything();
	return 0;
}

static uint64_t
splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

/* With FUZZ_SEEDS a folder: writes seeds there, and ends. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *folder = getenv("FUZZ_SEEDS");
	uint64_t state = 20240229;
	static uint8_t to[FUZZ_SEED_BYTES];
	static uint8_t random_bytes[FUZZ_SEED_BYTES];

	(void) argc;
	(void) argv;
	atexit(fuzz_report);
	__asan_poison_memory_region(arena, sizeof(arena));
	if (folder == NULL)
		return 0;
	for (uint32_t i = 0; i < 256; i++)
	{
		volatile size_t size = 0;
		Input random;

		/* from short to long; some of it small */
		for (size_t k = 0; k < sizeof(random_bytes); k++)
			random_bytes[k] = (uint8_t) splitmix(&state) & (i & 1 ? 0x7F : 0xFF);
		random = input(random_bytes, 16 + 2 * i);
		if (setjmp(on_error) == 0)
			size = fuzz_seed(i, &random, to);
		free_everything();
		if (size > 0)
		{
			char name[4096];
			FILE *file;

			snprintf(name, sizeof(name), "%s/seed%03u", folder, i);
			file = fopen(name, "wb");
			CHECK(file != NULL && fwrite(to, 1, size, file) == size && fclose(file) == 0);
		}
	}
	exit(0);
}


#endif
