/*
 * funnel_brute.h: the definitions of funnels as programs that try everything: all orders of
 * simultaneous rows, all starts, all chains.  For a few rows.
 */
#include "kernel/funnel/question.h"

#define BRUTE_ROWS 12

typedef struct BruteChain
{
	int level;
	int n_held;
	uint64_t held;
	int rows[FUNNEL_STEPS + 1]; /* [k]: the row of step k */
} BruteChain;

typedef struct Brute
{
	const FunnelQuestion *question;
	const JourneyRow *rows;
	int n;
	int order[BRUTE_ROWS];       /* that is looked at: rows by place */
	int group[BRUTE_ROWS];       /* of each row: the first row that it is simultaneous with */
	int cut;                     /* places of the attempt that count */
	int standing[BRUTE_ROWS];    /* by place: the greatest level of chains that end there */
	BruteChain chain;            /* that is being built */
	bool collect;                /* compare whole chains, or only note levels */
	BruteChain best[3];          /* by pick */
} Brute;

/* Where the row of step k stands: by time, by simultaneous rows, by row; of none last. */
static int64_t
brute_place(const Brute *brute, const BruteChain *chain, int k, int by)
{
	int row = chain->rows[k];

	if ((chain->held >> (k - 1) & 1) == 0)
		return INT64_MAX;
	if (by == 0)
		return brute->rows[row].at;
	return by == 1 ? brute->group[row] : row;
}

/* Does chain a come first? */
static bool
brute_earlier(const Brute *brute, const BruteChain *a, const BruteChain *b)
{
	for (int by = 0; by < 3; by++)
		for (int k = 1; k <= brute->question->n_steps; k++)
		{
			int64_t of_a = brute_place(brute, a, k, by);
			int64_t of_b = brute_place(brute, b, k, by);

			if (of_a != of_b)
				return of_a < of_b;
		}
	return false;
}

static bool
brute_better(const Brute *brute, const BruteChain *a, const BruteChain *b, int pick)
{
	const JourneyRow *rows = brute->rows;

	if (a->level != b->level)
		return a->level > b->level;
	if (a->n_held != b->n_held)
		return a->n_held > b->n_held;
	if (a->level > 0 && pick != FUNNEL_FIRST)
	{
		int64_t first_a = rows[a->rows[1]].at;
		int64_t first_b = rows[b->rows[1]].at;
		int64_t last_a = rows[a->rows[a->level]].at;
		int64_t last_b = rows[b->rows[b->level]].at;

		if (pick == FUNNEL_FASTEST && last_a - first_a != last_b - first_b)
			return last_a - first_a < last_b - first_b;
		if (pick == FUNNEL_LATEST_ENTRY && last_a != last_b)
			return last_a < last_b;
		if (pick == FUNNEL_LATEST_ENTRY && first_a != first_b)
			return first_a > first_b;
	}
	return brute_earlier(brute, a, b);
}

/* Does a row between two rows of a chain forbid it? */
static bool
brute_forbids(const FunnelQuestion *question, uint64_t mask, uint64_t done, int next)
{
	uint64_t steps = question->n_steps == 64 ? UINT64_MAX : ((uint64_t) 1 << question->n_steps) - 1;

	if (question->in_between != FUNNEL_ANYTHING && (mask & steps & ~done) != 0)
		return true;
	if (question->in_between == FUNNEL_NOTHING && (mask & steps) == 0)
		return true;
	return question->repeats_break && (mask & (done | (uint64_t) 1 << (next - 1))) != 0;
}

/* All chains that go on behind the place, which is that of the last row. */
static void
brute_chains(Brute *brute, int place, int level)
{
	const FunnelQuestion *question = brute->question;
	const JourneyRow *last = &brute->rows[brute->order[place]];
	uint64_t done = brute->chain.held;

	if (!brute->collect && brute->standing[place] < level)
		brute->standing[place] = level;
	if (brute->collect)
		for (int pick = 0; pick < 3; pick++)
			if (brute_better(brute, &brute->chain, &brute->best[pick], pick))
				brute->best[pick] = brute->chain;
	for (int next = place + 1; next < brute->cut; next++)
	{
		const JourneyRow *row = &brute->rows[brute->order[next]];

		if (row->at - brute->rows[brute->chain.rows[1]].at > question->within)
			break;
		if (question->strict_ties && row->at == last->at)
			continue;
		for (int step = level + 1; step <= question->n_steps; step++)
		{
			bool allowed = (row->mask >> (step - 1) & 1) != 0;

			if (question->gaps)
				allowed = allowed && (uint64_t) (row->at - last->at) >= question->min_gap[level] &&
						  (uint64_t) (row->at - last->at) <= question->max_gap[level];
			for (int between = place + 1; allowed && between < next; between++)
				allowed = !brute_forbids(question, brute->rows[brute->order[between]].mask, done, step);
			if (allowed)
			{
				brute->chain.level = step;
				brute->chain.n_held++;
				brute->chain.held = done | (uint64_t) 1 << (step - 1);
				brute->chain.rows[step] = brute->order[next];
				brute_chains(brute, next, step);
				brute->chain.held = done;
				brute->chain.n_held--;
				brute->chain.level = level;
			}
			if ((question->optional >> (step - 1) & 1) == 0)
				break;
		}
	}
}

/* The attempt that the row at a place opens. */
static void
brute_attempt(Brute *brute, int place)
{
	const FunnelQuestion *question = brute->question;
	int row = brute->order[place];
	int standing = 0;

	memset(&brute->chain, 0, sizeof(brute->chain));
	brute->chain.level = brute->chain.n_held = 1;
	brute->chain.held = 1;
	brute->chain.rows[1] = row;
	brute->cut = brute->n;
	if (question->exclusions)
	{
		memset(brute->standing, 0, sizeof(brute->standing));
		brute->collect = false;
		brute_chains(brute, place, 1);
		for (int next = place; next < brute->n; next++)
		{
			const JourneyRow *hit = &brute->rows[brute->order[next]];

			if (hit->at - brute->rows[row].at > question->within)
				break;
			if (next > place && standing < question->n_steps && (hit->mask & question->hits[standing]) != 0)
			{
				if (question->drop_entry)
					return;
				brute->cut = next;
				break;
			}
			if (standing < brute->standing[next])
				standing = brute->standing[next];
		}
	}
	brute->collect = true;
	brute_chains(brute, place, 1);
}

/* The greatest number of steps that distinct rows at these places can serve. */
static int
brute_served(const Brute *brute, int from, int to, uint64_t free_steps)
{
	int most = 0;

	if (from >= to || free_steps == 0)
		return 0;
	most = brute_served(brute, from + 1, to, free_steps);
	for (int step = 0; step < brute->question->n_steps; step++)
		if ((brute->rows[brute->order[from]].mask & free_steps) >> step & 1)
		{
			int served = 1 + brute_served(brute, from + 1, to, free_steps & ~((uint64_t) 1 << step));

			if (served > most)
				most = served;
		}
	return most;
}

/* The window that the row at a place opens. */
static void
brute_window(Brute *brute, int place)
{
	const FunnelQuestion *question = brute->question;
	uint64_t steps = ((uint64_t) 1 << question->n_steps) - 1;
	BruteChain chain;

	memset(&chain, 0, sizeof(chain));
	for (int next = place; next < brute->n; next++)
	{
		const JourneyRow *row = &brute->rows[brute->order[next]];

		if (row->at - brute->rows[brute->order[place]].at > question->within)
			break;
		if (next > place && question->exclusions && chain.level < question->n_steps && (row->mask & question->hits[1]) != 0)
		{
			if (question->drop_entry)
				return;
			break;
		}
		if (brute_served(brute, place, next + 1, steps) > chain.level)
		{
			chain.level++;
			chain.rows[chain.level] = brute->order[next];
			chain.n_held++;
			chain.held |= (uint64_t) 1 << (chain.level - 1);
		}
	}
	if (brute_better(brute, &chain, &brute->best[FUNNEL_FIRST], FUNNEL_FIRST))
		brute->best[FUNNEL_FIRST] = chain;
}

static void
brute_order(Brute *brute)
{
	const FunnelQuestion *question = brute->question;
	uint64_t opens = question->unordered ? ((uint64_t) 1 << question->n_steps) - 1 : 1;

	for (int place = 0; place < brute->n; place++)
	{
		const JourneyRow *row = &brute->rows[brute->order[place]];

		if ((row->mask & opens) == 0 || row->at < question->entry_from || row->at >= question->entry_to)
			continue;
		if (question->unordered)
			brute_window(brute, place);
		else
			brute_attempt(brute, place);
		if (question->first_entry)
			break;
	}
}

/* All orders of the rows from a place on. */
static void
brute_orders(Brute *brute, int place)
{
	if (place == brute->n)
	{
		brute_order(brute);
		return;
	}
	for (int other = place; other < brute->n && brute->group[brute->order[other]] == brute->group[brute->order[place]]; other++)
	{
		int row = brute->order[other];

		brute->order[other] = brute->order[place];
		brute->order[place] = row;
		brute_orders(brute, place + 1);
		brute->order[place] = brute->order[other];
		brute->order[other] = row;
	}
}

/* The winning chains of all picks; without one their level is 0. */
static void
brute_funnel(Brute *brute, const FunnelQuestion *question, const JourneyRow *rows, int n)
{
	memset(brute, 0, sizeof(*brute));
	brute->question = question;
	brute->rows = rows;
	while (brute->n < n && rows[brute->n].at < question->as_of)
		brute->n++;
	for (int i = 0; i < brute->n; i++)
	{
		brute->order[i] = i;
		brute->group[i] = i > 0 && journey_simultaneous(&rows[i], &rows[i - 1]) ? brute->group[i - 1] : i;
	}
	brute_orders(brute, 0);
}

/* --- entries, of rows at distinct instants ---------------------------------- */

typedef struct BruteEntry
{
	int64_t at;
	int level;
} BruteEntry;

/* An attempt row by row: its level, or 0 if it is void; where it ends, and what it had reached before a row. */
typedef struct BruteAttempt
{
	int stood;
	int level;
	int through; /* the row by which it got through, or -1 */
	int hit;
	int level_before[BRUTE_ROWS + 1];
} BruteAttempt;

static BruteAttempt
brute_follow(const FunnelQuestion *question, const JourneyRow *rows, int n, int from)
{
	BruteAttempt attempt = {.stood = 1, .through = question->n_steps == 1 ? from : -1, .hit = -1};

	for (int row = from; row <= n; row++)
	{
		attempt.level_before[row] = row == from ? 0 : attempt.stood;
		if (row == n || row == from || attempt.through >= 0 || attempt.hit >= 0 || rows[row].at - rows[from].at > question->within)
			continue;
		if (question->exclusions && (rows[row].mask & question->hits[attempt.stood]) != 0)
			attempt.hit = row;
		else if ((rows[row].mask >> attempt.stood & 1) != 0 && ++attempt.stood == question->n_steps)
			attempt.through = row;
	}
	attempt.level = attempt.hit >= 0 && question->drop_entry ? 0 : attempt.stood;
	return attempt;
}

static int
brute_entries(const FunnelQuestion *question, const JourneyRow *rows, int n, BruteEntry *entries)
{
	int n_entries = 0;
	int row = 0;

	while (row < n)
	{
		BruteAttempt attempt;
		int further = -1;

		if ((rows[row].mask & 1) == 0 || rows[row].at < question->entry_from || rows[row].at >= question->entry_to)
		{
			row++;
			continue;
		}
		attempt = brute_follow(question, rows, n, row);
		for (int other = row + 1; attempt.through < 0 && !question->first_entry && further < 0 && other != attempt.hit && other < n; other++)
			if (rows[other].at - rows[row].at <= question->within && (rows[other].mask & 1) != 0 && rows[other].at < question->entry_to &&
				brute_follow(question, rows, n, other).level > attempt.stood)
				further = other;
		if (further >= 0)
			entries[n_entries++] = (BruteEntry){rows[row].at, attempt.level_before[further]};
		else if (attempt.level > 0)
			entries[n_entries++] = (BruteEntry){rows[row].at, attempt.level};
		if (further >= 0)
			row = further;
		else if (attempt.through >= 0 || attempt.hit >= 0)
			row = (attempt.through >= 0 ? attempt.through : attempt.hit) + 1;
		else
			for (int64_t start = rows[row].at; row < n && rows[row].at - start <= question->within;)
				row++;
	}
	return n_entries;
}
