/*
 * wide.h: sums of products of 64-bit integers, exactly, in 192 bits; and what is read of
 * them, exactly in 256.
 *
 * All are two's complement.  Of 2^61 products of any two int64 the sum fits a Wide, and so
 * it is never tested for overflow.
 */
#ifndef USER_OPS_KERNEL_WIDE_H
#define USER_OPS_KERNEL_WIDE_H

#include "kernel/base/bytes.h"

/* As they are stored; the alignment is that of the host's chunks. */
typedef unsigned __int128 WideLow __attribute__((aligned(8)));

typedef struct Wide
{
	WideLow low;
	int64_t high;
} Wide;

static inline void
wide_add(Wide *sum, Wide other)
{
	sum->low += other.low;
	sum->high += other.high + (sum->low < other.low);
}

static inline void
wide_add_product(Wide *sum, int64_t a, int64_t b)
{
	__int128 product = (__int128) a * b;

	wide_add(sum, (Wide){(unsigned __int128) product, (int64_t) (product >> 127)});
}

/* The product with up to 10^18; it must fit. */
extern Wide wide_times(Wide value, uint64_t factor);

/* As write_wide and read_wide of bytes.h: a zigzag varint. */
extern void write_sum(ByteWriter *out, Wide value);
extern Wide read_sum(ByteReader *in);

typedef struct Huge
{
	uint64_t words[4]; /* lowest first */
} Huge;

extern Huge huge_of(__int128 value);
extern Huge huge_of_wide(Wide value);
extern Huge huge_product(Huge a, Huge b);
extern Huge huge_sum(Huge a, Huge b);
extern Huge huge_difference(Huge a, Huge b);
extern bool huge_is_negative(Huge value);

/* The nearest double. */
extern double huge_to_double(Huge value);

#endif
