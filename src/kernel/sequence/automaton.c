/*
 * automaton.c: make the automaton of a pattern, in the usual way.
 */
#include "kernel/sequence/automaton.h"

#include <string.h>

/* A part of the automaton: out[0] of its last node is open. */
typedef struct Part
{
	uint32_t first;
	uint32_t last;
} Part;

static uint32_t
add_node(SequenceAutomaton *automaton, SequenceNodeKind kind, uint32_t item, uint32_t out,
		 uint32_t other)
{
	automaton->nodes[automaton->n] = (SequenceNode){(uint8_t) kind, item, {out, other}};
	return automaton->n++;
}

/* A node with one out, which is open. */
static uint32_t
add_open(SequenceAutomaton *automaton, SequenceNodeKind kind, uint32_t item)
{
	return add_node(automaton, kind, item, SEQUENCE_NO_NODE, SEQUENCE_NO_NODE);
}

/* One of two parts. */
static Part
either(SequenceAutomaton *automaton, Part a, Part b)
{
	uint32_t join = add_open(automaton, SEQUENCE_NODE_JOIN, 0);

	automaton->nodes[a.last].out[0] = automaton->nodes[b.last].out[0] = join;
	return (Part){add_node(automaton, SEQUENCE_NODE_FORK, 0, a.first, b.first), join};
}

/* A part that is optional, or repeated, or both. */
static Part
repeated(SequenceAutomaton *automaton, SequenceOpKind kind, Part a)
{
	uint32_t join = add_open(automaton, SEQUENCE_NODE_JOIN, 0);
	uint32_t fork = add_node(automaton, SEQUENCE_NODE_FORK, 0, a.first, join);

	automaton->nodes[a.last].out[0] = kind == SEQUENCE_OPTIONAL ? join : fork;
	return (Part){kind == SEQUENCE_SOME ? a.first : fork, join};
}

SequenceAutomaton
sequence_automaton(const SequencePattern *pattern)
{
	SequenceAutomaton automaton = {
		.nodes = host_alloc((2 * (size_t) pattern->n + 1) * sizeof(SequenceNode))};
	Part *parts = host_alloc((pattern->n + 1) * sizeof(Part));
	Part *next = parts;
	uint32_t n_takes = 0;
	uint32_t end = add_open(&automaton, SEQUENCE_NODE_END, 0);

	for (uint32_t i = 0; i < pattern->n; i++)
	{
		SequenceOpKind kind = pattern->ops[i].kind;
		uint32_t node;

		switch (kind)
		{
			case SEQUENCE_TAKE:
				node = add_open(&automaton, SEQUENCE_NODE_TAKE, n_takes++);
				*next++ = (Part){node, node};
				break;
			case SEQUENCE_TIME:
				node = add_open(&automaton, SEQUENCE_NODE_TIME, i);
				*next++ = (Part){node, node};
				break;
			case SEQUENCE_BOTH:
				next--;
				automaton.nodes[next[-1].last].out[0] = next[0].first;
				next[-1].last = next[0].last;
				break;
			case SEQUENCE_EITHER:
				next--;
				next[-1] = either(&automaton, next[-1], next[0]);
				break;
			default:
				next[-1] = repeated(&automaton, kind, next[-1]);
				break;
		}
	}
	automaton.first = next == parts ? end : parts[0].first;
	if (next > parts)
		automaton.nodes[parts[0].last].out[0] = end;
	host_free(parts);
	return automaton;
}

uint32_t
sequence_automaton_firsts(const SequenceAutomaton *automaton, uint32_t *firsts, bool *nothing)
{
	bool *seen = memset(host_alloc(automaton->n * sizeof(bool)), 0, automaton->n * sizeof(bool));
	uint32_t *stack = host_alloc(automaton->n * sizeof(uint32_t));
	uint32_t n_stack = 0;
	uint32_t n = 0;

	*nothing = false;
	stack[n_stack++] = automaton->first;
	seen[automaton->first] = true;
	while (n_stack > 0)
	{
		const SequenceNode *node = &automaton->nodes[stack[--n_stack]];

		*nothing |= node->kind == SEQUENCE_NODE_END;
		if (node->kind == SEQUENCE_NODE_TAKE)
			firsts[n++] = node->item;
		else
			for (int i = 0; i < 2; i++)
				if (node->out[i] != SEQUENCE_NO_NODE && !seen[node->out[i]])
				{
					seen[node->out[i]] = true;
					stack[n_stack++] = node->out[i];
				}
	}
	host_free(stack);
	host_free(seen);
	return n;
}
