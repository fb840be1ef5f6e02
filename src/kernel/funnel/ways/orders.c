/*
 * orders.c: chains of many attempts, where all orders of simultaneous rows are tried.
 *
 * The questions that fronts.c does not answer are put to attempts (attempts.h).  All that
 * differ are taken from instant to instant; few do, for most of what differs at first comes
 * to the same.  At each instant all that an attempt can become is found by reading the rows
 * in all orders: what was read of them, and what became of it, is a node, and equal nodes
 * are one.  Of rows with the same conditions no more can matter than the chains that do take
 * them, for one step each, and one that is passed over.
 *
 * How many nodes there are grows with the number of different simultaneous rows as a power
 * does; beyond a limit it is an error.
 */
#include "kernel/funnel/ways/attempts.h"

#include <string.h>

#define MOST_ATTEMPTS 200000 /* nodes of a layer */

/* Attempts that differ. */
typedef struct AttemptSet
{
	Attempt **attempts;
	uint32_t *slots; /* 1 + place, by hash; twice the room */
	uint32_t n;
	uint32_t room; /* a power of two */
} AttemptSet;

/* Simultaneous rows, and how to count those of each class that are left to be read. */
typedef struct Instant
{
	const Ties *ties;
	uint64_t *unit; /* of the class, in the number that says what is left */
	uint64_t *n;	/* of the class, to be read */
	uint64_t all;	/* if all are left */
	uint32_t room;
} Instant;

typedef struct Orders
{
	FunnelRun *run;
	AttemptSet standing; /* behind the instants that were read */
	AttemptSet next;	 /* behind the instant that is being read, too */
	AttemptSet layer[2]; /* nodes of so many rows read; of one more */
	Instant instant;
	int64_t at;
	uint32_t group;
	uint64_t relevant; /* conditions that hit at some level, and steps */
	uint32_t n_chains; /* of an attempt, that matter to what becomes of it */
	uint64_t n_read;
	Ties ties;
} Orders;

static void
set_init(AttemptSet *set)
{
	set->n = 0;
	set->room = 8;
	set->attempts = host_alloc(set->room * sizeof(Attempt *));
	set->slots = host_alloc(2 * set->room * sizeof(uint32_t));
	memset(set->slots, 0, 2 * set->room * sizeof(uint32_t));
}

static void
set_clear(AttemptSet *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		attempt_free(set->attempts[i]);
	set->n = 0;
	memset(set->slots, 0, 2 * set->room * sizeof(uint32_t));
}

static void
set_free(AttemptSet *set)
{
	set_clear(set);
	host_free(set->attempts);
	host_free(set->slots);
}

/* The slot of an equal attempt, or the one to put it in. */
static uint32_t *
find_slot(const FunnelRun *run, const AttemptSet *set, const Attempt *attempt)
{
	uint32_t slot = (uint32_t) attempt_hash(run, attempt) & (2 * set->room - 1);

	while (set->slots[slot] != 0 &&
		   !attempt_equal(run, set->attempts[set->slots[slot] - 1], attempt))
		slot = (slot + 1) & (2 * set->room - 1);
	return &set->slots[slot];
}

static void
set_grow(const FunnelRun *run, AttemptSet *set)
{
	if (set->n >= MOST_ATTEMPTS)
		host_fail(KERNEL_FUNNEL_ORDERS);
	set->room *= 2;
	set->attempts = host_realloc(set->attempts, set->room * sizeof(Attempt *));
	set->slots = host_realloc(set->slots, 2 * set->room * sizeof(uint32_t));
	memset(set->slots, 0, 2 * set->room * sizeof(uint32_t));
	for (uint32_t i = 0; i < set->n; i++)
		*find_slot(run, set, set->attempts[i]) = i + 1;
}

/* The set owns the attempt from now on, or another has what is better in it. */
static void
set_add(FunnelRun *run, AttemptSet *set, Attempt *attempt)
{
	uint32_t *slot = find_slot(run, set, attempt);

	if (*slot != 0)
	{
		attempt_merge(run, set->attempts[*slot - 1], attempt);
		return;
	}
	*slot = set->n + 1;
	set->attempts[set->n++] = attempt;
	if (set->n == set->room)
		set_grow(run, set);
}

static AttemptRow
row_of_class(const Orders *orders, uint32_t c)
{
	const TieClass *class = &orders->ties.classes[c];

	return (AttemptRow){orders->at, class->mask, orders->relevant,
						&orders->ties.members[class->members], orders->group};
}

static void
begin_instant(Orders *orders, uint32_t from, uint32_t to, bool others)
{
	const FunnelQuestion *question = orders->run->question;
	Instant *instant = &orders->instant;
	Ties *ties = &orders->ties;

	orders->at = orders->run->rows[from].at;
	orders->group = from;
	ties_read(ties, orders->run->rows, from, to, orders->relevant, funnel_steps(question), 0,
			  others);
	if (ties->n > instant->room)
	{
		instant->room = ties->n;
		instant->unit = host_realloc(instant->unit, instant->room * sizeof(uint64_t));
		instant->n = host_realloc(instant->n, instant->room * sizeof(uint64_t));
	}
	instant->all = 1;
	for (uint32_t c = 0; c < ties->n; c++)
	{
		uint64_t n =
			1 + (uint64_t) __builtin_popcountll(ties->classes[c].serves) * orders->n_chains;

		if (n > ties->classes[c].n)
			n = ties->classes[c].n;
		instant->unit[c] = instant->all;
		instant->n[c] = n;
		if (__builtin_mul_overflow(instant->all, n + 1, &instant->all))
			host_fail(KERNEL_FUNNEL_ORDERS);
	}
	instant->all--;
}

static uint64_t
left_of_class(const Instant *instant, uint64_t left, uint32_t c)
{
	return left / instant->unit[c] % (instant->n[c] + 1);
}

/* Nothing need be read any more: what is left was read before the attempt began. */
static bool
may_begin_so(const Orders *orders, const Attempt *attempt)
{
	const Instant *instant = &orders->instant;

	for (uint32_t c = 0; orders->run->question->first_entry && c < orders->ties.n; c++)
		if ((orders->ties.classes[c].mask & 1) != 0 && left_of_class(instant, attempt->left, c) > 0)
			return false;
	return true;
}

static void
swap_sets(AttemptSet *a, AttemptSet *b)
{
	AttemptSet of_a = *a;

	*a = *b;
	*b = of_a;
}

/* What becomes of an attempt by each of the rows that may be read next. */
static void
read_next(Orders *orders, Attempt *attempt)
{
	const Instant *instant = &orders->instant;
	uint32_t first = 0;
	uint32_t last = 0;

	for (uint32_t c = 0; c < orders->ties.n; c++)
	{
		AttemptRow row = row_of_class(orders, c);

		if (left_of_class(instant, attempt->left, c) == 0)
			continue;
		last = c + 1;
		if (attempt_ignores(orders->run, attempt, &row))
		{
			first = c;
			break;
		}
	}
	for (uint32_t c = first; c < last; c++)
	{
		AttemptRow row = row_of_class(orders, c);
		Attempt *after;

		if (left_of_class(instant, attempt->left, c) == 0)
			continue;
		after = attempt_read(orders->run, attempt, &row, c + 1 == last);
		if (after == NULL)
			continue;
		after->left = attempt->left - instant->unit[c];
		set_add(orders->run, &orders->layer[1], after);
	}
}

/* All that the attempts of layer[0] become when the rows that are left are read. */
static void
read_instant(Orders *orders, bool begins)
{
	AttemptSet *now = &orders->layer[0];

	while (now->n > 0)
	{
		for (uint32_t i = 0; i < now->n; i++)
		{
			Attempt *attempt = now->attempts[i];

			host_poll_at(orders->n_read++);
			if (attempt->left > 0)
			{
				if (begins && may_begin_so(orders, attempt))
					set_add(orders->run, &orders->next, attempt_copy(attempt));
				read_next(orders, attempt);
				attempt_free(attempt);
			}
			else
				set_add(orders->run, &orders->next, attempt);
		}
		now->n = 0;
		set_clear(now);
		swap_sets(now, &orders->layer[1]);
	}
}

/* What stands, and what begins, at the rows of the instant. */
static void
read_rows(Orders *orders, bool enter)
{
	FunnelRun *run = orders->run;

	for (uint32_t i = 0; i < orders->standing.n; i++)
	{
		Attempt *attempt = orders->standing.attempts[i];

		if (!attempt_expire(run, attempt, orders->at))
		{
			attempt_free(attempt);
			continue;
		}
		attempt->left = orders->instant.all;
		set_add(run, &orders->layer[0], attempt);
	}
	orders->standing.n = 0;
	set_clear(&orders->standing);
	read_instant(orders, false);
	for (uint32_t c = 0; enter && c < orders->ties.n; c++)
	{
		AttemptRow row = row_of_class(orders, c);
		Attempt *attempt;

		if ((row.mask & 1) == 0)
			continue;
		attempt = attempt_open(run, &row);
		attempt->left = orders->instant.all - orders->instant.unit[c];
		set_add(run, &orders->layer[0], attempt);
	}
	read_instant(orders, true);
	swap_sets(&orders->standing, &orders->next);
}

/* Which conditions matter, and how many chains of an attempt may take rows of its own each. */
static void
note_chains(Orders *orders)
{
	const FunnelRun *run = orders->run;
	const FunnelQuestion *question = run->question;
	bool one = attempt_has_one_chain(question) && !(run->trace && run->choose_rows);

	/* the best one, that which raises the level, and one that is above the levels of an exclusion
	 */
	orders->n_chains = !one && question->exclusions ? 2 : 1;
	orders->relevant = funnel_steps(question);
	for (int level = 1; question->exclusions && level < question->n_steps; level++)
	{
		uint64_t above = level + 1 < question->n_steps ? question->hits[level + 1] : 0;

		orders->relevant |= question->hits[level];
		orders->n_chains += !one && (question->hits[level] & ~above) != 0;
	}
}

/*
 * Were the attempts hit that came as far as the best does, whatever the order of rows?  If
 * hits make them void, the best is one that was not.
 */
static void
note_hit(const Orders *orders)
{
	FunnelRun *run = orders->run;
	bool left = false;

	for (uint32_t i = 0; i < orders->standing.n; i++)
		left = left || run->question->drop_entry ||
			   orders->standing.attempts[i]->standing == run->stood;
	if (left)
		run->hit = UINT32_MAX;
	else if (run->hit == UINT32_MAX)
		run->hit = orders->group;
}

void
orders_run(FunnelRun *run)
{
	const FunnelQuestion *question = run->question;
	bool others = question->in_between == FUNNEL_NOTHING;
	Orders orders = {.run = run};
	int64_t last_start = 0;
	uint32_t to;

	note_chains(&orders);
	set_init(&orders.standing);
	set_init(&orders.next);
	set_init(&orders.layer[0]);
	set_init(&orders.layer[1]);
	orders.instant.unit = host_alloc(sizeof(uint64_t));
	orders.instant.n = host_alloc(sizeof(uint64_t));
	ties_init(&orders.ties);
	for (uint32_t from = run->enter_from; from < run->n_rows && !run_done(run, run->rows[from].at);
		 from = to)
	{
		bool enter = from < run->enter_to;

		to = run_group_end(run, from);
		if (from < run->enter_to)
			last_start = run->rows[from].at;
		else if (orders.standing.n == 0 ||
				 funnel_elapsed(last_start, run->rows[from].at) > (uint64_t) question->within)
			break;
		begin_instant(&orders, from, to, others);
		if (orders.ties.n == 0)
			continue;
		read_rows(&orders, enter);
		note_hit(&orders);
	}
	for (uint32_t i = 0; i < orders.standing.n; i++)
		attempt_end(run, orders.standing.attempts[i]);
	ties_free(&orders.ties);
	host_free(orders.instant.unit);
	host_free(orders.instant.n);
	set_free(&orders.standing);
	set_free(&orders.next);
	set_free(&orders.layer[0]);
	set_free(&orders.layer[1]);
}
