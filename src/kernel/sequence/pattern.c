/*
 * pattern.c: read patterns of sequences.
 *
 * One pass over the text, with a stack of the groups that are open: neither nesting nor
 * repeating recurs.
 */
#include "kernel/sequence/pattern.h"

#include <string.h>

#include "kernel/base/text.h"

#define BEYOND     ((uint64_t) 1 << 63)     /* the first difference that does not fit int64 */
#define MAX_NUMBER UINT64_C(10000000000000) /* larger ones are read as this: beyond in seconds */

/* A pair of parentheses, or the whole. */
typedef struct Group
{
	const char *opened; /* its parenthesis */
	uint32_t start;     /* its first operator */
	uint32_t sequence;  /* the first one of the alternative that is read */
	bool alternatives;  /* were any before, that take something? */
	bool empty;         /* were any that do not? */
} Group;

typedef struct Parser
{
	const char *text;
	const char *p;     /* what comes next */
	const char *token; /* where the token begins that is read */
	const char *time;  /* that token, if it is a time */
	int n_conditions;
	bool limited; /* a limit was read */
	SequencePattern pattern;
	Group *groups; /* those that are open, the innermost last */
	size_t n_groups;
	size_t groups_capacity;
	SequenceProblem *problem;
} Parser;

static void
fail_at(Parser *parser, const char *place, const char *what)
{
	if (parser->problem->what != NULL)
		return;
	parser->problem->what = what;
	parser->problem->place = (size_t) (place - parser->text) + 1;
}

static bool
failed(const Parser *parser)
{
	return parser->problem->what != NULL;
}

/* A repeat, or an item, makes the pattern too large unless it was fine. */
static void
expect_size(Parser *parser, bool fine)
{
	if (fine)
		return;
	fail_at(parser, parser->token, "the pattern is too large");
	parser->problem->too_large = true;
}

/* Digits, at least one; false without. */
static bool
read_number(Parser *parser, uint64_t *number)
{
	const char *start = parser->p;

	for (*number = 0; is_digit(*parser->p); parser->p++)
	{
		*number = *number * 10 + (uint64_t) (*parser->p - '0');
		if (*number > MAX_NUMBER)
			*number = MAX_NUMBER;
	}
	return parser->p > start;
}

/* What stands behind an opening brace. */
static void
read_braces(Parser *parser, uint64_t *least, uint64_t *most)
{
	const char *first = parser->p;
	const char *second = first;
	bool good = read_number(parser, least);

	*most = *least;
	if (good && skip_char(&parser->p, ','))
	{
		second = parser->p;
		if (!read_number(parser, most))
			*most = SEQUENCE_NO_END;
	}
	if (!good || !skip_char(&parser->p, '}'))
		fail_at(parser, parser->p, "a repeat is {2}, {2,} or {2,5}");
	else if (*least > SEQUENCE_REPEATS)
		fail_at(parser, first, "more than 1000 repeats");
	else if (*most == 0)
		fail_at(parser, second, "repeats of nothing");
	else if (*most < *least)
		fail_at(parser, second, "fewer repeats at most than at least");
	else if (*most > SEQUENCE_REPEATS && *most != SEQUENCE_NO_END)
		fail_at(parser, second, "more than 1000 repeats");
}

/* An item that begins at start has been read: its repeat, and the sequence with it. */
static void
end_item(Parser *parser, uint32_t start)
{
	uint64_t least = 0;
	uint64_t most = SEQUENCE_NO_END;

	parser->token = parser->p;
	if (skip_char(&parser->p, '{'))
		read_braces(parser, &least, &most);
	else if (skip_char(&parser->p, '+'))
		least = 1;
	else if (skip_char(&parser->p, '?'))
		most = 1;
	else if (!skip_char(&parser->p, '*'))
		least = most = 1;
	if (!failed(parser))
		expect_size(parser, sequence_repeat(&parser->pattern, start, least, most));
	if (start > parser->groups[parser->n_groups - 1].sequence && parser->pattern.n > start)
		sequence_append_kind(&parser->pattern, SEQUENCE_BOTH);
}

/* --- groups --------------------------------------------------------------- */

static void
open_group(Parser *parser)
{
	if (parser->n_groups == parser->groups_capacity)
	{
		parser->groups_capacity *= 2;
		parser->groups = host_realloc(parser->groups, parser->groups_capacity * sizeof(Group));
	}
	parser->groups[parser->n_groups++] =
		(Group){parser->token, parser->pattern.n, parser->pattern.n, false, false};
}

static void
end_sequence(Parser *parser)
{
	Group *group = &parser->groups[parser->n_groups - 1];

	if (parser->pattern.n == group->sequence)
		group->empty = true;
	else if (group->alternatives)
		sequence_append_kind(&parser->pattern, SEQUENCE_EITHER);
	group->alternatives |= parser->pattern.n > group->sequence;
	group->sequence = parser->pattern.n;
}

/* Returns where the group began. */
static uint32_t
end_group(Parser *parser)
{
	const Group *group;

	end_sequence(parser);
	group = &parser->groups[--parser->n_groups];
	if (group->empty && group->alternatives)
		sequence_wrap(&parser->pattern, SEQUENCE_OPTIONAL);
	return group->start;
}

static void
close_group(Parser *parser)
{
	if (parser->n_groups == 1)
		fail_at(parser, parser->token, "there is no ( for this )");
	else
		end_item(parser, end_group(parser));
}

/* --- tokens --------------------------------------------------------------- */

static void
take(Parser *parser, uint64_t condition)
{
	uint32_t start = parser->pattern.n;
	SequenceOp op = {.kind = SEQUENCE_TAKE, .condition = (uint8_t) condition};

	expect_size(parser, sequence_append(&parser->pattern, op));
	if (!failed(parser))
		end_item(parser, start);
}

static void
end_token(Parser *parser)
{
	if (!skip_char(&parser->p, ')'))
		fail_at(parser, parser->p, "a ) is missing");
}

/* Behind "(?". */
static void
read_condition(Parser *parser)
{
	const char *start = parser->p;
	uint64_t condition;

	if (!read_number(parser, &condition))
		fail_at(parser, parser->p, "(? begins (?1), a time (?t<60) or a limit (?T<60)");
	else if (condition == 0 || condition > (uint64_t) parser->n_conditions)
		fail_at(parser, start, "there is no such condition");
	else
		end_token(parser);
	if (!failed(parser))
		take(parser, condition);
}

/* The differences of time that an operator and seconds mean. */
static SequenceSpan
read_span(Parser *parser, bool limit)
{
	static const SequenceSpan none = {1, 0};
	static const uint64_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
	const char *sign = parser->p;
	bool equal;
	uint64_t usecs;
	size_t decimals = 0;

	if (*sign != '<' && (limit || (*sign != '>' && *sign != '=')))
		fail_at(parser, parser->p,
				limit ? "a limit begins with < or <=" : "a time begins with >, >=, <, <= or ==");
	else
		parser->p++;
	equal = skip_char(&parser->p, '=');
	if (*sign == '=' && !equal)
		fail_at(parser, parser->p, "a time begins with >, >=, <, <= or ==");
	if (!read_number(parser, &usecs))
		fail_at(parser, parser->p, "seconds are digits, with at most 6 decimals");
	usecs *= units[0];
	if (skip_char(&parser->p, '.'))
	{
		for (; is_digit(*parser->p) && decimals < 6; parser->p++)
			usecs += (uint64_t) (*parser->p - '0') * units[++decimals];
		if (decimals == 0 || is_digit(*parser->p))
			fail_at(parser, parser->p, "seconds are digits, with at most 6 decimals");
	}
	end_token(parser);
	if (*sign == '=')
		return usecs < BEYOND ? (SequenceSpan){usecs, usecs} : none;
	if (usecs >= BEYOND)
		return *sign == '>' ? (SequenceSpan){BEYOND, SEQUENCE_UNBOUNDED}
							: (SequenceSpan){0, BEYOND - 1};
	if (*sign == '>')
		return (SequenceSpan){usecs + !equal, SEQUENCE_UNBOUNDED};
	return equal || usecs > 0 ? (SequenceSpan){0, usecs - !equal} : none;
}

/* Behind "(?t". */
static void
read_time(Parser *parser)
{
	uint32_t start = parser->pattern.n;
	SequenceOp op = {.kind = SEQUENCE_TIME, .span = read_span(parser, false)};

	if (parser->time == parser->text)
		fail_at(parser, parser->token, "a time stands between two rows, not first");
	if (*parser->p != '\0' && strchr("*+?{", *parser->p) != NULL)
		fail_at(parser, parser->p, "a time cannot be repeated");
	if (failed(parser))
		return;
	expect_size(parser, sequence_append(&parser->pattern, op));
	if (start > parser->groups[parser->n_groups - 1].sequence)
		sequence_append_kind(&parser->pattern, SEQUENCE_BOTH);
	parser->time = parser->token;
}

/* Behind "(?T". */
static void
read_limit(Parser *parser)
{
	SequenceSpan limit = read_span(parser, true);

	if (parser->limited)
		fail_at(parser, parser->token, "there are two limits");
	else if (parser->token > parser->text && (*parser->p != '\0' || parser->n_groups > 1))
		fail_at(parser, parser->token, "a limit stands first or last in the pattern");
	parser->pattern.limit = limit;
	parser->limited = true;
}

static void
read_token(Parser *parser)
{
	parser->token = parser->p;
	if (skip_word(&parser->p, "(?T"))
	{
		read_limit(parser);
		return;
	}
	if (skip_word(&parser->p, "(?t"))
	{
		read_time(parser);
		return;
	}
	parser->time = NULL;
	if (skip_word(&parser->p, "(?"))
		read_condition(parser);
	else if (skip_char(&parser->p, '.'))
		take(parser, 0);
	else if (skip_char(&parser->p, '('))
		open_group(parser);
	else if (skip_char(&parser->p, ')'))
		close_group(parser);
	else if (skip_char(&parser->p, '|'))
		end_sequence(parser);
	else
		fail_at(parser, parser->p,
				strchr("*+?{", *parser->p) != NULL ? "there is nothing to repeat"
												   : "this is no part of a pattern");
}

SequencePattern
sequence_pattern(const char *text, int n_conditions, SequenceProblem *problem)
{
	Parser parser = {.text = text,
					 .p = text,
					 .token = text,
					 .n_conditions = n_conditions,
					 .groups_capacity = 4,
					 .problem = problem};

	*problem = (SequenceProblem){0};
	parser.pattern = sequence_postfix();
	parser.groups = host_alloc(parser.groups_capacity * sizeof(Group));
	/* Until another token comes, a time would be the first. */
	parser.time = text;
	open_group(&parser);
	for (uint64_t i = 0; *parser.p != '\0' && !failed(&parser); i++)
	{
		host_poll_at(i);
		read_token(&parser);
	}
	if (parser.n_groups > 1)
		fail_at(&parser, parser.groups[parser.n_groups - 1].opened, "a ) is missing");
	if (parser.time != NULL && parser.time != text)
		fail_at(&parser, parser.time, "a time stands between two rows, not last");
	if (failed(&parser))
	{
		host_free(parser.pattern.ops);
		parser.pattern = (SequencePattern){0};
	}
	else
		(void) end_group(&parser);
	host_free(parser.groups);
	return parser.pattern;
}
