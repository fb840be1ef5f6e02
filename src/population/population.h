/*
 * population.h: populations, which are grouped visits and purchases behind a handle.
 */
#ifndef USER_OPS_POPULATION_H
#define USER_OPS_POPULATION_H

#include "server/compat.h"

#include "funcapi.h"
#include "activity/lenient.h"
#include "activity/user_source.h"
#include "grouping/shared_reading.h"
#include "grouping/user_ids.h"
#include "kernel/population/population.h"

/* Rows that a population was given. */
typedef struct PopulationRows
{
	int64 read;       /* all of them */
	LeftOut left_out; /* of these */
	int64 infinite;   /* with a user and an infinite time, of those without time */
} PopulationRows;

typedef struct OwnedPopulation
{
	Grouped grouped; /* of the kind population_kind */
	PopulationRows counts;
} OwnedPopulation;

/* Counts are handed over as numbers. */
StaticAssertDecl(sizeof(PopulationRows) == (2 + ROW_FAULTS) * sizeof(int64), "counts of rows");

extern const GroupedKind population_kind;

/* The only option of its rows. */
#define POPULATION_AMOUNTS 1

static inline bool
population_has_amounts(const OwnedPopulation *owned)
{
	return (owned->grouped.options & POPULATION_AMOUNTS) != 0;
}

/* The population of a handle; 55000 if there is none in this backend, 42804 if it is something else. */
static inline OwnedPopulation *
population_of_handle(int64 handle)
{
	return (OwnedPopulation *) grouped_of_handle(handle, &population_kind);
}

typedef struct PopulationReading
{
	GroupedReader reader;
	PopulationCursor *cursor;
} PopulationReading;

/* The users of a population that is an argument, as a source. */
extern void *population_open_users(FunctionCallInfo fcinfo, int n, SharedReading **shared);
extern bool population_next_user(void *users, ActivityReader *activity);
static const UserSource population_users = {population_open_users, population_next_user};

/* What a set-returning function (population, ..., id_type) reads its rows by. */
typedef struct UserRows
{
	PopulationReading *reading;
	UserIds ids;
	FmgrInfo id_output;
	Datum id; /* of the user that is read */
} UserRows;

/*
 * At the first call: open the reader, in the memory of all calls.  The type of
 * the ids must be that of the keys, or both integers; else 42804.
 */
extern UserRows *population_begin_rows(FunctionCallInfo fcinfo, FuncCallContext *call);
/* The next user's id as a Datum; false at the end, with the reader closed. */
extern bool population_next_row(UserRows *rows, Datum *id);
/* The user's activity: decoded until the next user, or as a Datum. */
extern void population_row_activity(UserRows *rows, ActivityReader *activity);
extern Datum population_row_datum(UserRows *rows);

#endif
