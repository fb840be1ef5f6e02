/*
 * log_rank.h: do groups have the same survival?
 *
 * At each time with events, each group is expected to have those in proportion
 * to who is at risk in it.  chi_square is the quadratic form of observed less
 * expected, over the groups that were at risk at some event, less one of them.
 */
#ifndef USER_OPS_KERNEL_MODEL_LOG_RANK_H
#define USER_OPS_KERNEL_MODEL_LOG_RANK_H

#include "kernel/base/tally.h"
#include "kernel/math/linear.h"

#define LOG_RANK_MAX LINEAR_MAX

typedef struct LogRank
{
	double chi_square;
	int df;
	double p_value;
} LogRank;

/* False, with df set, if the groups cannot be told apart: fewer than two at risk. */
extern bool log_rank(const Tally *const *groups, int n_groups, LogRank *test);

#endif
