/*
 * ties.h: simultaneous rows, which may be read in any order: which steps can they serve?
 *
 * Rows that hold the same conditions are a class.  A row serves one step, so that a
 * question about steps is one about a matching of steps and rows; it is put to classes,
 * each with as many places as it has rows.
 *
 * Whether all of these steps and, in the same matching, all of those rows can be taken:
 * both may be asked for by itself, for where each can be covered, both can be at once
 * (Mendelsohn and Dulmage, 1958).
 */
#ifndef USER_OPS_KERNEL_FUNNEL_TIES_H
#define USER_OPS_KERNEL_FUNNEL_TIES_H

#include "kernel/funnel/question.h"

typedef struct TieClass
{
	uint64_t mask;    /* conditions that count */
	uint64_t serves;  /* steps that its rows can be taken for */
	uint32_t members; /* the first of its rows, in the room's */
	uint32_t n;       /* rows of it, that are not taken yet */
	uint32_t used;    /* in the matching that is being tried */
	bool must;        /* its rows have to be taken */
	bool seen;        /* by the search for a place that is being made */
} TieClass;

typedef struct TieMember
{
	uint64_t mask;
	uint32_t row;
} TieMember;

typedef struct Ties
{
	TieClass *classes; /* ascending by mask */
	TieMember *members;
	uint32_t n;        /* classes */
	uint32_t n_rows;   /* of all classes */
	uint32_t room;     /* rows that there is memory for */
	int32_t class_of[FUNNEL_STEPS]; /* [step - 1]: in the matching; < 0: none */
	TieClass one_class;
	TieMember one_member;
} Ties;

/* Without memory of its own, until more than one row is looked at. */
extern void ties_init(Ties *ties);
extern void ties_free(Ties *ties);

/*
 * Look at rows[from] to rows[to - 1], by the conditions of mask; rows with none of them
 * are left out, or a class of their own.  Those with a condition of hits serve step 1 alone.
 */
extern void ties_read(Ties *ties, const JourneyRow *rows, uint32_t from, uint32_t to, uint64_t mask,
					  uint64_t steps, uint64_t hits, bool others);

/* Can all of these steps be served, and all rows be taken that must? */
extern bool ties_serve_all(Ties *ties, uint64_t steps);
extern bool ties_take_all(Ties *ties, uint64_t steps);

/*
 * The rows by which these steps are served, all rows being taken that must: for the lowest
 * step the first row that may, and so on.  False, with rows as they were, if there are none.
 */
extern bool ties_choose(Ties *ties, uint64_t steps, uint32_t *rows);

#endif
