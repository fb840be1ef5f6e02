/*
 * sequence_test.c: patterns of sequences, outside the server.
 *
 *	sequence_test [SEED [ROUNDS [ROWS]]]
 *
 * Patterns at random are written as text, and searched in journeys at random; the same is
 * asked of an oracle that knows nothing of the text or of automata: it walks the tree of
 * the pattern and tries everything.  Damaged texts must be patterns or problems.  Then
 * patterns that make a search try much, over many rows: their steps are counted.
 */
#include "kernel/sequence/events.h"
#include "kernel/sequence/pattern.h"

#include "simple_host.h"
#include "sequence_patterns.h"
#include "sequence_oracle.h"

static int
compare_rows(const void *a, const void *b)
{
	const JourneyRow *x = a;
	const JourneyRow *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static void
make_rows(void)
{
	bool extreme = uniform() < 0.15;
	bool dense = uniform() < 0.5;

	n_rows = below(MAX_ROWS + 1);
	n_visible = 0;
	memset(rows, 0, sizeof(rows));
	for (int i = 0; i < n_rows; i++)
	{
		rows[i].at = (below(14) - 4) * 500000;
		if (extreme)
			rows[i].at = below(4) == 0 ? INT64_MIN : below(3) == 0 ? INT64_MAX : (below(8) - 4) * (INT64_MAX / 4);
		/* a condition beyond those that are asked for, too */
		rows[i].mask = random_bits() & (dense ? 15 : random_bits() & 15);
	}
	qsort(rows, (size_t) n_rows, sizeof(JourneyRow), compare_rows);
	for (int i = 0; i < n_rows; i++)
		if (rows[i].mask & 7)
			visible[n_visible++] = i;
}

static void
compare(const Tree *tree, SequenceSearch *search)
{
	Journey journey = {.rows = rows, .n_rows = (uint32_t) n_rows, .n_conditions = CONDITIONS + 1};
	uint64_t n = 0, n_behind = 0;
	int behind = 0;
	int first_events[MAX_ROWS];
	int n_first = 0;
	uint32_t n_found;
	int64_t *times;

	for (int row = 0; row < n_visible; row++)
	{
		if (!oracle_match(tree, row))
			continue;
		if (n++ == 0)
			memcpy(first_events, best_events, (size_t) (n_first = n_best) * sizeof(int));
		if (row < behind)
			continue;
		n_behind++;
		behind = best_end < row ? row + 1 : best_end + 1;
	}
	if (tries > MAX_TRIES)
		return;
	CHECK(sequence_match(search, &journey) == (n > 0));
	CHECK(sequence_count(search, &journey, true) == n);
	CHECK(sequence_count(search, &journey, false) == n_behind);
	times = sequence_events(search, &journey, &n_found);
	CHECK(n_found == (uint32_t) n_first);
	for (int i = 0; i < n_first; i++)
		CHECK(times[i] == rows[visible[first_events[i]]].at);
	free(times);
}

static SequenceSearch *
search_for(const char *pattern_text, int n_conditions)
{
	SequenceProblem problem;
	SequencePattern pattern = sequence_pattern(pattern_text, n_conditions, &problem);
	SequenceProgram *program;

	if (problem.what != NULL)
		printf("# %s: at %zu: %s\n", pattern_text, problem.place, problem.what);
	CHECK(problem.what == NULL);
	program = sequence_program(&pattern, n_conditions);
	CHECK(program != NULL);
	free(pattern.ops);
	return sequence_search(program);
}

static void
free_search(SequenceSearch *search)
{
	const SequenceProgram *program = search->program;

	sequence_search_free(search);
	sequence_program_free((SequenceProgram *) program);
}

/* A text is a pattern, or has a problem at one of its places. */
static void
damage(void)
{
	static const char letters[] = "()?.*+{},|tT<>=0123456789 a\\";
	SequenceProblem problem;
	SequencePattern pattern;

	for (int i = 1 + below(3); i > 0; i--)
		text[below(length + 1)] = letters[below((int) sizeof(letters))];
	text[length] = '\0';
	pattern = sequence_pattern(text, CONDITIONS, &problem);
	if (problem.what != NULL)
		CHECK(problem.place >= 1 && problem.place <= strlen(text) + 1 && pattern.ops == NULL);
	else
	{
		SequenceProgram *program = sequence_program(&pattern, CONDITIONS);
		SequenceSearch *search = sequence_search(program);
		Journey journey = {.rows = rows, .n_rows = (uint32_t) n_rows};

		CHECK(sequence_count(search, &journey, false) <= sequence_count(search, &journey, true));
		free_search(search);
	}
	free(pattern.ops);
}

static void
round_of(long *n_compared)
{
	const Tree *tree = write_pattern();

	if (time_at_an_end())
	{
		SequenceProblem problem;

		sequence_pattern(text, CONDITIONS, &problem);
		CHECK(problem.what != NULL && !problem.too_large);
	}
	else
	{
		SequenceSearch *search = search_for(text, CONDITIONS);

		for (int i = 0; i < 3; i++)
		{
			make_rows();
			tries = 0;
			compare(tree, search);
			*n_compared += tries <= MAX_TRIES;
		}
		free_search(search);
	}
	damage();
}

/* --- queues --------------------------------------------------------------- */

/* What goes in comes out in order, however the ring turns while it grows. */
static void
check_queue(void)
{
	SequenceQueue queue = sequence_queue();
	uint32_t n_in = 0;
	uint32_t n_out = 0;

	for (int i = 0; i < 3000; i++)
	{
		if (below(5) < 3)
			sequence_push(&queue, (SequenceEntry){.row = n_in++});
		else if (n_out < n_in)
		{
			CHECK(sequence_oldest(&queue)->row == n_out++);
			sequence_drop_oldest(&queue);
		}
		CHECK(queue.n == n_in - n_out && (queue.n == 0 || sequence_newest(&queue)->row == n_in - 1));
	}
	CHECK(queue.capacity > 8);
	free(queue.entries);
}

/* --- many rows ------------------------------------------------------------ */

/* Rows one second apart, of the first condition but for the last one, if that is to match. */
static Journey
many_rows(uint32_t n, bool ends)
{
	JourneyRow *many = calloc(n, sizeof(JourneyRow));

	for (uint32_t i = 0; i < n; i++)
	{
		many[i].at = (int64_t) i * 1000000;
		many[i].mask = ends && i == n - 1 ? 2 : 1;
	}
	return (Journey){.rows = many, .n_rows = n, .n_conditions = 2};
}

/* How many steps, in units of a poll, all questions take. */
static long
steps_over(SequenceSearch *search, const Journey *journey, uint64_t matches, uint32_t n_events)
{
	long before = n_polls;
	uint32_t n;

	CHECK(sequence_match(search, journey) == (matches > 0));
	CHECK(sequence_count(search, journey, true) == matches);
	CHECK(sequence_count(search, journey, false) == (matches > 0));
	free(sequence_events(search, journey, &n));
	CHECK(n == n_events);
	return n_polls - before;
}

/*
 * A row more costs so many steps more, and no more than that: with a match from every
 * row to the last one, and with none.   */
static void
check_linear(uint32_t n_rows)
{
	static const struct
	{
		const char *text;
		uint32_t tail;     /* a match may begin at all rows but so many of the last ones */
		uint32_t n_events; /* 0: as many as rows */
	} patterns[] = {{"((?1)|(?1))*(?2)", 0, 0},
					{"((((?1)*)*)+(?1)*)*(?2)", 0, 0},
					{"((?1)?){10}(?1){10}.*(?2)", 10, 21},
					{"(?1).*(?1).*(?1).*.(?2)", 4, 4},
					{"(?1)(?t>=3600)(?2)", 3600, 2},
					{"(?1)((?t>=2)(?t<=1000)(?1)|(?1)){2,}(?t<=5)(?2)", 3, 0}};
	Journey journeys[4];

	for (int i = 0; i < 4; i++)
		journeys[i] = many_rows(i % 2 == 0 ? n_rows / 2 : n_rows, i < 2);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
	{
		SequenceSearch *search = search_for(patterns[i].text, 2);
		long steps[4];

		for (int j = 0; j < 4; j++)
		{
			uint32_t n = journeys[j].n_rows;

			steps[j] = steps_over(search, &journeys[j], j < 2 ? n - patterns[i].tail : 0,
								  j >= 2 ? 0 : patterns[i].n_events > 0 ? patterns[i].n_events : n);
		}
		printf("# %s: %.1f and %.1f steps a row\n", patterns[i].text, (double) steps[1] * 65536 / n_rows,
			   (double) steps[3] * 65536 / n_rows);
		CHECK(steps[1] <= 2 * steps[0] + 8 && steps[3] <= 2 * steps[2] + 8);
		free_search(search);
	}
	for (int i = 0; i < 4; i++)
		free((JourneyRow *) journeys[i].rows);
}

/* What is past the limit is said to be; what is not is linear. */
static void
check_size(void)
{
	static const struct
	{
		const char *text;
		uint32_t n_takes; /* 0: too large */
	} patterns[] = {{"((?1){1000}){10}", 10000}, {"((?1){1000}){10}.", 0}, {"((?1){1,1000}|.){9,}", 9009}, {"((?1)(?t<1)){1,1000}.", 1001},
					{"(((?1)(?t<1)){1,1000}.){10}", 0}, {"((?1)?){1000}.", 1001}, {"((){1000}|){1000}((((){9}|.){3})?)*", 3}};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
	{
		SequenceProblem problem;
		SequencePattern pattern = sequence_pattern(patterns[i].text, 2, &problem);
		SequenceProgram *program;

		CHECK(problem.too_large == (patterns[i].n_takes == 0));
		if (problem.what != NULL)
			continue;
		program = sequence_program(&pattern, 2);
		CHECK(pattern.n < 4 * pattern.positions);
		CHECK(program->n_takes == patterns[i].n_takes);
		CHECK(program->n_windows + program->n_forks <= 4 * pattern.positions);
		sequence_program_free(program);
		free(pattern.ops);
	}
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 2000;
	long n_compared = 0;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int i = 0; i < rounds; i++)
		round_of(&n_compared);
	CHECK(n_compared > rounds);
	check_queue();
	check_size();
	check_linear(argc > 3 ? (uint32_t) atoi(argv[3]) : 100000);
	printf("# %ld searches compared\n", n_compared);
	return 0;
}
