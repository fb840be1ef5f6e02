/*
 * fronts.c: chains of many attempts at once, in one pass.
 *
 * Chains that stand at one level have the same future but for the window, which the one that
 * began last has the longest, and for gaps, which count from the last row.  So per level a
 * front is kept: of the chains whose last row is past the least gap, one for each that began
 * later than all with a later last row; and behind them those that have to wait.  A row of
 * the next step takes the first of the front; all move along, so that a row costs as much
 * as it moves.  Strict ties are a least gap of a microsecond.
 *
 * Where something may not stand in between, a row either moves the chains of a level, is
 * allowed between its rows, or ends them: the front is emptied.
 *
 * Not all questions can be answered so: this is for those without optional steps, or with
 * them where anything may stand in between and repeat; and for exclusions that apply at all
 * levels, which then end everything that stands.  The others: orders.c.
 *
 * Optional steps: the steps matched are counted, and there is a front for each count.
 */
#include "kernel/funnel/ways/run.h"
#include "kernel/funnel/ways/ties.h"

#include <string.h>

typedef struct FrontEntry
{
	int64_t start;
	int64_t last;
	const FunnelLink *link;
} FrontEntry;

typedef struct Front
{
	FrontEntry *entries;
	uint32_t head; /* entries from here to ready may go on; the first is the best */
	uint32_t ready;
	uint32_t waiting; /* those from here to tail are not past the least gap */
	uint32_t tail;
	uint32_t room;
} Front;

typedef struct Fronts
{
	FunnelRun *run;
	const FunnelQuestion *question;
	uint64_t steps;
	uint64_t hits;		 /* conditions that hit at every level */
	int n_counts;		 /* of optional steps matched, and none */
	Front *fronts;		 /* [level][count], of levels 1 to n_steps - 1 */
	FrontEntry *arrived; /* by the rows that are looked at; the same places */
	uint64_t standing;	 /* bit level: there may be entries at it */
	uint64_t came;		 /* bit level: there may be arrivals at it */
	uint64_t has_hits;	 /* the conditions of hits that these rows have */
	uint32_t from;		 /* the rows that are looked at */
	uint32_t next_hit;	 /* the first row behind them that hits */
	Ties ties;
} Fronts;

static Front *
front_at(Fronts *fronts, int level, int count)
{
	return &fronts->fronts[level * fronts->n_counts + count];
}

static uint64_t
low_steps(int n)
{
	return n == 0 ? 0 : UINT64_MAX >> (FUNNEL_STEPS - n);
}

/* Between the rows of steps level and level + 1. */
static uint64_t
least_gap(const FunnelQuestion *question, int level)
{
	uint64_t gap = question->gaps ? question->min_gap[level] : 0;

	return question->strict_ties && gap == 0 ? 1 : gap;
}

static uint64_t
greatest_gap(const FunnelQuestion *question, int level)
{
	return question->gaps ? question->max_gap[level] : UINT64_MAX;
}

static bool
dominates(const Fronts *fronts, const FrontEntry *a, const FrontEntry *b)
{
	if (fronts->run->trace)
		return links_earlier(fronts->run->rows, a->link, b->link);
	return a->start > b->start;
}

static void
front_clear(Front *front)
{
	front->head = front->ready = front->waiting = front->tail = 0;
}

static void
front_push(Front *front, FrontEntry entry)
{
	if (front->tail == front->room)
	{
		uint32_t n_ready = front->ready - front->head;
		uint32_t n_waiting = front->tail - front->waiting;

		if (n_ready + n_waiting > front->room / 2)
		{
			front->room *= 2;
			front->entries = host_realloc(front->entries, front->room * sizeof(FrontEntry));
		}
		else if (front->room == 0)
		{
			front->room = 4;
			front->entries = host_alloc(front->room * sizeof(FrontEntry));
		}
		memmove(front->entries, front->entries + front->head, n_ready * sizeof(FrontEntry));
		memmove(front->entries + n_ready, front->entries + front->waiting,
				n_waiting * sizeof(FrontEntry));
		front->head = 0;
		front->ready = front->waiting = n_ready;
		front->tail = n_ready + n_waiting;
	}
	front->entries[front->tail++] = entry;
}

/* The entry that a row at this time takes on; NULL if there is none. */
static const FrontEntry *
front_best(Fronts *fronts, Front *front, int level, int64_t at)
{
	uint64_t least = least_gap(fronts->question, level);
	uint64_t greatest = greatest_gap(fronts->question, level);

	for (; front->waiting < front->tail; front->waiting++)
	{
		const FrontEntry *entry = &front->entries[front->waiting];

		if (funnel_elapsed(entry->last, at) < least)
			break;
		while (front->ready > front->head &&
			   !dominates(fronts, &front->entries[front->ready - 1], entry))
			front->ready--;
		/* behind a better one that nothing ends */
		if (front->ready > front->head && greatest == UINT64_MAX)
			continue;
		front->entries[front->ready++] = *entry;
	}
	while (front->head < front->ready &&
		   funnel_elapsed(front->entries[front->head].last, at) > greatest)
		front->head++;
	if (front->head == front->ready ||
		funnel_elapsed(front->entries[front->head].start, at) > (uint64_t) fronts->question->within)
		return NULL;
	return &front->entries[front->head];
}

/* The chain that goes on from link by these steps, which the rows that are looked at serve. */
static const FunnelLink *
add_links(Fronts *fronts, const FunnelLink *link, uint64_t steps)
{
	uint32_t rows[FUNNEL_STEPS];
	int i = 0;

	if (!fronts->run->trace)
		return NULL;
	if (fronts->run->choose_rows)
		(void) ties_choose(&fronts->ties, steps, rows);
	for (; steps != 0; steps &= steps - 1)
		link = links_add(&fronts->run->links, link, __builtin_ctzll(steps) + 1,
						 fronts->run->choose_rows ? rows[i++] : fronts->from, fronts->from);
	return link;
}

/*
 * Which rows must be taken by a chain that goes on to level behind them, having come from
 * another: those that nowhere in between are allowed.  Where the attempt begins here, others
 * are read before it; but of rows of step 1 only if it need not be the first.
 */
static void
mark_musts(Fronts *fronts, int from_level, int level, bool only_hits)
{
	const FunnelQuestion *question = fronts->question;
	bool first = from_level == 0 && question->first_entry;
	uint64_t bad = 0;

	if (question->in_between != FUNNEL_ANYTHING)
		bad = fronts->steps & (question->repeats_break ? UINT64_MAX : ~low_steps(level));
	else if (question->repeats_break)
		bad = low_steps(from_level + 1);
	for (uint32_t c = 0; c < fronts->ties.n; c++)
	{
		TieClass *class = &fronts->ties.classes[c];

		class->must =
			!only_hits && ((class->mask & bad) != 0 || (question->in_between == FUNNEL_NOTHING &&
														(class->mask & fronts->steps) == 0));
		class->must = class->must || (class->mask & fronts->hits) != 0;
		if (from_level == 0)
			class->must = class->must && first && (class->mask & 1) != 0;
	}
}

static void
mark_no_musts(Fronts *fronts)
{
	for (uint32_t c = 0; c < fronts->ties.n; c++)
		fronts->ties.classes[c].must = false;
}

static void
arrive(Fronts *fronts, int level, int count, FrontEntry entry)
{
	int place = level * fronts->n_counts + count;

	if ((fronts->came >> level & 1) == 0)
		for (int i = 0; i < fronts->n_counts; i++)
			fronts->arrived[level * fronts->n_counts + i].last = INT64_MIN;
	fronts->came |= (uint64_t) 1 << level;
	if (fronts->arrived[place].last == INT64_MIN ||
		dominates(fronts, &entry, &fronts->arrived[place]))
		fronts->arrived[place] = entry;
}

/* A chain at this level with so many optional steps goes on, at these rows, by these steps. */
static void
go_on(Fronts *fronts, const FrontEntry *entry, int from_level, int count, uint64_t steps,
	  int64_t at)
{
	const FunnelQuestion *question = fronts->question;
	FunnelRun *run = fronts->run;
	int level = FUNNEL_STEPS - __builtin_clzll(steps);
	int held =
		from_level - __builtin_popcountll(question->optional & low_steps(from_level)) + count;
	FunnelFind find = {level, held + __builtin_popcountll(steps), entry->start, at, NULL};
	bool ends = true;

	count += __builtin_popcountll(steps & question->optional);
	mark_no_musts(fronts);
	if (from_level == 0 && run->only_clean)
	{
		/* it must not be hit by rows that cannot be read before it */
		mark_musts(fronts, 0, level, true);
		ends = ties_take_all(&fronts->ties, steps);
	}
	if (ends)
	{
		find.link = add_links(fronts, entry->link, steps);
		run_found(run, find);
	}
	if (level == question->n_steps || (from_level > 0 && fronts->has_hits != 0))
		return;
	mark_musts(fronts, from_level, level, false);
	if (ties_take_all(&fronts->ties, steps))
		arrive(fronts, level, count,
			   (FrontEntry){entry->start, at, add_links(fronts, entry->link, steps)});
}

/*
 * All steps that these rows may serve, if they serve this one as the last: required ones
 * between, and of the optional ones as many as there are rows for, the first ones first.
 */
static uint64_t
steps_up_to(Fronts *fronts, int level, int next, uint64_t required)
{
	const FunnelQuestion *question = fronts->question;
	uint64_t steps = required | (uint64_t) 1 << (next - 1);
	uint64_t optional = question->optional & low_steps(next - 1) & ~low_steps(level);

	if (!ties_serve_all(&fronts->ties, steps))
		return 0;
	for (; optional != 0 && !question->strict_ties; optional &= optional - 1)
		if (ties_serve_all(&fronts->ties, steps | (optional & -optional)))
			steps |= optional & -optional;
	return steps;
}

/* The same by all steps that these rows serve. */
static void
go_on_all(Fronts *fronts, const FrontEntry *entry, int level, int count, int64_t at)
{
	const FunnelQuestion *question = fronts->question;
	uint64_t required = 0;

	for (int next = level + 1; next <= question->n_steps; next++)
	{
		uint64_t steps = steps_up_to(fronts, level, next, required);
		uint64_t step = (uint64_t) 1 << (next - 1);

		if (steps != 0)
			go_on(fronts, entry, level, count, steps, at);
		if ((question->optional & step) != 0)
			continue;
		required |= step;
		/* what follows needs this one, and perhaps a later time */
		if (steps == 0 || least_gap(question, next) > 0)
			return;
	}
}

/* May chains that stand at a level go on standing there, with these rows in between? */
static bool
may_stay(Fronts *fronts, int level)
{
	if (fronts->has_hits != 0)
		return false;
	mark_musts(fronts, level, level, false);
	return ties_take_all(&fronts->ties, 0);
}

/* May an attempt begin here and be left alone? */
static bool
is_clean(const Fronts *fronts, int64_t at)
{
	const FunnelRun *run = fronts->run;

	return fronts->next_hit == run->n_rows ||
		   funnel_elapsed(at, run->rows[fronts->next_hit].at) > (uint64_t) fronts->question->within;
}

static void
read_rows(Fronts *fronts, uint32_t from, uint32_t to)
{
	FunnelRun *run = fronts->run;
	int64_t at = run->rows[from].at;

	fronts->from = from;
	fronts->came = 0;
	for (uint64_t levels = fronts->standing; levels != 0; levels &= levels - 1)
	{
		int level = __builtin_ctzll(levels);
		bool stay;

		for (int count = 0; count < fronts->n_counts; count++)
		{
			const FrontEntry *entry = front_best(fronts, front_at(fronts, level, count), level, at);

			if (entry != NULL)
				go_on_all(fronts, entry, level, count, at);
		}
		stay = may_stay(fronts, level);
		for (int count = 0; !stay && count < fronts->n_counts; count++)
			front_clear(front_at(fronts, level, count));
		if (!stay)
			fronts->standing &= ~((uint64_t) 1 << level);
	}
	if (from < run->enter_to && to > run->enter_from && (!run->only_clean || is_clean(fronts, at)))
		go_on_all(fronts, &(FrontEntry){at, at, NULL}, 0, 0, at);
	fronts->standing |= fronts->came;
	for (uint64_t levels = fronts->came; levels != 0; levels &= levels - 1)
		for (int count = 0; count < fronts->n_counts; count++)
		{
			const FrontEntry *entry =
				&fronts->arrived[__builtin_ctzll(levels) * fronts->n_counts + count];

			if (entry->last != INT64_MIN)
				front_push(front_at(fronts, __builtin_ctzll(levels), count), *entry);
		}
}

static void
look_for_hit(Fronts *fronts, uint32_t from)
{
	const FunnelRun *run = fronts->run;

	if (fronts->next_hit < from)
		fronts->next_hit = from;
	while (fronts->next_hit < run->n_rows && (run->rows[fronts->next_hit].mask & fronts->hits) == 0)
		host_poll_at(fronts->next_hit++);
}

void
fronts_run(FunnelRun *run)
{
	const FunnelQuestion *question = run->question;
	Fronts fronts = {.run = run, .question = question, .steps = funnel_steps(question)};
	bool others = question->in_between == FUNNEL_NOTHING;
	int64_t last_start = 0;
	uint32_t n_fronts;
	uint32_t to;

	fronts.n_counts = 1 + __builtin_popcountll(question->optional);
	fronts.hits = question->exclusions && question->n_steps > 1 ? question->hits[1] : 0;
	n_fronts = (uint32_t) (question->n_steps * fronts.n_counts);
	fronts.fronts = host_alloc(n_fronts * sizeof(Front));
	memset(fronts.fronts, 0, n_fronts * sizeof(Front));
	fronts.arrived = host_alloc(n_fronts * sizeof(FrontEntry));
	ties_init(&fronts.ties);
	for (uint32_t from = run->enter_from; from < run->n_rows && !run_done(run, run->rows[from].at);
		 from = to)
	{
		uint64_t mask = 0;

		to = run_group_end(run, from);
		host_poll_at(from);
		for (uint32_t row = from; row < to; row++)
			mask |= run->rows[row].mask;
		if (from < run->enter_to)
			last_start = run->rows[from].at;
		else if (fronts.standing == 0 ||
				 funnel_elapsed(last_start, run->rows[from].at) > (uint64_t) question->within)
			break;
		if ((mask & (fronts.steps | fronts.hits)) == 0 && !others)
			continue;
		fronts.has_hits = mask & fronts.hits;
		if (run->only_clean)
			look_for_hit(&fronts, to);
		ties_read(&fronts.ties, run->rows, from, to, fronts.steps | fronts.hits, fronts.steps,
				  fronts.hits, others);
		read_rows(&fronts, from, to);
	}
	ties_free(&fronts.ties);
	for (uint32_t i = 0; i < n_fronts; i++)
		if (fronts.fronts[i].entries != NULL)
			host_free(fronts.fronts[i].entries);
	host_free(fronts.arrived);
	host_free(fronts.fronts);
}
