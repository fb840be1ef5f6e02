/*
 * journey_order.h: the order of a journey's rows, as journey.h has it.
 */
#ifndef USER_OPS_KERNEL_JOURNEY_ORDER_H
#define USER_OPS_KERNEL_JOURNEY_ORDER_H

#include "kernel/journey/journey.h"

/* A row's place in the order of rows by conditions: the lowest condition, none last; then the mask. */
static inline bool
mask_before(uint64_t a, uint64_t b)
{
	uint64_t lowest_a = a & -a;
	uint64_t lowest_b = b & -b;

	return lowest_a != lowest_b ? lowest_a - 1 < lowest_b - 1 : a < b;
}

/* As strcmp; events and labels are compared by their places, amounts have one scale. */
extern int journey_compare_rows(const JourneyRow *a, const JourneyRow *b, bool by_name);

extern bool journey_in_order(const Journey *journey);

/* Bring rows in any order into the journey's; those that come in order cost one pass. */
extern void journey_sort(JourneyRow *rows, uint32_t n, bool by_name);

#endif
