/*
 * sequence.c: patterns as text, and their matches in a journey.
 *
 *	size of the text, the text, a byte of how, rows
 */
#include "builders.h"

#include "kernel/sequence/events.h"
#include "kernel/sequence/next.h"
#include "kernel/sequence/search.h"

#define MOST_TEXT 96

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	Input words = in_part(&in, in_below(&in, MOST_TEXT));
	uint8_t how = in_byte(&in);
	JourneyKind kind = {.n_conditions = (uint8_t) (1 + how % 8)};
	char *text = host_alloc(in_left(&words) + 1);
	size_t length = in_left(&words);
	SequenceProblem problem;
	SequencePattern pattern;
	SequenceProgram *program;
	SequenceSearch *search;
	const Journey *journey;
	uint32_t first;
	uint32_t last;
	uint32_t n;
	uint64_t count;
	bool matches;

	memcpy(text, words.next, length);
	text[length] = '\0';
	pattern = sequence_pattern(text, kind.n_conditions, &problem);
	n_stored++;
	if (problem.what != NULL || problem.too_large)
	{
		CHECK(problem.place <= strlen(text) + 1);
		return;
	}
	n_accepted++;
	program = sequence_program(&pattern, kind.n_conditions);
	if (program == NULL)
		return;
	search = sequence_search(program);
	journey = in_journey(&in, &kind);
	matches = sequence_match(search, journey);
	count = sequence_count(search, journey, false);
	CHECK((count > 0) <= matches);
	CHECK(count <= sequence_count(search, journey, true));
	if (sequence_first(search, journey, &first, &last))
		CHECK(first <= last && last < journey->n_rows && matches);
	(void) sequence_events(search, journey, &n);
	CHECK(n <= journey->n_rows);
	sequence_search_free(search);
	sequence_program_free(program);
}

static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	static const char *const patterns[] = {"(?1)(?2)", "(?1).*(?2)", "(?1)(?t<=3600)(?2)", "(?T<600)(?1)(?2)|(?3)", "((?1)|(?2)){2,3}(?3)",
										   "(?1)+(?2)?(?t>60)(?3)*", "(?1){2,}(?t==1.5)(?2)", "", "((?1)?(?t>=1)(?2)?)*.", "(?1)(?2)(?T<=86400.000001)"};
	const char *pattern = patterns[i % 10];
	size_t size = in_left(random);

	to[0] = (uint8_t) strlen(pattern);
	memcpy(to + 1, pattern, strlen(pattern));
	memcpy(to + 1 + strlen(pattern), random->next, size);
	return 1 + strlen(pattern) + size;
}
