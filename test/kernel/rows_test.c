/*
 * rows_test.c: rows of numbers in few bytes, outside the server.
 *
 *	rows_test [SEED [ROUNDS]]
 *
 * Rows at random, of every shape, are what is read from what was written of them, and
 * random bytes are read without harm.  As many rows as there are take about as many bytes
 * as information theory asks for.  Rows that rolling retention cannot have are refused
 * with a word of what is wrong with them.
 */
#include "kernel/base/rows.h"
#include "kernel/metrics/rolling_retention.h"

#include <math.h>

#include "simple_host.h"

#define MAX_ROWS  400
#define MAX_WIDTH 9

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

/* Numbers of every size, most of them small; as doubles whole ones, decimals and others. */
static uint64_t
number(bool real)
{
	static const double powers[] = {1, 10, 100, 1000, 1e9};
	uint64_t value = random_bits() >> (below(4) == 0 ? below(64) : 56 + below(8));

	if (!real)
		return value;
	switch (below(5))
	{
		case 0:
			return bits_of_real(-uniform());
		case 1:
			return bits_of_real(uniform() * 1e6);
		case 2:
			return bits_of_real((double) value);
		default:
			return bits_of_real((double) (value >> 40) / powers[below(5)]);
	}
}

/* Distinct ascending rows of a shape; returns how many. */
static uint32_t
make_rows(const RowShape *shape, uint64_t *rows)
{
	size_t width = row_words(shape);
	uint32_t n = (uint32_t) below(MAX_ROWS);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		for (size_t k = 0; k < width; k++)
		{
			bool real = k < shape->n_keys && (shape->real_keys >> k & 1) != 0;

			rows[i * width + k] = k < shape->n_keys && i > 0 && below(3) > 0
									  ? rows[(i - 1) * width + k]
									  : number(real);
		}
	rows_sort(shape, rows, n);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || rows_compare(shape, rows + (kept - 1) * width, rows + i * width) != 0)
			memmove(rows + kept++ * width, rows + i * width, width * sizeof(uint64_t));
	return kept;
}

static ByteWriter
written(const RowShape *shape, const uint64_t *rows, uint32_t n)
{
	ByteWriter out = byte_writer(0);
	RangeWriter writer = range_writer(&out);

	rows_write(&writer, shape, rows, n);
	range_finish(&writer);
	return out;
}

static bool
read_back(const RowShape *shape, const uint8_t *bytes, size_t size, uint64_t *rows, uint32_t n)
{
	ByteReader in = byte_reader(bytes, size);
	RangeReader reader = range_reader(&in);

	rows_read(&reader, shape, rows, n);
	return !reader.bad;
}

static void
round_of(void)
{
	static uint64_t rows[MAX_ROWS * MAX_WIDTH];
	static uint64_t again[MAX_ROWS * MAX_WIDTH];
	RowShape shape = {.n_keys = (uint8_t) (1 + below(6)), .n_counts = (uint8_t) below(4)};
	uint32_t n;
	ByteWriter bytes;
	size_t size;

	shape.real_keys = random_bits() & random_bits() & (((uint64_t) 1 << shape.n_keys) - 1);
	n = make_rows(&shape, rows);
	bytes = written(&shape, rows, n);
	size = bytes_written(&bytes);
	CHECK(n <= rows_in_bytes(size));
	CHECK(read_back(&shape, bytes.start, size, again, n));
	rows_sort(&shape, again, n);
	CHECK(memcmp(rows, again, n * row_words(&shape) * sizeof(uint64_t)) == 0);
	for (int i = 0; i < 20 && size > 0; i++)
	{
		bytes.start[random_bits() % size] = (uint8_t) random_bits();
		(void) read_back(&shape, bytes.start, random_bits() % (size + 1), again, n);
	}
	free(bytes.start);
}

/* n of 2^bits numbers at random, in the bits that it takes to say which, and a tenth more. */
static void
check_size(uint32_t n, int bits)
{
	RowShape shape = {.n_keys = 1, .n_counts = 1};
	uint64_t *rows = malloc(2 * n * sizeof(uint64_t));
	double needed = 0;
	ByteWriter bytes;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		rows[2 * i] = random_bits() >> (64 - bits);
		rows[2 * i + 1] = 1;
	}
	rows_sort(&shape, rows, n);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || rows[2 * i] != rows[2 * (kept - 1)])
			rows[2 * kept++] = rows[2 * i];
	needed = (lgamma(ldexp(1, bits) + 1) - lgamma(kept + 1.0) - lgamma(ldexp(1, bits) - kept + 1)) / log(2) / 8;
	for (uint32_t i = 0; i < kept; i++)
		rows[2 * i + 1] = 1;
	bytes = written(&shape, rows, kept);
	CHECK((double) bytes_written(&bytes) > needed * 0.99);
	CHECK((double) bytes_written(&bytes) < needed * 1.1 + 20);
	free(bytes.start);
	free(rows);
}

typedef struct BadRows
{
	RetentionMode mode;
	int n;
	uint64_t rows[3][3]; /* day, period, users */
	const char *problem; /* NULL: none */
} BadRows;

/* Up to period 3, as of a time that is long past. */
static const BadRows of_rolling[] = {
	{RETENTION_ON, 1, {{0, 0, 1}}, NULL},
	{RETENTION_ON, 1, {{0, 1, 1}}, "users who came back and were not there"},
	{RETENTION_ON, 2, {{0, 0, 1}, {0, 1, 1}}, NULL},
	{RETENTION_ON, 2, {{0, 0, 1}, {0, 1, 2}}, "more users who came back than were there"},
	{RETENTION_ON, 2, {{0, 0, 1}, {0, 4, 1}}, "truncated or bad rows"},
	{RETENTION_ON, 2, {{0, 0, 1}, {1, 1, 1}}, "users who came back and were not there"},
	{RETENTION_ON_OR_AFTER, 3, {{0, 0, 1}, {0, 1, 1}, {0, 2, 1}}, "users who came back and were not there"},
	{RETENTION_ON, 3, {{0, 0, 1}, {0, 1, 1}, {0, 2, 1}}, NULL},
	{RETENTION_ON, 1, {{2147483493, 0, 1}}, NULL},
	{RETENTION_ON, 1, {{2147483494, 0, 1}}, "truncated or bad rows"}};

static void
check_rolling(const BadRows *bad)
{
	RollingQuestion question = {.mode = bad->mode, .unit = 1, .periods = 3, .zone = "UTC"};
	Tally *tally = rolling_retention_create(&question);
	ByteWriter out = byte_writer(0);
	const char *problem;

	for (int i = 0; i < bad->n; i++)
		tally = tally_add(tally, bad->rows[i]);
	tally_pack(tally, &out);
	problem = state_check(&rolling_retention_kind.state, out.start, bytes_written(&out));
	CHECK(bad->problem == NULL ? problem == NULL : problem != NULL && strcmp(problem, bad->problem) == 0);
	free(out.start);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 500;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int i = 0; i < rounds; i++)
		round_of();
	check_size(20000, 17);
	check_size(20000, 30);
	check_size(5000, 52);
	for (size_t i = 0; i < sizeof(of_rolling) / sizeof(of_rolling[0]); i++)
		check_rolling(&of_rolling[i]);
	printf("# %d rounds\n", rounds);
	return 0;
}
