/*
 * rfm.c: the model: bytes, exact comparison, scores.
 */
#include "kernel/rfm/rfm.h"

#include "kernel/base/money.h"

#define FLAG_SCALE   0x0F
#define FLAG_AMOUNTS 0x10
#define FLAG_FITTED  0x20

#define BINS_PROBLEM "the number of bins is not from 2 to 100"

const char *const rfm_dimension_names[RFM_DIMENSIONS] = {"recency", "frequency", "monetary"};

static uint64_t
common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0)
	{
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

Fraction
fraction_make(__int128 numerator, uint64_t of)
{
	__int128 whole = numerator / of;
	int64_t part = (int64_t) (numerator % of);
	uint64_t divisor;

	if (part < 0)
	{
		whole--;
		part += (int64_t) of;
	}
	divisor = common_divisor(of, (uint64_t) part);
	return (Fraction){(int64_t) whole, (uint32_t) ((uint64_t) part / divisor),
					  (uint32_t) (of / divisor)};
}

int
rfm_dimensions(const RfmModel *model)
{
	if (model->fitted && model->users == 0)
		return 0;
	return model->amounts ? RFM_DIMENSIONS : RFM_DIMENSIONS - 1;
}

/* Is a < b, or are they equal? */
static bool
fractions_ascend(const Fraction *a, const Fraction *b)
{
	if (a->whole != b->whole)
		return a->whole < b->whole;
	return (uint64_t) a->part * b->of <= (uint64_t) b->part * a->of;
}

static const char *
fraction_problem(const Fraction *fraction)
{
	if (fraction->of == 0 || fraction->part >= fraction->of ||
		common_divisor(fraction->of, fraction->part) != 1)
		return "a fraction that is not in lowest terms";
	return NULL;
}

const char *
rfm_problem(const RfmModel *model)
{
	const char *problem;

	if (model->bins < RFM_MIN_BINS || model->bins > RFM_MAX_BINS)
		return BINS_PROBLEM;
	if (model->scale > MONEY_MAX_SCALE || (model->scale > 0 && rfm_dimensions(model) < 3))
		return "a bad number of decimals";
	for (int d = 0; d < rfm_dimensions(model); d++)
	{
		const Fraction *cuts = model->cuts[d];

		for (int i = 0; i < model->bins - 1; i++)
		{
			if ((problem = fraction_problem(&cuts[i])) != NULL)
				return problem;
			if (i > 0 && !fractions_ascend(&cuts[i - 1], &cuts[i]))
				return "cuts that do not ascend";
		}
		if (model->fitted && !model->has_mean[d])
			return "a fitted model without a mean";
		if (model->has_mean[d] && (problem = fraction_problem(&model->mean[d])) != NULL)
			return problem;
	}
	return NULL;
}

static void
write_fraction(ByteWriter *out, const Fraction *fraction)
{
	write_zigzag(out, fraction->whole);
	write_varint(out, fraction->part);
	if (fraction->part > 0)
		write_varint(out, fraction->of);
}

static Fraction
read_fraction(ByteReader *in)
{
	Fraction fraction = {.whole = read_zigzag(in), .of = 1};

	fraction.part = (uint32_t) read_varint(in, UINT32_MAX);
	if (fraction.part > 0)
		fraction.of = (uint32_t) read_varint(in, UINT32_MAX);
	return fraction;
}

void
rfm_encode(const RfmModel *model, ByteWriter *out)
{
	write_byte(out, RFM_VERSION);
	write_byte(out, (uint8_t) (model->scale | (model->amounts ? FLAG_AMOUNTS : 0) |
							   (model->fitted ? FLAG_FITTED : 0)));
	write_byte(out, (uint8_t) model->bins);
	if (model->fitted)
		write_varint(out, model->users);
	for (int d = 0; d < rfm_dimensions(model); d++)
	{
		for (int i = 0; i < model->bins - 1; i++)
			write_fraction(out, &model->cuts[d][i]);
		write_byte(out, model->has_mean[d]);
		if (model->has_mean[d])
			write_fraction(out, &model->mean[d]);
	}
}

static void
read_dimension(ByteReader *in, RfmModel *model, int d)
{
	for (int i = 0; i < model->bins - 1; i++)
		model->cuts[d][i] = read_fraction(in);
	model->has_mean[d] = read_varint(in, 1) == 1;
	if (model->has_mean[d])
		model->mean[d] = read_fraction(in);
}

const char *
rfm_decode(const uint8_t *bytes, size_t size, RfmModel *model)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	uint8_t flags = read_byte(&in);

	if (version != RFM_VERSION)
		return "unknown format version";
	if (in.bad || (flags & ~(FLAG_SCALE | FLAG_AMOUNTS | FLAG_FITTED)) != 0)
		return "unknown flags";
	model->bins = (int) read_varint(&in, RFM_MAX_BINS);
	if (in.bad)
		return BINS_PROBLEM;
	model->scale = flags & FLAG_SCALE;
	model->amounts = (flags & FLAG_AMOUNTS) != 0;
	model->fitted = (flags & FLAG_FITTED) != 0;
	model->users = model->fitted ? (uint32_t) read_varint(&in, UINT32_MAX) : 0;
	if (in.bad)
		return "bad number of users";
	for (int d = 0; d < rfm_dimensions(model); d++)
		read_dimension(&in, model, d);
	if (in.bad)
		return "truncated or bad cuts";
	if (in.next != in.end)
		return "bytes after the last dimension";
	return rfm_problem(model);
}

/* The value times 10^places; beyond 2^64 it only matters that it is. */
static __int128
scale_up(__int128 value, int places)
{
	const __int128 limit = (__int128) 1 << 64;

	if (value > limit)
		value = limit;
	if (value < -limit)
		value = -limit;
	return value * power_of_ten(places);
}

/* The sign of value - fraction, exactly, each with its own scale. */
static int
compare_to_fraction(__int128 value, int scale, const Fraction *fraction, int fraction_scale)
{
	__int128 unit = 1; /* of the fraction's whole, in the value's units */
	__int128 beyond;

	if (scale < fraction_scale)
		value = scale_up(value, fraction_scale - scale);
	else
		unit = scale_up(1, scale - fraction_scale);
	beyond = value - fraction->whole * unit;
	if (beyond < 0)
		return -1;
	if (beyond >= unit)
		return 1;
	beyond = beyond * fraction->of - fraction->part * unit;
	return (beyond > 0) - (beyond < 0);
}

static inline int
dimension_scale(const RfmModel *model, RfmDimension dimension)
{
	return dimension == RFM_MONETARY ? model->scale : 0;
}

/* Recent is high: recency counts the cuts it does not exceed, the others those they exceed. */
int
rfm_score(const RfmModel *model, RfmDimension dimension, __int128 value, int scale)
{
	int n = model->bins - 1;
	int exceeded = 0;

	if ((int) dimension >= rfm_dimensions(model))
		return 0;
	while (exceeded < n && compare_to_fraction(value, scale, &model->cuts[dimension][exceeded],
											   dimension_scale(model, dimension)) > 0)
		exceeded++;
	return 1 + (dimension == RFM_RECENCY ? n - exceeded : exceeded);
}

bool
rfm_at_mean(const RfmModel *model, RfmDimension dimension, __int128 value, int scale)
{
	int sign = compare_to_fraction(value, scale, &model->mean[dimension],
								   dimension_scale(model, dimension));

	return dimension == RFM_RECENCY ? sign <= 0 : sign >= 0;
}

const char *
rfm_segment(int r_score, int f_score)
{
	/* a row for each r_score, a column for each f_score, 1 to 5 */
	static const char *const segments[RFM_SEGMENT_BINS][RFM_SEGMENT_BINS] = {
		{"hibernating", "hibernating", "at_risk", "at_risk", "cant_lose_them"},
		{"hibernating", "hibernating", "at_risk", "at_risk", "cant_lose_them"},
		{"about_to_sleep", "about_to_sleep", "need_attention", "loyal_customers",
		 "loyal_customers"},
		{"promising", "potential_loyalists", "potential_loyalists", "loyal_customers",
		 "loyal_customers"},
		{"new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"},
	};

	return segments[r_score - 1][f_score - 1];
}
