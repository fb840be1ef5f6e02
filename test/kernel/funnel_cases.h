/*
 * funnel_cases.h: cases of funnels as lines of text, word=value each; times are seconds.
 *
 *	steps=3 within=10 repeats=break exclude=4,2 rows=0:0:1,5:0:1+4 level=2 times=0,5,-
 *
 * A row is time:tiebreak:conditions.  The words are the arguments in SQL.
 */
#include "kernel/funnel/question.h"

#define CASE_ROWS   64
#define CASE_VALUES 64
#define SECOND      INT64_C(1000000)
#define NO_VALUE    INT64_MIN

typedef struct CaseValues
{
	int n; /* below 0: the word does not stand in the line */
	int64_t values[CASE_VALUES];
} CaseValues;

typedef struct FunnelCase
{
	FunnelQuestion question;
	JourneyRow rows[CASE_ROWS];
	int n_rows;
	char line[1 << 14];
} FunnelCase;

/* The text behind word=; NULL without it. */
static const char *
case_word(const char *line, const char *word)
{
	size_t size = strlen(word);

	for (const char *p = line; p != NULL; p = strchr(p, ' '))
	{
		p += *p == ' ';
		if (strncmp(p, word, size) == 0 && p[size] == '=')
			return p + size + 1;
	}
	return NULL;
}

static bool
case_is(const char *line, const char *word, const char *value)
{
	const char *p = case_word(line, word);
	size_t size = strlen(value);

	return p != NULL && strncmp(p, value, size) == 0 && strchr(" \n", p[size]) != NULL;
}

/* Numbers with commas; - is none. */
static CaseValues
case_values(const char *line, const char *word)
{
	CaseValues values = {-1};
	const char *p = case_word(line, word);

	if (p == NULL)
		return values;
	values.n = 0;
	while (*p != ' ' && *p != '\n' && *p != '\0')
	{
		char *end;

		CHECK(values.n < CASE_VALUES);
		values.values[values.n++] = *p == '-' && p[1] != '1' ? NO_VALUE : strtoll(p, &end, 10);
		p = *p == '-' && p[1] != '1' ? p + 1 : end;
		p += *p == ',';
	}
	return values;
}

static int64_t
case_value(const char *line, const char *word, int64_t absent)
{
	CaseValues values = case_values(line, word);

	return values.n == 1 ? values.values[0] : absent;
}

static int
compare_rows(const void *a, const void *b)
{
	const JourneyRow *x = a;
	const JourneyRow *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->tiebreak != y->tiebreak)
		return x->tiebreak < y->tiebreak ? -1 : 1;
	/* a row without any behind the others: its lowest condition is as that of nobody */
	if (__builtin_ffsll((long long) x->mask) != __builtin_ffsll((long long) y->mask))
		return (unsigned) __builtin_ffsll((long long) x->mask) - 1 < (unsigned) __builtin_ffsll((long long) y->mask) - 1 ? -1 : 1;
	return x->mask < y->mask ? -1 : x->mask > y->mask;
}

static void
case_rows(FunnelCase *c, const char *p)
{
	while (p != NULL && *p != ' ' && *p != '\n' && *p != '\0')
	{
		JourneyRow *row = &c->rows[c->n_rows++];
		char *end;

		CHECK(c->n_rows <= CASE_ROWS);
		*row = (JourneyRow){.at = strtoll(p, &end, 10) * SECOND, .label = JOURNEY_NONE};
		row->tiebreak = strtoll(end + 1, &end, 10);
		for (p = end + 1; *p >= '0' && *p <= '9'; p = *end == '+' ? end + 1 : end)
			row->mask |= (uint64_t) 1 << (strtol(p, &end, 10) - 1);
		p += *p == ',';
	}
	qsort(c->rows, (size_t) c->n_rows, sizeof(JourneyRow), compare_rows);
}

/* The question with nothing but its defaults. */
static FunnelQuestion
plain_question(int n_steps, int64_t within)
{
	FunnelQuestion question = {.within = within, .entry_from = INT64_MIN, .entry_to = INT64_MAX,
							   .as_of = INT64_MAX, .n_steps = (uint8_t) n_steps};

	for (int i = 0; i < FUNNEL_STEPS; i++)
		question.max_gap[i] = UINT64_MAX;
	return question;
}

static void
exclude(FunnelQuestion *question, int condition, int from, int to)
{
	question->exclusions = true;
	for (int level = from; level < to; level++)
		question->hits[level] |= (uint64_t) 1 << (condition - 1);
}

static FunnelQuestion
case_question(const char *line)
{
	FunnelQuestion question = plain_question((int) case_value(line, "steps", 0), case_value(line, "within", 0) * SECOND);
	CaseValues optional = case_values(line, "optional");
	CaseValues excluded = case_values(line, "exclude");
	CaseValues from = case_values(line, "exclude_from");
	CaseValues to = case_values(line, "exclude_to");
	CaseValues min_gap = case_values(line, "min_gap");
	CaseValues max_gap = case_values(line, "max_gap");

	question.in_between = case_is(line, "in_between", "nothing") ? FUNNEL_NOTHING
						  : case_is(line, "in_between", "no_steps") ? FUNNEL_NO_STEPS : FUNNEL_ANYTHING;
	question.repeats_break = case_is(line, "repeats", "break");
	question.strict_ties = case_is(line, "ties", "strict");
	question.first_entry = case_is(line, "entry", "first");
	question.unordered = case_is(line, "unordered", "True");
	question.drop_entry = !case_is(line, "on_exclusion", "stop");
	if (case_word(line, "entry_from") != NULL)
		question.entry_from = case_value(line, "entry_from", 0) * SECOND;
	if (case_word(line, "entry_to") != NULL)
		question.entry_to = case_value(line, "entry_to", 0) * SECOND;
	if (case_word(line, "as_of") != NULL)
		question.as_of = case_value(line, "as_of", 0) * SECOND;
	for (int i = 0; i < optional.n; i++)
		question.optional |= (uint64_t) 1 << (optional.values[i] - 1);
	for (int i = 0; i < excluded.n; i++)
		exclude(&question, (int) excluded.values[i], from.n > 0 ? (int) from.values[i] : 1,
				to.n > 0 ? (int) to.values[i] : question.n_steps);
	question.gaps = min_gap.n > 0;
	for (int i = 0; i < min_gap.n; i++)
	{
		if (min_gap.values[i] != NO_VALUE)
			question.min_gap[i + 1] = (uint64_t) (min_gap.values[i] * SECOND);
		if (max_gap.values[i] != NO_VALUE)
			question.max_gap[i + 1] = (uint64_t) (max_gap.values[i] * SECOND);
	}
	return question;
}

static inline bool
case_next(FILE *file, FunnelCase *c)
{
	c->n_rows = 0;
	if (fgets(c->line, sizeof(c->line), file) == NULL)
		return false;
	CHECK(strchr(c->line, '\n') != NULL);
	c->question = case_question(c->line);
	case_rows(c, case_word(c->line, "rows"));
	return true;
}
