/*
 * journey_input.h: the rows of journey_agg and journeys_agg, of which the arguments behind
 * the time come in many shapes.
 *
 *	time, VARIADIC boolean[]							conditions
 *	time, amount, tiebreak, label, VARIADIC boolean[]
 *	time, event											by name
 *	time, event, amount
 *	time, event, amount, tiebreak, label
 *	time, event, steps									conditions, from names
 *	time, event, steps, amount, tiebreak, label
 *
 * The time is a timestamptz, a timestamp, which is taken as UTC, or a date, which is its
 * midnight; the event a text, a bigint or an enum.
 */
#ifndef USER_OPS_JOURNEY_INPUT_H
#define USER_OPS_JOURNEY_INPUT_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/journey/journey_group.h"
#include "kernel/journey/steps.h"

typedef enum JourneyEvents
{
	EVENTS_CONDITIONS,
	EVENTS_TEXT,
	EVENTS_INTEGER,
	EVENTS_ENUM
} JourneyEvents;

/* What a call site was found to be, kept from row to row in fn_extra. */
typedef struct JourneyInput
{
	JourneyEvents events;
	bool day;           /* the time is a date */
	bool integer_amount;
	int time;           /* arguments; 0: there is none */
	int event;
	int steps;
	int amount;
	int tiebreak;
	int label;
	bool constant_steps;
	struct varlena *steps_bytes;
	uint64 steps_hash;  /* of the bytes */
	StepTable *table;   /* NULL: no steps */
	struct numbers_hash *numbers; /* conditions or names of integers and enum values */
	const Texts *names; /* whose numbers those of names are; NULL: none yet */
	uint8 n_conditions; /* that all rows have; 0: by name */
	MemoryContext context;
} JourneyInput;

/* The input of the call, for the row whose arguments stand in fcinfo; time is the argument that is the time. */
extern JourneyInput *journey_input(FunctionCallInfo fcinfo, int time);

/* The row belongs to a state whose rows have so many conditions: 22023, when it is read, if it has others. */
static inline void
journey_expect_conditions(JourneyInput *input, uint8 n_conditions)
{
	input->n_conditions = n_conditions;
}

/* Again, for the next row, which may have other steps: 22023 then. */
extern void journey_check_steps(JourneyInput *input, FunctionCallInfo fcinfo);

static inline bool
journey_input_partial(const JourneyInput *input)
{
	return input->table != NULL && !input->table->head.keep_others;
}

/* Raise 22023: rows of one journey have other steps, or another number of conditions. */
extern _Noreturn void steps_differ(void);
extern _Noreturn void conditions_differ(void);

/* Where names or labels go, and the memory that takes. */
typedef struct TextSet
{
	Texts *texts;
	MemoryContext context;
} TextSet;

/* What a row says, whose time is not NULL; false if it is not kept. */
extern bool journey_read_row(JourneyInput *input, FunctionCallInfo fcinfo, TextSet *names,
							 TextSet *labels, JourneyEvent *event);

#endif
