/*
 * suppress.h: which counts of one published line are hidden, so that nobody is read off it.
 */
#ifndef USER_OPS_KERNEL_SUPPRESS_H
#define USER_OPS_KERNEL_SUPPRESS_H

#include "kernel/base/host.h"

/*
 * Of n counts >= 0 that add up to a total, for k >= 1: sets hide of each, and
 * returns whether the total is hidden, which one that is not published never is.
 */
extern bool suppress_line(const int64_t *counts, size_t n, int64_t k, bool total_published,
						  bool *hide);

#endif
