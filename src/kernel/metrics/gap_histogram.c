/*
 * gap_histogram.c: count the gaps between users' basis days in brackets.
 *
 *	1. Only days before as_of exist.
 *	2. A user with fewer than two basis days has no gap and is not counted.
 *	3. A user counts once in each bracket that has a gap of theirs.
 */
#include "kernel/metrics/gap_histogram.h"

#include "kernel/base/civil.h"

#define MAX_GAPS ((uint64_t) 1 << 62)

#define TEXT_OF(x) #x
#define AS_TEXT(x) TEXT_OF(x)

const char *
gap_brackets_problem(const int32_t *from_days, int64_t n)
{
	if (n < 1 || n > GAP_HISTOGRAM_MAX_BRACKETS)
		return "there must be 1 to " AS_TEXT(GAP_HISTOGRAM_MAX_BRACKETS) " brackets";
	if (from_days[0] != 1)
		return "the first bracket must begin at 1 day";
	for (int64_t i = 1; i < n; i++)
		if (from_days[i] <= from_days[i - 1])
			return "each bracket must begin at more days than the one before";
	return NULL;
}

static GapHistogram *
create(int32_t as_of, uint32_t n)
{
	GapHistogram *histogram = state_create(sizeof(GapHistogram) + n * sizeof(GapBracket));

	histogram->as_of = as_of;
	histogram->n = n;
	return histogram;
}

GapHistogram *
gap_histogram_create(int32_t as_of, const int32_t *from_days, uint32_t n)
{
	GapHistogram *histogram = create(as_of, n);

	for (uint32_t i = 0; i < n; i++)
		histogram->brackets[i].from_days = from_days[i];
	return histogram;
}

void
gap_histogram_expect(const GapHistogram *histogram, int32_t as_of, const int32_t *from_days,
					 uint32_t n)
{
	if (histogram->as_of != as_of || histogram->n != n)
		host_fail(KERNEL_PARAMETERS);
	for (uint32_t i = 0; i < n; i++)
		if (histogram->brackets[i].from_days != from_days[i])
			host_fail(KERNEL_PARAMETERS);
}

/* The last bracket that does not begin above the gap. */
static GapBracket *
bracket_of(GapHistogram *histogram, int32_t gap)
{
	uint32_t low = 0;
	uint32_t high = histogram->n;

	while (high - low > 1)
	{
		uint32_t middle = (low + high) / 2;

		if (histogram->brackets[middle].from_days <= gap)
			low = middle;
		else
			high = middle;
	}
	return &histogram->brackets[low];
}

static void
add_gaps(GapHistogram *histogram, uint64_t gaps)
{
	if (gaps > MAX_GAPS - histogram->gaps)
		host_fail(KERNEL_USERS_RANGE);
	histogram->gaps += gaps;
}

GapHistogram *
gap_histogram_add(GapHistogram *histogram, ActivityReader *activity)
{
	uint64_t user = ++histogram->n_added;
	uint64_t n_basis = 0;
	uint64_t n_read = 0;
	int32_t previous = 0;
	ActivityDay day;

	while (activity_next_before(activity, histogram->as_of, &day))
	{
		host_poll_at(n_read++);
		if (!activity_is_basis(activity, &day))
			continue;
		if (n_basis++ > 0)
		{
			GapBracket *bracket = bracket_of(histogram, day.day - previous);

			bracket->gaps++;
			bracket->users += bracket->last_user != user;
			bracket->last_user = user;
		}
		previous = day.day;
	}
	if (n_basis > 1)
		add_gaps(histogram, n_basis - 1);
	return histogram;
}

static void *
merge(void *state, const void *from_state)
{
	GapHistogram *histogram = state;
	const GapHistogram *other = from_state;

	if (histogram->as_of != other->as_of || histogram->n != other->n)
		host_fail(KERNEL_PARAMETERS);
	add_gaps(histogram, other->gaps);
	for (uint32_t i = 0; i < other->n; i++)
	{
		if (histogram->brackets[i].from_days != other->brackets[i].from_days)
			host_fail(KERNEL_PARAMETERS);
		histogram->brackets[i].gaps += other->brackets[i].gaps;
		histogram->brackets[i].users += other->brackets[i].users;
	}
	return histogram;
}

static void
pack(const void *state, ByteWriter *out)
{
	const GapHistogram *histogram = state;

	write_byte(out, GAP_HISTOGRAM_VERSION);
	write_zigzag(out, histogram->as_of);
	write_varint(out, histogram->n);
	for (uint32_t i = 0; i < histogram->n; i++)
	{
		const GapBracket *bracket = &histogram->brackets[i];

		if (i > 0)
			write_varint(out, (uint64_t) (bracket->from_days - bracket[-1].from_days - 1));
		write_varint(out, bracket->gaps);
		if (bracket->gaps > 0)
			write_varint(out, bracket->users);
	}
}

/* Read the brackets; what is wrong with them, or NULL. */
static const char *
read_brackets(ByteReader *in, GapHistogram *histogram)
{
	int32_t from_days = 1;

	for (uint32_t i = 0; i < histogram->n; i++)
	{
		GapBracket *bracket = &histogram->brackets[i];

		if (i > 0)
		{
			if (from_days == INT32_MAX)
				return "too many days";
			from_days += (int32_t) read_varint(in, (uint64_t) (INT32_MAX - from_days - 1)) + 1;
		}
		bracket->from_days = from_days;
		bracket->gaps = read_varint(in, MAX_GAPS - histogram->gaps);
		histogram->gaps += bracket->gaps;
		if (bracket->gaps > 0)
			bracket->users = read_varint(in, bracket->gaps);
		if (in->bad)
			return "truncated or bad brackets";
		if (bracket->gaps > 0 && bracket->users == 0)
			return "gaps of nobody";
	}
	return in->next == in->end ? NULL : "bytes after the last bracket";
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	int64_t as_of = read_zigzag(&in);
	uint64_t n = read_varint(&in, GAP_HISTOGRAM_MAX_BRACKETS);
	GapHistogram *histogram;

	*problem = "unknown format version";
	if (version != GAP_HISTOGRAM_VERSION)
		return NULL;
	*problem = "truncated or bad parameters";
	if (in.bad || n == 0 || !civil_day_valid(as_of))
		return NULL;

	histogram = create((int32_t) as_of, (uint32_t) n);
	*problem = read_brackets(&in, histogram);
	if (*problem == NULL)
		return histogram;
	host_free(histogram);
	return NULL;
}

const StateKind gap_histogram_kind = {
	.type = "gap_histogram", .pack = pack, .unpack = unpack, .merge = merge};
