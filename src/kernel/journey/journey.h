/*
 * journey.h: one user's ordered events, decoded: what every question about order reads.
 *
 * Rows ascend by time, then tiebreak.  Rows equal in both are simultaneous; they stand
 * in one fixed order: of journeys by conditions the lowest condition first (a row without
 * any behind them), then the mask as a number; of journeys by name the name's bytes; then
 * the amount, none first; then the label's bytes, none first.
 */
#ifndef USER_OPS_KERNEL_JOURNEY_H
#define USER_OPS_KERNEL_JOURNEY_H

#include "kernel/base/host.h"

#define JOURNEY_CONDITIONS 64          /* at most */
#define JOURNEY_NAMES      65535       /* distinct ones, at most */
#define JOURNEY_ROWS       16777216    /* at most */
#define JOURNEY_FIRST_TIME INT64_C(-211813488000000000)   /* 4714-11-24 BC, as PostgreSQL has it */
#define JOURNEY_END_OF_TIME INT64_C(9223371331200000000)  /* 294277-01-01 */
#define JOURNEY_NONE       UINT32_MAX  /* no label */

typedef struct JourneyRow
{
	int64_t at;       /* microseconds since 2000-01-01 00:00 UTC */
	int64_t tiebreak; /* 0 where there is none */
	uint64_t mask;    /* bit i: condition i + 1 holds; by name: step i + 1 of those that are asked for */
	uint32_t event;   /* by name: its place among the names; else 0 */
	uint32_t label;   /* its place among the labels, or JOURNEY_NONE */
	int64_t amount;   /* times 10^scale of the journey; 0 where there is none */
	bool has_amount;
} JourneyRow;

/* A name or a label: UTF-8 or whatever the database's encoding is, without a byte 0. */
typedef struct JourneyText
{
	const char *bytes;
	uint32_t size;
} JourneyText;

/* Texts ascend by their bytes, each once; some of them may not occur in a row. */
typedef struct JourneyTexts
{
	const JourneyText *texts;
	uint32_t n;
} JourneyTexts;

/* Which names those of a journey are: what was found out for some holds for the same ones. */
typedef struct NamesId
{
	uint32_t place;  /* below NAMES_PLACES */
	uint64_t serial; /* others at this place have another; 0: not known */
} NamesId;

#define NAMES_PLACES 128

typedef struct Journey
{
	const JourneyRow *rows; /* in order, see above */
	uint32_t n_rows;
	bool by_name;           /* rows have an event, else conditions */
	bool partial;           /* rows that serve no question were left out */
	bool amounts;           /* made with amounts */
	bool tiebreaks;         /* made with tiebreaks */
	uint8_t n_conditions;   /* bits that a mask may have; by name: that are asked for */
	uint8_t n_steps;        /* the first so many conditions are the steps asked for */
	uint8_t scale;          /* of the amounts */
	JourneyTexts names;     /* by name */
	NamesId names_id;
	JourneyTexts labels;
} Journey;

/* How many rows come before an instant. */
static inline uint32_t
journey_rows_before(const Journey *journey, int64_t as_of)
{
	uint32_t low = 0;
	uint32_t high = journey->n_rows;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;

		if (journey->rows[middle].at < as_of)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline bool
journey_simultaneous(const JourneyRow *a, const JourneyRow *b)
{
	return a->at == b->at && a->tiebreak == b->tiebreak;
}

#endif
