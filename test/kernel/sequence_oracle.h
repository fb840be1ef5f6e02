/*
 * sequence_oracle.h: the matches of a pattern that is a tree (sequence_patterns.h), by
 * trying everything; for sequence_test.c.
 */
#define MAX_ROWS  12
#define MAX_TRIES 200000 /* what takes more is left out */

/* What is to be matched behind a tree. */
typedef struct Rest
{
	const Tree *tree;
	int rounds;    /* >= 0: of a REPEAT that is going on */
	int begun;     /* twice the rows taken when the round began, and 1 if times were pending: */
	uint64_t low;
	uint64_t high;
	const struct Rest *rest;
} Rest;

static JourneyRow rows[MAX_ROWS];
static int n_rows;
static int visible[MAX_ROWS];
static int n_visible;

static int start;          /* in visible: the first row taken */
static int taken;          /* so many rows were taken, the last one here: */
static int last;
static bool pending;       /* times stand behind that row */
static uint64_t low, high; /* ... of this difference */
static int events[MAX_ROWS];
static int n_events;
static bool found;
static int best_end;       /* in visible; before start: nothing was taken */
static int best_events[MAX_ROWS];
static int n_best;
static int tries;

static void match(const Rest *rest);

static int
compare_events(void)
{
	for (int i = 0; i < n_events && i < n_best; i++)
		if (events[i] != best_events[i])
			return events[i] - best_events[i];
	return n_events - n_best;
}

static void
match_over(void)
{
	int end = taken > 0 ? last : start - 1;

	if (taken > 0 && limit != NO_LIMIT && (uint64_t) rows[visible[last]].at - (uint64_t) rows[visible[start]].at >= limit)
		return;
	if (found && (end > best_end || (end == best_end && compare_events() >= 0)))
		return;
	found = true;
	best_end = end;
	n_best = n_events;
	memcpy(best_events, events, sizeof(events));
}

static void
take(const Tree *tree, int row, const Rest *rest)
{
	int old_last = last;
	bool old_pending = pending;
	uint64_t old_low = low, old_high = high;

	if (tree->condition > 0 && !(rows[visible[row]].mask >> (tree->condition - 1) & 1))
		return;
	last = row;
	taken++;
	pending = false;
	if (tree->condition > 0)
		events[n_events++] = row;
	match(rest);
	if (tree->condition > 0)
		n_events--;
	pending = old_pending;
	low = old_low;
	high = old_high;
	taken--;
	last = old_last;
}

static void
match_take(const Tree *tree, const Rest *rest)
{
	if (taken == 0)
		take(tree, start, rest);
	else if (!pending && last + 1 < n_visible)
		take(tree, last + 1, rest);
	else if (pending)
		for (int row = last + 1; row < n_visible; row++)
		{
			uint64_t difference = (uint64_t) rows[visible[row]].at - (uint64_t) rows[visible[last]].at;

			if (difference >= low && difference <= high)
				take(tree, row, rest);
		}
}

static void
match_time(const Tree *tree, const Rest *rest)
{
	bool old_pending = pending;
	uint64_t old_low = low, old_high = high;

	if (taken > 0)
	{
		low = pending && low > tree->low ? low : tree->low;
		high = pending && high < tree->high ? high : tree->high;
		pending = true;
	}
	match(rest);
	pending = old_pending;
	low = old_low;
	high = old_high;
}

/* Behind so many rounds: enough of them, or one more, unless the last changed nothing. */
static void
match_repeat(const Tree *tree, int rounds, const Rest *rest)
{
	Rest again = {.tree = tree, .rounds = rounds + 1, .begun = 2 * taken + pending, .low = low, .high = high, .rest = rest};
	Rest round = {.tree = tree->a, .rounds = -1, .rest = &again};

	if (rounds >= tree->least)
		match(rest);
	if (tree->most < 0 || rounds < tree->most)
		match(&round);
}

static void
match(const Rest *rest)
{
	if (tries++ > MAX_TRIES)
		return;
	if (rest == NULL)
		match_over();
	else if (rest->rounds >= 0)
	{
		bool changed = rest->begun != 2 * taken + pending || (pending && (rest->low != low || rest->high != high));

		if (changed || rest->rounds <= rest->tree->least)
			match_repeat(rest->tree, rest->rounds, rest->rest);
	}
	else
	{
		const Tree *tree = rest->tree;
		Rest a = {.tree = tree->a, .rounds = -1, .rest = rest->rest};
		Rest b = {.tree = tree->b, .rounds = -1, .rest = rest->rest};

		switch (tree->kind)
		{
			case TAKE:
				match_take(tree, rest->rest);
				break;
			case TIME:
				match_time(tree, rest->rest);
				break;
			case BOTH:
				a.rest = &b;
				match(&a);
				break;
			case EITHER:
				match(&a);
				match(&b);
				break;
			case REPEAT:
				match_repeat(tree, 0, rest->rest);
				break;
			case EMPTY:
				match(rest->rest);
				break;
		}
	}
}

/* Where the match ends that begins there, if there is one. */
static bool
oracle_match(const Tree *tree, int row)
{
	Rest all = {.tree = tree, .rounds = -1};

	start = row;
	taken = n_events = 0;
	pending = found = false;
	match(&all);
	return found;
}
