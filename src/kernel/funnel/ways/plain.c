/*
 * plain.c: the plain funnel in one pass.
 *
 * Chains at one level have the same future but for the window, so that the one which began
 * last dominates: start[k] is when it did.  A row of step k + 1 takes the chain of level k
 * on, if the window is still open; and start[k] >= start[k + 1], since the chain at k + 1
 * has been at k.  Simultaneous rows take chains on by as many steps as they can serve.
 *
 * Which is the earliest chain follows from the first time p at which the greatest level is
 * reached: it began with the first row of step 1 in the window that ends at p.  For a chain
 * that began there can go on by the same rows as the one that reached p, or by earlier ones;
 * and one that began before would have had to end before p.  From its beginning on each step
 * is taken as soon as it can be.
 */
#include "kernel/funnel/ways/run.h"
#include "kernel/funnel/ways/ties.h"

#include <string.h>

#define NEVER INT64_MAX /* a start: no window that began then is open at any time */

/* How far the best chains come. */
typedef struct PlainReach
{
	int level;
	uint32_t row;  /* at which that was reached first */
	int64_t start; /* of the chain that the pick asks for, */
	int64_t end;   /* unless it is the first */
} PlainReach;

typedef struct Plain
{
	const FunnelQuestion *question;
	const FunnelRows *all;
	const JourneyRow *rows;
	uint64_t steps;
	int64_t start[FUNNEL_STEPS + 1]; /* [0]: where an attempt begins now */
	PlainReach reach;
	int pick;
	Ties ties; /* where there are simultaneous rows */
} Plain;

bool
funnel_is_plain(const FunnelQuestion *question)
{
	return question->in_between == FUNNEL_ANYTHING && !question->repeats_break &&
		   !question->strict_ties && !question->unordered && question->optional == 0 &&
		   !question->gaps && !question->exclusions;
}

/* Of the last of the steps in a mask: the level that its row takes chains on from. */
static inline int
level_of(uint64_t mask)
{
	return FUNNEL_STEPS - 1 - __builtin_clzll(mask);
}

static inline bool
window_open(const Plain *plain, int64_t start, int64_t at)
{
	return start != NEVER && funnel_elapsed(start, at) <= (uint64_t) plain->question->within;
}

/* A chain has come to the greatest level so far. */
static void
arrive_at_top(Plain *plain, int level, int64_t start, uint32_t row)
{
	PlainReach *reach = &plain->reach;
	int64_t end = plain->rows[row].at;

	if (level > reach->level)
		*reach = (PlainReach){level, row, start, end};
	else if (level == reach->level &&
			 (plain->pick == FUNNEL_FASTEST
				  ? funnel_elapsed(start, end) < funnel_elapsed(reach->start, reach->end)
				  : end == reach->end && start > reach->start))
	{
		reach->start = start;
		reach->end = end;
	}
}

/* The first row behind those that are simultaneous with this one. */
static uint32_t
group_end(const FunnelRows *rows, uint32_t row)
{
	uint32_t to = row + 1;

	while (to < rows->n && journey_simultaneous(&rows->rows[row], &rows->rows[to]))
		host_poll_at(to++);
	return to;
}

/* By simultaneous rows, a chain comes from a level up to the one that is returned. */
static int
level_from(Plain *plain, int level)
{
	uint64_t steps = 0;

	while (level < plain->question->n_steps &&
		   ties_serve_all(&plain->ties, steps | (uint64_t) 1 << level))
		steps |= (uint64_t) 1 << level++;
	return level;
}

static void
read_ties(Plain *plain, uint32_t from, uint32_t to)
{
	int64_t at = plain->rows[from].at;

	ties_read(&plain->ties, plain->rows, from, to, plain->steps, plain->steps, 0, false);
	/* from above, so that a chain which arrives is not taken on again */
	for (int level = plain->question->n_steps - 1; level >= 0; level--)
	{
		int to_level;

		if (!window_open(plain, plain->start[level], at))
			continue;
		to_level = level_from(plain, level);
		for (int next = level + 1; next <= to_level; next++)
			plain->start[next] = plain->start[level];
		if (to_level > level && to_level >= plain->reach.level)
			arrive_at_top(plain, to_level, plain->start[level], from);
	}
}

static void
survey(Plain *plain)
{
	const FunnelRows *all = plain->all;
	uint64_t within = (uint64_t) plain->question->within;
	int64_t end = INT64_MAX; /* of what has to be read */
	int top = 0;			 /* the least level that is news */

	for (uint32_t i = all->enter_from; i < all->n; i++)
	{
		const JourneyRow *row = &plain->rows[i];
		uint64_t mask = row->mask & plain->steps;

		host_poll_at(i);
		if (mask == 0)
			continue;
		if (row->at > end)
			break;
		plain->start[0] = i < all->enter_to ? row->at : NEVER;
		if (i + 1 < all->n && journey_simultaneous(row, row + 1))
		{
			uint32_t to = group_end(all, i);

			read_ties(plain, i, to);
			i = to - 1;
		}
		else
			for (; mask != 0; mask ^= mask >> level_of(mask) << level_of(mask))
			{
				int level = level_of(mask);
				int64_t start = plain->start[level];
				bool open = (start != NEVER) & (funnel_elapsed(start, row->at) <= within);

				/* no branch that cannot be foreseen */
				plain->start[level + 1] = open ? start : plain->start[level + 1];
				if (open & (level >= top))
					arrive_at_top(plain, level + 1, start, i);
			}
		top = plain->reach.level - (plain->pick != FUNNEL_FIRST);
		/* a chain that began later may come as far at the same time */
		if (plain->reach.level == plain->question->n_steps && plain->pick != FUNNEL_FASTEST)
			end = plain->reach.end;
	}
}

static Plain *
open_plain(Plain *plain, const FunnelQuestion *question, const FunnelRows *rows, int pick)
{
	plain->question = question;
	plain->all = rows;
	plain->rows = rows->rows;
	plain->steps = funnel_steps(question);
	for (int level = 0; level <= question->n_steps; level++)
		plain->start[level] = NEVER;
	plain->reach.level = 0;
	plain->pick = pick;
	ties_init(&plain->ties);
	return plain;
}

int
plain_level(const FunnelQuestion *question, const FunnelRows *rows)
{
	Plain plain;

	survey(open_plain(&plain, question, rows, FUNNEL_FIRST));
	ties_free(&plain.ties);
	return plain.reach.level;
}

/* The row that the chain begins with, or the first that it is simultaneous with. */
static uint32_t
first_row(const Plain *plain)
{
	const FunnelRows *all = plain->all;
	const PlainReach *reach = &plain->reach;
	uint32_t row = reach->row;

	if (plain->pick == FUNNEL_FIRST)
		while (row > all->enter_from && window_open(plain, plain->rows[row - 1].at, reach->end))
			host_poll_at(row--);
	else
		row = funnel_row_at(all->rows, all->enter_from, all->enter_to, reach->start);
	while ((plain->rows[row].mask & 1) == 0)
		host_poll_at(row++);
	while (row > all->enter_from && journey_simultaneous(&plain->rows[row - 1], &plain->rows[row]))
		host_poll_at(row--);
	return row;
}

/* From a row on, each step as soon as it can be taken. */
static void
take_steps(Plain *plain, uint32_t from, bool choose_rows, FunnelChain *chain)
{
	int level = 0;

	while (level < plain->reach.level)
	{
		uint32_t to = group_end(plain->all, from);
		int to_level = level;

		if (to - from == 1)
			to_level += (int) (plain->rows[from].mask >> level & 1);
		else
		{
			ties_read(&plain->ties, plain->rows, from, to, plain->steps, plain->steps, 0, false);
			to_level = level_from(plain, level);
			if (to_level > plain->reach.level)
				to_level = plain->reach.level;
		}
		for (int next = level; next < to_level; next++)
			chain->rows[next] = from;
		if (to - from > 1 && choose_rows && to_level > level)
			(void) ties_choose(&plain->ties,
							   (plain->steps >> (plain->question->n_steps - to_level)) >>
								   level << level,
							   &chain->rows[level]);
		level = to_level;
		host_poll_at(from);
		from = to;
	}
	chain->level = (uint8_t) level;
	chain->held = plain->steps >> (plain->question->n_steps - level);
}

void
plain_chain(const FunnelQuestion *question, const FunnelRows *rows, bool choose_rows,
			FunnelChain *chain)
{
	Plain plain;

	survey(open_plain(&plain, question, rows, question->pick));
	if (plain.reach.level == 1 && question->pick == FUNNEL_FIRST && !choose_rows)
	{
		chain->level = 1;
		chain->held = 1;
		chain->rows[0] = plain.reach.row;
	}
	else if (plain.reach.level > 0)
		take_steps(&plain, first_row(&plain), choose_rows, chain);
	ties_free(&plain.ties);
}
