/*
 * attempts.c: attempts of a funnel, row by row.
 *
 * The rules are those of the definitions, word for word: which rows hit, which forbid a
 * chain, and how far chains have come.
 */
#include "kernel/funnel/ways/attempts.h"

#include <string.h>

#define OLD INT64_MIN /* the time of a last row that does not matter any more */

static uint64_t
steps_to(int level)
{
	return UINT64_MAX >> (FUNNEL_STEPS - level);
}

/* Steps that a chain at a level may match next: up to the first that is required. */
static uint64_t
next_steps(const FunnelQuestion *question, int level)
{
	uint64_t behind = funnel_steps(question) & ~steps_to(level);
	uint64_t required = behind & ~question->optional;

	return behind & ((required & -required) * 2 - 1);
}

static bool
keeps_begins(const FunnelQuestion *question)
{
	return question->exclusions && question->drop_entry;
}

/* Does it matter which optional steps were matched? */
static bool
keeps_done(const FunnelQuestion *question)
{
	return question->optional != 0 &&
		   (question->in_between == FUNNEL_ANYTHING) == question->repeats_break;
}

static int
compare_futures(const AttemptChain *a, const AttemptChain *b)
{
	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	if (a->done != b->done)
		return a->done < b->done ? -1 : 1;
	return a->blocked < b->blocked ? -1 : a->blocked > b->blocked;
}

bool
attempt_has_one_chain(const FunnelQuestion *question)
{
	return !question->gaps && question->optional == 0 && question->in_between == FUNNEL_ANYTHING &&
		   !question->repeats_break;
}

/* Put a chain to others; of two with one future the better one stays. */
static void
add_chain(const FunnelRun *run, Attempt *attempt, AttemptChain chain)
{
	uint32_t place = attempt->n_chains;

	if (!run->trace && place > 0 && attempt_has_one_chain(run->question))
	{
		if (chain.level > attempt->chains[0].level ||
			(chain.level == attempt->chains[0].level && chain.last < attempt->chains[0].last))
			attempt->chains[0] = chain;
		return;
	}

	while (place > 0 && compare_futures(&attempt->chains[place - 1], &chain) >= 0)
		place--;
	if (place < attempt->n_chains && compare_futures(&attempt->chains[place], &chain) == 0)
	{
		AttemptChain *other = &attempt->chains[place];

		if (chain.n_held > other->n_held || (run->trace && chain.n_held == other->n_held &&
											 links_earlier(run->rows, chain.link, other->link)))
			*other = chain;
		return;
	}
	memmove(&attempt->chains[place + 1], &attempt->chains[place],
			(attempt->n_chains - place) * sizeof(AttemptChain));
	attempt->chains[place] = chain;
	attempt->n_chains++;
}

static Attempt *
new_attempt(uint32_t n_chains)
{
	Attempt *attempt = host_alloc(sizeof(Attempt));

	memset(attempt, 0, sizeof(Attempt));
	attempt->chains = host_alloc((n_chains + 1) * sizeof(AttemptChain));
	return attempt;
}

Attempt *
attempt_copy(const Attempt *attempt)
{
	Attempt *copy = new_attempt(attempt->n_chains);

	copy->n_chains = attempt->n_chains;
	copy->standing = attempt->standing;
	begins_append(&copy->begins, begins_first(&attempt->begins),
				  attempt->begins.end - attempt->begins.first);
	memcpy(copy->chains, attempt->chains, attempt->n_chains * sizeof(AttemptChain));
	return copy;
}

void
attempt_free(Attempt *attempt)
{
	begins_free(&attempt->begins);
	host_free(attempt->chains);
	host_free(attempt);
}

/* The chain has reached a level. */
static void
reach(FunnelRun *run, Attempt *attempt, const AttemptChain *chain, int64_t at)
{
	bool later = keeps_begins(run->question) && chain->level < run->question->n_steps;
	bool news = chain->level > attempt->standing;

	if (news)
		attempt->standing = chain->level;
	if (run->stood < chain->level)
		run->stood = chain->level;
	/* all begins have a chain to this level already, of as many steps */
	if (later && !news &&
		(chain->level < attempt->standing || (!run->trace && run->question->optional == 0)))
		return;
	for (uint32_t i = attempt->begins.first; i < attempt->begins.end; i++)
	{
		FunnelFind *best = &attempt->begins.finds[i];
		FunnelFind find = {chain->level, chain->n_held, best->start, at, chain->link};

		host_poll_at(i);
		if (!later)
			run_found(run, find);
		else if (best->level == 0 || run_better(run, &find, best))
			*best = find;
	}
}

/* The row of the class that the chain takes: the first that it has not. */
static const FunnelLink *
link_row(FunnelRun *run, const FunnelLink *link, int step, const AttemptRow *row)
{
	const TieMember *member = row->members;

	if (!run->trace)
		return NULL;
	for (const FunnelLink *before = link; before != NULL && before->group == row->group;
		 before = before->previous)
		member += (run->rows[before->row].mask & row->relevant) == row->mask;
	return links_add(&run->links, link, step, member->row, row->group);
}

Attempt *
attempt_open(FunnelRun *run, const AttemptRow *row)
{
	AttemptChain chain = {
		.done = keeps_done(run->question) ? 1 : 0, .last = OLD, .level = 1, .n_held = 1};
	Attempt *attempt = new_attempt(1);
	FunnelFind begin = {.start = row->at};

	if (run->question->gaps || run->question->strict_ties)
		chain.last = row->at;
	chain.link = link_row(run, NULL, 1, row);
	begins_append(&attempt->begins, &begin, 1);
	reach(run, attempt, &chain, row->at);
	if (run->question->n_steps > 1)
		add_chain(run, attempt, chain);
	return attempt;
}

/* Does the chain survive the row that stands between its rows?  Notes what it passed over. */
static bool
pass_over(const FunnelQuestion *question, AttemptChain *chain, uint64_t mask)
{
	uint64_t steps = funnel_steps(question);
	uint64_t next = next_steps(question, chain->level);
	uint64_t done = question->optional == 0 ? steps_to(chain->level) : chain->done;

	if (question->in_between == FUNNEL_NOTHING && (mask & steps) == 0)
		return false;
	if (question->in_between != FUNNEL_ANYTHING)
		return (mask & steps & (question->repeats_break ? UINT64_MAX : ~done)) == 0;
	if (!question->repeats_break)
		return true;
	chain->blocked |= mask & next;
	return (mask & done) == 0 && (next & ~chain->blocked) != 0;
}

bool
attempt_ignores(const FunnelRun *run, const Attempt *attempt, const AttemptRow *row)
{
	const FunnelQuestion *question = run->question;

	if (question->exclusions && attempt->standing < question->n_steps &&
		(row->mask & question->hits[attempt->standing]) != 0)
		return false;
	for (uint32_t i = 0; i < attempt->n_chains; i++)
	{
		AttemptChain chain = attempt->chains[i];

		if ((row->mask & funnel_steps(question) & ~steps_to(chain.level)) != 0 ||
			!pass_over(question, &chain, row->mask))
			return false;
	}
	return true;
}

static bool
gap_allows(const FunnelQuestion *question, const AttemptChain *chain, int64_t at)
{
	uint64_t gap = funnel_elapsed(chain->last, at);

	if (question->strict_ties && chain->last == at)
		return false;
	return !question->gaps ||
		   (gap >= question->min_gap[chain->level] && gap <= question->max_gap[chain->level]);
}

/* A chain of the attempt meets the row. */
static void
read_chain(FunnelRun *run, Attempt *attempt, const AttemptChain *before, const AttemptRow *row)
{
	const FunnelQuestion *question = run->question;
	AttemptChain passed = *before;
	uint64_t taken = row->mask & next_steps(question, before->level) & ~before->blocked;

	if (question->gaps && funnel_elapsed(before->last, row->at) > question->max_gap[before->level])
		return;
	for (; taken != 0 && gap_allows(question, before, row->at); taken &= taken - 1)
	{
		AttemptChain chain = {.last = before->last,
							  .level = (uint8_t) (__builtin_ctzll(taken) + 1),
							  .n_held = (uint8_t) (before->n_held + 1)};

		if (question->gaps || question->strict_ties)
			chain.last = row->at;
		if (keeps_done(question))
			chain.done = before->done | (taken & -taken);
		chain.link = link_row(run, before->link, chain.level, row);
		reach(run, attempt, &chain, row->at);
		if (chain.level < question->n_steps)
			add_chain(run, attempt, chain);
	}
	if (pass_over(question, &passed, row->mask))
		add_chain(run, attempt, passed);
}

Attempt *
attempt_read(FunnelRun *run, Attempt *before, const AttemptRow *row, bool last)
{
	const FunnelQuestion *question = run->question;
	Attempt *attempt;

	if (question->exclusions && before->standing < question->n_steps &&
		(row->mask & question->hits[before->standing]) != 0)
		return NULL;
	/* each chain may be passed over, and be taken for every step that may come next */
	attempt =
		new_attempt(before->n_chains *
					(1 + (uint32_t) __builtin_popcountll(row->mask & funnel_steps(question))));
	attempt->standing = before->standing;
	if (last)
		begins_swap(&attempt->begins, &before->begins);
	else
		begins_append(&attempt->begins, begins_first(&before->begins),
					  before->begins.end - before->begins.first);
	for (uint32_t i = 0; i < before->n_chains; i++)
		read_chain(run, attempt, &before->chains[i], row);
	if (attempt->n_chains > 0 || (keeps_begins(question) && attempt->standing < question->n_steps))
		return attempt;
	attempt_free(attempt);
	return NULL;
}

/* One of the attempts is over, and nothing has hit it. */
static void
end_begin(FunnelRun *run, const FunnelFind *begin)
{
	if (begin->level > 0)
		run_found(run, *begin);
}

void
attempt_end(FunnelRun *run, const Attempt *attempt)
{
	for (uint32_t i = attempt->begins.first; i < attempt->begins.end; i++)
		end_begin(run, &attempt->begins.finds[i]);
}

bool
attempt_expire(FunnelRun *run, Attempt *attempt, int64_t at)
{
	FunnelBegins *begins = &attempt->begins;

	while (begins->first < begins->end &&
		   funnel_elapsed(begins_first(begins)->start, at) > (uint64_t) run->question->within)
		end_begin(run, &begins->finds[begins->first++]);
	if (run->question->strict_ties && !run->question->gaps)
	{
		uint32_t n_chains = attempt->n_chains;

		/* that a row was the last does not matter at a later time */
		attempt->n_chains = 0;
		for (uint32_t i = 0; i < n_chains; i++)
		{
			AttemptChain chain = attempt->chains[i];

			if (chain.last < at)
				chain.last = OLD;
			add_chain(run, attempt, chain);
		}
	}
	return begins->first < begins->end;
}

bool
attempt_equal(const FunnelRun *run, const Attempt *a, const Attempt *b)
{
	if (a->n_chains != b->n_chains || a->left != b->left ||
		(run->question->exclusions && a->standing != b->standing))
		return false;
	for (uint32_t i = 0; i < a->n_chains; i++)
		if (compare_futures(&a->chains[i], &b->chains[i]) != 0 ||
			(!run->trace && a->chains[i].n_held != b->chains[i].n_held))
			return false;
	return true;
}

static uint64_t
mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9E3779B97F4A7C15;
	return hash ^ hash >> 29;
}

uint64_t
attempt_hash(const FunnelRun *run, const Attempt *attempt)
{
	uint64_t hash = mix(attempt->left, run->question->exclusions ? attempt->standing : 0);

	for (uint32_t i = 0; i < attempt->n_chains; i++)
	{
		const AttemptChain *chain = &attempt->chains[i];

		hash = mix(hash, chain->level + ((uint64_t) (run->trace ? 0 : chain->n_held) << 8));
		hash = mix(hash, (uint64_t) chain->last);
		hash = mix(mix(hash, chain->done), chain->blocked);
	}
	return hash;
}

void
attempt_merge(FunnelRun *run, Attempt *attempt, Attempt *other)
{
	if (attempt->standing < other->standing)
		attempt->standing = other->standing;
	for (uint32_t i = 0; run->trace && i < attempt->n_chains; i++)
	{
		AttemptChain *chain = &attempt->chains[i];
		const AttemptChain *of_other = &other->chains[i];

		if (of_other->n_held > chain->n_held ||
			(of_other->n_held == chain->n_held &&
			 links_earlier(run->rows, of_other->link, chain->link)))
			*chain = *of_other;
	}
	if (keeps_begins(run->question))
		begins_merge(run, &attempt->begins, &other->begins);
	else if (begins_first(&attempt->begins)->start < begins_first(&other->begins)->start)
		begins_swap(&attempt->begins, &other->begins); /* its window is open for longer */
	attempt_free(other);
}
