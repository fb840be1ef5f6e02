/*
 * entries.c: a funnel entered again and again.
 */
#include "kernel/funnel/entries.h"

#include <string.h>

#include "kernel/funnel/funnel.h"
#include "kernel/funnel/ways/run.h"

#define NO_ROW UINT32_MAX

typedef struct Entries
{
	FunnelQuestion question; /* of one attempt */
	bool first_entry;
	FunnelRows rows; /* of our own: among simultaneous ones, used ones are brought to the front */
	JourneyRow *copy;
	uint32_t next; /* rows from here on are not used up */
	FunnelEntry *entries;
	uint32_t n;
	uint32_t room;
} Entries;

/* What became of an entry. */
typedef struct EntryEnd
{
	FunnelChain chain;
	uint32_t hit; /* the first of the rows that it was hit by, and those simultaneous; or none */
	int stood;	  /* how far it came, void or not */
} EntryEnd;

static uint32_t
group_end(const Entries *entries, uint32_t row)
{
	uint32_t to = row + 1;

	while (to < entries->rows.n && journey_simultaneous(&entries->copy[row], &entries->copy[to]))
		host_poll_at(to++);
	return to;
}

/* The first row that is simultaneous with this one, and not before from. */
static uint32_t
group_start(const Entries *entries, uint32_t row, uint32_t from)
{
	while (row > from && journey_simultaneous(&entries->copy[row - 1], &entries->copy[row]))
		host_poll_at(row--);
	return row;
}

/* The next row of step 1, or one that is simultaneous and may follow it. */
static uint32_t
next_entry(const Entries *entries)
{
	uint32_t row = entries->next;

	while (row < entries->rows.enter_to && (entries->copy[row].mask & 1) == 0)
		host_poll_at(row++);
	return row < entries->rows.enter_to ? group_start(entries, row, entries->next) : row;
}

static EntryEnd
follow(const Entries *entries, uint32_t from)
{
	const FunnelQuestion *question = &entries->question;
	FunnelRows rows = entries->rows;
	EntryEnd end = {.hit = NO_ROW};

	rows.enter_from = from;
	rows.enter_to = group_end(entries, from);
	if (question->exclusions)
	{
		FunnelRun run = {.question = question,
						 .rows = rows.rows,
						 .n_rows = rows.n,
						 .enter_from = rows.enter_from,
						 .enter_to = rows.enter_to,
						 .trace = true,
						 .choose_rows = true,
						 .hit = NO_ROW};

		orders_run(&run);
		if (run.best.level > 0)
			links_to_chain(run.best.link, &end.chain);
		if (run.best.level < question->n_steps)
			end.hit = run.hit;
		end.stood = run.stood;
		links_free(&run.links);
		return end;
	}
	funnel_chain(question, &rows, true, &end.chain);
	end.stood = end.chain.level;
	return end;
}

/*
 * The first row between two whose attempt comes further than to a level, or the first that it
 * is simultaneous with; the second of the two if there is none.
 */
static uint32_t
first_further(const Entries *entries, uint32_t from, uint32_t to, int level)
{
	FunnelRows rows = entries->rows;
	uint32_t without = from; /* no attempt before this row does */
	uint32_t with = to;		 /* one before this row does */

	rows.enter_from = from;
	rows.enter_to = to;
	if (from >= to || funnel_level(&entries->question, &rows) <= level)
		return to;
	while (with - without > 1)
	{
		rows.enter_to = without + (with - without) / 2;
		if (funnel_level(&entries->question, &rows) > level)
			with = rows.enter_to;
		else
			without = rows.enter_to;
	}
	return group_start(entries, without, from);
}

/*
 * Those of the simultaneous rows that an entry used are used up, and so is one that hit it;
 * they are lost, for what stands in front of the next row is not read any more.
 */
static void
use_up(Entries *entries, const EntryEnd *end, uint32_t from, bool hit)
{
	uint32_t to = group_end(entries, from);

	entries->next = from;
	for (uint32_t row = from; row < to; row++)
	{
		bool used = false;

		for (int k = 0; !used && k < end->chain.level; k++)
			used = end->chain.rows[k] == row;
		if (!used && hit && (entries->copy[row].mask & entries->question.hits[end->stood]) != 0)
		{
			used = true;
			hit = false;
		}
		if (used)
			entries->copy[row] = entries->copy[entries->next++];
	}
}

static void
add_entry(Entries *entries, int64_t at, int level)
{
	if (entries->n == entries->room)
	{
		entries->room *= 2;
		entries->entries = host_realloc(entries->entries, entries->room * sizeof(FunnelEntry));
	}
	entries->entries[entries->n++] = (FunnelEntry){at, level};
}

/* How far an entry had come before a row. */
static int
level_before(const Entries *entries, const EntryEnd *end, uint32_t from, uint32_t row)
{
	EntryEnd stopped = *end;
	int level = 0;

	if (stopped.chain.level == 0)
	{
		/* it is void because of what comes later */
		Entries not_void = *entries;

		not_void.question.drop_entry = false;
		stopped = follow(&not_void, from);
	}
	while (level < stopped.chain.level && stopped.chain.rows[level] < row)
		level++;
	return level;
}

/* The entry that begins with one of the simultaneous rows from there on. */
static void
read_entry(Entries *entries, uint32_t from)
{
	const FunnelQuestion *question = &entries->question;
	uint32_t n_rows = entries->rows.n;
	int64_t at = entries->copy[from].at;
	EntryEnd end = follow(entries, from);
	uint32_t over; /* the first row behind its window, or by which it was hit */
	uint32_t further;

	if (end.chain.level == question->n_steps)
	{
		add_entry(entries, at, question->n_steps);
		use_up(entries, &end, group_start(entries, end.chain.rows[question->n_steps - 1], from),
			   false);
		return;
	}
	over = end.hit;
	if (over == NO_ROW)
		over = at > INT64_MAX - question->within - 1
				   ? n_rows
				   : funnel_row_at(entries->copy, from, n_rows, at + question->within + 1);
	further = over < entries->rows.enter_to ? over : entries->rows.enter_to;
	if (!entries->first_entry)
	{
		uint32_t to = further;

		further = first_further(entries, group_end(entries, from), to, end.stood);
		if (further < to)
		{
			add_entry(entries, at, level_before(entries, &end, from, further));
			entries->next = further;
			return;
		}
	}
	if (end.hit == NO_ROW || !question->drop_entry)
		add_entry(entries, at, end.chain.level);
	if (end.hit == NO_ROW)
		entries->next = over;
	else
		use_up(entries, &end, end.hit, true);
}

FunnelEntry *
funnel_entries(const FunnelQuestion *question, const FunnelRows *rows, uint32_t *n)
{
	Entries entries = {.question = *question,
					   .first_entry = question->first_entry,
					   .rows = *rows,
					   .next = rows->enter_from,
					   .room = 8};
	uint32_t from;

	/* of one attempt: the earliest end */
	entries.question.first_entry = false;
	entries.question.pick = FUNNEL_LATEST_ENTRY;
	entries.copy = host_alloc((rows->n + 1) * sizeof(JourneyRow));
	memcpy(entries.copy, rows->rows, rows->n * sizeof(JourneyRow));
	entries.rows.rows = entries.copy;
	entries.entries = host_alloc(entries.room * sizeof(FunnelEntry));
	while ((from = next_entry(&entries)) < rows->enter_to)
	{
		host_poll();
		read_entry(&entries, from);
	}
	host_free(entries.copy);
	*n = entries.n;
	return entries.entries;
}
