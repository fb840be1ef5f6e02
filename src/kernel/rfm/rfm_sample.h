/*
 * rfm_sample.h: what a model is fitted over: the values of all users so far.
 *
 * A state (state.h).  The working form, struct RfmSample, holds 33 million
 * users.  The stored form:
 *
 *	+---------+--------+--------+--------+---------+=========+===========+==========+
 *	| version | flags  | bins   | as_of  | n users | recency | frequency | monetary |
 *	+---------+--------+--------+--------+---------+=========+===========+==========+
 *	  1 byte    1 byte   1 byte   zigzag   varint    how many rows, and these (rows.h):
 *	                                               a value, and how many users have it
 *
 *	flags	bits 0-3: scale of monetary, the smallest that is exact
 *			bit 4: the source has amounts, so the rows of monetary are there
 *
 * In a row, 2^63 is added to an amount, so that none is negative.
 *
 * Which recency belongs to which frequency is not kept: cut points and means
 * do not ask.
 */
#ifndef USER_OPS_KERNEL_RFM_SAMPLE_H
#define USER_OPS_KERNEL_RFM_SAMPLE_H

#include "kernel/base/state.h"
#include "kernel/rfm/rfm.h"

#define RFM_SAMPLE_VERSION 2

typedef struct RfmUser
{
	int64_t monetary;   /* times 10^scale of the sample; 0 without amounts */
	int32_t recency;    /* 1 or more */
	uint32_t frequency; /* 1 or more */
} RfmUser;

typedef struct RfmSample
{
	State state;
	int32_t as_of;
	uint32_t n;      /* users here */
	uint8_t bins;
	uint8_t scale;   /* of all monetary here, the smallest that is exact */
	uint8_t amounts; /* the source has amounts */
	RfmUser users[];
} RfmSample;

extern const StateKind rfm_sample_kind;

extern RfmSample *rfm_sample_create(int bins, int32_t as_of, bool amounts);

/* Fails unless the sample was begun with these parameters. */
extern void rfm_sample_expect(const RfmSample *sample, int bins, int32_t as_of, bool amounts);

extern RfmSample *rfm_sample_add(RfmSample *sample, int32_t recency, int64_t frequency,
								 __int128 monetary, int scale);

/* Cut points at the type-7 quantiles i / bins, and means. */
extern void rfm_sample_fit(const RfmSample *sample, RfmModel *model);

#endif
