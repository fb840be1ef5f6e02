/*
 * retention.c: the working form of a retention matrix: a growing chunk.
 */
#include "kernel/metrics/retention.h"

#include <string.h>

#include "kernel/base/sort.h"

#define INITIAL_SLOTS 8
#define INITIAL_WORDS 64

struct Retention
{
	State state;
	uint32_t slots;         /* of the directory: a power of two */
	uint32_t n_rows;        /* cohorts */
	uint32_t words;         /* used by rows */
	uint32_t scale;         /* of the amounts */
	RetentionParams params; /* with brackets, then directory, then rows */
};

const StateKind retention_kind = {.type = "retention_matrix",
								  .pack = retention_pack,
								  .unpack = retention_unpack,
								  .merge = retention_merge};

static inline size_t
round_up(size_t size)
{
	return (size + 7) & ~(size_t) 7;
}

static inline size_t
directory_at(const Retention *matrix)
{
	return round_up(offsetof(Retention, params) + retention_params_size(&matrix->params));
}

static inline RetentionRow *
directory(const Retention *matrix)
{
	return (RetentionRow *) ((char *) matrix + directory_at(matrix));
}

static inline int64_t *
row_words(const Retention *matrix)
{
	return (int64_t *) (directory(matrix) + matrix->slots);
}

static inline size_t
bytes_needed(const Retention *matrix, uint32_t slots, size_t words)
{
	return directory_at(matrix) + slots * sizeof(RetentionRow) + words * sizeof(int64_t);
}

Retention *
retention_create(const RetentionParams *params)
{
	size_t params_size = retention_params_size(params);
	size_t size = round_up(offsetof(Retention, params) + params_size) +
				  INITIAL_SLOTS * sizeof(RetentionRow) + INITIAL_WORDS * sizeof(int64_t);
	Retention *matrix = state_create(size);

	matrix->slots = INITIAL_SLOTS;
	memcpy(&matrix->params, params, params_size);
	return matrix;
}

const RetentionParams *
retention_params_of(const Retention *matrix)
{
	return &matrix->params;
}

int
retention_scale(const Retention *matrix)
{
	return (int) matrix->scale;
}

void
retention_expect(const Retention *matrix, const RetentionParams *params)
{
	size_t size = retention_params_size(params);

	if (matrix->params.n_brackets != params->n_brackets ||
		memcmp(&matrix->params, params, size) != 0)
		host_fail(KERNEL_PARAMETERS);
}

/* The directory's entry of the cohort, or the free one where it would stand. */
static inline RetentionRow *
find_slot(const Retention *matrix, int32_t cohort)
{
	RetentionRow *slots = directory(matrix);
	uint32_t mask = matrix->slots - 1;
	uint32_t at = ((uint32_t) cohort * UINT32_C(0x9E3779B1) >> 7) & mask;

	while (slots[at].place != 0 && slots[at].cohort != cohort)
		at = (at + 1) & mask;
	return &slots[at];
}

/* A copy with room for another row of so many words. */
static Retention *
grow(const Retention *matrix, uint32_t slots, size_t words)
{
	size_t needed = bytes_needed(matrix, slots, matrix->words + words);
	Retention *grown = state_grow(matrix, directory_at(matrix), needed);

	grown->slots = slots;
	state_copy_bytes(row_words(grown), row_words(matrix), matrix->words * sizeof(int64_t));
	for (uint32_t i = 0; i < matrix->slots; i++)
	{
		if (directory(matrix)[i].place != 0)
			*find_slot(grown, directory(matrix)[i].cohort) = directory(matrix)[i];
		host_poll_at(i);
	}
	return grown;
}

/* How many cells of a cohort have begun. */
uint64_t
retention_cells_begun(const RetentionParams *params, int32_t cohort)
{
	int64_t age = (int64_t) params->last_begun - cohort;
	int64_t last = age;

	if (params->n_brackets > 0)
	{
		last = age > 0;
		while (last > 0 && last < params->n_brackets && params->ends[last - 1] < age)
			last++;
	}
	if (params->max_periods != RETENTION_ALL_PERIODS && last > params->max_periods)
		last = params->max_periods;
	return (uint64_t) last + 1;
}

Retention *
retention_row(Retention *matrix, int32_t cohort, RetentionRow *row)
{
	RetentionRow *slot = find_slot(matrix, cohort);
	uint32_t slots = matrix->slots;
	uint64_t cells;
	size_t words;

	*row = *slot;
	if (slot->place != 0)
		return matrix;

	cells = retention_cells_begun(&matrix->params, cohort);
	words = (size_t) cells * (matrix->params.amounts ? 3 : 1);
	if (matrix->n_rows >= slots / 2)
		slots *= 2;
	if (slots > matrix->slots ||
		bytes_needed(matrix, slots, matrix->words + words) > matrix->state.capacity)
	{
		matrix = grow(matrix, slots, words);
		slot = find_slot(matrix, cohort);
	}
	*row = *slot = (RetentionRow){cohort, (uint32_t) cells, matrix->words + 1};
	matrix->words += (uint32_t) words;
	matrix->n_rows++;
	return matrix;
}

RetentionCells
retention_cells(const Retention *matrix, const RetentionRow *row)
{
	int64_t *users = row_words(matrix) + row->place - 1;
	MoneySum *amounts = NULL;

	if (matrix->params.amounts)
		amounts = (MoneySum *) (users + row->cells);
	return (RetentionCells){users, amounts};
}

static int
compare_rows(const void *a, const void *b)
{
	int32_t x = ((const RetentionRow *) a)->cohort;
	int32_t y = ((const RetentionRow *) b)->cohort;

	return (x > y) - (x < y);
}

RetentionRow *
retention_rows(const Retention *matrix, uint32_t *n_rows)
{
	RetentionRow *rows = host_alloc((matrix->n_rows + 1) * sizeof(RetentionRow));
	uint32_t n = 0;

	for (uint32_t i = 0; i < matrix->slots; i++)
		if (directory(matrix)[i].place != 0)
			rows[n++] = directory(matrix)[i];
	sort_entries(rows, n, sizeof(RetentionRow), compare_rows);
	*n_rows = n;
	return rows;
}

/* Bring all amounts to the scale, unless theirs is larger. */
void
retention_raise_scale(Retention *matrix, int scale)
{
	if (scale <= retention_scale(matrix))
		return;
	for (uint32_t i = 0; i < matrix->slots; i++)
	{
		const RetentionRow *row = &directory(matrix)[i];

		host_poll();
		for (uint32_t n = 0; row->place != 0 && n < row->cells; n++)
		{
			MoneySum *amount = retention_cells(matrix, row).amounts + n;

			*amount = money_sum_rescale(*amount, retention_scale(matrix), scale);
			host_poll_at(n);
		}
	}
	matrix->scale = (uint32_t) scale;
}

static int64_t
add_users(int64_t a, int64_t b)
{
	if (a + b > RETENTION_MAX_USERS)
		host_fail(KERNEL_USERS_RANGE);
	return a + b;
}

static void
merge_cells(const Retention *matrix, const RetentionRow *row, const Retention *other,
			const RetentionRow *from)
{
	RetentionCells into = retention_cells(matrix, row);
	RetentionCells cells = retention_cells(other, from);

	for (uint32_t n = 0; n < row->cells; n++)
	{
		into.users[n] = add_users(into.users[n], cells.users[n]);
		host_poll_at(n);
	}
	for (uint32_t n = 0; into.amounts != NULL && n < row->cells; n++)
	{
		into.amounts[n] = money_sum_add(
			into.amounts[n], money_sum_rescale(cells.amounts[n], retention_scale(other),
											   retention_scale(matrix)));
		host_poll_at(n);
	}
}

void *
retention_merge(void *state, const void *from_state)
{
	Retention *matrix = state;
	const Retention *other = from_state;

	retention_expect(matrix, &other->params);
	retention_raise_scale(matrix, retention_scale(other));
	for (uint32_t i = 0; i < other->slots; i++)
	{
		const RetentionRow *from = &directory(other)[i];
		RetentionRow row;

		if (from->place == 0)
			continue;
		host_poll();
		matrix = retention_row(matrix, from->cohort, &row);
		merge_cells(matrix, &row, other, from);
	}
	return matrix;
}

RetentionPoint *
retention_curve(const Retention *matrix, uint32_t *n_points)
{
	uint32_t n_rows;
	RetentionRow *rows = retention_rows(matrix, &n_rows);
	uint32_t most = n_rows == 0 ? 0 : rows[0].cells; /* the oldest has the most */
	RetentionPoint *points = host_alloc((most + 1) * sizeof(RetentionPoint));

	memset(points, 0, (most + 1) * sizeof(RetentionPoint));
	*n_points = 0;
	for (uint32_t i = 0; i < n_rows; i++)
	{
		const int64_t *users = retention_cells(matrix, &rows[i]).users;

		host_poll();
		for (uint32_t n = 0; n < rows[i].cells; n++)
		{
			if (!retention_complete(&matrix->params, rows[i].cohort, n))
				break;
			points[n].retained = add_users(points[n].retained, users[n]);
			points[n].eligible = add_users(points[n].eligible, users[0]);
			points[n].rates += (double) users[n] / (double) users[0];
			points[n].cohorts++;
			if (*n_points <= n)
				*n_points = n + 1;
			host_poll_at(n);
		}
	}
	host_free(rows);
	return points;
}
