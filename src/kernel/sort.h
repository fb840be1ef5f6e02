/*
 * sort.h: ascending order of many integers.
 */
#ifndef USER_OPS_KERNEL_SORT_H
#define USER_OPS_KERNEL_SORT_H

#include "kernel/host.h"

/* Polls the host while it sorts; needs as much memory again. */
extern void sort_int64(int64_t *values, size_t n);

#endif
