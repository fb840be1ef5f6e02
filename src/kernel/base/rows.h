/*
 * rows.h: many rows of numbers, sorted and in few bytes.
 *
 * A row is some keys, 64-bit integers or the bits of doubles, and the counts that go
 * with them; no two rows have the same keys.  In bytes, as numbers of a range coder:
 *
 *	each column of doubles	its scale, how many values are in its list, the list: the first,
 *							then distances less 1
 *	each row				the first key that is not that of the row before; its distance
 *							to that, less 1; the keys behind it; the counts
 *
 * Of the first row, key 0 stands as it is.  Rows ascend, by keys in which a double is
 *
 *	0 to 2^50				so many times 10^-scale, exactly.  The scale, 0 to 9, is the
 *							one by which the column is shortest, about (rows.c)
 *	2^63 and up				its place in the list of all other values of its column:
 *							ascending as integers of 64 bits with a sign
 *
 * and in front of one that is not the first that differs, where its column has a list,
 * stands which of both it is, and it is without 2^63.  Each place has a NumberModel of its own: the
 * first key that differs one for each such key of the row before, a count one for each
 * answer to whether the count before it is 0.
 */
#ifndef USER_OPS_KERNEL_ROWS_H
#define USER_OPS_KERNEL_ROWS_H

#include "kernel/base/range_coder.h"

typedef struct RowShape
{
	uint64_t real_keys; /* bit i: key i is a double */
	uint8_t n_keys;     /* 1 or more, at most 64 */
	uint8_t n_counts;
} RowShape;

/* The fewest bits that a row may take let no more rows stand in so many bytes. */
static inline uint64_t
rows_in_bytes(size_t size)
{
	return 1024 * ((uint64_t) size + 8);
}

static inline size_t
row_words(const RowShape *shape)
{
	return (size_t) shape->n_keys + shape->n_counts;
}

static inline int
rows_compare(const RowShape *shape, const uint64_t *a, const uint64_t *b)
{
	for (int i = 0; i < shape->n_keys; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* Ascending by rows_compare. */
extern void rows_sort(const RowShape *shape, uint64_t *rows, size_t n);

/* Rows that ascend, each once. */
extern void rows_write(RangeWriter *writer, const RowShape *shape, const uint64_t *rows,
					   uint32_t n);

/* Not in order where a double is in a list; then n of them need not be distinct, too. */
extern void rows_read(RangeReader *reader, const RowShape *shape, uint64_t *rows, uint32_t n);

#endif
