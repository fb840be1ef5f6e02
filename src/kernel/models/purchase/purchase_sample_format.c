/*
 * purchase_sample_format.c: the stored form.
 */
#include "kernel/base/civil.h"
#include "kernel/base/rows.h"
#include "kernel/models/purchase/purchase.h"
#include "kernel/models/purchase/purchase_sample_private.h"

#include <math.h>
#include <string.h>

#define FLAG_NUMBERS 0x01
#define FLAG_AMOUNTS 0x02
#define FLAG_PRIOR   0x04
#define FLAG_GAPS    0x08
#define MAX_DAYS     ((uint64_t) CIVIL_END_DAY - CIVIL_MIN_DAY)
#define MAX_ENTRIES  (STATE_LIMIT / sizeof(HistoryCount))

/* A HistoryCount as a row: x, t_x, t; users. */
static RowShape
row_shape(bool numbers)
{
	return (RowShape){.n_keys = 3, .n_counts = 1, .real_keys = numbers ? 6 : 0};
}

static void
pack(const void *state, ByteWriter *out)
{
	const PurchaseSample *sample = state;
	const PurchaseSampleParams *params = &sample->params;
	HistoryCount *sorted = purchase_sample_sorted(sample);
	RowShape shape = row_shape(params->numbers);
	RangeWriter writer;

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
	writer = range_writer(out);
	rows_write(&writer, &shape, (const uint64_t *) sorted, sample->n_used);
	range_finish(&writer);
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

	if (history->x > HISTORY_MAX_X)
		return false;
	if (!params->numbers)
		return history->x <= history->t_x && history->t_x <= history->t &&
			   history->t <= MAX_DAYS && (history->x > 0 || history->t_x == 0);
	memcpy(&t_x, &history->t_x, sizeof(t_x));
	memcpy(&t, &history->t, sizeof(t));
	return !signbit(t_x) && !signbit(t) && history_problem((int64_t) history->x, t_x, t) == NULL;
}

/* NULL, or what is wrong; the sample has room for them. */
static const char *
read_entries(ByteReader *in, PurchaseSample *sample, uint32_t n)
{
	RowShape shape = row_shape(sample->params.numbers);
	HistoryCount *histories = host_alloc((n + (size_t) 1) * sizeof(HistoryCount));
	RangeReader reader = range_reader(in);
	const char *problem = NULL;

	rows_read(&reader, &shape, (uint64_t *) histories, n);
	if (reader.bad)
		problem = "truncated or bad histories";
	for (uint32_t i = 0; i < n && problem == NULL; i++)
	{
		host_poll_at(i);
		if (histories[i].users == 0 || histories[i].users > PURCHASE_MAX_USERS - sample->users ||
			!is_history(&sample->params, &histories[i]))
			problem = "truncated or bad histories";
		else
			purchase_sample_count(sample, &histories[i]);
	}
	host_free(histories);
	return problem;
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

	*problem = state_other_version(version, PURCHASE_SAMPLE_VERSION);
	if (version != PURCHASE_SAMPLE_VERSION)
		return NULL;
	*problem = read_params(&in, &params);
	if (*problem != NULL)
		return NULL;
	if (params.fit.gaps_known)
		ln_gaps = read_wide(&in);
	n = rows_in_bytes(size);
	n = read_varint(&in, n < MAX_ENTRIES ? n : MAX_ENTRIES);
	*problem = "truncated or bad parameters";
	if (in.bad)
		return NULL;

	sample = purchase_sample_with_room(&params, n);
	*problem = read_entries(&in, sample, (uint32_t) n);
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
										.merge = purchase_sample_merge,
										.checked_by_packing = true};
