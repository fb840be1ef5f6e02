/*
 * sequence_patterns.h: patterns of sequences at random, as trees and as the text that means
 * the same; for sequence_test.c.
 */
#define CONDITIONS 3
#define MAX_NODES  50
#define MAX_TEXT   2000
#define NO_LIMIT   UINT64_MAX

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

typedef enum Kind
{
	TAKE,   /* a row of the condition, or any row */
	TIME,
	BOTH,   /* a, then b */
	EITHER, /* a or b */
	REPEAT, /* a, from least to most times; most < 0: without end */
	EMPTY
} Kind;

typedef struct Tree
{
	Kind kind;
	int condition;
	uint64_t low; /* TIME: differences in microseconds */
	uint64_t high;
	int least;
	int most;
	const struct Tree *a;
	const struct Tree *b;
} Tree;

static Tree trees[MAX_NODES];
static int n_trees;
static char text[MAX_TEXT];
static int length;
static uint64_t limit; /* of the last row taken from the first one */

#define WRITE(...) (length += snprintf(text + length, sizeof(text) - (size_t) length, __VA_ARGS__))

/* A number of seconds at random, as text, in microseconds. */
static uint64_t
write_seconds(void)
{
	static const char *const written[] = {"0", "0.5", "1", "01.50", "2", "3", "5.000001", "9223372036854.775807", "9223372036854.775808", "99999999999999999999.9"};
	static const uint64_t usecs[] = {0, 500000, 1000000, 1500000, 2000000, 3000000, 5000001, INT64_MAX, (uint64_t) INT64_MAX + 1, UINT64_MAX};
	int i = below(below(8) == 0 ? 10 : 7);

	WRITE("%s", written[i]);
	return usecs[i];
}

/* What does not fit int64 is beyond every bound. */
static void
set_span(Tree *tree, const char *sign, uint64_t usecs)
{
	uint64_t beyond = (uint64_t) 1 << 63;

	if (usecs > beyond)
		usecs = beyond;
	tree->low = 0;
	tree->high = UINT64_MAX;
	if (sign[0] != '<')
		tree->low = usecs + (strcmp(sign, ">") == 0 && usecs < beyond);
	if (sign[0] != '>')
		tree->high = usecs == beyond ? beyond - 1 : usecs;
	if (strcmp(sign, "<") == 0 && usecs < beyond)
	{
		tree->low = usecs == 0; /* 1 to 0: none */
		tree->high = usecs == 0 ? 0 : usecs - 1;
	}
}

static Tree *
new_tree(Kind kind)
{
	Tree *tree = &trees[n_trees++];

	*tree = (Tree){.kind = kind};
	return tree;
}

static const Tree *write_either(int depth);

static const Tree *
write_repeat(const Tree *a)
{
	Tree *tree = new_tree(REPEAT);

	tree->a = a;
	tree->least = below(3);
	tree->most = tree->least + below(3);
	switch (below(7))
	{
		case 5:
		case 6:
			tree->least = 0;
			tree->most = -1;
			WRITE("*");
			break;
		case 1:
			tree->least = 1;
			tree->most = -1;
			WRITE("+");
			break;
		case 2:
			tree->least = 0;
			tree->most = 1;
			WRITE("?");
			break;
		case 3:
			tree->most = -1;
			WRITE("{%d,}", tree->least);
			break;
		case 4:
			tree->most = tree->least += tree->least == 0;
			WRITE("{%d}", tree->least);
			break;
		case 0:
			tree->most += tree->most == 0;
			WRITE("{%d,%d}", tree->least, tree->most);
			break;
	}
	return tree;
}

static const Tree *
write_time(void)
{
	static const char *const signs[] = {">", ">=", "<", "<=", "==", "=="};
	const char *sign = signs[below(6)];
	Tree *tree = new_tree(TIME);

	WRITE("(?t%s", sign);
	set_span(tree, sign, write_seconds());
	WRITE(")");
	return tree;
}

static const Tree *
write_take(void)
{
	Tree *tree = new_tree(TAKE);

	tree->condition = below(CONDITIONS + 1);
	if (tree->condition > 0)
		WRITE("(?%d)", tree->condition);
	else
		WRITE(".");
	return tree;
}

static const Tree *
write_item(int depth)
{
	const Tree *item;

	if (below(4) == 0)
		return write_time();
	if (depth > 0 && below(3) == 0)
	{
		WRITE("(");
		item = write_either(depth - 1);
		WRITE(")");
	}
	else
		item = write_take();
	return below(3) == 0 || (item->kind == TAKE && item->condition == 0 && below(2) == 0) ? write_repeat(item) : item;
}

static const Tree *
both_of(const Tree *a, const Tree *b)
{
	Tree *tree = new_tree(BOTH);

	tree->a = a;
	tree->b = b;
	return tree;
}

static const Tree *
write_both(int depth)
{
	const Tree *both = new_tree(EMPTY);

	for (int i = below(9) == 0 ? 0 : 1 + below(5); i > 0 && n_trees < MAX_NODES - 10; i--)
		both = both_of(both, write_item(depth));
	return both;
}

/* Many rows that times reach from, and many that they reach: (?1).*(?t>=1)(?t<3)(?2) ... */
static const Tree *
write_chain(void)
{
	const Tree *chain = write_take();

	for (int i = 1 + below(3); i > 0; i--)
	{
		if (below(2) == 0)
			chain = both_of(chain, write_repeat(write_take()));
		for (int times = below(3); times > 0; times--)
			chain = both_of(chain, write_time());
		chain = both_of(chain, write_take());
	}
	return chain;
}

static const Tree *
write_either(int depth)
{
	const Tree *either = write_both(depth);

	while (below(4) == 0 && n_trees < MAX_NODES - 20)
	{
		Tree *tree = new_tree(EITHER);

		WRITE("|");
		tree->a = either;
		tree->b = write_both(depth);
		either = tree;
	}
	return either;
}

static uint64_t
write_limit(void)
{
	bool equal = below(2) == 0;
	Tree span;

	WRITE("(?T<%s", equal ? "=" : "");
	set_span(&span, equal ? "<=" : "<", write_seconds());
	WRITE(")");
	return span.low > span.high ? 0 : span.high + 1;
}

/* The pattern of text; limit is the first difference that is too large. */
static const Tree *
write_pattern(void)
{
	int where = below(8);
	const Tree *tree;

	n_trees = length = 0;
	text[0] = '\0';
	limit = NO_LIMIT;
	if (where == 0)
		limit = write_limit();
	tree = below(3) == 0 ? write_chain() : write_either(2);
	if (where == 1)
		limit = write_limit();
	return tree;
}

/* Is a time the first or the last token? */
static bool
time_at_an_end(void)
{
	const char *start = text;
	const char *last = NULL;
	const char *end;

	if (strncmp(start, "(?T", 3) == 0)
		start = strchr(start, ')') + 1;
	end = strstr(start, "(?T");
	for (const char *p = start; (p = strstr(p, "(?t")) != NULL; p++)
		last = p;
	if (end == NULL)
		end = start + strlen(start);
	return strncmp(start, "(?t", 3) == 0 || (last != NULL && strchr(last, ')') + 1 == end);
}
