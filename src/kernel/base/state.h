/*
 * state.h: what the states of all metrics have in common.
 *
 * A state has two forms.  The stored one is canonical bytes, which begin with a
 * version of 1 or more: equal states have equal bytes.  The working one, which
 * is counted up in place, is one chunk without pointers that begins with a
 * struct State and a 0 where the other has its version.  A chunk without room
 * is replaced by a larger copy; functions that may need one return the state,
 * and leave the old chunk to their caller.
 */
#ifndef USER_OPS_KERNEL_STATE_H
#define USER_OPS_KERNEL_STATE_H

#include "kernel/base/bytes.h"

#define STATE_WORKING 0
#define STATE_LIMIT   ((size_t) 512 << 20) /* bytes of a chunk */

/* What every working form begins with. */
typedef struct State
{
	uint32_t host_word; /* the host's: size of the chunk as a varlena */
	uint8_t form;       /* STATE_WORKING */
	uint8_t unused[3];  /* 0 */
	uint32_t capacity;  /* bytes of the chunk */
} State;

/* What is particular to the states of one metric. */
typedef struct StateKind
{
	const char *type; /* its name in SQL */
	/* Append the stored form. */
	void (*pack)(const void *state, ByteWriter *out);
	/* A working form; NULL with *problem set unless the bytes are canonical, or ... */
	void *(*unpack)(const uint8_t *bytes, size_t size, const char **problem);
	bool checked_by_packing; /* ... might be: they are if the state is packed in them */
	/* Add what is in the other; fails if its parameters differ. */
	void *(*merge)(void *state, const void *other);
} StateKind;

/* A chunk of so many bytes, 0 but for its State. */
extern void *state_create(size_t size);

extern void *state_copy(const void *state);

/* As memcpy, for large chunks. */
extern void state_copy_bytes(void *to, const void *from, size_t size);

/*
 * A chunk of at least twice the size, if the limit allows, and at least so many
 * bytes: the first ones are the state's, the others 0.
 */
extern void *state_grow(const void *state, size_t kept, size_t needed);

/* The problem of a stored form that an older version wrote, and that is no longer read. */
extern const char STATE_TOO_OLD[];

/* The problem of a stored form with another version than the one that is read. */
extern const char *state_other_version(uint8_t version, uint8_t wanted);

/* Why the bytes are no canonical state, or NULL if they are one. */
extern const char *state_check(const StateKind *kind, const uint8_t *bytes, size_t size);

#endif
