/*
 * tally.c: how often each of many rows of numbers was met.
 */
#include "kernel/base/tally.h"

#define INITIAL_ROWS 16
#define MAX_TOTAL    ((uint64_t) 1 << 62)

static inline size_t
bytes_needed(const TallyShape *shape, size_t n)
{
	return sizeof(Tally) + (shape->n_head + n * row_words(&shape->row)) * sizeof(uint64_t);
}

static inline uint64_t *
rows_of(Tally *tally)
{
	return tally->words + tally->shape.n_head;
}

static Tally *
create(const TallyShape *shape, const uint64_t *head, size_t n)
{
	Tally *tally = state_create(bytes_needed(shape, n > INITIAL_ROWS ? n : INITIAL_ROWS));

	tally->shape = *shape;
	tally->sorted = true;
	if (shape->n_head > 0)
		memcpy(tally->words, head, shape->n_head * sizeof(uint64_t));
	return tally;
}

Tally *
tally_create(const TallyShape *shape, const uint64_t *head)
{
	return create(shape, head, 0);
}

void
tally_expect(const Tally *tally, const TallyShape *shape, const uint64_t *head)
{
	if (tally->shape.n_head != shape->n_head || tally->shape.row.n_keys != shape->row.n_keys ||
		(shape->n_head > 0 && memcmp(tally->words, head, shape->n_head * sizeof(uint64_t)) != 0))
		host_fail(KERNEL_PARAMETERS);
}

/* Ascending, each row once. */
static void
compact(Tally *tally)
{
	const RowShape *shape = &tally->shape.row;
	size_t width = row_words(shape);
	uint64_t *rows = rows_of(tally);
	uint64_t *last = rows;

	if (tally->sorted)
		return;
	rows_sort(shape, rows, tally->n);
	for (uint32_t i = 1; i < tally->n; i++)
	{
		const uint64_t *row = rows + i * width;

		if (rows_compare(shape, last, row) == 0)
			for (int c = shape->n_keys; c < (int) width; c++)
				last[c] += row[c];
		else
			memmove(last += width, row, width * sizeof(uint64_t));
		host_poll_at(i);
	}
	tally->n = (uint32_t) ((size_t) (last - rows) / width) + 1;
	tally->sorted = true;
}

const Tally *
tally_sorted(const Tally *tally)
{
	Tally *copy;

	if (tally->sorted)
		return tally;
	copy = state_copy(tally);
	compact(copy);
	return copy;
}

static void
count(Tally *tally, const uint64_t *row)
{
	for (size_t i = tally->shape.row.n_keys; i < row_words(&tally->shape.row); i++)
	{
		if (row[i] > MAX_TOTAL - tally->total)
			host_fail(KERNEL_USERS_RANGE);
		tally->total += row[i];
	}
}

Tally *
tally_add(Tally *tally, const uint64_t *row)
{
	size_t width = row_words(&tally->shape.row);

	if (bytes_needed(&tally->shape, (size_t) tally->n + 1) > tally->state.capacity)
	{
		uint32_t full = tally->n;

		compact(tally);
		if (tally->n > full / 2)
			tally = state_grow(tally, bytes_needed(&tally->shape, tally->n),
							   bytes_needed(&tally->shape, (size_t) full + 1));
	}
	count(tally, row);
	memcpy(rows_of(tally) + tally->n++ * width, row, width * sizeof(uint64_t));
	tally->sorted = tally->n == 1;
	return tally;
}

void *
tally_merge(void *state, const void *other)
{
	Tally *tally = state;
	const Tally *from = other;

	tally_expect(tally, &from->shape, from->words);
	for (uint32_t i = 0; i < from->n; i++)
	{
		tally = tally_add(tally, tally_row(from, i));
		tally_poll(i);
	}
	return tally;
}

void
tally_pack(const void *state, ByteWriter *out)
{
	const Tally *sorted = tally_sorted(state);
	const TallyShape *shape = &sorted->shape;
	RangeWriter writer;

	write_byte(out, shape->version);
	write_varint(out, shape->n_head);
	for (int i = 0; i < shape->n_head; i++)
		write_varint(out, sorted->words[i]);
	write_varint(out, sorted->n);
	writer = range_writer(out);
	rows_write(&writer, &shape->row, tally_row(sorted, 0), sorted->n);
	range_finish(&writer);
	if (sorted != state)
		host_free((void *) sorted);
}

/* Read n rows into a tally that has room; what is wrong with them, or NULL. */
static const char *
read_rows(ByteReader *in, const TallyKind *kind, Tally *tally, uint32_t n)
{
	const TallyShape *shape = &tally->shape;
	RangeReader reader = range_reader(in);

	rows_read(&reader, &shape->row, rows_of(tally), n);
	if (reader.bad)
		return "truncated or bad rows";
	for (; tally->n < n; tally->n++)
	{
		const uint64_t *row = tally_row(tally, tally->n);
		uint64_t counted = tally->total;

		for (size_t i = shape->row.n_keys; i < row_words(&shape->row); i++)
		{
			if (row[i] > MAX_TOTAL - tally->total)
				return "truncated or bad rows";
			tally->total += row[i];
		}
		if (tally->total == counted || !kind->row_valid(tally->words, shape, row))
			return "truncated or bad rows";
		if (tally->n > 0 && rows_compare(&shape->row, row - row_words(&shape->row), row) >= 0)
			tally->sorted = false;
		tally_poll(tally->n);
	}
	return NULL;
}

void *
tally_unpack(const TallyKind *kind, const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	TallyShape shape = kind->shape;
	uint8_t version = read_byte(&in);
	uint64_t n_head = read_varint(&in, kind->check_head == NULL ? 0 : TALLY_MAX_HEAD);
	uint64_t head[TALLY_MAX_HEAD];
	uint64_t n;
	Tally *tally;

	*problem = state_other_version(version, shape.version);
	if (version != shape.version)
		return NULL;
	for (uint64_t i = 0; i < n_head; i++)
		head[i] = read_varint(&in, UINT64_MAX);
	shape.n_head = (uint16_t) n_head;
	*problem = in.bad ? "truncated or bad parameters" : NULL;
	if (*problem == NULL && kind->check_head != NULL)
		*problem = kind->check_head(head, &shape);
	if (*problem != NULL)
		return NULL;
	n = read_varint(&in, rows_in_bytes(size));
	*problem = "truncated or bad rows";
	if (in.bad || bytes_needed(&shape, n) > STATE_LIMIT)
		return NULL;

	tally = create(&shape, head, n);
	*problem = read_rows(&in, kind, tally, (uint32_t) n);
	if (*problem == NULL)
		return tally;
	host_free(tally);
	return NULL;
}
