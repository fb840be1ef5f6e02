/*
 * texts.h: a growing set of texts, each known by a number: in the order in which they
 * came, and, once that is asked for, by its place in the order of their bytes.
 */
#ifndef USER_OPS_KERNEL_TEXTS_H
#define USER_OPS_KERNEL_TEXTS_H

#include "kernel/journey/journey.h"

#define TEXTS_MOST  ((uint32_t) 1 << 24) /* of a set */
#define TEXTS_BYTES ((size_t) 512 << 20) /* of all its texts */

typedef struct Texts
{
	JourneyText *texts; /* by number */
	uint32_t n;
	uint32_t capacity;
	uint64_t *hashes;   /* by number */
	uint32_t *buckets;  /* numbers + 1; 0: none */
	uint32_t n_buckets; /* a power of two, or 0 */
	char *chunk;        /* that texts go to, behind the address of the one before it; NULL: none */
	char *bytes;        /* where the next text goes */
	size_t room;        /* for it */
	size_t size;        /* of all texts */
} Texts;

extern uint64_t text_hash(const char *bytes, uint32_t size);
extern int text_compare(const JourneyText *a, const JourneyText *b);

static inline bool
text_equal(const JourneyText *a, const char *bytes, uint32_t size)
{
	return a->size == size && __builtin_memcmp(a->bytes, bytes, size) == 0;
}

/* The number of a text, or JOURNEY_NONE. */
extern uint32_t texts_find(const Texts *texts, const char *bytes, uint32_t size);

/* The number of a text, which is added if it is new; fails (KERNEL_TEXTS_RANGE) if there are too many. */
extern uint32_t texts_add(Texts *texts, const char *bytes, uint32_t size);

/* The places of the texts in the order of their bytes, by number, in a new array; sorted gets them in that order. */
extern uint32_t *texts_places(const Texts *texts, JourneyText *sorted);

extern void texts_free(Texts *texts);

#endif
