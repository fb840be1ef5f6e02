/*
 * kept_search.c: a pattern that was compiled, kept from call to call.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "kernel/sequence/events.h"
#include "kernel/sequence/pattern.h"
#include "sequence/kept_search.h"

static _Noreturn void
pattern_too_large(const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the pattern is too large"),
					errdetail_internal("%s", detail),
					errhint("It may have %d items and times once its repeats are written out.",
							SEQUENCE_POSITIONS)));
}

static SequenceSearch *
new_search(const char *pattern_text, int n_conditions)
{
	SequenceProblem problem;
	SequencePattern pattern = sequence_pattern(pattern_text, n_conditions, &problem);
	SequenceProgram *program;

	if (problem.too_large)
		pattern_too_large(psprintf("This happened at position %zu.", problem.place));
	if (problem.what != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the pattern is wrong at position %zu: %s", problem.place, problem.what),
				 errhint("A pattern is written as '(?1)(?t<=3600)(?2)' or '(?1).*(?2)', "
						 "without spaces; its conditions are 1 to %d.",
						 n_conditions)));
	program = sequence_program(&pattern, n_conditions);
	if (program == NULL)
		pattern_too_large("Too many times can be pending together.");
	pfree(pattern.ops);
	return sequence_search(program);
}

static bool
is_kept(const KeptSearch *kept, const text *pattern, int n_conditions)
{
	return kept->search != NULL && kept->n_conditions == n_conditions &&
		   VARSIZE_ANY_EXHDR(kept->pattern) == VARSIZE_ANY_EXHDR(pattern) &&
		   memcmp(VARDATA_ANY(kept->pattern), VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern)) ==
			   0;
}

SequenceSearch *
kept_search(KeptSearch *kept, MemoryContext context, text *pattern, int n_conditions)
{
	MemoryContext old_context;
	SequenceSearch *search;
	char *pattern_text;

	if (is_kept(kept, pattern, n_conditions))
		return kept->search;
	pattern_text = text_to_cstring(pattern);
	old_context = MemoryContextSwitchTo(context);
	search = new_search(pattern_text, n_conditions);
	if (kept->search != NULL)
	{
		const SequenceProgram *program = kept->search->program;

		sequence_search_free(kept->search);
		sequence_program_free(unconstify(SequenceProgram *, program));
		pfree(kept->pattern);
	}
	kept->search = search;
	kept->pattern = cstring_to_text(pattern_text);
	kept->n_conditions = n_conditions;
	MemoryContextSwitchTo(old_context);
	return search;
}

Datum
search_events(SequenceSearch *search, const Journey *journey)
{
	uint32 n;
	int64 *times = sequence_events(search, journey, &n);

	/* a timestamptz is such a number */
	return PointerGetDatum(construct_array((Datum *) times, (int) n, TIMESTAMPTZOID,
										   sizeof(TimestampTz), true, TYPALIGN_DOUBLE));
}
