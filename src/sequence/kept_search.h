/*
 * kept_search.h: a pattern that was compiled, kept from call to call.
 */
#ifndef USER_OPS_KEPT_SEARCH_H
#define USER_OPS_KEPT_SEARCH_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/sequence/search.h"

/* What a call site has searched last; all 0 before. */
typedef struct KeptSearch
{
	SequenceSearch *search;
	text *pattern;
	int n_conditions;
} KeptSearch;

/*
 * The search of a pattern about so many conditions, made in the context if it differs
 * from the one kept.  22023 with the place of what is wrong, 54000 if it is too large.
 */
extern SequenceSearch *kept_search(KeptSearch *kept, MemoryContext context, text *pattern,
								   int n_conditions);

#define HINT_PATTERN "Give a pattern such as '(?1).*(?2)'."

/* The times of the events of the first match, as timestamptz[]. */
extern Datum search_events(SequenceSearch *search, const Journey *journey);

#endif
