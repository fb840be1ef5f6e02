/*
 * mutations_trial.h: a road by which values come in, and what is tried of it.
 */
#ifndef MUTATIONS_TRIAL_H
#define MUTATIONS_TRIAL_H

#include "mutations.h"

#include "executor/executor.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#define STATES	   24
#define WRONGS	   10
#define SLOW_US	   1000000
#define COPY_HEAD  25 /* bytes of a file of one value before it, and behind it */
#define COPY_TAIL  2
#define TRACK_SIZE (MUTANT_LIMIT * 2)

typedef enum Road
{
	ROAD_IN,
	ROAD_RECV,
	ROAD_BYTEA,
	ROAD_COPY,
	ROAD_STATE,
	ROAD_PART
} Road;

typedef struct Used
{
	FmgrInfo combine;
	FmgrInfo final;
	FmgrInfo transit, serialize, deserialize;
	bool hands_over; /* makes an internal state of the value, which goes to another process */
	bool combines;
	bool finals;
	int final_arguments;
	Oid result;
} Used;

typedef struct Trial
{
	Road road;
	Oid type;
	Oid io_param;
	bool by_value;
	int16 length;
	bool base64; /* bytes and nothing else: canonical */
	bool sealed;
	bool encodes; /* mutants are the bytes of what is tried */
	FmgrInfo in, out, recv, send, from_bytea, serialize, deserialize;
	FmgrInfo result_in, result_out;
	Oid result_of; /* the type of these two */
	Used *used;
	int n_used;
	Relation relation;
	AggState *agg;
	MemoryContext work;	 /* of one mutant */
	MemoryContext calls; /* what functions keep between calls */
	char *track;
	Mutations *mutations;

	int64 accepted;
	int64 tried;
	struct
	{
		int code;
		int64 n;
	} states[STATES];
	int n_states;
	char *wrongs[WRONGS];
	int n_wrongs;
	int64 slowest;
	Size most_memory;
	int64 combined;
} Trial;

/* What is wrong with these bytes, which are read, written, read and written; or NULL. Counts those
 * that are accepted. */
extern const char *problem_of(Trial *t, const char *bytes, int size);

/* ... and with what the aggregates make of them. */
extern const char *problem_of_use(Trial *t, const char *bytes, int size);

extern bytea *as_bytea(const void *bytes, int size);
extern void append_copy(StringInfo out, const char *bytes, int size);
extern void seal(Trial *t, uint8 *bytes, int size);

/* The text of a mutant that is accepted. */
extern char *text_of(Trial *t, const char *bytes, int size);

#endif
