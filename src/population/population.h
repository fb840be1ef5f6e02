/*
 * population.h: populations of this backend, behind their handles.
 */
#ifndef USER_OPS_POPULATION_H
#define USER_OPS_POPULATION_H

#include "server/compat.h"

#include "funcapi.h"
#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "activity/lenient.h"
#include "activity/user_source.h"
#include "kernel/population/population.h"
#include "grouping/userkey.h"

/* Rows that a population was given. */
typedef struct PopulationRows
{
	int64 read;       /* all of them */
	LeftOut left_out; /* of these */
	int64 infinite;   /* with a user and an infinite time, of those without time */
} PopulationRows;

/* The populations of one executor run, which live until it ends. */
typedef struct PopulationSet
{
	dlist_node node;       /* in the list of this backend's sets */
	MemoryContext parent;  /* of the run */
	MemoryContext context; /* all of it is in here, and of its populations */
	dlist_head populations;
	GroupStore store;
	HTAB *handles;              /* of those that are done; NULL: none */
	UserKey *key;               /* of the one made last */
	PopulationCodec *codecs[2]; /* without amounts, and with them */
} PopulationSet;

typedef struct OwnedPopulation
{
	dlist_node node; /* in its set */
	PopulationSet *set;
	int64 handle; /* 0 until the aggregate is done */
	Population *population;
	Grouping *grouping; /* of the population */
	UserKey *key;
	bool amounts;
	PopulationRows counts;
	dlist_head readers; /* that are open */
} OwnedPopulation;

/* A new population in the memory of the query whose aggregate calls. */
extern OwnedPopulation *population_begin(FunctionCallInfo fcinfo, Oid type, Oid collation,
										 bool amounts);

/*
 * If all populations, and so many bytes more, exceed the budget, spill those that nobody
 * reads, the largest first, until half of it is left; false if they still exceed it.
 */
extern bool population_keep_budget(size_t more);

/* From here on the population is known by a handle. */
extern int64 population_give_handle(OwnedPopulation *owned);

/* And from here on not. */
extern void population_forget_handle(OwnedPopulation *owned);

/* The population of a handle; 55000 if there is none in this backend. */
extern OwnedPopulation *population_of_handle(int64 handle);

extern _Noreturn void population_missing(void);

/*
 * A reader of all its users.  What a user's memory holds is valid until the next
 * one is asked for.  One that is not ended goes with the memory context that was
 * current when it was opened; if the population goes before it, the next user is
 * an error (55000).
 */
typedef struct PopulationReading
{
	dlist_node node;        /* in the population's readers */
	OwnedPopulation *owned; /* NULL: gone */
	MemoryContext context;  /* of the reader */
	PopulationCursor *cursor;
	size_t memory; /* that sorting takes */
} PopulationReading;

/* What all readers together take. */
extern size_t population_reading_memory;

/* The users of a population that is an argument, as a source. */
extern void *population_open_users(FunctionCallInfo fcinfo, int n);
extern bool population_next_user(void *users, ActivityReader *activity);
static const UserSource population_users = {population_open_users, population_next_user};

/* What a set-returning function (population, ..., id_type) reads its rows by. */
typedef struct UserRows
{
	PopulationReading *reading;
	Oid id_type;        /* that the caller named by a NULL, or what it is a domain over */
	Oid domain;         /* InvalidOid: none */
	void *domain_check; /* for domain_check() */
	FmgrInfo id_output;
	Datum id;           /* of the user that is read */
	MemoryContext context;
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

/* A set-returning function that was called on NULL. */
#define POPULATION_NO_ROWS(fcinfo) \
	do \
	{ \
		((ReturnSetInfo *) (fcinfo)->resultinfo)->isDone = ExprEndResult; \
		PG_RETURN_NULL(); \
	} while (0)

#endif
