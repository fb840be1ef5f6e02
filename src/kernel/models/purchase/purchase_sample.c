/*
 * purchase_sample.c: count users by their history.
 */
#include "kernel/models/purchase/purchase_sample.h"

#include <math.h>
#include <string.h>

#include "kernel/activity/activity.h"
#include "kernel/models/purchase/purchase.h"
#include "kernel/models/purchase/purchase_sample_private.h"

#define INITIAL_SLOTS 8
#define MAX_SLOTS     ((STATE_LIMIT - sizeof(PurchaseSample)) / sizeof(HistoryCount))
#define LN_SCALE      0x1p48
#define POLL_MASK     0xFFFF

static PurchaseSample *
create(const PurchaseSampleParams *params, size_t n_slots)
{
	PurchaseSample *sample =
		state_create(sizeof(PurchaseSample) + n_slots * sizeof(HistoryCount));

	sample->n_slots = (uint32_t) n_slots;
	sample->params = *params;
	return sample;
}

PurchaseSample *
purchase_sample_create(const PurchaseSampleParams *params)
{
	return create(params, INITIAL_SLOTS);
}

void
purchase_sample_expect(const PurchaseSample *sample, const PurchaseSampleParams *params)
{
	const PurchaseSampleParams *mine = &sample->params;

	if (mine->fit.code != params->fit.code || mine->fit.regularity != params->fit.regularity ||
		mine->fit.weak_prior != params->fit.weak_prior ||
		mine->fit.gaps_known != params->fit.gaps_known || mine->numbers != params->numbers ||
		mine->as_of != params->as_of)
		host_fail(KERNEL_PARAMETERS);
	if (mine->amounts != params->amounts)
		host_fail(KERNEL_MIXED_AMOUNTS);
}

/* Where the history is, or the free slot where it belongs. */
static HistoryCount *
find_slot(PurchaseSample *sample, const HistoryCount *history)
{
	uint64_t hash = history->x * 0x9E3779B97F4A7C15 + history->t_x * 0xC2B2AE3D27D4EB4F +
					history->t * 0x165667B19E3779F9;
	uint32_t slot;

	hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
	slot = (uint32_t) (((unsigned __int128) hash * sample->n_slots) >> 64);
	while (sample->slots[slot].users > 0 &&
		   (sample->slots[slot].x != history->x || sample->slots[slot].t_x != history->t_x ||
			sample->slots[slot].t != history->t))
		if (++slot == sample->n_slots)
			slot = 0;
	return &sample->slots[slot];
}

/* The same with room for as many histories more. */
static PurchaseSample *
make_room(PurchaseSample *sample, uint32_t more)
{
	size_t needed = (size_t) sample->n_used + more;
	size_t n_slots = sample->n_slots;
	PurchaseSample *grown;

	if (needed <= n_slots - n_slots / 4)
		return sample;
	while (needed > n_slots - n_slots / 4 && n_slots < MAX_SLOTS)
		n_slots *= 2;
	if (n_slots > MAX_SLOTS)
		n_slots = MAX_SLOTS;
	if (needed > n_slots - n_slots / 16)
		host_fail(KERNEL_STATE_TOO_BIG);
	if (n_slots == sample->n_slots)
		return sample;
	grown = create(&sample->params, n_slots);
	grown->n_used = sample->n_used;
	grown->users = sample->users;
	memcpy(grown->ln_gaps, sample->ln_gaps, sizeof(grown->ln_gaps));
	for (uint32_t i = 0; i < sample->n_slots; i++)
	{
		if ((i & POLL_MASK) == POLL_MASK)
			host_poll();
		if (sample->slots[i].users > 0)
			*find_slot(grown, &sample->slots[i]) = sample->slots[i];
	}
	return grown;
}

/* In a sample with room. */
void
purchase_sample_count(PurchaseSample *sample, const HistoryCount *history)
{
	HistoryCount *slot = find_slot(sample, history);

	if (history->users > PURCHASE_MAX_USERS - sample->users)
		host_fail(KERNEL_USERS_RANGE);
	sample->users += history->users;
	if (slot->users == 0)
	{
		*slot = *history;
		sample->n_used++;
	}
	else
		slot->users += history->users;
}

__int128
purchase_sample_ln_gaps(const PurchaseSample *sample)
{
	__int128 sum;

	memcpy(&sum, sample->ln_gaps, sizeof(sum));
	return sum;
}

void
purchase_sample_set_ln_gaps(PurchaseSample *sample, __int128 ln_gaps)
{
	memcpy(sample->ln_gaps, &ln_gaps, sizeof(ln_gaps));
}

static uint64_t
bits_of(double value)
{
	uint64_t bits;

	value += 0.0; /* so that minus zero is zero */
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

PurchaseSample *
purchase_sample_add(PurchaseSample *sample, int64_t x, double t_x, double t, double ln_gaps,
					uint64_t users)
{
	HistoryCount history = {(uint64_t) x, bits_of(t_x), bits_of(t), users};

	sample = make_room(sample, 1);
	purchase_sample_count(sample, &history);
	if (sample->params.fit.gaps_known)
		purchase_sample_set_ln_gaps(sample,
									purchase_sample_ln_gaps(sample) +
										(__int128) rint(ln_gaps * LN_SCALE) * (__int128) users);
	return sample;
}

PurchaseSample *
purchase_sample_add_activity(PurchaseSample *sample, ActivityReader *activity)
{
	bool gaps_known = sample->params.fit.gaps_known;
	HistoryCount history = {.users = 1};
	int32_t first = 0;
	int32_t last = 0;
	__int128 ln_gaps = 0;
	bool seen = false;
	uint32_t n_days = 0;
	ActivityDay day;

	while (activity_next_before(activity, sample->params.as_of, &day))
	{
		host_poll_at(n_days++);
		if (!activity_is_basis(activity, &day))
			continue;
		if (seen && gaps_known)
			ln_gaps += (int64_t) rint(log((double) day.day - last) * LN_SCALE);
		if (seen)
			history.x++;
		else
			first = day.day;
		seen = true;
		last = day.day;
	}
	if (!seen)
		return sample;
	history.t_x = (uint64_t) ((int64_t) last - first);
	history.t = (uint64_t) ((int64_t) sample->params.as_of - 1 - first);
	sample = make_room(sample, 1);
	purchase_sample_count(sample, &history);
	purchase_sample_set_ln_gaps(sample, purchase_sample_ln_gaps(sample) + ln_gaps);
	return sample;
}

void *
purchase_sample_merge(void *state, const void *from_state)
{
	PurchaseSample *into = state;
	const PurchaseSample *from = from_state;

	purchase_sample_expect(from, &into->params);
	for (uint32_t i = 0; i < from->n_slots; i++)
	{
		if ((i & POLL_MASK) == POLL_MASK)
			host_poll();
		if (from->slots[i].users == 0)
			continue;
		into = make_room(into, 1);
		purchase_sample_count(into, &from->slots[i]);
	}
	purchase_sample_set_ln_gaps(into, purchase_sample_ln_gaps(into) + purchase_sample_ln_gaps(from));
	return into;
}

static inline bool
ascend(const HistoryCount *a, const HistoryCount *b)
{
	if (a->x != b->x)
		return a->x < b->x;
	if (a->t_x != b->t_x)
		return a->t_x < b->t_x;
	return a->t < b->t;
}

/* Merge sort; returns which of the two arrays has the result. */
static HistoryCount *
sort(HistoryCount *from, HistoryCount *to, size_t n)
{
	for (size_t width = 1; width < n; width *= 2)
	{
		HistoryCount *swap = from;

		for (size_t start = 0; start < n; start += 2 * width)
		{
			size_t middle = start + width < n ? start + width : n;
			size_t end = middle + width < n ? middle + width : n;
			size_t a = start;
			size_t b = middle;

			for (size_t i = start; i < end; i++)
			{
				if ((i & POLL_MASK) == POLL_MASK)
					host_poll();
				if (b >= end || (a < middle && ascend(&from[a], &from[b])))
					to[i] = from[a++];
				else
					to[i] = from[b++];
			}
		}
		from = to;
		to = swap;
	}
	return from;
}

HistoryCount *
purchase_sample_sorted(const PurchaseSample *sample)
{
	HistoryCount *from = host_alloc(sample->n_used * sizeof(HistoryCount));
	HistoryCount *to = host_alloc(sample->n_used * sizeof(HistoryCount));
	HistoryCount *sorted;
	size_t n = 0;

	for (uint32_t i = 0; i < sample->n_slots; i++)
	{
		if (sample->slots[i].users > 0)
			from[n++] = sample->slots[i];
		host_poll_at(i);
	}
	sorted = sort(from, to, n);
	host_free(sorted == from ? to : from);
	return sorted;
}

PurchaseSample *
purchase_sample_with_room(const PurchaseSampleParams *params, uint64_t n)
{
	return make_room(purchase_sample_create(params), (uint32_t) n);
}

static double
time_of(const PurchaseSample *sample, uint64_t time)
{
	double value;

	if (!sample->params.numbers)
		return (double) time / PURCHASE_UNIT_DAYS;
	memcpy(&value, &time, sizeof(value));
	return value;
}

void
purchase_sample_fit(const PurchaseSample *sample, Model *model)
{
	HistoryCount *sorted = purchase_sample_sorted(sample);
	HistoryUsers *histories = host_alloc(sample->n_used * sizeof(HistoryUsers));
	PurchaseData data = {.histories = histories, .n = sample->n_used, .users = sample->users};

	for (size_t i = 0; i < data.n; i++)
	{
		histories[i] = (HistoryUsers){(int64_t) sorted[i].x, time_of(sample, sorted[i].t_x),
									  time_of(sample, sorted[i].t), (double) sorted[i].users};
		data.purchases += histories[i].users * (double) histories[i].x;
		host_poll_at(i);
	}
	host_free(sorted);
	data.ln_gaps = (double) purchase_sample_ln_gaps(sample) / LN_SCALE;
	if (!sample->params.numbers)
		data.ln_gaps -= data.purchases * log(PURCHASE_UNIT_DAYS);
	purchase_fit(&sample->params.fit, &data, model);
	model->unit_days = sample->params.numbers ? 0 : PURCHASE_UNIT_DAYS;
	host_free(histories);
}
