/*
 * program.c: compile patterns of sequences.
 *
 * What is reached behind each take without taking a row is pairs of a node of the
 * automaton and the times that are pending there, which are one span or none.  Pairs
 * that reach each other are the same fork; Tarjan's algorithm finds them, each behind
 * all that it reaches, which is the order in which they get their values.
 */
#include "kernel/sequence/program.h"

#include "kernel/sequence/automaton.h"

#define MAX_PLACES (10 * SEQUENCE_POSITIONS)
#define NONE       UINT32_MAX

/* What a value is, before all are counted and so numbered. */
typedef enum ValueKind
{
	VALUE_TAKE,
	VALUE_END,
	VALUE_NEVER,
	VALUE_WINDOW,
	VALUE_FORK,
	VALUE_PLACE /* that of a place, which will be known */
} ValueKind;

typedef struct Value
{
	uint32_t kind;
	uint32_t number;
} Value;

/* The times that are pending: what they ask of the next row together. */
typedef struct Pending
{
	bool any; /* otherwise the next row is the neighbour */
	SequenceSpan span;
} Pending;

/* A node that forks, or takes, with what is pending there. */
typedef struct Place
{
	uint32_t node;
	Pending pending;
	uint32_t same_node; /* another place of this node, or NONE */
	uint32_t found;     /* when it was met; 0: not yet */
	uint32_t lowest;    /* the earliest place on the stack that it reaches */
	bool stacked;
	Value value; /* VALUE_PLACE until known */
	Value outs[2];
} Place;

/* A visit that is under way. */
typedef struct Visit
{
	uint32_t place;
	uint32_t n_outs; /* that were looked at */
} Visit;

typedef struct Compiler
{
	const SequencePattern *pattern;
	SequenceAutomaton automaton;
	SequenceProgram *program;
	uint32_t *places_of; /* of each node one of its places, or NONE */
	Place *places;
	uint32_t n_places;
	uint32_t capacity; /* places: of them and of all that is no more than they are */
	uint32_t n_found;
	Value *outs; /* of forks, two a place */
	uint32_t n_outs;
	uint32_t *stack; /* places whose fork is not known yet */
	uint32_t n_stack;
	Visit *visits;
	uint32_t n_visits;
} Compiler;

/* --- places --------------------------------------------------------------- */

/* What is pending once one more time is. */
static Pending
narrow(const Pending *pending, const SequenceSpan *by)
{
	const SequenceSpan *span = &pending->span;
	SequenceSpan both = {span->low > by->low ? span->low : by->low,
						 span->high < by->high ? span->high : by->high};

	if (!pending->any)
		both = *by;
	if (both.low > both.high)
		both = (SequenceSpan){1, 0};
	return (Pending){true, both};
}

static bool
same_pending(const Pending *a, const Pending *b)
{
	return a->any == b->any && a->span.low == b->span.low && a->span.high == b->span.high;
}

static void *
resize(void *chunk, size_t size)
{
	return chunk == NULL ? host_alloc(size) : host_realloc(chunk, size);
}

static void
make_room(Compiler *compiler)
{
	SequenceProgram *program = compiler->program;
	size_t n = 2 * (size_t) compiler->capacity + 8;

	compiler->capacity = (uint32_t) n;
	compiler->places = resize(compiler->places, n * sizeof(Place));
	compiler->outs = resize(compiler->outs, 2 * n * sizeof(Value));
	compiler->stack = resize(compiler->stack, n * sizeof(uint32_t));
	compiler->visits = resize(compiler->visits, n * sizeof(Visit));
	program->windows = resize(program->windows, n * sizeof(SequenceWindow));
	program->fork_ends = resize(program->fork_ends, n * sizeof(uint32_t));
}

/* The place of a node, or NONE if there are too many. */
static uint32_t
place_of(Compiler *compiler, uint32_t node, const Pending *pending)
{
	uint32_t i = compiler->places_of[node];

	while (i != NONE && !same_pending(&compiler->places[i].pending, pending))
		i = compiler->places[i].same_node;
	if (i != NONE || compiler->n_places == MAX_PLACES)
		return i;
	if (compiler->n_places == compiler->capacity)
		make_room(compiler);
	i = compiler->n_places++;
	compiler->places[i] =
		(Place){.node = node, .pending = *pending, .same_node = compiler->places_of[node]};
	compiler->places[i].value = (Value){VALUE_PLACE, i};
	return compiler->places_of[node] = i;
}

/* Taking a later row while times are pending: a window. */
static Value
window_value(Compiler *compiler, uint32_t node, const Pending *pending)
{
	SequenceProgram *program = compiler->program;
	uint32_t i;

	if (pending->span.low > pending->span.high)
		return (Value){VALUE_NEVER, 0};
	i = place_of(compiler, node, pending);
	if (i == NONE)
		return (Value){VALUE_PLACE, NONE};
	if (compiler->places[i].value.kind == VALUE_PLACE)
	{
		program->windows[program->n_windows] =
			(SequenceWindow){compiler->automaton.nodes[node].item, pending->span};
		compiler->places[i].value = (Value){VALUE_WINDOW, program->n_windows++};
	}
	return compiler->places[i].value;
}

/* The value of going on from a node; of place NONE if there are too many. */
static Value
value_from(Compiler *compiler, uint32_t node, Pending pending)
{
	SequenceNode *nodes = compiler->automaton.nodes;

	for (;; node = nodes[node].out[0])
	{
		if (nodes[node].kind == SEQUENCE_NODE_TIME)
			pending = narrow(&pending, &compiler->pattern->ops[nodes[node].item].span);
		else if (nodes[node].kind != SEQUENCE_NODE_JOIN)
			break;
		else if (nodes[nodes[node].out[0]].kind == SEQUENCE_NODE_JOIN)
			nodes[node].out[0] = nodes[nodes[node].out[0]].out[0];
	}
	if (nodes[node].kind == SEQUENCE_NODE_END)
		return (Value){VALUE_END, 0};
	if (nodes[node].kind == SEQUENCE_NODE_FORK)
		return (Value){VALUE_PLACE, place_of(compiler, node, &pending)};
	if (!pending.any)
		return (Value){VALUE_TAKE, nodes[node].item};
	return window_value(compiler, node, &pending);
}

/* --- forks ---------------------------------------------------------------- */

static Value
known_value(const Compiler *compiler, Value value)
{
	return value.kind == VALUE_PLACE ? compiler->places[value.number].value : value;
}

/* The places on the stack from this one on are one fork, of what they reach elsewhere. */
static void
end_fork(Compiler *compiler, uint32_t place)
{
	SequenceProgram *program = compiler->program;
	uint32_t start = compiler->n_outs;
	uint32_t bottom = compiler->n_stack;
	Value value = {VALUE_FORK, program->n_forks};

	while (compiler->stack[--bottom] != place)
		continue;
	for (uint32_t i = bottom; i < compiler->n_stack; i++)
		for (int out = 0; out < 2; out++)
		{
			Value target = known_value(compiler, compiler->places[compiler->stack[i]].outs[out]);

			if (target.kind != VALUE_PLACE)
				compiler->outs[compiler->n_outs++] = target;
		}
	if (compiler->n_outs == start + 1)
		value = compiler->outs[--compiler->n_outs];
	else
		program->fork_ends[program->n_forks++] = compiler->n_outs;
	for (; compiler->n_stack > bottom; compiler->n_stack--)
	{
		compiler->places[compiler->stack[compiler->n_stack - 1]].value = value;
		compiler->places[compiler->stack[compiler->n_stack - 1]].stacked = false;
	}
}

static void
begin_visit(Compiler *compiler, uint32_t i)
{
	Place *place = &compiler->places[i];

	place->found = place->lowest = ++compiler->n_found;
	place->stacked = true;
	compiler->stack[compiler->n_stack++] = i;
	compiler->visits[compiler->n_visits++] = (Visit){i, 0};
}

/* Look at one more out of a place; false if there are too many places. */
static bool
look(Compiler *compiler, uint32_t i, uint32_t out)
{
	const SequenceNode *node = &compiler->automaton.nodes[compiler->places[i].node];
	Value value = value_from(compiler, node->out[out], compiler->places[i].pending);
	Place *target;

	compiler->places[i].outs[out] = value;
	if (value.kind != VALUE_PLACE)
		return true;
	if (value.number == NONE)
		return false;
	target = &compiler->places[value.number];
	if (target->found == 0)
		begin_visit(compiler, value.number);
	else if (target->stacked && target->found < compiler->places[i].lowest)
		compiler->places[i].lowest = target->found;
	return true;
}

static void
end_visit(Compiler *compiler, uint32_t i)
{
	const Place *place = &compiler->places[i];
	uint32_t lowest = place->lowest;

	if (lowest == place->found)
		end_fork(compiler, i);
	if (--compiler->n_visits > 0)
	{
		Place *from = &compiler->places[compiler->visits[compiler->n_visits - 1].place];

		if (lowest < from->lowest)
			from->lowest = lowest;
	}
}

/* Visit all places that are reached from one; false if there are too many. */
static bool
visit(Compiler *compiler, uint32_t place)
{
	begin_visit(compiler, place);
	for (uint64_t i = 0; compiler->n_visits > 0; i++)
	{
		Visit *last = &compiler->visits[compiler->n_visits - 1];

		host_poll_at(i);
		if (last->n_outs == 2)
			end_visit(compiler, last->place);
		else if (!look(compiler, last->place, last->n_outs++))
			return false;
	}
	return true;
}

/* The value of going on behind a take; false if there are too many places. */
static bool
find_next(Compiler *compiler, uint32_t node, Value *next)
{
	*next = value_from(compiler, compiler->automaton.nodes[node].out[0], (Pending){0});
	if (next->kind == VALUE_PLACE && next->number == NONE)
		return false;
	if (next->kind == VALUE_PLACE && compiler->places[next->number].found == 0 &&
		!visit(compiler, next->number))
		return false;
	*next = known_value(compiler, *next);
	return true;
}

static uint32_t
number_of(const SequenceProgram *program, Value value)
{
	switch (value.kind)
	{
		case VALUE_TAKE:
			return value.number;
		case VALUE_END:
			return sequence_end_value(program);
		case VALUE_NEVER:
			return sequence_end_value(program) + 1;
		case VALUE_WINDOW:
			return sequence_window_value(program, value.number);
		default:
			return sequence_fork_value(program, value.number);
	}
}

/* What comes behind each take; false if there are too many places. */
static bool
find_all_next(Compiler *compiler)
{
	SequenceProgram *program = compiler->program;
	Value *next = host_alloc((program->n_takes + 1) * sizeof(Value));
	bool fits = true;

	for (uint32_t i = 0; fits && i < compiler->automaton.n; i++)
		if (compiler->automaton.nodes[i].kind == SEQUENCE_NODE_TAKE)
			fits = find_next(compiler, i, &next[compiler->automaton.nodes[i].item]);
	for (uint32_t i = 0; fits && i < program->n_takes; i++)
		program->takes[i].next = number_of(program, next[i]);
	program->outs = host_alloc((compiler->n_outs + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < compiler->n_outs; i++)
		program->outs[i] = number_of(program, compiler->outs[i]);
	host_free(next);
	return fits;
}

/* A program without its places. */
static SequenceProgram *
begin_program(const SequencePattern *pattern, int n_conditions)
{
	SequenceProgram *program = host_alloc(sizeof(SequenceProgram));

	*program = (SequenceProgram){.limit = pattern->limit};
	program->visible = n_conditions == 64 ? UINT64_MAX : ((uint64_t) 1 << n_conditions) - 1;
	program->takes = host_alloc((pattern->positions + 1) * sizeof(SequenceTake));
	for (uint32_t i = 0; i < pattern->n; i++)
		if (pattern->ops[i].kind == SEQUENCE_TAKE)
		{
			uint8_t condition = pattern->ops[i].condition;

			program->takes[program->n_takes++] = (SequenceTake){
				.mask = condition > 0 ? (uint64_t) 1 << (condition - 1) : program->visible,
				.captures = condition > 0};
		}
	program->firsts = host_alloc((program->n_takes + 1) * sizeof(uint32_t));
	return program;
}

SequenceProgram *
sequence_program(const SequencePattern *pattern, int n_conditions)
{
	SequenceProgram *program = begin_program(pattern, n_conditions);
	Compiler compiler = {.pattern = pattern, .program = program};
	uint32_t n_nodes;
	bool fits;

	compiler.automaton = sequence_automaton(pattern);
	program->n_firsts =
		sequence_automaton_firsts(&compiler.automaton, program->firsts, &program->takes_nothing);
	n_nodes = compiler.automaton.n;
	compiler.places_of = host_alloc(n_nodes * sizeof(uint32_t));
	for (uint32_t i = 0; i < n_nodes; i++)
		compiler.places_of[i] = NONE;
	make_room(&compiler);
	fits = find_all_next(&compiler);
	host_free(compiler.automaton.nodes);
	host_free(compiler.places_of);
	host_free(compiler.places);
	host_free(compiler.outs);
	host_free(compiler.stack);
	host_free(compiler.visits);
	if (fits)
		return program;
	sequence_program_free(program);
	return NULL;
}

void
sequence_program_free(SequenceProgram *program)
{
	host_free(program->takes);
	host_free(program->windows);
	host_free(program->firsts);
	host_free(program->fork_ends);
	host_free(program->outs);
	host_free(program);
}
