/*
 * attempts.h: attempts of a funnel while rows are read one by one, in one order: for the
 * questions that fronts.c cannot answer.
 *
 * An attempt stands at the greatest level that its chains have reached, those that broke
 * included, and has the chains that may go on.  Attempts in which both are equal have the
 * same future: they are one, that has begun several times.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_ATTEMPTS_H
#define USER_OPS_KERNEL_FUNNEL_ATTEMPTS_H

#include "kernel/funnel/ways/begins.h"
#include "kernel/funnel/ways/ties.h"

/* A chain that may go on.  What its future does not depend on is 0. */
typedef struct AttemptChain
{
	uint64_t done;    /* steps that it matched */
	uint64_t blocked; /* next steps that were passed over */
	int64_t last;     /* time of its last row */
	const FunnelLink *link;
	uint8_t level;
	uint8_t n_held;
} AttemptChain;

typedef struct Attempt
{
	FunnelBegins begins;
	AttemptChain *chains; /* ascending by what their future depends on */
	uint64_t left;        /* rows of an instant that are not read: which, by a number */
	uint32_t n_chains;
	uint8_t standing;
} Attempt;

/* A row as it is read: its class among those of its instant. */
typedef struct AttemptRow
{
	int64_t at;
	uint64_t mask;
	uint64_t relevant;        /* conditions that make classes */
	const TieMember *members; /* rows of its class, in order */
	uint32_t group;           /* the first row of the instant */
} AttemptRow;

/* An attempt that this row opens. */
extern Attempt *attempt_open(FunnelRun *run, const AttemptRow *row);

/*
 * The attempt behind this row, a new one; NULL if nothing can become of it any more.  After
 * the last row that is read behind the same rows, nothing is left of the old one.
 */
extern Attempt *attempt_read(FunnelRun *run, Attempt *attempt, const AttemptRow *row, bool last);

/* Does the row neither change the attempt nor be of use to it later, so that it may as well be read now? */
extern bool attempt_ignores(const FunnelRun *run, const Attempt *attempt, const AttemptRow *row);

/* Is one chain of an attempt, the one of the highest level, as good as all others, whatever follows? */
extern bool attempt_has_one_chain(const FunnelQuestion *question);

/* End what has begun too long before this time; false if nothing is left of it. */
extern bool attempt_expire(FunnelRun *run, Attempt *attempt, int64_t at);

/* It ends without a row that hits it. */
extern void attempt_end(FunnelRun *run, const Attempt *attempt);

/* Do two attempts have the same future, and the same rows to be read first? */
extern bool attempt_equal(const FunnelRun *run, const Attempt *a, const Attempt *b);
extern uint64_t attempt_hash(const FunnelRun *run, const Attempt *attempt);

/* Takes what is better in the other, of which the future is the same; the other is freed. */
extern void attempt_merge(FunnelRun *run, Attempt *attempt, Attempt *other);

extern Attempt *attempt_copy(const Attempt *attempt);
extern void attempt_free(Attempt *attempt);

#endif
