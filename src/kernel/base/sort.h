/*
 * sort.h: ascending order of many values.
 */
#ifndef USER_OPS_KERNEL_SORT_H
#define USER_OPS_KERNEL_SORT_H

#include "kernel/base/host.h"

/* Polls the host while it sorts; needs as much memory again. */
extern void sort_int64(int64_t *values, size_t n);

/* The same of entries of any kind, as qsort. */
extern void sort_entries(void *entries, size_t n, size_t size,
						 int (*compare)(const void *a, const void *b));

#define SORT_FEW 32 /* entries that are put in order where they stand */

/* A function of that name for entries of a type that are mostly few. */
#define SORT_MOSTLY_FEW(Entry, name, compare) \
	static void name(Entry *entries, size_t n) \
	{ \
		if (n > SORT_FEW) \
		{ \
			sort_entries(entries, n, sizeof(Entry), compare); \
			return; \
		} \
		for (size_t i = 1; i < n; i++) \
		{ \
			Entry entry = entries[i]; \
			size_t to = i; \
\
			for (; to > 0 && compare(&entries[to - 1], &entry) > 0; to--) \
				entries[to] = entries[to - 1]; \
			entries[to] = entry; \
		} \
	}

#endif
