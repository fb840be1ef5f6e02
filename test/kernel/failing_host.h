/*
 * failing_host.h: a host of the kernel for test programs (one file each), whose calls
 * fail: interrupts, failing writes and files that are cut off come when a test says so.
 *
 * The host is malloc, tmpfile and longjmp; all memory is given back at once, as a memory
 * context is.
 */
#include "kernel/base/host.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Chunk
{
	struct Chunk *previous;
	struct Chunk *next;
	uint64_t padding[2];
} Chunk;

struct HostFile
{
	FILE *stream;
};

static Chunk chunks = {&chunks, &chunks, {0}};
static int n_open_files;
static uint64_t files_end = UINT64_MAX; /* where a file was cut off */
static jmp_buf *on_error;        /* where an error goes; NULL: it ends the test */
static long polls_left = -1;     /* until an interrupt; below 0: never */
static long writes_left = -1;    /* until a write fails */
static long n_interrupts, n_failed_writes, n_errors;

static void
die(const char *what)
{
	printf("not ok - %s\n", what);
	fflush(stdout);
	abort();
}

#define CHECK(condition) \
	do \
	{ \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
			die(#condition); \
		} \
	} while (0)

static void *
link_chunk(Chunk *chunk)
{
	if (chunk == NULL)
		die("out of memory");
	chunk->previous = chunks.previous;
	chunk->next = &chunks;
	chunk->previous->next = chunk->next->previous = chunk;
	return chunk + 1;
}

static void
unlink_chunk(Chunk *chunk)
{
	chunk->previous->next = chunk->next;
	chunk->next->previous = chunk->previous;
}

void *
host_alloc(size_t size)
{
	Chunk *chunk = malloc(sizeof(Chunk) + size);

	if (chunk != NULL)
		memset(chunk + 1, 0xA5, size);
	return link_chunk(chunk);
}

void *
host_realloc(void *bytes, size_t size)
{
	Chunk *old = (Chunk *) bytes - 1;

	unlink_chunk(old);
	return link_chunk(realloc(old, sizeof(Chunk) + size));
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

void
host_free(void *bytes)
{
	Chunk *chunk = (Chunk *) bytes - 1;

	unlink_chunk(chunk);
	free(chunk);
}

static void
free_everything(void)
{
	while (chunks.next != &chunks)
		host_free(chunks.next + 1);
}

static _Noreturn void
throw(int what)
{
	jmp_buf *to = on_error;

	if (to == NULL)
		die("an error where none should be");
	on_error = NULL;
	polls_left = writes_left = -1;
	longjmp(*to, what);
}

void
host_poll(void)
{
	if (polls_left >= 0 && polls_left-- == 0)
	{
		n_interrupts++;
		throw(1);
	}
}

_Noreturn void
host_fail(KernelError error)
{
	n_errors++;
	throw(2 + (int) error);
}

HostFile *
host_file_create(void)
{
	HostFile *file = host_alloc(sizeof(HostFile));

	file->stream = tmpfile();
	if (file->stream == NULL)
		die("tmpfile");
	n_open_files++;
	return file;
}

void
host_file_write(HostFile *file, uint64_t offset, const void *bytes, size_t size)
{
	if (writes_left >= 0 && writes_left-- == 0)
	{
		/* half of it */
		CHECK(fseek(file->stream, (long) offset, SEEK_SET) == 0);
		CHECK(fwrite(bytes, 1, size / 2, file->stream) == size / 2);
		n_failed_writes++;
		throw(1);
	}
	CHECK(fseek(file->stream, (long) offset, SEEK_SET) == 0);
	CHECK(fwrite(bytes, 1, size, file->stream) == size);
}

size_t
host_file_read(HostFile *file, uint64_t offset, void *bytes, size_t size)
{
	if (offset >= files_end)
		return 0;
	if (size > files_end - offset)
		size = (size_t) (files_end - offset);
	CHECK(fseek(file->stream, (long) offset, SEEK_SET) == 0);
	return fread(bytes, 1, size, file->stream);
}

void
host_file_close(HostFile *file)
{
	fclose(file->stream);
	n_open_files--;
	host_free(file);
}

/* --- chance --------------------------------------------------------------- */

static uint64_t chance_state;

static uint64_t
chance64(void)
{
	uint64_t x = chance_state += 0x9E3779B97F4A7C15;

	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
	return x ^ (x >> 31);
}

static uint32_t
chance(uint32_t below)
{
	return (uint32_t) (chance64() % below);
}

static bool
one_in(uint32_t n)
{
	return chance(n) == 0;
}
