/*
 * asked_rows.h: aggregates over the rows of one user that end in an answer, not in a
 * journey, as other systems have them:
 *
 *	name(question, ... time, VARIADIC boolean[])
 *
 *	1. The questions are not NULL (22004), and the same in every row (22023).
 *	2. Rows are those of journey_agg by conditions.
 */
#ifndef USER_OPS_ASKED_ROWS_H
#define USER_OPS_ASKED_ROWS_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/journey/journey_builder.h"

#define ASKED_MOST 2 /* questions */

typedef struct AskedQuestion
{
	Datum value;
	int16 length; /* of its type */
	bool by_value;
} AskedQuestion;

typedef struct AskedRows
{
	MemoryContext context; /* of the aggregate */
	JourneyBuilder *builder;
	int n_questions;
	AskedQuestion questions[ASKED_MOST];
} AskedRows;

/* The body of a transition function (state, question, ..., time, boolean[]). */
extern Datum asked_rows_add(FunctionCallInfo fcinfo);

/* What a final function's argument 0 is, unless it is NULL: no rows. */
#define ASKED_ROWS_ARG() ((AskedRows *) PG_GETARG_POINTER(0))

#endif
