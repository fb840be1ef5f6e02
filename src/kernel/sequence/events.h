/*
 * events.h: which rows the conditions of the first match took.
 *
 * Of the ways to match from the first row to the last one it is the one whose conditions
 * take the earliest rows: compared row by row, a list before those that it begins.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_EVENTS_H
#define USER_OPS_KERNEL_SEQUENCE_EVENTS_H

#include "kernel/sequence/search.h"

/*
 * The times of those rows, in microseconds: *n of them, which are the caller's to free, or
 * NULL without a match that takes a row.  Two bits for each row of the match and each take
 * are kept meanwhile.
 */
extern int64_t *sequence_events(SequenceSearch *search, const Journey *journey, uint32_t *n);

#endif
