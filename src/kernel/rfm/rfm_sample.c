/*
 * rfm_sample.c: collect the values of all users, and fit a model over them.
 */
#include "kernel/rfm/rfm_sample.h"

#include "kernel/base/civil.h"
#include "kernel/base/money.h"
#include "kernel/base/rows.h"
#include "kernel/base/sort.h"

#define FLAG_SCALE    0x0F
#define FLAG_AMOUNTS  0x10
#define INITIAL_USERS 4
#define MAX_USERS     ((STATE_LIMIT - sizeof(RfmSample)) / sizeof(RfmUser))

static inline size_t
bytes_needed(size_t n)
{
	return sizeof(RfmSample) + n * sizeof(RfmUser);
}

static RfmSample *
create(size_t n, int bins, int32_t as_of, bool amounts)
{
	RfmSample *sample = state_create(bytes_needed(n > INITIAL_USERS ? n : INITIAL_USERS));

	sample->bins = (uint8_t) bins;
	sample->as_of = as_of;
	sample->amounts = amounts;
	return sample;
}

RfmSample *
rfm_sample_create(int bins, int32_t as_of, bool amounts)
{
	return create(0, bins, as_of, amounts);
}

void
rfm_sample_expect(const RfmSample *sample, int bins, int32_t as_of, bool amounts)
{
	if (sample->bins != bins || sample->as_of != as_of)
		host_fail(KERNEL_PARAMETERS);
	if (sample->amounts != amounts)
		host_fail(KERNEL_MIXED_AMOUNTS);
}

/* The sample with room for so many more users. */
static RfmSample *
make_room(RfmSample *sample, uint32_t more)
{
	size_t needed = bytes_needed((size_t) sample->n + more);

	if (needed <= sample->state.capacity)
		return sample;
	return state_grow(sample, sample->state.capacity, needed);
}

static void
raise_scale(RfmSample *sample, int scale)
{
	for (uint32_t i = 0; i < sample->n; i++)
	{
		host_poll_at(i);
		sample->users[i].monetary =
			money_rescale(sample->users[i].monetary, sample->scale, scale);
	}
	sample->scale = (uint8_t) scale;
}

/* Bring the sample and the value to the smallest scale that is exact for both. */
static int64_t
align_scales(RfmSample *sample, __int128 monetary, int scale)
{
	if (scale > sample->scale)
	{
		int spare = money_sum_spare_decimals(monetary, scale - sample->scale);

		monetary /= power_of_ten(spare);
		scale -= spare;
	}
	if (monetary < INT64_MIN || monetary > INT64_MAX)
		host_fail(KERNEL_AMOUNT_RANGE);
	if (scale > sample->scale)
		raise_scale(sample, scale);
	return money_rescale((int64_t) monetary, scale, sample->scale);
}

RfmSample *
rfm_sample_add(RfmSample *sample, int32_t recency, int64_t frequency, __int128 monetary, int scale)
{
	RfmUser user = {0, recency, (uint32_t) frequency};

	sample = make_room(sample, 1);
	if (sample->amounts)
		user.monetary = align_scales(sample, monetary, scale);
	sample->users[sample->n++] = user;
	return sample;
}

static void *
merge(void *state, const void *from_state)
{
	RfmSample *into = state;
	const RfmSample *from = from_state;

	rfm_sample_expect(from, into->bins, into->as_of, into->amounts);
	into = make_room(into, from->n);
	if (from->scale > into->scale)
		raise_scale(into, from->scale);
	for (uint32_t i = 0; i < from->n; i++)
	{
		RfmUser user = from->users[i];

		host_poll_at(i);
		user.monetary = money_rescale(user.monetary, from->scale, into->scale);
		into->users[into->n++] = user;
	}
	return into;
}

static inline int64_t
value_of(const RfmUser *user, int dimension)
{
	switch (dimension)
	{
		case RFM_RECENCY:
			return user->recency;
		case RFM_FREQUENCY:
			return user->frequency;
		default:
			return user->monetary;
	}
}

static inline void
set_value(RfmUser *user, int dimension, int64_t value)
{
	switch (dimension)
	{
		case RFM_RECENCY:
			user->recency = (int32_t) value;
			break;
		case RFM_FREQUENCY:
			user->frequency = (uint32_t) value;
			break;
		default:
			user->monetary = value;
	}
}

static inline bool
value_valid(int dimension, int64_t value)
{
	return dimension == RFM_MONETARY ||
		   (value >= 1 && value <= (dimension == RFM_RECENCY ? INT32_MAX : UINT32_MAX));
}

static inline int
n_dimensions(bool amounts)
{
	return amounts ? RFM_DIMENSIONS : RFM_DIMENSIONS - 1;
}

/* The values of one dimension, ascending. */
static void
read_column(const RfmSample *sample, int dimension, int64_t *values)
{
	for (uint32_t i = 0; i < sample->n; i++)
	{
		values[i] = value_of(&sample->users[i], dimension);
		host_poll_at(i);
	}
	sort_int64(values, sample->n);
}

/* A value and how many users have it; in the row an amount is above 0, too. */
static const RowShape run_shape = {.n_keys = 1, .n_counts = 1};

static inline uint64_t
key_of_value(int dimension, int64_t value)
{
	return (uint64_t) value ^ (dimension == RFM_MONETARY ? (uint64_t) 1 << 63 : 0);
}

static inline int64_t
value_of_key(int dimension, uint64_t key)
{
	return (int64_t) key_of_value(dimension, (int64_t) key);
}

/* The distinct ones of n ascending values, as rows in their place; returns how many. */
static uint32_t
count_runs(int dimension, const int64_t *values, uint32_t n, uint64_t *rows)
{
	uint32_t n_runs = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		uint64_t key = key_of_value(dimension, values[i]);

		host_poll_at(i);
		if (i == 0 || rows[2 * (n_runs - 1)] != key)
		{
			rows[2 * n_runs] = key;
			rows[2 * n_runs++ + 1] = 0;
		}
		rows[2 * n_runs - 1]++;
	}
	return n_runs;
}

static void
pack(const void *state, ByteWriter *out)
{
	const RfmSample *sample = state;
	int64_t *values = host_alloc(sample->n * sizeof(int64_t));
	uint64_t *rows = host_alloc((sample->n + (size_t) 1) * 2 * sizeof(uint64_t));
	NumberModel *model = number_models(1);
	RangeWriter writer;

	write_byte(out, RFM_SAMPLE_VERSION);
	write_byte(out, (uint8_t) (sample->scale | (sample->amounts ? FLAG_AMOUNTS : 0)));
	write_byte(out, sample->bins);
	write_zigzag(out, sample->as_of);
	write_varint(out, sample->n);
	writer = range_writer(out);
	for (int d = 0; d < n_dimensions(sample->amounts); d++)
	{
		uint32_t n_runs;

		read_column(sample, d, values);
		n_runs = count_runs(d, values, sample->n, rows);
		range_write(&writer, model, n_runs);
		rows_write(&writer, &run_shape, rows, n_runs);
	}
	range_finish(&writer);
	host_free(model);
	host_free(rows);
	host_free(values);
}

/* The rows of one dimension. */
typedef struct Runs
{
	uint64_t *rows;
	uint32_t n;
} Runs;

/* What is wrong with them, which n users are to have, or NULL. */
static const char *
check_runs(const Runs *runs, int dimension, int scale, uint64_t n)
{
	bool scale_needed = dimension != RFM_MONETARY || scale == 0;

	for (uint32_t i = 0; i < runs->n; i++)
	{
		int64_t value = value_of_key(dimension, runs->rows[2 * i]);
		uint64_t users = runs->rows[2 * i + 1];

		host_poll_at(i);
		if (!value_valid(dimension, value))
			return "a recency or frequency out of range";
		if (users > n)
			return "more values than users";
		n -= users;
		scale_needed |= value % 10 != 0;
	}
	if (n > 0)
		return "more users than values";
	return scale_needed ? NULL : "a scale larger than the amounts need";
}

/* The rows of the first dimensions, from so many bytes; what is wrong with them, or NULL. */
static const char *
read_runs(ByteReader *in, int dimensions, int scale, uint64_t n, Runs *runs)
{
	uint64_t most = rows_in_bytes((size_t) (in->end - in->next));
	NumberModel *model = number_models(1);
	RangeReader reader = range_reader(in);
	const char *problem = NULL;

	for (int d = 0; d < dimensions && problem == NULL; d++)
	{
		uint64_t n_runs = range_read(&reader, model);

		reader.bad |= n_runs > n || n_runs > most;
		if (!reader.bad)
		{
			runs[d].n = (uint32_t) n_runs;
			runs[d].rows = host_alloc((n_runs + 1) * 2 * sizeof(uint64_t));
			rows_read(&reader, &run_shape, runs[d].rows, runs[d].n);
		}
		problem = reader.bad ? "truncated or bad values" : check_runs(&runs[d], d, scale, n);
	}
	host_free(model);
	return problem;
}

/* Give all users of the sample their value in one dimension. */
static void
set_column(RfmSample *sample, int dimension, const Runs *runs)
{
	uint32_t i = 0;

	for (uint32_t run = 0; run < runs->n; run++)
		for (uint64_t left = runs->rows[2 * run + 1]; left > 0; left--)
		{
			host_poll_at(i);
			set_value(&sample->users[i++], dimension,
					  value_of_key(dimension, runs->rows[2 * run]));
		}
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t flags = read_byte(&in);
	int scale = flags & FLAG_SCALE;
	bool amounts = (flags & FLAG_AMOUNTS) != 0;
	uint8_t bins = read_byte(&in);
	int64_t as_of = read_zigzag(&in);
	uint64_t n = read_varint(&in, MAX_USERS);
	Runs runs[RFM_DIMENSIONS] = {{0}};
	RfmSample *sample = NULL;

	*problem = NULL;
	if (version != RFM_SAMPLE_VERSION)
		*problem = state_other_version(version, RFM_SAMPLE_VERSION);
	else if ((flags & ~(FLAG_SCALE | FLAG_AMOUNTS)) != 0 ||
			 scale > (amounts ? MONEY_MAX_SCALE : 0))
		*problem = "unknown flags";
	else if (in.bad || bins < RFM_MIN_BINS || bins > RFM_MAX_BINS || !civil_day_valid(as_of))
		*problem = "truncated or bad parameters";
	if (*problem != NULL)
		return NULL;

	*problem = read_runs(&in, n_dimensions(amounts), scale, n, runs);
	if (*problem == NULL)
	{
		sample = create(n, bins, (int32_t) as_of, amounts);
		sample->scale = (uint8_t) scale;
		sample->n = (uint32_t) n;
	}
	for (int d = 0; d < RFM_DIMENSIONS; d++)
	{
		if (sample != NULL)
			set_column(sample, d, &runs[d]);
		if (runs[d].rows != NULL)
			host_free(runs[d].rows);
	}
	return sample;
}

const StateKind rfm_sample_kind = {
	.type = "rfm_sample", .pack = pack, .unpack = unpack, .merge = merge,
	.checked_by_packing = true};

/*
 * The type-7 quantile at i / bins of ascending values: it lies between two of
 * them, at (n - 1) * i / bins.
 */
static Fraction
quantile(const int64_t *values, uint32_t n, uint32_t i, uint32_t bins)
{
	uint64_t position = (uint64_t) (n - 1) * i;
	uint32_t below = (uint32_t) (position / bins);
	uint32_t remainder = (uint32_t) (position % bins);
	__int128 low = values[below];
	__int128 high = remainder > 0 ? values[below + 1] : low;

	return fraction_make(bins * low + remainder * (high - low), bins);
}

void
rfm_sample_fit(const RfmSample *sample, RfmModel *model)
{
	int64_t *values = host_alloc(sample->n * sizeof(int64_t));

	model->bins = sample->bins;
	model->scale = sample->scale;
	model->amounts = sample->amounts;
	model->fitted = true;
	model->users = sample->n;
	for (int d = 0; d < rfm_dimensions(model); d++)
	{
		__int128 sum = 0;

		read_column(sample, d, values);
		for (uint32_t i = 0; i < sample->n; i++)
		{
			sum += values[i];
			host_poll_at(i);
		}
		for (int i = 1; i < model->bins; i++)
			model->cuts[d][i - 1] =
				quantile(values, sample->n, (uint32_t) i, (uint32_t) model->bins);
		model->has_mean[d] = true;
		model->mean[d] = fraction_make(sum, sample->n);
	}
	host_free(values);
}
