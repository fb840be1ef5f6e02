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

#endif
