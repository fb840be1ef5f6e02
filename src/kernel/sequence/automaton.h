/*
 * automaton.h: the automaton of a pattern: nodes that take rows, pass times, fork and join.
 *
 * No more than two nodes an operator; each has at most two outs, so it is linear.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_AUTOMATON_H
#define USER_OPS_KERNEL_SEQUENCE_AUTOMATON_H

#include "kernel/sequence/pattern.h"

#define SEQUENCE_NO_NODE UINT32_MAX

typedef enum SequenceNodeKind
{
	SEQUENCE_NODE_TAKE,
	SEQUENCE_NODE_TIME,
	SEQUENCE_NODE_FORK, /* goes on at either out */
	SEQUENCE_NODE_JOIN,
	SEQUENCE_NODE_END
} SequenceNodeKind;

typedef struct SequenceNode
{
	uint8_t kind;    /* SequenceNodeKind */
	uint32_t item;   /* of a take its number among them, of a time its operator */
	uint32_t out[2]; /* or SEQUENCE_NO_NODE */
} SequenceNode;

typedef struct SequenceAutomaton
{
	SequenceNode *nodes; /* the caller's to free */
	uint32_t n;
	uint32_t first;
} SequenceAutomaton;

extern SequenceAutomaton sequence_automaton(const SequencePattern *pattern);

/*
 * Fill in the takes that a match can begin with, and return how many; *nothing says
 * whether a match can take no row at all.  Before the first row is taken, and behind the
 * last one, a time says nothing.
 */
extern uint32_t sequence_automaton_firsts(const SequenceAutomaton *automaton, uint32_t *firsts,
										  bool *nothing);

#endif
