/*
 * retention.h: how many users of each cohort came back, as a mergeable matrix.
 *
 * A state (state.h).  The stored form:
 *
 *	+---------+---------+--------+===========+------------+======+======+==
 *	| version | choices | params | [brackets]| [scale] n  | cohort, cells | ...
 *	+---------+---------+--------+===========+------------+======+======+==
 *	  1 byte    1 byte    varints              1 byte, varint   n times
 *
 *	choices		bits 0-2: period; bit 3: Sunday weeks; bit 4: recurring cohorts;
 *				bits 5-6: mode; bit 7: with amounts
 *	params		zigzag as_of
 *				byte 0, or byte 1 and zigzag cohort_from; the same for cohort_to
 *				varint min_occurrences
 *				varint 0, or 1 + max_periods
 *	brackets	varint how many, then the periods of each
 *	scale		of the amounts, the smallest that is exact; only with amounts
 *
 *	a cohort	varint age: periods from the cohort to the last that has begun; for
 *				the first, which is the oldest.  Then: age of the one before - age - 1
 *	its cells	varint users of each cell; then, with amounts, 128-bit zigzag
 *				amount * 10^scale of each cell
 *
 * How many cells a cohort has follows from its age: those that have begun.
 *
 * The working form, struct Retention: header and parameters, a hash directory
 * from cohort to row, and dense rows.
 *
 * Not done: sparse rows (a matrix is mostly full, and a varint 0 costs a byte),
 * and a directory indexed by age (one user in the year 1 would make it huge).
 */
#ifndef USER_OPS_KERNEL_RETENTION_H
#define USER_OPS_KERNEL_RETENTION_H

#include "kernel/activity/activity.h"
#include "kernel/base/civil.h"
#include "kernel/base/money.h"
#include "kernel/base/state.h"

#define RETENTION_VERSION     1
#define RETENTION_MAX_PERIODS 10000
#define RETENTION_MAX_USERS   (((int64_t) 1 << 62) - 1)

#define RETENTION_ALL_PERIODS (-1)      /* max_periods */
#define RETENTION_FROM_START  INT32_MIN /* cohort_from; PostgreSQL's -infinity */
#define RETENTION_TO_END      INT32_MAX /* cohort_to; PostgreSQL's infinity */

typedef enum RetentionCohort
{
	COHORT_FIRST,    /* the period of the first active day */
	COHORT_RECURRING /* every active period */
} RetentionCohort;

typedef enum RetentionMode
{
	RETENTION_ON,          /* active in that period */
	RETENTION_ON_OR_AFTER, /* active in that period or a later one */
	RETENTION_STREAK       /* active in every period up to it */
} RetentionMode;

/* One chunk, zeroed before it is filled: parameters are compared as bytes. */
typedef struct RetentionParams
{
	int32_t as_of;           /* first day that is not observed */
	int32_t cohort_from;     /* cohorts whose first day is here or later */
	int32_t cohort_to;       /* and before this day */
	int32_t min_occurrences; /* events that make a return */
	int32_t max_periods;     /* the largest period number */
	uint8_t period;          /* Period */
	uint8_t week_start;      /* WeekStart; Monday unless the period is a week */
	uint8_t cohort;          /* RetentionCohort */
	uint8_t mode;            /* RetentionMode */
	/* What follows from the above. */
	int32_t last_begun;  /* the last period that has begun by as_of */
	int32_t current;     /* the period of as_of */
	int32_t from_number; /* cohorts from this number */
	int64_t to_number;   /* up to, not including, this one */
	uint32_t amounts;    /* are there amounts? */
	uint32_t n_brackets; /* 0: a cell is a period */
	int32_t ends[];      /* last offset of each bracket */
} RetentionParams;

typedef struct Retention Retention;

/* A cohort's place in the matrix. */
typedef struct RetentionRow
{
	int32_t cohort; /* period number */
	uint32_t cells; /* period numbers 0 to cells - 1 */
	uint32_t place; /* in the rows, in words of 8 bytes, from 1; 0: no row */
} RetentionRow;

/* The cells of a row. */
typedef struct RetentionCells
{
	int64_t *users;
	MoneySum *amounts; /* times 10^scale; NULL without amounts */
} RetentionCells;

/* Options at their defaults; brackets are to be filled in with their ends. */
extern RetentionParams *retention_params(uint32_t n_brackets);
extern size_t retention_params_size(const RetentionParams *params);

/* Why the options are bad and what helps, or NULL if they are good. */
extern const char *retention_problem(const RetentionParams *params, const char **hint);

/* The question itself, then what follows from it. */
extern void retention_set_period(RetentionParams *params, Period period, int32_t as_of);

extern const StateKind retention_kind;

/* Returns that are NULL mean nobody came back. */
extern Retention *retention_create(const RetentionParams *params);
extern Retention *retention_add(Retention *matrix, ActivityReader *activity);
extern Retention *retention_add_between(Retention *matrix, ActivityReader *start,
										ActivityReader *returns);

/* Fails if the matrix was made with other parameters. */
extern void retention_expect(const Retention *matrix, const RetentionParams *params);

extern const RetentionParams *retention_params_of(const Retention *matrix);
extern int retention_scale(const Retention *matrix);

/* The cohorts in a new array, oldest first. */
extern RetentionRow *retention_rows(const Retention *matrix, uint32_t *n_rows);
extern RetentionCells retention_cells(const Retention *matrix, const RetentionRow *row);

/* The first day of a cohort; fails if it is before the first date there is. */
extern int32_t retention_cohort_day(const RetentionParams *params, int32_t cohort);

/* Has the last period of the cell ended by as_of? */
static inline bool
retention_complete(const RetentionParams *params, int32_t cohort, uint32_t cell)
{
	int64_t offset = cell;

	if (params->n_brackets > 0 && cell > 0)
		offset = params->ends[cell - 1];
	return cohort + offset < params->current;
}

/* One period number, over the cohorts whose cell is complete. */
typedef struct RetentionPoint
{
	int64_t retained; /* users who came back */
	int64_t eligible; /* users of those cohorts */
	double rates;     /* sum of the cohorts' rates */
	int64_t cohorts;  /* number of them */
} RetentionPoint;

extern RetentionPoint *retention_curve(const Retention *matrix, uint32_t *n_points);

/* For the other files of this topic. */
extern uint64_t retention_cells_begun(const RetentionParams *params, int32_t cohort);
extern Retention *retention_row(Retention *matrix, int32_t cohort, RetentionRow *row);
extern void retention_raise_scale(Retention *matrix, int scale);

/* The functions of retention_kind. */
extern void *retention_merge(void *state, const void *from_state);
extern void retention_pack(const void *state, ByteWriter *out);
extern void *retention_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
