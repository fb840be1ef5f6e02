/*
 * funnel.c: a question about a journey is put to whichever way can answer it.
 *
 *	plain.c		the defaults, all but the range of entries: one pass, some nanoseconds a row
 *	unordered.c	the steps in any order
 *	fronts.c	all else in one pass, but for what the next one is for
 *	orders.c	exclusions that do not apply at all levels, and optional steps where a row
 *				may break a chain: all orders of simultaneous rows
 *
 * The last two find by a survey how far the best chain comes, and by a trace of the attempts
 * of one instant which it is.  That instant: where the earliest is asked for, the first that
 * comes as far, by halving; else the survey has it.
 */
#include "kernel/funnel/funnel.h"

#include "kernel/funnel/question_check.h"
#include "kernel/funnel/ways/run.h"

FunnelRows
funnel_rows(const FunnelQuestion *question, const Journey *journey)
{
	FunnelRows rows = {.rows = journey->rows, .n = journey->n_rows};

	/* mostly all rows are before as_of */
	if (rows.n > 0 && rows.rows[rows.n - 1].at >= question->as_of)
		rows.n = funnel_row_at(rows.rows, 0, rows.n, question->as_of);
	rows.enter_to = rows.n;
	if (question->entry_to != INT64_MAX)
		rows.enter_to = funnel_row_at(rows.rows, 0, rows.n, question->entry_to);
	if (question->entry_from != INT64_MIN)
		rows.enter_from = funnel_row_at(rows.rows, 0, rows.enter_to, question->entry_from);
	return rows;
}

static bool
forbids(const FunnelQuestion *question)
{
	return question->in_between != FUNNEL_ANYTHING || question->repeats_break;
}

static bool
needs_orders(const FunnelQuestion *question)
{
	if (question->optional != 0 && (question->exclusions || forbids(question)))
		return true;
	return question->exclusions && !funnel_hits_everywhere(question);
}

/*
 * An attempt that got through is not hit any more: rows that would have hit it may be those
 * of another of its chains, which does not matter unless that can be the better one.
 */
static bool
trace_needs_orders(const FunnelRun *run, const FunnelFind *best)
{
	const FunnelQuestion *question = run->question;

	return needs_orders(question) || (question->exclusions && best->level == question->n_steps &&
									  !forbids(question) && (question->gaps || run->choose_rows));
}

/* A look for the best of the attempts between two rows. */
static void
look(FunnelRun *run, uint32_t enter_from, uint32_t enter_to, bool orders)
{
	run->enter_from = enter_from;
	run->enter_to = enter_to;
	run->best = (FunnelFind){0};
	if (orders)
		orders_run(run);
	else
		fronts_run(run);
}

/*
 * Survey all attempts.  Those that are void if they are hit count if they get through; if
 * none does, those that nothing hits do.
 */
static void
survey(FunnelRun *run, uint32_t enter_from, uint32_t enter_to)
{
	const FunnelQuestion *question = run->question;
	bool orders = needs_orders(question);
	bool twice = question->exclusions && question->drop_entry && !orders;

	run->only_complete = twice;
	look(run, enter_from, enter_to, orders);
	if (!twice || run->best.level > 0)
		return;
	run->only_complete = false;
	run->only_clean = true;
	look(run, enter_from, enter_to, false);
}

/* When the first of the attempts begins that come as far as the best, which is known to. */
static int64_t
first_start(FunnelRun *run, uint32_t enter_from, uint32_t enter_to)
{
	const JourneyRow *rows = run->rows;
	FunnelFind best = run->best;
	uint32_t without = enter_from; /* attempts before this row do not */
	/* one before this row does, or else one that begins with the best */
	uint32_t with = funnel_row_at(rows, enter_from, enter_to, best.start) + 1;

	while ((rows[without].mask & 1) == 0)
		host_poll_at(without++);
	while (without > enter_from && journey_simultaneous(&rows[without], &rows[without - 1]))
		without--;
	while (rows[without].at < best.start && with - without > 1)
	{
		uint32_t middle = without + (with - without) / 2;

		look(run, enter_from, middle, needs_orders(run->question));
		if (run->best.level == best.level && run->best.n_held == best.n_held)
			with = middle;
		else
			without = middle;
	}
	return rows[without].at;
}

/* Of the attempts that may be looked at, those of the first row of step 1 alone. */
static FunnelRows
first_entry(const FunnelRows *rows)
{
	FunnelRows first = *rows;

	while (first.enter_from < first.enter_to && (first.rows[first.enter_from].mask & 1) == 0)
		host_poll_at(first.enter_from++);
	while (first.enter_from > rows->enter_from &&
		   journey_simultaneous(&rows->rows[first.enter_from], &rows->rows[first.enter_from - 1]))
		first.enter_from--;
	if (first.enter_from < first.enter_to)
	{
		uint32_t to = first.enter_from + 1;

		while (to < first.enter_to && journey_simultaneous(&rows->rows[to - 1], &rows->rows[to]))
			host_poll_at(to++);
		first.enter_to = to;
	}
	return first;
}

static FunnelRun
new_run(const FunnelQuestion *question, const FunnelRows *rows)
{
	return (FunnelRun){.question = question, .rows = rows->rows, .n_rows = rows->n};
}

int
funnel_level(const FunnelQuestion *question, const FunnelRows *all)
{
	FunnelRows rows;
	FunnelRun run;

	if (question->unordered)
		return unordered_level(question, all);
	rows = question->first_entry ? first_entry(all) : *all;
	if (funnel_is_plain(question))
		return plain_level(question, &rows);
	run = new_run(question, &rows);
	survey(&run, rows.enter_from, rows.enter_to);
	return run.best.level;
}

void
funnel_chain(const FunnelQuestion *question, const FunnelRows *all, bool choose_rows,
			 FunnelChain *chain)
{
	FunnelRows rows;
	FunnelRun run;
	int64_t start;
	bool orders;

	chain->level = 0;
	chain->held = 0;
	if (question->unordered)
	{
		unordered_chain(question, all, chain);
		return;
	}
	rows = question->first_entry ? first_entry(all) : *all;
	if (funnel_is_plain(question))
	{
		plain_chain(question, &rows, choose_rows, chain);
		return;
	}
	run = new_run(question, &rows);
	survey(&run, rows.enter_from, rows.enter_to);
	if (run.best.level == 0)
		return;
	run.choose_rows = choose_rows;
	orders = trace_needs_orders(&run, &run.best);
	start = question->pick == FUNNEL_FIRST ? first_start(&run, rows.enter_from, rows.enter_to)
										   : run.best.start;
	/* the attempts of that instant, whatever their tiebreak */
	rows.enter_from = funnel_row_at(rows.rows, rows.enter_from, rows.enter_to, start);
	if (start < INT64_MAX)
		rows.enter_to = funnel_row_at(rows.rows, rows.enter_from, rows.enter_to, start + 1);
	run.trace = true;
	look(&run, rows.enter_from, rows.enter_to, orders);
	links_to_chain(run.best.link, chain);
	links_free(&run.links);
}

bool
funnel_mature(const FunnelQuestion *question, const FunnelRows *rows)
{
	uint64_t opens = question->unordered ? funnel_steps(question) : 1;
	uint32_t row = question->first_entry ? rows->enter_from : rows->enter_to - 1;
	int64_t over;

	while ((rows->rows[row].mask & opens) == 0)
	{
		host_poll_at(row);
		row = question->first_entry ? row + 1 : row - 1;
	}
	return !__builtin_add_overflow(rows->rows[row].at, question->within, &over) &&
		   over < question->as_of;
}
