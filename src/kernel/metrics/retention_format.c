/*
 * retention_format.c: the stored form of a retention matrix.
 */
#include "kernel/metrics/retention.h"

#define CHOICE_PERIOD    0x07
#define CHOICE_SUNDAY    0x08
#define CHOICE_RECURRING 0x10
#define CHOICE_MODE      5 /* the bit it begins at */
#define CHOICE_AMOUNTS   0x80

static void
write_optional_day(ByteWriter *out, int32_t day, int32_t absent)
{
	write_byte(out, day != absent);
	if (day != absent)
		write_zigzag(out, day);
}

static void
write_params(ByteWriter *out, const RetentionParams *params)
{
	write_byte(out, RETENTION_VERSION);
	write_byte(out, (uint8_t) (params->period | (params->week_start ? CHOICE_SUNDAY : 0) |
							   (params->cohort ? CHOICE_RECURRING : 0) |
							   params->mode << CHOICE_MODE |
							   (params->amounts ? CHOICE_AMOUNTS : 0)));
	write_zigzag(out, params->as_of);
	write_optional_day(out, params->cohort_from, RETENTION_FROM_START);
	write_optional_day(out, params->cohort_to, RETENTION_TO_END);
	write_varint(out, (uint64_t) params->min_occurrences);
	write_varint(out, (uint64_t) (params->max_periods + 1));
	write_varint(out, params->n_brackets);
	for (uint32_t i = 0; i < params->n_brackets; i++)
		write_varint(out, (uint64_t) (params->ends[i] - (i == 0 ? 0 : params->ends[i - 1])));
}

/* How many decimals of the scale no amount needs. */
static int
spare_decimals(const Retention *matrix, const RetentionRow *rows, uint32_t n_rows)
{
	int spare = retention_scale(matrix);

	for (uint32_t i = 0; i < n_rows && spare > 0; i++)
	{
		const MoneySum *amounts = retention_cells(matrix, &rows[i]).amounts;

		host_poll();
		for (uint32_t n = 0; n < rows[i].cells; n++)
		{
			spare = money_sum_spare_decimals(amounts[n], spare);
			host_poll_at(n);
		}
	}
	return spare;
}

void
retention_pack(const void *state, ByteWriter *out)
{
	const Retention *matrix = state;
	const RetentionParams *params = retention_params_of(matrix);
	int64_t previous_age = 0;
	int64_t divisor = 1;
	uint32_t n_rows;
	RetentionRow *rows = retention_rows(matrix, &n_rows);

	write_params(out, params);
	if (params->amounts)
	{
		int spare = spare_decimals(matrix, rows, n_rows);

		divisor = power_of_ten(spare);
		write_byte(out, (uint8_t) (retention_scale(matrix) - spare));
	}
	write_varint(out, n_rows);
	for (uint32_t i = 0; i < n_rows; i++)
	{
		int64_t age = (int64_t) params->last_begun - rows[i].cohort;
		RetentionCells cells = retention_cells(matrix, &rows[i]);

		host_poll();
		write_varint(out, (uint64_t) (i == 0 ? age : previous_age - age - 1));
		previous_age = age;
		for (uint32_t n = 0; n < rows[i].cells; n++)
		{
			write_varint(out, (uint64_t) cells.users[n]);
			host_poll_at(n);
		}
		for (uint32_t n = 0; params->amounts && n < rows[i].cells; n++)
		{
			write_wide(out, cells.amounts[n] / divisor);
			host_poll_at(n);
		}
	}
	host_free(rows);
}

static int32_t
read_day(ByteReader *in)
{
	int64_t day = read_zigzag(in);

	in->bad |= !civil_day_valid(day);
	return in->bad ? 0 : (int32_t) day;
}

static int32_t
read_optional_day(ByteReader *in, int32_t absent)
{
	return read_varint(in, 1) == 0 ? absent : read_day(in);
}

/* The parameters, complete, or NULL with *problem set. */
static RetentionParams *
read_params(ByteReader *in, const char **problem)
{
	uint8_t version = read_byte(in);
	uint8_t choices = read_byte(in);
	int32_t as_of = read_day(in);
	int32_t cohort_from = read_optional_day(in, RETENTION_FROM_START);
	int32_t cohort_to = read_optional_day(in, RETENTION_TO_END);
	uint64_t min_occurrences = read_varint(in, INT32_MAX);
	uint64_t max_periods = read_varint(in, INT32_MAX);
	RetentionParams *params = retention_params((uint32_t) read_varint(in, RETENTION_MAX_PERIODS));
	const char *hint;
	int32_t end = 0;

	params->week_start = (choices & CHOICE_SUNDAY) != 0;
	params->cohort = (choices & CHOICE_RECURRING) != 0;
	params->mode = choices >> CHOICE_MODE & 3;
	params->amounts = (choices & CHOICE_AMOUNTS) != 0;
	params->cohort_from = cohort_from;
	params->cohort_to = cohort_to;
	params->min_occurrences = (int32_t) min_occurrences;
	params->max_periods = (int32_t) max_periods - 1;
	for (uint32_t i = 0; i < params->n_brackets; i++)
		params->ends[i] = end += (int32_t) read_varint(in, RETENTION_MAX_PERIODS);

	*problem = NULL;
	if (version != RETENTION_VERSION)
		*problem = "unknown format version";
	else if (in->bad)
		*problem = "truncated or bad parameters";
	else if ((choices & CHOICE_PERIOD) < PERIOD_DAY || (choices & CHOICE_PERIOD) > PERIOD_YEAR ||
			 params->mode > RETENTION_STREAK ||
			 (params->week_start && (choices & CHOICE_PERIOD) != PERIOD_WEEK))
		*problem = "unknown choices";
	else if (retention_problem(params, &hint) != NULL)
		*problem = "options out of range";
	if (*problem != NULL)
		return NULL;
	retention_set_period(params, (Period) (choices & CHOICE_PERIOD), as_of);
	return params;
}

/*
 * Read the cells of a new row; what is wrong with them, or NULL.  Sets
 * *scale_needed if an amount has as many decimals as the scale says.
 */
static const char *
read_cells(ByteReader *in, const Retention *matrix, const RetentionRow *row, bool *scale_needed)
{
	RetentionCells cells = retention_cells(matrix, row);
	bool falls = retention_params_of(matrix)->mode != RETENTION_ON;

	for (uint32_t n = 0; n < row->cells; n++)
	{
		cells.users[n] = (int64_t) read_varint(in, RETENTION_MAX_USERS);
		if (n == 0 ? cells.users[0] == 0 : cells.users[n] > cells.users[falls ? n - 1 : 0])
			return n == 0 ? "a cohort without users" : "more users than there can be";
		host_poll_at(n);
	}
	for (uint32_t n = 0; cells.amounts != NULL && n < row->cells; n++)
	{
		cells.amounts[n] = read_wide(in);
		*scale_needed = *scale_needed || cells.amounts[n] % 10 != 0;
		host_poll_at(n);
	}
	return in->bad ? "truncated or bad cells" : NULL;
}

/* Read the next cohort into *matrix; what is wrong with it, or NULL. */
static const char *
read_cohort(ByteReader *in, Retention **matrix, int64_t *age, bool first, bool *scale_needed)
{
	const RetentionParams *params = retention_params_of(*matrix);
	int64_t oldest = (int64_t) params->last_begun -
					 civil_period(CIVIL_MIN_DAY, params->period, params->week_start);
	int64_t below = first ? oldest + 1 : *age;
	uint64_t value = read_varint(in, UINT32_MAX);
	RetentionRow row;
	int64_t cohort;

	*age = first ? (int64_t) value : below - 1 - (int64_t) value;
	cohort = params->last_begun - *age;
	if (in->bad || *age < 0 || *age >= below)
		return "truncated or bad cohort";
	if (cohort < params->from_number || cohort >= params->to_number)
		return "a cohort outside the limits";
	if (retention_cells_begun(params, (int32_t) cohort) > (uint64_t) (in->end - in->next))
		return "truncated cells";
	host_poll();
	*matrix = retention_row(*matrix, (int32_t) cohort, &row);
	return read_cells(in, *matrix, &row, scale_needed);
}

void *
retention_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	RetentionParams *params = read_params(&in, problem);
	Retention *matrix;
	int64_t age = 0;
	uint8_t scale;
	uint64_t n_rows;
	bool scale_needed;

	if (params == NULL)
		return NULL;
	scale = params->amounts ? read_byte(&in) : 0;
	scale_needed = scale == 0;
	n_rows = read_varint(&in, UINT32_MAX);
	*problem = "bad scale or number of cohorts";
	if (in.bad || scale > MONEY_MAX_SCALE)
		return NULL;

	matrix = retention_create(params);
	host_free(params);
	retention_raise_scale(matrix, scale);
	for (uint64_t i = 0; i < n_rows; i++)
		if ((*problem = read_cohort(&in, &matrix, &age, i == 0, &scale_needed)) != NULL)
			return NULL;
	*problem = "bytes after the last cohort";
	if (in.next != in.end)
		return NULL;
	*problem = "a scale larger than the amounts need";
	if (!scale_needed)
		return NULL;
	*problem = NULL;
	return matrix;
}
