/*
 * tally.c: how often each of many rows of numbers was met.
 */
#include "kernel/base/tally.h"

#define INITIAL_ROWS 16
#define MAX_TOTAL    ((uint64_t) 1 << 62)
#define POLL_ROWS    0x10000 /* sorted at once, between two looks for interrupts */

static inline size_t
row_words(const TallyShape *shape)
{
	return (size_t) shape->n_keys + shape->n_counts;
}

static inline size_t
bytes_needed(const TallyShape *shape, size_t n)
{
	return sizeof(Tally) + (shape->n_head + n * row_words(shape)) * sizeof(uint64_t);
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
	if (tally->shape.n_head != shape->n_head || tally->shape.n_keys != shape->n_keys ||
		(shape->n_head > 0 && memcmp(tally->words, head, shape->n_head * sizeof(uint64_t)) != 0))
		host_fail(KERNEL_PARAMETERS);
}

static inline int
compare_rows(const TallyShape *shape, const uint64_t *a, const uint64_t *b)
{
	for (int i = 0; i < shape->n_keys; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* Sort n rows, with space for half of them. */
static void
sort_rows(const TallyShape *shape, uint64_t *rows, size_t n, uint64_t *space)
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
	if (n > POLL_ROWS)
		host_poll();
	sort_rows(shape, rows, half, space);
	sort_rows(shape, right, n - half, space);
	if (compare_rows(shape, right - width, right) <= 0)
		return;
	memcpy(space, rows, half * width * sizeof(uint64_t));
	while (left < left_end && right < right_end)
	{
		uint64_t **least = compare_rows(shape, left, right) <= 0 ? &left : &right;

		memcpy(out, *least, width * sizeof(uint64_t));
		*least += width;
		out += width;
		host_poll_at(++n_merged);
	}
	memcpy(out, left, (size_t) ((char *) left_end - (char *) left));
}

/* Ascending, each row once. */
static void
compact(Tally *tally)
{
	const TallyShape *shape = &tally->shape;
	size_t width = row_words(shape);
	uint64_t *rows = rows_of(tally);
	uint64_t *last = rows;
	uint64_t *space;

	if (tally->sorted)
		return;
	space = host_alloc((tally->n / 2 + 1) * width * sizeof(uint64_t));
	sort_rows(shape, rows, tally->n, space);
	host_free(space);
	for (uint32_t i = 1; i < tally->n; i++)
	{
		const uint64_t *row = rows + i * width;

		if (compare_rows(shape, last, row) == 0)
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
	for (size_t i = tally->shape.n_keys; i < row_words(&tally->shape); i++)
	{
		if (row[i] > MAX_TOTAL - tally->total)
			host_fail(KERNEL_USERS_RANGE);
		tally->total += row[i];
	}
}

Tally *
tally_add(Tally *tally, const uint64_t *row)
{
	size_t width = row_words(&tally->shape);

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

static inline uint64_t
swap_bytes(uint64_t bits)
{
	uint64_t swapped = 0;

	for (int i = 0; i < 8; i++, bits >>= 8)
		swapped = swapped << 8 | (bits & 0xFF);
	return swapped;
}

static inline bool
is_real(const TallyShape *shape, size_t i)
{
	return i < shape->n_keys && (shape->real_keys >> i & 1) != 0;
}

void
tally_pack(const void *state, ByteWriter *out)
{
	const Tally *sorted = tally_sorted(state);
	const TallyShape *shape = &sorted->shape;

	write_byte(out, shape->version);
	write_varint(out, shape->n_head);
	for (int i = 0; i < shape->n_head; i++)
		write_varint(out, sorted->words[i]);
	write_varint(out, sorted->n);
	for (uint32_t i = 0; i < sorted->n; i++)
	{
		const uint64_t *row = tally_row(sorted, i);

		for (size_t k = 0; k < row_words(shape); k++)
			write_varint(out, is_real(shape, k) ? swap_bytes(row[k]) : row[k]);
		tally_poll(i);
	}
	if (sorted != state)
		host_free((void *) sorted);
}

/* Read n rows into a tally that has room; what is wrong with them, or NULL. */
static const char *
read_rows(ByteReader *in, const TallyKind *kind, Tally *tally, uint64_t n)
{
	const TallyShape *shape = &tally->shape;

	for (; tally->n < n; tally->n++)
	{
		uint64_t *row = rows_of(tally) + tally->n * row_words(shape);
		uint64_t counted = tally->total;

		for (size_t i = 0; i < row_words(shape); i++)
		{
			bool is_count = i >= shape->n_keys;

			row[i] = read_varint(in, is_count ? MAX_TOTAL - tally->total : UINT64_MAX);
			if (is_real(shape, i))
				row[i] = swap_bytes(row[i]);
			if (is_count)
				tally->total += row[i];
		}
		if (in->bad || tally->total == counted || !kind->row_valid(tally->words, shape, row))
			return "truncated or bad rows";
		if (tally->n > 0 && compare_rows(shape, row - row_words(shape), row) >= 0)
			return "rows that do not ascend";
		tally_poll(tally->n);
	}
	return in->next == in->end ? NULL : "bytes after the last row";
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

	*problem = "unknown format version";
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
	n = read_varint(&in, size / row_words(&shape));
	*problem = "truncated or bad rows";
	if (in.bad || bytes_needed(&shape, n) > STATE_LIMIT)
		return NULL;

	tally = create(&shape, head, n);
	*problem = read_rows(&in, kind, tally, n);
	if (*problem == NULL)
		return tally;
	host_free(tally);
	return NULL;
}
