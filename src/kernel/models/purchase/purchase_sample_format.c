/*
 * purchase_sample_format.c: the stored form.
 */
#include "kernel/base/civil.h"
#include "kernel/models/purchase/purchase.h"
#include "kernel/models/purchase/purchase_sample_private.h"

#include <string.h>

#define FLAG_NUMBERS 0x01
#define FLAG_AMOUNTS 0x02
#define FLAG_PRIOR   0x04
#define FLAG_GAPS    0x08
#define MAX_DAYS     ((uint64_t) CIVIL_END_DAY - CIVIL_MIN_DAY)
#define MAX_ENTRIES  (STATE_LIMIT / sizeof(HistoryCount))

static void
write_time(ByteWriter *out, bool numbers, uint64_t time)
{
	double value;

	if (!numbers)
	{
		write_varint(out, time);
		return;
	}
	memcpy(&value, &time, sizeof(value));
	write_double(out, value);
}

static uint64_t
read_time(ByteReader *in, bool numbers)
{
	uint64_t bits;
	double value;

	if (!numbers)
		return read_varint(in, MAX_DAYS);
	value = read_double(in);
	in->bad |= value < 0;
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void
pack(const void *state, ByteWriter *out)
{
	const PurchaseSample *sample = state;
	const PurchaseSampleParams *params = &sample->params;
	HistoryCount *sorted = purchase_sample_sorted(sample);
	uint64_t x = 0;

	write_byte(out, PURCHASE_SAMPLE_VERSION);
	write_byte(out, (uint8_t) ((params->numbers ? FLAG_NUMBERS : 0) |
							   (params->amounts ? FLAG_AMOUNTS : 0) |
							   (params->fit.weak_prior ? FLAG_PRIOR : 0) |
							   (params->fit.gaps_known ? FLAG_GAPS : 0)));
	write_byte(out, (uint8_t) params->fit.code);
	write_byte(out, (uint8_t) params->fit.regularity);
	if (!params->numbers)
		write_zigzag(out, params->as_of);
	if (params->fit.gaps_known)
		write_wide(out, purchase_sample_ln_gaps(sample));
	write_varint(out, sample->n_used);
	for (uint32_t i = 0; i < sample->n_used; i++)
	{
		if ((i & 0xFFFF) == 0xFFFF)
			host_poll();
		write_varint(out, sorted[i].x - x);
		write_time(out, params->numbers, sorted[i].t_x);
		write_time(out, params->numbers, sorted[i].t);
		write_varint(out, sorted[i].users);
		x = sorted[i].x;
	}
	host_free(sorted);
}

/* NULL, or what is wrong. */
static const char *
read_params(ByteReader *in, PurchaseSampleParams *params)
{
	uint8_t flags = read_byte(in);

	params->fit.code = read_byte(in);
	params->fit.regularity = read_byte(in);
	params->numbers = (flags & FLAG_NUMBERS) != 0;
	params->amounts = (flags & FLAG_AMOUNTS) != 0;
	params->fit.weak_prior = (flags & FLAG_PRIOR) != 0;
	params->fit.gaps_known = (flags & FLAG_GAPS) != 0;
	if (!params->numbers)
	{
		int64_t as_of = read_zigzag(in);

		if (!civil_day_valid(as_of))
			return "truncated or bad parameters";
		params->as_of = (int32_t) as_of;
	}
	if (in->bad || params->fit.code >= PURCHASE_KINDS || params->fit.regularity > MODEL_MAX_COUNT)
		return "truncated or bad parameters";
	if (flags > (FLAG_NUMBERS | FLAG_AMOUNTS | FLAG_PRIOR | FLAG_GAPS) ||
		(params->numbers && params->amounts))
		return "unknown flags";
	return NULL;
}

static bool
is_history(const PurchaseSampleParams *params, const HistoryCount *history)
{
	double t_x;
	double t;

	if (!params->numbers)
		return history->x <= history->t_x && history->t_x <= history->t &&
			   (history->x > 0 || history->t_x == 0);
	memcpy(&t_x, &history->t_x, sizeof(t_x));
	memcpy(&t, &history->t, sizeof(t));
	return history_problem((int64_t) history->x, t_x, t) == NULL;
}

/* NULL, or what is wrong; the sample has room for them. */
static const char *
read_entries(ByteReader *in, PurchaseSample *sample, uint64_t n)
{
	bool numbers = sample->params.numbers;
	HistoryCount last = {0};

	for (uint64_t i = 0; i < n; i++)
	{
		HistoryCount history;

		if ((i & 0xFFFF) == 0xFFFF)
			host_poll();
		history.x = last.x + read_varint(in, HISTORY_MAX_X);
		history.t_x = read_time(in, numbers);
		history.t = read_time(in, numbers);
		history.users = read_varint(in, PURCHASE_MAX_USERS - sample->users);
		if (in->bad || history.users == 0 || !is_history(&sample->params, &history))
			return "truncated or bad histories";
		if (i > 0 && history.x == last.x &&
			(history.t_x < last.t_x || (history.t_x == last.t_x && history.t <= last.t)))
			return "histories that do not ascend";
		purchase_sample_count(sample, &history);
		last = history;
	}
	return in->next == in->end ? NULL : "bytes after the last history";
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	PurchaseSampleParams params = {{0}};
	PurchaseSample *sample;
	__int128 ln_gaps = 0;
	__int128 most;
	uint64_t n;

	*problem = "unknown format version";
	if (version != PURCHASE_SAMPLE_VERSION)
		return NULL;
	*problem = read_params(&in, &params);
	if (*problem != NULL)
		return NULL;
	if (params.fit.gaps_known)
		ln_gaps = read_wide(&in);
	n = read_varint(&in, size / 4 < MAX_ENTRIES ? size / 4 : MAX_ENTRIES);
	*problem = "truncated or bad parameters";
	if (in.bad)
		return NULL;

	sample = purchase_sample_with_room(&params, n);
	*problem = read_entries(&in, sample, n);
	most = (__int128) sample->users << PURCHASE_LN_BITS;
	if (*problem == NULL && (ln_gaps > most || ln_gaps < -most))
		*problem = "gaps that are too large";
	if (*problem == NULL)
	{
		purchase_sample_set_ln_gaps(sample, ln_gaps);
		return sample;
	}
	host_free(sample);
	return NULL;
}

const StateKind purchase_sample_kind = {.type = "purchase_sample",
										.pack = pack,
										.unpack = unpack,
										.merge = purchase_sample_merge};
