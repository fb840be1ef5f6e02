/*
 * mutations.h: values that are mutated, so that many are still accepted.
 *
 * A pool holds the seeds and, beside them, what was accepted of late.  A mutant is an entry of it
 * that is changed at one to four places.  Of each byte of an entry is known whether changes there
 * were accepted of late ("soft"); a part of the changes, which is adapted so that about two in five
 * mutants are accepted, falls on such bytes alone, the others anywhere.  No mutant is tried twice.
 */
#ifndef MUTATIONS_H
#define MUTATIONS_H

#include "server/compat.h"

#define POOL_SIZE	  512
#define MUTANT_LIMIT  65536 /* bytes */
#define SOFTEST		  9
#define MUTANT_PLACES 8 /* that are remembered of one */

typedef struct Entry
{
	int size;
	uint8 *bytes;
	uint8 *soft; /* for each byte; NULL: nothing is known of it */
	int n_soft;
} Entry;

typedef struct Mutations
{
	MemoryContext context;
	bool is_text;
	Entry pool[POOL_SIZE];
	int n_seeds; /* which stay */
	int n_entries;
	uint64 random;
	uint64 *tried; /* hashes */
	uint64 tried_mask;
	double soft_share; /* of the mutants that are changed at soft bytes alone */

	/* The mutant. */
	uint8 mutant[MUTANT_LIMIT + 64];
	int size;
	int of_entry;
	bool same_size;
	int places[MUTANT_PLACES]; /* that were changed, while it has the size of its entry */
	int n_places;
	bool soft_only;
} Mutations;

extern Mutations *new_mutations(Datum *seeds, int n_seeds, bool is_text, int64 n,
								int64 random_seed);

/* The next mutant: one that was not tried before, or false if none is found. */
extern bool next_mutant(Mutations *m);

/* What became of it. */
extern void mutant_was(Mutations *m, bool accepted);

extern uint64 random_bits(Mutations *m);

static inline int
below(Mutations *m, int n)
{
	return (int) (random_bits(m) % (uint64) n);
}

#endif
