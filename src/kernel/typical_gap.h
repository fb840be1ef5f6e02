/*
 * typical_gap.h: the median over users of their median gap, from counts.
 *
 * A median gap is a multiple of 0.5 days, so doubled gaps are integers and few
 * of them differ.  In memory the counts are one chunk, so that it can be a
 * value of SQL; a host that keeps such values owns the first four bytes.  New
 * entries are appended; when the chunk is full, equal ones become one, and it
 * doubles if that did not halve it.  Between processes it travels as bytes:
 *
 *	+---------+--------+----------+======+
 *	| version | as_of  | n gaps   | runs |
 *	+---------+--------+----------+======+
 *	  1 byte    zigzag   varint     of doubled gaps (bytes.h)
 *
 * The bytes are canonical: the same users give the same bytes.
 */
#ifndef USER_OPS_KERNEL_TYPICAL_GAP_H
#define USER_OPS_KERNEL_TYPICAL_GAP_H

#include "kernel/bytes.h"

#define GAP_COUNTS_VERSION   1
#define GAP_COUNTS_MAX_BYTES ((size_t) 512 * 1024 * 1024)
#define TYPICAL_GAP_DEFAULT  30 /* where nobody has a gap */

typedef struct GapCounts
{
	int32_t host_header; /* the host's */
	int32_t as_of;
	uint32_t n;          /* entries in use */
	uint32_t capacity;   /* entries there is room for */
	uint32_t version;
	uint32_t unused;     /* 0 */
	uint64_t users;      /* sum of all counts */
	Run entries[];       /* doubled gap, users */
} GapCounts;

extern GapCounts *gap_counts_new(int32_t as_of);
extern size_t gap_counts_size(const GapCounts *counts);

/* Fails unless the counts were begun with this as_of. */
extern void gap_counts_expect(const GapCounts *counts, int32_t as_of);

/* Both may return a larger copy, and then do not free the old chunk. */
extern GapCounts *gap_counts_add(GapCounts *counts, int64_t doubled_gap, uint64_t users);
extern GapCounts *gap_counts_merge(GapCounts *into, const GapCounts *from);

extern void gap_counts_encode(const GapCounts *counts, ByteWriter *out);
/* NULL with *problem set if the bytes are no counts. */
extern GapCounts *gap_counts_decode(const uint8_t *bytes, size_t size, const char **problem);

extern double gap_counts_median(const GapCounts *counts);

#endif
