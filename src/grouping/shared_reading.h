/*
 * shared_reading.h: what is grouped in this backend, read by parallel workers, too.
 *
 *	this backend	rows of some partitions ──► shared memory ──► workers: f(handle, ...)
 *					those of the others:          state ◄── states, as they end
 *
 * A function f(handle, ...) whose result is a state of all users can be computed of parts of
 * them: a worker is given rows of its own behind a handle of its own, calls f as it was
 * called here, and hands its state back to be merged.  Which user is in which part follows
 * from the user alone, so that no user is in two.
 *
 * That is done where the rows take as much memory as a table of which PostgreSQL would let
 * parallel workers read a part (min_parallel_table_scan_size, and three times as much for each
 * more), by at most max_parallel_workers_per_gather of them.  Not where a dictionary takes more
 * than the rows, as each worker is given all of it; nor where keys are of a type whose functions
 * must not be called while there are workers.
 */
#ifndef USER_OPS_SHARED_READING_H
#define USER_OPS_SHARED_READING_H

#include "server/compat.h"

#include "access/parallel.h"
#include "grouping/grouped.h"
#include "server/state_io.h"

typedef struct SharedReading SharedReading;

/*
 * Let workers read a part of argument n of the function that is being called, which is a
 * handle of this.  Returns how many partitions they have, which the function is to leave to
 * them (grouping_open()); 0, and *shared is NULL: all is to be read here.  With shared NULL
 * it is in any case.
 */
extern uint32 shared_reading_begin(FunctionCallInfo fcinfo, int n, Grouped *grouped,
								   SharedReading **shared);

/* The state with those of the workers, or a larger copy in the current memory context; NULL: as it is. */
extern void *shared_reading_end(SharedReading *reading, void *state, const StateKind *kind);

/* What a worker does. */
extern void grouped_read_part(dsm_segment *segment, shm_toc *toc, const GroupedKind *kind);

#endif
