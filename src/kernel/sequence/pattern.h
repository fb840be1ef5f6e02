/*
 * pattern.h: read patterns of sequences.
 *
 *	pattern     = [ limit ] alternation | alternation [ limit ]
 *	alternation = sequence { "|" sequence }
 *	sequence    = { item }                                          may be empty
 *	item        = atom [ repeat ] | time
 *	atom        = "(?" number ")" | "." | "(" alternation ")"
 *	repeat      = "*" | "+" | "?" | "{" m [ "," [ n ] ] "}"         n >= 1, m <= n <= 1000
 *	time        = "(?t" ( ">" | ">=" | "<" | "<=" | "==" ) seconds ")"
 *	limit       = "(?T" ( "<" | "<=" ) seconds ")"
 *	seconds     = digits [ "." 1 to 6 digits ]
 *
 * A time stands neither first nor last, a limit apart.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_PATTERN_H
#define USER_OPS_KERNEL_SEQUENCE_PATTERN_H

#include "kernel/sequence/postfix.h"

#define SEQUENCE_REPEATS 1000 /* in braces, at most */

/* What is wrong with a text, and where: a place counts from 1. */
typedef struct SequenceProblem
{
	const char *what; /* NULL: nothing */
	size_t place;
	bool too_large; /* a pattern, but one past SEQUENCE_POSITIONS */
} SequenceProblem;

/*
 * The pattern of a text about conditions 1 to n_conditions, or one without operators
 * and what is wrong.  The operators are the caller's to free, if they are not NULL.
 */
extern SequencePattern sequence_pattern(const char *text, int n_conditions,
										SequenceProblem *problem);

#endif
