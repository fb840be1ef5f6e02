/*
 * retention_count.c: count users into the cells of a retention matrix.
 *
 *	1. Only days before as_of exist.  A user without one is in no cohort.
 *	2. A user's cohort is the first active period, or each of them (recurring);
 *	   it counts if its first day lies in [cohort_from, cohort_to).  Those two
 *	   limit cohorts, not the history.
 *	3. Cell 0 is the cohort itself: every user of it, whatever the events.
 *	4. A user returned in a later period (bracket) that has min_occurrences
 *	   events.  The periods after the last bracket stand each for itself.
 *	5. The modes say which cells a return counts in; what lies beyond the last
 *	   cell still counts for on_or_after.
 *	6. The amount of a cell is what the cohort's users spent in it, returned or not.
 *	7. A cell is listed when its first period has begun by as_of.
 */
#include "kernel/metrics/retention.h"

#define FEW_PERIODS 64 /* on the stack */

/* What a user did in one period. */
typedef struct ActivePeriod
{
	int32_t number;
	uint64_t events;
	MoneySum amount;
} ActivePeriod;

/* The user's active periods before as_of, oldest first; n_days entries at most. */
static uint32_t
read_periods(ActivityReader *reader, const Retention *matrix, ActivePeriod *periods)
{
	const RetentionParams *params = retention_params_of(matrix);
	PeriodCursor cursor = period_cursor(params->period, params->week_start);
	int scale = retention_scale(matrix);
	ActivePeriod period = {0}; /* that is being read */
	uint32_t n = 0;
	uint32_t n_days = 0;
	ActivityDay day;

	while (activity_next_before(reader, params->as_of, &day))
	{
		int32_t number = period_at(&cursor, day.day);

		if (period.number != number || period.events == 0)
		{
			if (period.events > 0)
				periods[n++] = period;
			period = (ActivePeriod){.number = number};
		}
		period.events += day.events;
		period.amount += day.amount;
		host_poll_at(++n_days);
	}
	if (period.events > 0)
		periods[n++] = period;
	for (uint32_t i = 0; i < n && reader->scale < scale; i++)
		periods[i].amount = money_sum_rescale(periods[i].amount, reader->scale, scale);
	return n;
}

/* One user of one cohort, whose later periods arrive cell by cell. */
typedef struct CohortUser
{
	const RetentionParams *params;
	RetentionCells cells; /* of the cohort */
	int64_t n_cells;
	int64_t reached; /* last cell of the streak, or of all returns */
} CohortUser;

static inline void
count_amount(CohortUser *user, int64_t cell, __int128 amount)
{
	MoneySum *amounts = user->cells.amounts;

	if (amounts != NULL && cell < user->n_cells)
		amounts[cell] = money_sum_add(amounts[cell], amount);
}

static inline void
count_cell(CohortUser *user, int64_t cell, uint64_t events, __int128 amount)
{
	const RetentionParams *params = user->params;

	count_amount(user, cell, amount);
	if (events < (uint64_t) params->min_occurrences)
		return;
	if (params->mode == RETENTION_ON && cell < user->n_cells)
		user->cells.users[cell]++;
	if (params->mode == RETENTION_ON_OR_AFTER ||
		(params->mode == RETENTION_STREAK && cell == user->reached + 1))
		user->reached = cell;
}

/* The user's later periods, one cell each. */
static void
count_periods(CohortUser *user, int32_t cohort, const ActivePeriod *periods, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		int64_t cell = (int64_t) periods[i].number - cohort;

		if (cell >= user->n_cells && user->params->mode != RETENTION_ON_OR_AFTER)
			break;
		count_cell(user, cell, periods[i].events, periods[i].amount);
	}
}

/* The user's later periods, those of a bracket put together. */
static void
count_brackets(CohortUser *user, int32_t cohort, const ActivePeriod *periods, uint32_t n)
{
	const RetentionParams *params = user->params;
	uint32_t bracket = 0;
	uint32_t i = 0;

	while (i < n)
	{
		int64_t offset = (int64_t) periods[i].number - cohort;
		uint64_t events = 0;
		__int128 amount = 0;

		while (bracket < params->n_brackets && params->ends[bracket] < offset)
			bracket++;
		if (bracket == params->n_brackets)
			break;
		for (; i < n && (int64_t) periods[i].number - cohort <= params->ends[bracket]; i++)
		{
			events += periods[i].events;
			amount += periods[i].amount;
		}
		count_cell(user, (int64_t) bracket + 1, events, amount);
	}
	/* What is beyond lies in no cell; on_or_after looks at it period by period. */
	for (; i < n && params->mode == RETENTION_ON_OR_AFTER; i++)
		count_cell(user, user->n_cells, periods[i].events, 0);
}

/* Count the user into a cohort; the periods are those from the cohort on. */
static Retention *
count_user(Retention *matrix, int32_t cohort, const ActivePeriod *periods, uint32_t n)
{
	const RetentionParams *params;
	RetentionRow row;
	CohortUser user;

	matrix = retention_row(matrix, cohort, &row);
	params = retention_params_of(matrix);
	user = (CohortUser){
		.params = params, .cells = retention_cells(matrix, &row), .n_cells = row.cells};
	user.cells.users[0]++;
	if (n > 0 && periods[0].number == cohort)
	{
		count_amount(&user, 0, periods[0].amount);
		periods++;
		n--;
	}
	if (params->n_brackets > 0)
		count_brackets(&user, cohort, periods, n);
	else
		count_periods(&user, cohort, periods, n);

	if (user.reached >= user.n_cells)
		user.reached = user.n_cells - 1;
	for (int64_t cell = 1; cell <= user.reached; cell++)
		user.cells.users[cell]++;
	return matrix;
}

/* Count the user into the cohorts of the start periods. */
static Retention *
count_cohorts(Retention *matrix, const ActivePeriod *starts, uint32_t n_starts,
			  const ActivePeriod *returns, uint32_t n_returns)
{
	const RetentionParams *params = retention_params_of(matrix);
	int32_t from_number = params->from_number;
	int64_t to_number = params->to_number;
	uint32_t from = 0;

	if (params->cohort == COHORT_FIRST && n_starts > 1)
		n_starts = 1;
	for (uint32_t i = 0; i < n_starts; i++)
	{
		int32_t cohort = starts[i].number;

		if (cohort < from_number || cohort >= to_number)
			continue;
		while (from < n_returns && returns[from].number < cohort)
			from++;
		matrix = count_user(matrix, cohort, returns + from, n_returns - from);
		host_poll();
	}
	return matrix;
}

/* What most ask: the first cohort, each period by itself, whether the user was there. */
static bool
only_presence(const RetentionParams *params)
{
	return !params->amounts && params->n_brackets == 0 && params->min_occurrences <= 1 &&
		   params->cohort == COHORT_FIRST && params->mode == RETENTION_ON;
}

static Retention *
count_presence(Retention *matrix, ActivityReader *activity)
{
	const RetentionParams *params = retention_params_of(matrix);
	ActivityReader reader = *activity;
	PeriodCursor cursor = period_cursor(params->period, params->week_start);
	int32_t as_of = params->as_of;
	uint32_t n_read = 0;
	RetentionRow row;
	int64_t *users;
	int32_t cohort;
	int32_t last;
	int32_t day;

	if (!activity_next_day(&reader, &day) || day >= as_of)
		return matrix;
	cohort = last = period_at(&cursor, day);
	if (cohort < params->from_number || cohort >= params->to_number)
		return matrix;
	matrix = retention_row(matrix, cohort, &row);
	users = retention_cells(matrix, &row).users;
	users[0]++;
	/* without branches, which nobody could predict */
	while (activity_next_day(&reader, &day) && day < as_of)
	{
		int32_t number = period_at(&cursor, day);
		int64_t cell = (int64_t) number - cohort;

		if (cell >= row.cells)
			break;
		users[cell] += number != last;
		last = number;
		if ((++n_read & 0xFFFF) == 0)
			host_poll();
	}
	return matrix;
}

Retention *
retention_add(Retention *matrix, ActivityReader *activity)
{
	ActivePeriod few[FEW_PERIODS];
	ActivePeriod *periods = few;
	uint32_t n;

	if (only_presence(retention_params_of(matrix)))
		return count_presence(matrix, activity);
	if (activity->n_days > FEW_PERIODS)
		periods = host_alloc(activity->n_days * sizeof(ActivePeriod));
	if (retention_params_of(matrix)->amounts)
		retention_raise_scale(matrix, activity->scale);
	n = read_periods(activity, matrix, periods);
	matrix = count_cohorts(matrix, periods, n, periods, n);
	if (periods != few)
		host_free(periods);
	return matrix;
}

Retention *
retention_add_between(Retention *matrix, ActivityReader *start, ActivityReader *returns)
{
	size_t n_days = (size_t) start->n_days + (returns == NULL ? 0 : returns->n_days);
	ActivePeriod few[FEW_PERIODS];
	ActivePeriod *periods = few;
	uint32_t n_starts;
	uint32_t n_returns = 0;

	if (n_days > FEW_PERIODS)
		periods = host_alloc(n_days * sizeof(ActivePeriod));
	if (retention_params_of(matrix)->amounts && returns != NULL)
		retention_raise_scale(matrix, returns->scale);
	n_starts = read_periods(start, matrix, periods);
	if (returns != NULL)
		n_returns = read_periods(returns, matrix, periods + n_starts);
	matrix = count_cohorts(matrix, periods, n_starts, periods + n_starts, n_returns);
	if (periods != few)
		host_free(periods);
	return matrix;
}
