/*
 * lifecycle.c: count users from period to period.
 *
 *	1. Only days before as_of exist.  A user without one is not counted.
 *	2. In each active period a user is new (the first), returning (active in the
 *	   period before, too) or resurrected (back after a pause).
 *	3. Dormant in a period is who was active in the one before and is not in it:
 *	   its active users less the returning ones.
 */
#include "kernel/metrics/lifecycle.h"

#define INITIAL_PERIODS 16

static inline size_t
bytes_needed(uint64_t n_periods)
{
	return sizeof(Lifecycle) + (size_t) n_periods * sizeof(LifecycleCell);
}

Lifecycle *
lifecycle_create(Period period, WeekStart week_start, int32_t as_of)
{
	Lifecycle *counts = state_create(bytes_needed(INITIAL_PERIODS));

	counts->period = (uint8_t) period;
	counts->week_start = period == PERIOD_WEEK ? (uint8_t) week_start : WEEK_MONDAY;
	counts->as_of = as_of;
	counts->last_begun = civil_period(as_of - 1, period, week_start);
	return counts;
}

void
lifecycle_expect(const Lifecycle *counts, Period period, WeekStart week_start, int32_t as_of)
{
	if (counts->period != (uint8_t) period || counts->as_of != as_of ||
		(period == PERIOD_WEEK && counts->week_start != (uint8_t) week_start))
		host_fail(KERNEL_PARAMETERS);
}

/* The counts with at least so many periods in use. */
static Lifecycle *
use_periods(Lifecycle *counts, uint64_t n_periods)
{
	size_t needed = bytes_needed(n_periods);

	if (n_periods <= counts->n_periods)
		return counts;
	if (needed > counts->state.capacity)
		counts = state_grow(counts, counts->state.capacity, needed);
	counts->n_periods = (uint32_t) n_periods;
	return counts;
}

Lifecycle *
lifecycle_add(Lifecycle *counts, ActivityReader *activity)
{
	ActivityReader reader = *activity;
	PeriodCursor cursor = period_cursor(counts->period, counts->week_start);
	int32_t last_begun = counts->last_begun;
	int32_t as_of = counts->as_of;
	uint32_t n_read = 0;
	LifecycleCell *cells;
	int64_t previous;
	int32_t day;

	if (!activity_next_day(&reader, &day) || day >= as_of)
		return counts;
	previous = period_at(&cursor, day);
	counts = use_periods(counts, (uint64_t) (last_begun - previous) + 1);
	cells = counts->cells;
	cells[last_begun - previous].new_users++;
	/* without branches, which nobody could predict */
	while (activity_next_day(&reader, &day) && day < as_of)
	{
		int64_t number = period_at(&cursor, day);
		LifecycleCell *cell = &cells[last_begun - number];

		cell->returning_users += number == previous + 1;
		cell->resurrected_users += number > previous + 1;
		previous = number;
		if ((++n_read & 0xFFFF) == 0)
			host_poll();
	}
	return counts;
}

static void *
merge(void *state, const void *from_state)
{
	Lifecycle *counts = state;
	const Lifecycle *other = from_state;
	int64_t seen = 0;

	lifecycle_expect(counts, other->period, other->week_start, other->as_of);
	counts = use_periods(counts, other->n_periods);
	for (uint32_t i = 0; i < other->n_periods; i++)
	{
		LifecycleCell *into = &counts->cells[i];

		into->new_users += other->cells[i].new_users;
		into->returning_users += other->cells[i].returning_users;
		into->resurrected_users += other->cells[i].resurrected_users;
		seen += into->new_users;
		if ((i & 0xFFFF) == 0)
			host_poll();
	}
	if (seen > LIFECYCLE_MAX_USERS)
		host_fail(KERNEL_USERS_RANGE);
	return counts;
}

static void
pack(const void *state, ByteWriter *out)
{
	const Lifecycle *counts = state;

	write_byte(out, LIFECYCLE_VERSION);
	write_byte(out, (uint8_t) (counts->period | counts->week_start << 3));
	write_zigzag(out, counts->as_of);
	write_varint(out, counts->n_periods);
	for (uint32_t i = counts->n_periods; i-- > 0;)
	{
		write_varint(out, (uint64_t) counts->cells[i].new_users);
		write_varint(out, (uint64_t) counts->cells[i].returning_users);
		write_varint(out, (uint64_t) counts->cells[i].resurrected_users);
		if ((i & 0xFFFF) == 0)
			host_poll();
	}
}

/* Read the cells, oldest first; what is wrong with them, or NULL. */
static const char *
read_cells(ByteReader *in, Lifecycle *counts)
{
	int64_t seen = 0;   /* users so far */
	int64_t active = 0; /* in the period before */

	for (uint32_t i = counts->n_periods; i-- > 0;)
	{
		LifecycleCell *cell = &counts->cells[i];

		cell->new_users = (int64_t) read_varint(in, LIFECYCLE_MAX_USERS);
		cell->returning_users = (int64_t) read_varint(in, LIFECYCLE_MAX_USERS);
		cell->resurrected_users = (int64_t) read_varint(in, LIFECYCLE_MAX_USERS);
		if (in->bad)
			return "truncated or bad counts";
		if (cell->returning_users > active)
			return "more returning users than were active before";
		if (cell->resurrected_users > seen - active)
			return "more resurrected users than were seen before";
		if (seen == 0 && cell->new_users == 0)
			return "a first period without users";
		active = lifecycle_active(cell);
		seen += cell->new_users;
		if (seen > LIFECYCLE_MAX_USERS)
			return "too many users";
		if ((i & 0xFFFF) == 0)
			host_poll();
	}
	return in->next == in->end ? NULL : "bytes after the last period";
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t choices = read_byte(&in);
	Period period = (Period) (choices & 7);
	WeekStart week_start = choices >> 3 & 1 ? WEEK_SUNDAY : WEEK_MONDAY;
	int64_t as_of = read_zigzag(&in);
	uint64_t n_periods = read_varint(&in, size / 3);
	Lifecycle *counts;

	*problem = "truncated or bad parameters";
	if (version != LIFECYCLE_VERSION)
		*problem = "unknown format version";
	if (version != LIFECYCLE_VERSION || in.bad || !civil_day_valid(as_of))
		return NULL;
	*problem = "unknown choices";
	if (choices > 15 || period < PERIOD_DAY || period > PERIOD_YEAR ||
		(week_start == WEEK_SUNDAY && period != PERIOD_WEEK))
		return NULL;

	counts = lifecycle_create(period, week_start, (int32_t) as_of);
	*problem = "periods before the earliest date";
	if ((int64_t) counts->last_begun - (int64_t) n_periods + 1 <
		civil_period(CIVIL_MIN_DAY, period, week_start))
		return NULL;
	counts = use_periods(counts, n_periods);
	*problem = read_cells(&in, counts);
	return *problem == NULL ? counts : NULL;
}

const StateKind lifecycle_kind = {
	.type = "lifecycle_counts", .pack = pack, .unpack = unpack, .merge = merge};

LifecycleState
lifecycle_state(ActivityReader *activity, int32_t as_of, int32_t window_days)
{
	int64_t last_window = (int64_t) as_of - window_days;
	int64_t window_before = last_window - window_days;
	bool seen = false;
	bool active = false;
	bool active_before = false;
	uint32_t n_days = 0;
	ActivityDay day;

	while (activity_next_before(activity, as_of, &day))
	{
		host_poll_at(n_days++);
		if (!seen && day.day >= last_window)
			return LIFECYCLE_NEW;
		seen = true;
		active |= day.day >= last_window;
		active_before |= day.day >= window_before && day.day < last_window;
	}
	if (!seen)
		return LIFECYCLE_NONE;
	if (active)
		return active_before ? LIFECYCLE_RETURNING : LIFECYCLE_RESURRECTED;
	return active_before ? LIFECYCLE_DORMANT : LIFECYCLE_INACTIVE;
}
