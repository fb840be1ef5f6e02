/*
 * engagement_format.c: the stored form of engagement counts.
 */
#include "kernel/metrics/engagement.h"

#define FLAG_SCALE   0x0F
#define FLAG_AMOUNTS 0x10

/* How many decimals of the scale no amount needs. */
static int
spare_decimals(const Engagement *counts)
{
	int spare = counts->scale;

	for (uint32_t age = 0; age < counts->n_days && spare > 0; age++)
	{
		spare = money_sum_spare_decimals(counts->days[age].amount, spare);
		if ((age & 0xFFFF) == 0)
			host_poll();
	}
	return spare;
}

void
engagement_pack(const void *state, ByteWriter *out)
{
	const Engagement *counts = state;
	int spare = spare_decimals(counts);
	int64_t divisor = power_of_ten(spare);
	EngagementRolling rolling = {0};

	write_byte(out, ENGAGEMENT_VERSION);
	write_byte(out, (uint8_t) ((counts->scale - spare) | (counts->amounts ? FLAG_AMOUNTS : 0)));
	write_zigzag(out, counts->as_of);
	write_varint(out, counts->n_days);
	for (uint32_t age = counts->n_days; age-- > 0;)
	{
		const EngagementDay *day = &counts->days[age];

		if ((age & 0xFFFF) == 0)
			host_poll();
		engagement_roll(&rolling, day);
		write_varint(out, (uint64_t) day->dau);
		write_varint(out, (uint64_t) rolling.wau);
		write_varint(out, (uint64_t) rolling.mau);
		if (day->dau == 0)
			continue;
		write_varint(out, (uint64_t) day->new_users);
		write_varint(out, (uint64_t) day->events);
		if (!counts->amounts)
			continue;
		write_varint(out, (uint64_t) day->purchases);
		write_varint(out, (uint64_t) day->paying_users);
		write_wide(out, day->amount / divisor);
	}
}

static inline int64_t
read_count(ByteReader *in)
{
	return (int64_t) read_varint(in, ENGAGEMENT_MAX);
}

/* Why the day contradicts itself or the users seen before it, or NULL. */
static const char *
check_day(const EngagementDay *day, int64_t users_before)
{
	if (users_before == 0 && day->new_users == 0)
		return "a first day without users";
	if (day->new_users > day->dau || day->dau - day->new_users > users_before)
		return "more active users than were seen";
	if (day->events < day->dau)
		return "fewer events than active users";
	if (day->purchases > day->events || day->paying_users > day->dau ||
		day->paying_users > day->purchases || (day->purchases > 0 && day->paying_users == 0))
		return "purchases without their events or users";
	if (day->amount > 0 && day->purchases == 0)
		return "a positive amount without a purchase";
	if (day->amount < 0 && day->purchases == day->events)
		return "a negative amount without a refund";
	return NULL;
}

/*
 * Can the users of a window of so many days change so?  Who leaves it was active
 * that many days ago; who enters it is active today, all new users among them.
 */
static bool
window_possible(const Engagement *counts, uint32_t age, uint32_t width, int64_t before,
				int64_t now)
{
	const EngagementDay *day = &counts->days[age];
	int64_t leaving = age + width < counts->n_days ? counts->days[age + width].dau : 0;

	return now >= day->dau && now <= before + day->dau && now + leaving >= before + day->new_users;
}

/* Read the day of that age; what is wrong with it, or NULL. */
static const char *
read_day(ByteReader *in, Engagement *counts, uint32_t age, EngagementRolling *rolling)
{
	EngagementDay *day = &counts->days[age];
	EngagementRolling before = *rolling;
	const char *problem;

	day->dau = read_count(in);
	rolling->wau = read_count(in);
	rolling->mau = read_count(in);
	if (day->dau > 0)
	{
		day->new_users = read_count(in);
		day->events = read_count(in);
	}
	if (day->dau > 0 && counts->amounts)
	{
		day->purchases = read_count(in);
		day->paying_users = read_count(in);
		day->amount = read_wide(in);
	}
	if (in->bad)
		return "truncated or bad counts";
	if ((problem = check_day(day, counts->users)) != NULL)
		return problem;
	counts->users += day->new_users;
	if (counts->users > ENGAGEMENT_MAX)
		return "too many users";
	if (rolling->wau > rolling->mau || rolling->mau > counts->users ||
		!window_possible(counts, age, ENGAGEMENT_WEEK, before.wau, rolling->wau) ||
		!window_possible(counts, age, ENGAGEMENT_MONTH, before.mau, rolling->mau))
		return "rolling counts that are impossible";
	day->wau_change = rolling->wau - before.wau;
	day->mau_change = rolling->mau - before.mau;
	return NULL;
}

/* Read the days, oldest first; what is wrong with them, or NULL. */
static const char *
read_days(ByteReader *in, Engagement *counts)
{
	EngagementRolling rolling = {0};
	const char *problem;

	for (uint32_t age = counts->n_days; age-- > 0;)
	{
		if ((problem = read_day(in, counts, age, &rolling)) != NULL)
			return problem;
		if ((age & 0xFFFF) == 0)
			host_poll();
	}
	if (in->next != in->end)
		return "bytes after the last day";
	return spare_decimals(counts) == 0 ? NULL : "a scale larger than the amounts need";
}

void *
engagement_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t flags = read_byte(&in);
	uint8_t scale = flags & FLAG_SCALE;
	int64_t as_of = read_zigzag(&in);
	uint64_t n_days = read_varint(&in, size / 3);
	Engagement *counts;

	*problem = "truncated or bad parameters";
	if (version != ENGAGEMENT_VERSION)
		*problem = "unknown format version";
	if (version != ENGAGEMENT_VERSION || in.bad || !civil_day_valid(as_of))
		return NULL;
	*problem = "unknown flags";
	if (flags > (FLAG_AMOUNTS | MONEY_MAX_SCALE) || scale > MONEY_MAX_SCALE ||
		(scale > 0 && !(flags & FLAG_AMOUNTS)) || (flags != 0 && n_days == 0))
		return NULL;
	*problem = "days before the earliest date";
	if (as_of - (int64_t) n_days < CIVIL_MIN_DAY)
		return NULL;

	counts = engagement_use_days(engagement_create((int32_t) as_of), n_days);
	counts->amounts = (flags & FLAG_AMOUNTS) != 0;
	counts->scale = scale;
	*problem = read_days(&in, counts);
	return *problem == NULL ? counts : NULL;
}
