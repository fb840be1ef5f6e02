/*
 * rows.c: many rows of numbers, sorted and in few bytes.
 */
#include "kernel/base/rows.h"

#include <string.h>

#include "kernel/base/money.h"
#include "kernel/base/sort.h"

#define SORT_POLL 0x10000 /* rows sorted between two looks for interrupts */
#define LISTED    ((uint64_t) 1 << 63)
#define WHOLE_MAX ((uint64_t) 1 << 50)
#define MAX_KEYS  64

/* What a value takes for each decimal of the scale, and one that is in the list, in tenths. */
#define DECIMAL_BITS 33
#define LISTED_BITS  600

/* Sort n rows, with space for half of them. */
static void
sort_halves(const RowShape *shape, uint64_t *rows, size_t n, uint64_t *space)
{
	size_t width = row_words(shape);
	size_t half = n / 2;
	uint64_t *out = rows;
	uint64_t *left = space;
	uint64_t *left_end = space + half * width;
	uint64_t *right = rows + half * width;
	uint64_t *right_end = rows + n * width;
	size_t n_merged = 0;

	if (n < 2)
		return;
	if (n > SORT_POLL)
		host_poll();
	sort_halves(shape, rows, half, space);
	sort_halves(shape, right, n - half, space);
	if (rows_compare(shape, right - width, right) <= 0)
		return;
	memcpy(space, rows, half * width * sizeof(uint64_t));
	while (left < left_end && right < right_end)
	{
		uint64_t **least = rows_compare(shape, left, right) <= 0 ? &left : &right;

		memcpy(out, *least, width * sizeof(uint64_t));
		*least += width;
		out += width;
		host_poll_at(++n_merged);
	}
	memcpy(out, left, (size_t) ((char *) left_end - (char *) left));
}

void
rows_sort(const RowShape *shape, uint64_t *rows, size_t n)
{
	uint64_t *space = host_alloc((n / 2 + 1) * row_words(shape) * sizeof(uint64_t));

	sort_halves(shape, rows, n, space);
	host_free(space);
}

/* How the doubles of one key are written. */
typedef struct Column
{
	uint64_t *list; /* bits, ascending as signed integers */
	uint32_t n;
	int scale;
} Column;

/* A NumberModel for each place of a row. */
typedef struct Models
{
	NumberModel *all;
	NumberModel *lists;
	NumberModel *differs; /* by the one before */
	NumberModel *distance;
	NumberModel *listed;
	NumberModel *keys;
	NumberModel *counts;  /* two each */
} Models;

static Models
make_models(const RowShape *shape)
{
	size_t n = shape->n_keys;
	Models models = {.all = number_models(5 * n + 2 * (size_t) shape->n_counts)};

	models.lists = models.all;
	models.differs = models.lists + n;
	models.distance = models.differs + n;
	models.listed = models.distance + n;
	models.keys = models.listed + n;
	models.counts = models.keys + n;
	return models;
}

static inline bool
is_real(const RowShape *shape, int key)
{
	return (shape->real_keys >> key & 1) != 0;
}

static inline double
double_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint64_t
bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* The number that times 10^-scale is the double, or LISTED. */
static uint64_t
whole_at(uint64_t bits, int scale)
{
	double value = double_of(bits);
	double power = (double) power_of_ten(scale);
	uint64_t whole;

	if ((bits & LISTED) != 0 || !(value * power <= (double) WHOLE_MAX))
		return LISTED;
	whole = (uint64_t) (value * power + 0.5);
	return whole <= WHOLE_MAX && bits_of((double) whole / power) == bits ? whole : LISTED;
}

/* The scale by which they take the fewest bits, about. */
static int
scale_of(const RowShape *shape, int key, const uint64_t *rows, uint32_t n)
{
	uint64_t whole_from[MONEY_MAX_SCALE + 2] = {0};
	uint64_t whole = 0;
	uint64_t least = UINT64_MAX;
	int best = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		int scale = 0;

		host_poll_at(i);
		while (scale <= MONEY_MAX_SCALE &&
			   whole_at(rows[i * row_words(shape) + (size_t) key], scale) == LISTED)
			scale++;
		whole_from[scale]++;
	}
	for (int scale = 0; scale <= MONEY_MAX_SCALE; scale++)
	{
		uint64_t bits;

		whole += whole_from[scale];
		bits = whole * (uint64_t) scale * DECIMAL_BITS + (n - whole) * LISTED_BITS;
		if (bits < least)
			best = scale;
		least = bits < least ? bits : least;
	}
	return best;
}

static Column
column_of(const RowShape *shape, int key, const uint64_t *rows, uint32_t n)
{
	Column column = {.list = host_alloc((n + (size_t) 1) * sizeof(uint64_t)),
					 .scale = scale_of(shape, key, rows, n)};
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		uint64_t bits = rows[i * row_words(shape) + (size_t) key];

		host_poll_at(i);
		if (whole_at(bits, column.scale) == LISTED)
			column.list[column.n++] = bits;
	}
	sort_int64((int64_t *) column.list, column.n);
	for (uint32_t i = 0; i < column.n; i++)
	{
		host_poll_at(i);
		if (i == 0 || column.list[i] != column.list[kept - 1])
			column.list[kept++] = column.list[i];
	}
	column.n = kept;
	return column;
}

static uint64_t
place_in_list(const Column *column, uint64_t bits)
{
	uint32_t from = 0;
	uint32_t to = column->n;

	while (to - from > 1)
	{
		uint32_t middle = from + (to - from) / 2;

		if ((int64_t) column->list[middle] <= (int64_t) bits)
			from = middle;
		else
			to = middle;
	}
	return from;
}

/* A row with its doubles as the numbers that are written. */
static void
map_row(const RowShape *shape, const Column *columns, const uint64_t *row, uint64_t *mapped)
{
	for (size_t k = 0; k < row_words(shape); k++)
	{
		mapped[k] = row[k];
		if (k >= shape->n_keys || !is_real(shape, (int) k))
			continue;
		mapped[k] = whole_at(row[k], columns[k].scale);
		if (mapped[k] == LISTED)
			mapped[k] |= place_in_list(&columns[k], row[k]);
	}
}

static void
write_column(RangeWriter *writer, NumberModel *model, const Column *column)
{
	range_write(writer, model, (uint64_t) column->scale);
	range_write(writer, model, column->n);
	for (uint32_t i = 0; i < column->n; i++)
	{
		host_poll_at(i);
		range_write(writer, model,
					i == 0 ? column->list[0] : column->list[i] - column->list[i - 1] - 1);
	}
}

/* The first key that differs, of rows that do. */
static int
first_that_differs(const RowShape *shape, const uint64_t *a, const uint64_t *b)
{
	int key = 0;

	while (key < shape->n_keys - 1 && a[key] == b[key])
		key++;
	return key;
}

/* Write a row whose keys from one on are not known. */
static void
write_row(RangeWriter *writer, const RowShape *shape, const Column *columns, const Models *models,
		  const uint64_t *row, int from)
{
	for (int k = from; k < shape->n_keys; k++)
	{
		uint64_t number = row[k];

		if (is_real(shape, k) && columns[k].n > 0)
		{
			range_write(writer, &models->listed[k], number >> 63);
			number &= ~LISTED;
		}
		range_write(writer, &models->keys[k], number);
	}
	for (int c = 0; c < shape->n_counts; c++)
	{
		const uint64_t *count = row + shape->n_keys + c;

		range_write(writer, &models->counts[2 * c + (c > 0 && count[-1] == 0)], *count);
	}
}

/* Rows with their doubles as the numbers that are written, ascending by these. */
static uint64_t *
mapped_rows(const RowShape *shape, const Column *columns, const uint64_t *rows, uint32_t n)
{
	size_t width = row_words(shape);
	uint64_t *mapped = host_alloc(n * width * sizeof(uint64_t));

	for (uint32_t i = 0; i < n; i++)
	{
		host_poll_at(i);
		map_row(shape, columns, rows + i * width, mapped + i * width);
	}
	rows_sort(shape, mapped, n);
	return mapped;
}

void
rows_write(RangeWriter *writer, const RowShape *shape, const uint64_t *rows, uint32_t n)
{
	size_t width = row_words(shape);
	Column columns[MAX_KEYS] = {{0}};
	Models models = make_models(shape);
	uint64_t *mapped = NULL;
	int differs = 0;

	for (int k = 0; k < shape->n_keys; k++)
		if (is_real(shape, k))
		{
			columns[k] = column_of(shape, k, rows, n);
			write_column(writer, &models.lists[k], &columns[k]);
		}
	if (shape->real_keys != 0 && n > 0)
		rows = mapped = mapped_rows(shape, columns, rows, n);
	for (uint32_t i = 0; i < n; i++)
	{
		const uint64_t *row = rows + i * width;

		host_poll_at(i);
		if (i == 0)
		{
			write_row(writer, shape, columns, &models, row, 0);
			continue;
		}
		if (shape->n_keys > 1)
		{
			NumberModel *model = &models.differs[differs];

			differs = first_that_differs(shape, row - width, row);
			range_write(writer, model, (uint64_t) differs);
		}
		range_write(writer, &models.distance[differs], row[differs] - row[differs - (int) width] - 1);
		write_row(writer, shape, columns, &models, row, differs + 1);
	}
	if (mapped != NULL)
		host_free(mapped);
	for (int k = 0; k < shape->n_keys; k++)
		if (columns[k].list != NULL)
			host_free(columns[k].list);
	host_free(models.all);
}

/* With a list of at most n values. */
static Column
read_column(RangeReader *reader, NumberModel *model, uint32_t n)
{
	uint64_t scale = range_read(reader, model);
	uint64_t n_listed = range_read(reader, model);
	Column column = {.scale = (int) scale};

	reader->bad |= scale > MONEY_MAX_SCALE || n_listed > n;
	if (reader->bad)
		return column;
	column.list = host_alloc((n_listed + 1) * sizeof(uint64_t));
	for (; column.n < n_listed && !reader->bad; column.n++)
	{
		uint64_t number = range_read(reader, model);

		host_poll_at(column.n);
		column.list[column.n] = column.n == 0 ? number : column.list[column.n - 1] + number + 1;
	}
	return column;
}

static void
unmap_row(RangeReader *reader, const RowShape *shape, const Column *columns, uint64_t *row)
{
	for (int k = 0; k < shape->n_keys; k++)
	{
		uint64_t place = row[k] & ~LISTED;

		if (!is_real(shape, k))
			continue;
		reader->bad |= place > WHOLE_MAX || (place != row[k] && place >= columns[k].n);
		if (reader->bad)
			return;
		row[k] = place != row[k] ? columns[k].list[place]
								 : bits_of((double) place / (double) power_of_ten(columns[k].scale));
	}
}

/* Read keys from one on, and the counts. */
static void
read_row(RangeReader *reader, const RowShape *shape, const Column *columns, const Models *models,
		 uint64_t *row, int from)
{
	for (int k = from; k < shape->n_keys; k++)
	{
		uint64_t listed = 0;

		if (is_real(shape, k) && columns[k].n > 0)
			listed = range_read(reader, &models->listed[k]);
		row[k] = range_read(reader, &models->keys[k]);
		reader->bad |= listed > 1;
		row[k] |= listed << 63;
	}
	for (int c = 0; c < shape->n_counts; c++)
	{
		uint64_t *count = row + shape->n_keys + c;

		*count = range_read(reader, &models->counts[2 * c + (c > 0 && count[-1] == 0)]);
	}
}

void
rows_read(RangeReader *reader, const RowShape *shape, uint64_t *rows, uint32_t n)
{
	size_t width = row_words(shape);
	uint64_t before[MAX_KEYS];
	Column columns[MAX_KEYS] = {{0}};
	Models models = make_models(shape);
	uint64_t differs = 0;

	for (int k = 0; k < shape->n_keys; k++)
		if (is_real(shape, k))
			columns[k] = read_column(reader, &models.lists[k], n);
	for (uint32_t i = 0; i < n && !reader->bad; i++)
	{
		uint64_t *row = rows + i * width;

		host_poll_at(i);
		if (i == 0)
			read_row(reader, shape, columns, &models, row, 0);
		else
		{
			if (shape->n_keys > 1)
				differs = range_read(reader, &models.differs[differs]);
			reader->bad |= differs >= shape->n_keys;
			if (reader->bad)
				break;
			memcpy(row, before, differs * sizeof(uint64_t));
			row[differs] = before[differs] + range_read(reader, &models.distance[differs]) + 1;
			read_row(reader, shape, columns, &models, row, (int) differs + 1);
		}
		memcpy(before, row, shape->n_keys * sizeof(uint64_t));
		unmap_row(reader, shape, columns, row);
	}
	for (int k = 0; k < shape->n_keys; k++)
		if (columns[k].list != NULL)
			host_free(columns[k].list);
	host_free(models.all);
}
