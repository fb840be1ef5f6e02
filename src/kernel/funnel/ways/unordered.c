/*
 * unordered.c: the steps in any order.
 *
 * A window that begins with simultaneous rows is that of all of them.  From one to the next
 * rows go at its front and come at its end, so that all are looked at in one pass.
 *
 * An exclusion hits at the first row behind the start that has its condition, unless all
 * steps were served before; rows that are simultaneous with it are read first.  So such rows
 * end a window, and serve no step; but one of them may be the start, for what opens a window
 * does not hit it, and the others are read before it.  Where only the first row counts, those
 * that match a step cannot be: they end the window at its start.
 */
#include "kernel/funnel/ways/run.h"

#include <string.h>

#include "kernel/funnel/ways/links.h"
#include "kernel/funnel/ways/served.h"

typedef struct Unordered
{
	const FunnelQuestion *question;
	const FunnelRows *all;
	const JourneyRow *rows;
	uint64_t steps;
	uint64_t hits;
	uint32_t next_hit; /* the first row behind the start that hits */
	uint32_t end;	   /* the end of the last window */
	Served served;
	FunnelLinks links;
	const FunnelLink *best; /* chain; NULL: none */
} Unordered;

/* The windows that begin with simultaneous rows. */
typedef struct Window
{
	uint32_t from; /* these rows */
	uint32_t to;
	uint32_t end; /* the first row that is not in it */
	bool hit;	  /* there is something that hits it */
} Window;

static bool
hits(const Unordered *unordered, uint32_t row)
{
	return (unordered->rows[row].mask & unordered->hits) != 0;
}

static uint64_t
steps_of(const Unordered *unordered, uint32_t row)
{
	return unordered->rows[row].mask & unordered->steps;
}

static uint32_t
group_end(const Unordered *unordered, uint32_t row)
{
	uint32_t to = row + 1;

	while (to < unordered->all->n &&
		   journey_simultaneous(&unordered->rows[row], &unordered->rows[to]))
		host_poll_at(to++);
	return to;
}

/* The first row whose window is to be looked at, from there on; the end of those that may. */
static uint32_t
next_start(const Unordered *unordered, uint32_t row)
{
	uint32_t from = row;

	while (row < unordered->all->enter_to && steps_of(unordered, row) == 0)
		host_poll_at(row++);
	if (row == unordered->all->enter_to)
		return row;
	while (row > from && journey_simultaneous(&unordered->rows[row], &unordered->rows[row - 1]))
		row--;
	return row;
}

/* Windows that begin later end later. */
static Window
window_from(Unordered *unordered, uint32_t from)
{
	const FunnelRows *all = unordered->all;
	Window window = {.from = from, .to = group_end(unordered, from)};
	int64_t start = unordered->rows[from].at;

	if (unordered->next_hit < window.to)
		unordered->next_hit = window.to;
	while (unordered->hits != 0 && unordered->next_hit < all->n &&
		   !hits(unordered, unordered->next_hit))
		host_poll_at(unordered->next_hit++);
	window.end = window.to < unordered->end ? unordered->end : window.to;
	window.hit = unordered->hits != 0 && unordered->next_hit < all->n &&
				 funnel_elapsed(start, unordered->rows[unordered->next_hit].at) <=
					 (uint64_t) unordered->question->within;
	if (window.hit)
		window.end = group_end(unordered, unordered->next_hit);
	else
		while (window.end < all->n && funnel_elapsed(start, unordered->rows[window.end].at) <=
										  (uint64_t) unordered->question->within)
			host_poll_at(window.end++);
	unordered->end = window.end;
	return window;
}

/* Is it the level of a user? */
static bool
counts(const Unordered *unordered, int level, bool hit)
{
	return level > 0 &&
		   (!hit || !unordered->question->drop_entry || level == unordered->question->n_steps);
}

/* A row that opens a window, though behind another start it would hit. */
static bool
may_open(const Unordered *unordered, uint32_t row)
{
	return steps_of(unordered, row) != 0 && hits(unordered, row);
}

/* All windows, in one pass: where the first of the best begins, and its level. */
static int
survey(Unordered *unordered, uint32_t *best)
{
	const FunnelRows *all = unordered->all;
	int best_level = 0;
	uint32_t from = next_start(unordered, all->enter_from);
	uint32_t came = from; /* rows before this one came */
	uint32_t went = from;

	while (from < all->enter_to && best_level < unordered->question->n_steps)
	{
		Window window = window_from(unordered, from);
		int level;

		for (; went < from; went++)
			if (steps_of(unordered, went) != 0 && !hits(unordered, went))
				served_remove(&unordered->served, steps_of(unordered, went));
		for (; came < window.end; host_poll_at(came++))
			if (steps_of(unordered, came) != 0 && !hits(unordered, came))
				(void) served_add(&unordered->served, steps_of(unordered, came));
		level = unordered->served.n;
		for (uint32_t row = from; row < window.to && level == unordered->served.n; row++)
			if (may_open(unordered, row))
			{
				level += served_add(&unordered->served, steps_of(unordered, row));
				served_remove(&unordered->served, steps_of(unordered, row));
			}
		if (level > best_level && counts(unordered, level, window.hit))
		{
			best_level = level;
			*best = from;
		}
		from = next_start(unordered, window.to);
	}
	return best_level;
}

/* A window that this row opens, UINT32_MAX being any that does not hit: is it the best so far? */
static void
read_window(Unordered *unordered, const Window *window, uint32_t start, bool ends_there)
{
	const FunnelLink *link = NULL;
	uint32_t end = ends_there ? window->to : window->end;
	bool hit = ends_there || window->hit;

	served_clear(&unordered->served);
	if (start != UINT32_MAX)
	{
		(void) served_add(&unordered->served, steps_of(unordered, start));
		link = links_add(&unordered->links, NULL, 1, start, window->from);
	}
	for (uint32_t row = window->from, group = row; row < end; row++)
	{
		host_poll_at(row);
		if (!journey_simultaneous(&unordered->rows[group], &unordered->rows[row]))
			group = row;
		if (steps_of(unordered, row) != 0 && !hits(unordered, row) &&
			served_add(&unordered->served, steps_of(unordered, row)))
			link = links_add(&unordered->links, link, unordered->served.n, row, group);
	}
	if (link != NULL && counts(unordered, link->step, hit) &&
		(unordered->best == NULL || link->step > unordered->best->step ||
		 (link->step == unordered->best->step &&
		  links_earlier(unordered->rows, link, unordered->best))))
		unordered->best = link;
}

/* The windows that begin with these rows, in all ways that they can. */
static void
read_windows(Unordered *unordered, const Window *window)
{
	uint32_t n_hits = 0; /* rows that hit where they are not the start */
	bool others = false;

	for (uint32_t row = window->from; row < window->to; row++)
	{
		n_hits += unordered->question->first_entry && may_open(unordered, row);
		others = others || (steps_of(unordered, row) != 0 && !hits(unordered, row));
	}
	if (others)
		read_window(unordered, window, UINT32_MAX, n_hits > 0);
	for (uint32_t row = window->from; row < window->to; row++)
		/* of equal ones the first */
		if (may_open(unordered, row) &&
			(row == window->from || unordered->rows[row].mask != unordered->rows[row - 1].mask))
			read_window(unordered, window, row, n_hits > 1);
}

static void
find_best(Unordered *unordered)
{
	const FunnelRows *all = unordered->all;
	uint32_t from = next_start(unordered, all->enter_from);
	int64_t at;

	if (from == all->enter_to ||
		(!unordered->question->first_entry && survey(unordered, &from) == 0))
		return;
	/* the best windows of that instant, whatever their tiebreak */
	unordered->next_hit = unordered->end = 0;
	at = unordered->rows[from].at;
	while (from < all->enter_to && unordered->rows[from].at == at)
	{
		Window window = window_from(unordered, from);

		read_windows(unordered, &window);
		if (unordered->question->first_entry)
			break;
		from = next_start(unordered, window.to);
	}
}

static void
begin(Unordered *unordered, const FunnelQuestion *question, const FunnelRows *rows)
{
	*unordered = (Unordered){
		.question = question, .all = rows, .rows = rows->rows, .steps = funnel_steps(question)};
	/* a single step is served by the start */
	if (question->exclusions && question->n_steps > 1)
		unordered->hits = question->hits[1];
	served_open(&unordered->served, rows->rows, rows->enter_from, rows->n, unordered->steps);
}

int
unordered_level(const FunnelQuestion *question, const FunnelRows *rows)
{
	Unordered unordered;
	uint32_t from;
	int level;

	begin(&unordered, question, rows);
	if (question->first_entry)
	{
		find_best(&unordered);
		level = unordered.best == NULL ? 0 : unordered.best->step;
	}
	else
		level = survey(&unordered, &from);
	served_close(&unordered.served);
	links_free(&unordered.links);
	return level;
}

void
unordered_chain(const FunnelQuestion *question, const FunnelRows *rows, FunnelChain *chain)
{
	Unordered unordered;

	begin(&unordered, question, rows);
	find_best(&unordered);
	if (unordered.best != NULL)
		links_to_chain(unordered.best, chain);
	served_close(&unordered.served);
	links_free(&unordered.links);
}
