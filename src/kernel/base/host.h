/*
 * host.h: what the kernel asks of the program it runs in.
 *
 * The kernel is plain C11 without a PostgreSQL header, so that it also runs
 * under a fuzzer or a sanitizer outside the server.  Its host (src/server/host.c in
 * the server) provides these things.
 */
#ifndef USER_OPS_KERNEL_HOST_H
#define USER_OPS_KERNEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum KernelError
{
	KERNEL_AMOUNT_RANGE,  /* an amount does not fit 64 bits at its scale */
	KERNEL_COUNT_RANGE,   /* more than 2^32 - 1 events of one user on one day */
	KERNEL_USERS_RANGE,   /* more users than a metric counts: about 2^61 */
	KERNEL_DAY_RANGE,     /* a day outside PostgreSQL's dates */
	KERNEL_STATE_TOO_BIG, /* a state past its documented limit */
	KERNEL_EDGES_RANGE,   /* more edges of paths than are counted, or longer names */
	KERNEL_PARAMETERS,    /* states made with different parameters */
	KERNEL_MIXED_AMOUNTS, /* users with and without amounts in one metric */
	KERNEL_ROWS_RANGE,    /* more rows or users in memory than a partition counts */
	KERNEL_TEXTS_RANGE,   /* more distinct names or labels than a scan or a journey has */
	KERNEL_JOURNEY_TOO_LONG, /* more events of one user than are put in order */
	KERNEL_ROWS_KIND,     /* journeys of different kinds, or numbers of conditions, in one */
	KERNEL_MARKOV_CHANNELS,  /* more channels than a Markov chain of them has */
	KERNEL_SHAPLEY_CHANNELS, /* more channels than Shapley values by rate are taken of */
	KERNEL_EXPERIMENT_ARMS,  /* more arms than an experiment has */
	KERNEL_POINTS_RANGE,     /* more points in a ledger than 126 bits hold */
	KERNEL_EXPERIMENT_KINDS, /* experiments of different metrics in one */
	KERNEL_SURVEY_SCALES, /* surveys of different scales in one */
	KERNEL_ANSWERS_RANGE, /* more answers than a survey counts: 2^53 */
	KERNEL_REFERRALS_RANGE,  /* referrals past their documented limit */
	KERNEL_REFERRAL_IDS,     /* referrals of users known by numbers and by texts in one */
	KERNEL_BASKET_RANGE,  /* a basket past its documented limits */
	KERNEL_ITEM_TEXT,     /* an item with a longer text than it may have */
	KERNEL_ITEM_KINDS,    /* baskets of numbers and of texts in one */
	KERNEL_PAIRS_RANGE,   /* pairs of items past their documented limit */
	KERNEL_IDENTITY_RANGE,   /* a graph of logins past its documented limit */
	KERNEL_IDENTITY_IDS,     /* graphs of logins whose ids are of different types in one */
	KERNEL_FUNNEL_ORDERS, /* too many different simultaneous rows for all orders to be tried */
	KERNEL_JOURNEY_BYTES, /* a stored journey is damaged */
	KERNEL_FILE_SHORT     /* a temporary file lacks what was written to it */
} KernelError;

extern void *host_alloc(size_t size);                /* never returns NULL */
extern void *host_realloc(void *chunk, size_t size); /* never returns NULL */
#define HOST_CACHE_LINE 64

/* The same, with large pages where it pays; they begin at multiples of their size. */
#define HOST_LARGE_PAGE ((size_t) 2 << 20)
extern void *host_alloc_large(size_t size);
extern void *host_realloc_large(void *chunk, size_t size);
extern void host_free(void *chunk);
extern void host_poll(void); /* called in loops: may end the call */

/* In a loop whose rounds take some nanoseconds each: at every round, with its number. */
static inline void
host_poll_at(uint64_t i)
{
	if ((i & 0xFFFF) == 0xFFFF)
		host_poll();
}

/* Temporary files, gone when closed.  Closing never fails. */
typedef struct HostFile HostFile;
extern HostFile *host_file_create(void);
extern void host_file_write(HostFile *file, uint64_t offset, const void *bytes, size_t size);
/* Returns how many bytes there were. */
extern size_t host_file_read(HostFile *file, uint64_t offset, void *bytes, size_t size);
extern void host_file_close(HostFile *file);

extern _Noreturn void host_fail(KernelError error);

#endif
