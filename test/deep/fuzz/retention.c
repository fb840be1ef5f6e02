/*
 * retention.c: matrices of retention.
 */
#include "states.h"

#include "kernel/metrics/retention.h"

FUZZ_STATES(&retention_kind)

static void *
build(Input *head, Input *rows)
{
	uint32_t n_brackets = in_bool(head) ? 0 : in_below(head, 5);
	RetentionParams *params = retention_params(n_brackets);
	uint8_t how = in_byte(head);
	bool amounts = how & 1;
	const char *hint;
	Retention *matrix;

	params->amounts = amounts;
	params->cohort = how >> 1 & 1;
	params->week_start = how >> 2 & 1;
	params->mode = (how >> 3) % 3;
	params->min_occurrences = how & 0x40 ? 1 : (int32_t) in_int(head, 1, INT32_MAX);
	params->max_periods = how & 0x80 ? RETENTION_ALL_PERIODS : (int32_t) in_int(head, 0, RETENTION_MAX_PERIODS);
	if (in_bool(head))
		params->cohort_from = in_day(head);
	if (in_bool(head))
		params->cohort_to = in_day(head);
	for (uint32_t i = 0; i < n_brackets; i++)
		params->ends[i] = (i == 0 ? 0 : params->ends[i - 1]) + (int32_t) in_int(head, 1, RETENTION_MAX_PERIODS);
	retention_set_period(params, (Period) (PERIOD_DAY + in_below(head, PERIODS)), in_as_of(head));
	if (retention_problem(params, &hint) != NULL)
		return NULL;
	matrix = retention_create(params);
	while (in_left(rows) > 0)
	{
		ActivityReader start;
		ActivityReader returns;
		uint8_t what = in_byte(rows);

		in_activity_reader(rows, amounts, &start);
		if (what < 0x80)
			matrix = retention_add(matrix, &start);
		else if (what < 0x90)
			matrix = retention_add_between(matrix, &start, NULL);
		else
		{
			in_activity_reader(rows, amounts, &returns);
			matrix = retention_add_between(matrix, &start, &returns);
		}
	}
	retention_expect(matrix, params);
	return matrix;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const RetentionParams *params = retention_params_of(state);
	uint32_t n_rows;
	uint32_t n_points;
	RetentionRow *rows = retention_rows(state, &n_rows);
	RetentionPoint *points = retention_curve(state, &n_points);

	for (uint32_t i = 0; i < n_rows; i++)
	{
		RetentionCells cells = retention_cells(state, &rows[i]);

		CHECK(i == 0 || rows[i - 1].cohort < rows[i].cohort);
		CHECK(rows[i].cells == retention_cells_begun(params, rows[i].cohort));
		for (uint32_t k = 0; k < rows[i].cells; k++)
		{
			CHECK(cells.users[k] >= 0 && cells.users[k] <= cells.users[0]);
			(void) retention_complete(params, rows[i].cohort, k);
		}
	}
	for (uint32_t i = 0; i < n_points; i++)
		CHECK(points[i].retained >= 0 && points[i].retained <= points[i].eligible);
	if (n_rows > 0)
		(void) retention_cohort_day(params, rows[0].cohort);
}
