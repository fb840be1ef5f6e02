/*
 * heatmap.c: a retention matrix as lines of text.
 *
 *	cohort      users     0     1     2
 *	2024-01-01     20   100  █ 55  ▒ 25
 *	2024-02-01     30   100  ▓ 40*
 *	all                 100  █ 46  ▒ 25
 *	* not over yet
 *
 *	1. Per cent of the cohort, rounded half up; a * where the period was not over.
 *	2. The shade compares with the highest rate behind period 0, a quarter a step.
 *	3. The line "all" is the pooled curve: complete cells only.
 *	4. No cohorts: no lines.  No line ends in spaces.
 */
#include "server/compat.h"

#include <math.h>

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "kernel/metrics/retention.h"
#include "pictures/glyphs.h"
#include "server/call.h"
#include "server/state_io.h"

#define SHADES 5

static const char *const block_shades[SHADES] = {" ", "░", "▒", "▓", "█"};
static const char *const ascii_shades[SHADES] = {" ", ".", ":", "+", "#"};

/* What is left to be drawn. */
typedef struct Heatmap
{
	const Retention *matrix;
	const RetentionParams *params;
	RetentionRow *rows;
	uint32 n_rows;
	uint32 n_cells;	  /* of the longest row */
	int cohort_width; /* of the first columns */
	int users_width;
	float8 top;		 /* the highest rate behind period 0 */
	bool unfinished; /* is a cell not complete? */
} Heatmap;

static inline float8
rate_of(int64 users, int64 of)
{
	return (float8) users / (float8) of;
}

/* A cohort's first day, as ISO has it whatever DateStyle is. */
static void
print_cohort(const Heatmap *map, const RetentionRow *row, char *out)
{
	int day = retention_cohort_day(map->params, row->cohort);
	struct pg_tm tm = {0};

	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, out);
}

/* How wide and how dark the picture gets. */
static void
measure(Heatmap *map)
{
	for (uint32 i = 0; i < map->n_rows; i++)
	{
		const RetentionRow *row = &map->rows[i];
		int64 *users = retention_cells(map->matrix, row).users;
		char cohort[MAXDATELEN + 1];

		print_cohort(map, row, cohort);
		map->cohort_width = Max(map->cohort_width, (int) strlen(cohort));
		map->users_width =
			Max(map->users_width, snprintf(cohort, sizeof(cohort), INT64_FORMAT, users[0]));
		map->n_cells = Max(map->n_cells, row->cells);
		map->unfinished |= !retention_complete(map->params, row->cohort, row->cells - 1);
		for (uint32 cell = 1; cell < row->cells; cell++)
		{
			map->top = Max(map->top, rate_of(users[cell], users[0]));
			host_poll_at(cell);
		}
		CHECK_FOR_INTERRUPTS();
	}
}

static Heatmap *
open_heatmap(FunctionCallInfo fcinfo)
{
	Heatmap *map = palloc0(sizeof(Heatmap));

	map->matrix = state_copy(state_arg(fcinfo, 0, &retention_kind));
	map->params = retention_params_of(map->matrix);
	map->rows = retention_rows(map->matrix, &map->n_rows);
	map->cohort_width = strlen("cohort");
	map->users_width = strlen("users");
	measure(map);
	return map;
}

static void
append_cell(StringInfo line, const Heatmap *map, uint32 cell, float8 rate, bool complete)
{
	int shade = cell == 0 || rate <= 0 ? 0 : (int) ceil(rate / map->top * (SHADES - 1));

	host_poll_at(cell);
	appendStringInfo(line, " %s%3d%s", (blocks_drawn() ? block_shades : ascii_shades)[shade],
					 (int) floor(100 * rate + 0.5), complete ? " " : "*");
}

static void
append_header(StringInfo line, const Heatmap *map)
{
	appendStringInfo(line, "%-*s  %*s", map->cohort_width, "cohort", map->users_width, "users");
	for (uint32 cell = 0; cell < map->n_cells; cell++)
	{
		appendStringInfo(line, "%5u ", cell);
		host_poll_at(cell);
	}
}

static void
append_row(StringInfo line, const Heatmap *map, const RetentionRow *row)
{
	int64 *users = retention_cells(map->matrix, row).users;
	char cohort[MAXDATELEN + 1];

	print_cohort(map, row, cohort);
	appendStringInfo(line, "%-*s  %*lld", map->cohort_width, cohort, map->users_width,
					 (long long int) users[0]);
	for (uint32 cell = 0; cell < row->cells; cell++)
		append_cell(line, map, cell, rate_of(users[cell], users[0]),
					retention_complete(map->params, row->cohort, cell));
}

static void
append_curve(StringInfo line, const Heatmap *map)
{
	uint32 n_points;
	RetentionPoint *points = retention_curve(map->matrix, &n_points);

	appendStringInfo(line, "%-*s  %*s", map->cohort_width, "all", map->users_width, "");
	for (uint32 cell = 0; cell < n_points; cell++)
	{
		host_poll_at(cell);
		if (points[cell].eligible > 0)
			append_cell(line, map, cell, rate_of(points[cell].retained, points[cell].eligible),
						true);
		else
			appendStringInfoString(line, "    - ");
	}
}

/* heatmap(retention_matrix): a line for each cohort, one above and two below */
PG_FUNCTION_INFO_V1(user_ops_heatmap);
Datum
user_ops_heatmap(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Heatmap *map;
	uint64 n;
	StringInfoData line;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context;

		call = SRF_FIRSTCALL_INIT();
		old_context = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		call->user_fctx = open_heatmap(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	map = call->user_fctx;
	n = call->call_cntr;
	if (map->n_rows == 0 || n > (uint64) map->n_rows + 1 + map->unfinished)
		SRF_RETURN_DONE(call);

	initStringInfo(&line);
	if (n == 0)
		append_header(&line, map);
	else if (n <= map->n_rows)
		append_row(&line, map, &map->rows[n - 1]);
	else if (n == (uint64) map->n_rows + 1)
		append_curve(&line, map);
	else
		appendStringInfoString(&line, "* not over yet");
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.len--;
	SRF_RETURN_NEXT(call, PointerGetDatum(cstring_to_text_with_len(line.data, line.len)));
}
