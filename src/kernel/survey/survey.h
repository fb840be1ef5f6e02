/*
 * survey.h: how many answers each score of a scale got.
 *
 * A scale is whole numbers from low to high, at most 101 of them: 0 to 10, 1 to 5, 0 to 100.
 *
 * A state (state.h), as small as the scale.  The stored form:
 *
 *	+---------+--------+----------+========+========+==
 *	| version | low    | high-low | answers of each score, from low on
 *	+---------+--------+----------+========+========+==
 *	  1 byte    zigzag   varint     high-low+1 varints
 */
#ifndef USER_OPS_KERNEL_SURVEY_H
#define USER_OPS_KERNEL_SURVEY_H

#include "kernel/base/state.h"

#define SURVEY_VERSION     1
#define SURVEY_MAX_SPAN    100                  /* high - low */
#define SURVEY_MAX_ANSWERS ((uint64_t) 1 << 53) /* exact as a double, and squared in 128 bits */

typedef struct Survey
{
	State state;
	int32_t low;
	uint32_t span;      /* high - low */
	uint64_t n;         /* answers */
	uint64_t answers[]; /* to each score */
} Survey;

extern const StateKind survey_kind;

/* Without an answer; 1 <= span <= SURVEY_MAX_SPAN. */
extern Survey *survey_create(int32_t low, uint32_t span);

/* Fails unless the survey was begun with this scale. */
extern void survey_expect(const Survey *survey, int32_t low, uint32_t span);

/* One more answer, of this score above low. */
extern void survey_add(Survey *survey, uint32_t above_low);

#endif
