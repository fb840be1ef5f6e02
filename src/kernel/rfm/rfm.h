/*
 * rfm.h: recency, frequency and monetary value: cut points, scores, segments.
 *
 * A model says where the scores of each dimension begin.  Its bytes:
 *
 *	+---------+--------+--------+-------+---------+-----------+----------+
 *	| version | flags  | bins   | users | recency | frequency | monetary |
 *	+---------+--------+--------+-------+---------+-----------+----------+
 *	  1 byte    1 byte   1 byte   varint  a dimension each
 *
 *	flags		bits 0-3: scale of monetary, 0 to 9 (0 without amounts)
 *				bit 4: has amounts, so the dimension monetary is there
 *				bit 5: fitted, so users is there; else the thresholds were given
 *	dimension	bins - 1 ascending cuts, a byte that is 1 if a mean follows (else 0), the mean
 *	cut, mean	a fraction: zigzag whole, varint part, varint of if part > 0
 *
 * A fraction is whole + part/of, in lowest terms, 0 <= part < of < 2^32: exact
 * for quantiles that lie between two values and for means.  Money is in units
 * of 10^-scale.  A model fitted over 0 users ends behind users: it has no cuts.
 * The form is canonical: equal models have equal bytes.
 */
#ifndef USER_OPS_KERNEL_RFM_H
#define USER_OPS_KERNEL_RFM_H

#include "kernel/base/bytes.h"

#define RFM_VERSION  1
#define RFM_MIN_BINS 2
#define RFM_MAX_BINS 100

typedef enum RfmDimension
{
	RFM_RECENCY,
	RFM_FREQUENCY,
	RFM_MONETARY
} RfmDimension;

#define RFM_DIMENSIONS 3

extern const char *const rfm_dimension_names[RFM_DIMENSIONS];

typedef struct Fraction
{
	int64_t whole; /* rounded down */
	uint32_t part;
	uint32_t of;   /* 1 if part is 0 */
} Fraction;

typedef struct RfmModel
{
	int bins;
	int scale;      /* of the monetary fractions */
	bool amounts;   /* has the dimension monetary */
	bool fitted;    /* over users; else thresholds given by hand */
	uint32_t users; /* with a basis day, if fitted */
	Fraction cuts[RFM_DIMENSIONS][RFM_MAX_BINS - 1]; /* bins - 1 in use */
	bool has_mean[RFM_DIMENSIONS];
	Fraction mean[RFM_DIMENSIONS];
} RfmModel;

/* A fraction of numbers whose quotient fits 64 bits; 0 < of < 2^32. */
extern Fraction fraction_make(__int128 numerator, uint64_t of);

/* How many dimensions have cuts and means: 0, 2 or 3. */
extern int rfm_dimensions(const RfmModel *model);

/* Why the model contradicts itself, or NULL. */
extern const char *rfm_problem(const RfmModel *model);

extern void rfm_encode(const RfmModel *model, ByteWriter *out);
/* Why the bytes are no model, or NULL with *model filled. */
extern const char *rfm_decode(const uint8_t *bytes, size_t size, RfmModel *model);

/* The text form, rfm_text.c. */
extern char *rfm_print(const RfmModel *model);
extern const char *rfm_parse(const char *text, RfmModel *model);

/* Score 1 to bins of the value times 10^-scale; 0 if the model has no such cuts. */
extern int rfm_score(const RfmModel *model, RfmDimension dimension, __int128 value, int scale);

/* Is the value at or better than the mean, which the model must have? */
extern bool rfm_at_mean(const RfmModel *model, RfmDimension dimension, __int128 value, int scale);

/* The segment of scores 1 to 5. */
extern const char *rfm_segment(int r_score, int f_score);
#define RFM_SEGMENT_BINS 5
#define RFM_NO_PURCHASE  "no_purchase"

#endif
