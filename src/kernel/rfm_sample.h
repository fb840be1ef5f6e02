/*
 * rfm_sample.h: what a model is fitted over: the values of all users so far.
 *
 * In memory it is one chunk, so that it can be a value of SQL; a host that
 * keeps such values owns the first four bytes.  It grows by doubling, up to
 * 512 MB: 33 million users.  Between processes it travels as bytes:
 *
 *	+---------+--------+--------+--------+---------+=========+===========+==========+
 *	| version | flags  | bins   | as_of  | n users | recency | frequency | monetary |
 *	+---------+--------+--------+--------+---------+=========+===========+==========+
 *	  1 byte    1 byte   1 byte   zigzag   varint    runs (bytes.h) that count n users
 *
 *	flags	bits 0-3: scale of monetary, the smallest that is exact
 *			bit 4: the source has amounts, so the runs of monetary are there
 *
 * Which recency belongs to which frequency is not kept: cut points and means
 * do not ask.  So the bytes are canonical: the same users give the same bytes
 * in whatever order and split they came.
 */
#ifndef USER_OPS_KERNEL_RFM_SAMPLE_H
#define USER_OPS_KERNEL_RFM_SAMPLE_H

#include "kernel/rfm.h"

#define RFM_SAMPLE_VERSION   1
#define RFM_SAMPLE_MAX_BYTES ((size_t) 512 * 1024 * 1024)

typedef struct RfmUser
{
	int64_t monetary;   /* times 10^scale of the sample; 0 without amounts */
	int32_t recency;    /* 1 or more */
	uint32_t frequency; /* 1 or more */
} RfmUser;

typedef struct RfmSample
{
	int32_t host_header; /* the host's */
	uint8_t version;
	uint8_t bins;
	uint8_t scale;       /* of all monetary here, the smallest that is exact */
	uint8_t amounts;     /* the source has amounts */
	int32_t as_of;
	uint32_t n;          /* users here */
	uint32_t capacity;   /* users there is room for */
	uint32_t unused;     /* 0 */
	RfmUser users[];
} RfmSample;

extern RfmSample *rfm_sample_new(int bins, int32_t as_of, bool amounts);
extern size_t rfm_sample_size(const RfmSample *sample);

/* Fails unless the sample was begun with these parameters. */
extern void rfm_sample_expect(const RfmSample *sample, int bins, int32_t as_of, bool amounts);

/* Both may return a larger copy, and then leave the old chunk as it is. */
extern RfmSample *rfm_sample_add(RfmSample *sample, int32_t recency, int64_t frequency,
								 __int128 monetary, int scale);
extern RfmSample *rfm_sample_merge(RfmSample *into, const RfmSample *from);

extern void rfm_sample_encode(const RfmSample *sample, ByteWriter *out);
/* NULL with *problem set if the bytes are no sample. */
extern RfmSample *rfm_sample_decode(const uint8_t *bytes, size_t size, const char **problem);

/* Cut points at the type-7 quantiles i / bins, and means. */
extern void rfm_sample_fit(const RfmSample *sample, RfmModel *model);

#endif
