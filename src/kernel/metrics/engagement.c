/*
 * engagement.c: count active users day by day, in windows of 1, 7 and 30 days.
 *
 *	1. Only days before as_of exist.  A user without one is not counted.
 *	2. dau, wau, mau of a day: distinct users active in the last 1, 7, 30 days that
 *	   end with it, itself included.
 *	3. A user is new on the first active day, paying on each day with a purchase.
 *	4. There are amounts if a counted user's source has them; users without have
 *	   none then, as on a day without purchases and refunds.
 */
#include "kernel/metrics/engagement.h"

#define INITIAL_DAYS 64

static inline size_t
bytes_needed(uint64_t n_days)
{
	return sizeof(Engagement) + (size_t) n_days * sizeof(EngagementDay);
}

Engagement *
engagement_create(int32_t as_of)
{
	Engagement *counts = state_create(bytes_needed(INITIAL_DAYS));

	counts->as_of = as_of;
	return counts;
}

void
engagement_expect(const Engagement *counts, int32_t as_of)
{
	if (counts->as_of != as_of)
		host_fail(KERNEL_PARAMETERS);
}

Engagement *
engagement_use_days(Engagement *counts, uint64_t n_days)
{
	size_t needed = bytes_needed(n_days);

	if (n_days <= counts->n_days)
		return counts;
	if (needed > counts->state.capacity)
		counts = state_grow(counts, counts->state.capacity, needed);
	counts->n_days = (uint32_t) n_days;
	return counts;
}

static inline int64_t
add_counts(int64_t a, int64_t b)
{
	if (a + b > ENGAGEMENT_MAX)
		host_fail(KERNEL_USERS_RANGE);
	return a + b;
}

static void
raise_scale(Engagement *counts, int scale)
{
	if (scale <= counts->scale)
		return;
	for (uint32_t age = 0; age < counts->n_days; age++)
	{
		EngagementDay *day = &counts->days[age];

		day->amount = money_sum_rescale(day->amount, counts->scale, scale);
		host_poll_at(age);
	}
	counts->scale = (uint8_t) scale;
}

/* What a user did on a day. */
static inline void
count_day(EngagementDay *into, const ActivityDay *day, int64_t power)
{
	into->dau++;
	into->events = add_counts(into->events, day->events);
	if (day->purchases > 0)
	{
		into->purchases += day->purchases;
		into->paying_users++;
	}
	if (day->amount != 0)
		into->amount = money_sum_add(into->amount, (__int128) day->amount * power);
}

Engagement *
engagement_add(Engagement *counts, ActivityReader *activity)
{
	EngagementDay *newest; /* the day before as_of; newest + n is n days older */
	EngagementDay *into;
	int64_t power;
	int32_t left; /* days from the active day to the newest */
	int32_t left_before;
	uint32_t n_days = 0;
	ActivityDay day;

	if (!activity_next_before(activity, counts->as_of, &day))
		return counts;
	left = counts->as_of - 1 - day.day;
	counts = engagement_use_days(counts, (uint64_t) left + 1);
	counts->users = add_counts(counts->users, 1);
	counts->amounts |= activity->amounts;
	raise_scale(counts, activity->scale);
	power = power_of_ten(counts->scale - activity->scale);
	newest = counts->days;

	into = newest + left;
	into->new_users++;
	into->wau_change++;
	into->mau_change++;
	count_day(into, &day, power);
	left_before = left;
	while (activity_next_before(activity, counts->as_of, &day))
	{
		left = counts->as_of - 1 - day.day;
		into = newest + left;
		/* Who comes back in time did not leave. */
		if (left_before - left > ENGAGEMENT_WEEK)
		{
			newest[left_before - ENGAGEMENT_WEEK].wau_change--;
			into->wau_change++;
		}
		if (left_before - left > ENGAGEMENT_MONTH)
		{
			newest[left_before - ENGAGEMENT_MONTH].mau_change--;
			into->mau_change++;
		}
		count_day(into, &day, power);
		left_before = left;
		host_poll_at(++n_days);
	}
	if (left_before >= ENGAGEMENT_WEEK)
		newest[left_before - ENGAGEMENT_WEEK].wau_change--;
	if (left_before >= ENGAGEMENT_MONTH)
		newest[left_before - ENGAGEMENT_MONTH].mau_change--;
	return counts;
}

static void *
merge(void *state, const void *from_state)
{
	Engagement *counts = state;
	const Engagement *other = from_state;

	engagement_expect(counts, other->as_of);
	counts = engagement_use_days(counts, other->n_days);
	counts->users = add_counts(counts->users, other->users);
	counts->amounts |= other->amounts;
	raise_scale(counts, other->scale);
	for (uint32_t age = 0; age < other->n_days; age++)
	{
		const EngagementDay *from = &other->days[age];
		EngagementDay *into = &counts->days[age];

		into->dau += from->dau;
		into->wau_change += from->wau_change;
		into->mau_change += from->mau_change;
		into->new_users += from->new_users;
		into->events = add_counts(into->events, from->events);
		into->purchases += from->purchases;
		into->paying_users += from->paying_users;
		into->amount = money_sum_add(
			into->amount, money_sum_rescale(from->amount, other->scale, counts->scale));
		host_poll_at(age);
	}
	return counts;
}

const StateKind engagement_kind = {.type = "engagement_counts",
								   .pack = engagement_pack,
								   .unpack = engagement_unpack,
								   .merge = merge};
