/*
 * question_check.h: questions that make sense, in one form each.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_QUESTION_CHECK_H
#define USER_OPS_KERNEL_FUNNEL_QUESTION_CHECK_H

#include "kernel/funnel/question.h"

/* Which switches may not be combined, or NULL; the hint says what to do. */
extern const char *funnel_problem(const FunnelQuestion *question, const char **hint);

/*
 * Questions that mean the same become the same, byte for byte: no exclusion or gap that
 * says nothing.
 */
extern void funnel_normalize(FunnelQuestion *question);

/* Do all exclusions apply at all levels but the last? */
extern bool funnel_hits_everywhere(const FunnelQuestion *question);

#endif
