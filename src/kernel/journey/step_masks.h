/*
 * step_masks.h: what is asked of a journey, in the masks of its rows.
 */
#ifndef USER_OPS_KERNEL_STEP_MASKS_H
#define USER_OPS_KERNEL_STEP_MASKS_H

#include "kernel/journey/steps.h"

/* The conditions of names that were met, by their place among the names. */
typedef struct NameMasks
{
	uint64_t serial; /* of the names; 0: none */
	uint64_t *masks;
	uint64_t all; /* that some name is in */
	uint32_t capacity;
} NameMasks;

/* One question.  All 0 but for the table. */
typedef struct StepMasks
{
	const StepTable *table;
	NameMasks of[NAMES_PLACES];
} StepMasks;

/*
 * Set the journey's steps and conditions; *of_names is, by name, what its names are.  Why the
 * question cannot be asked, or NULL.
 */
extern const char *step_masks_meet(StepMasks *masks, Journey *journey, const NameMasks **of_names);

/* The same, with the masks of its rows, which are not to be others' to read. */
extern const char *step_masks_ask(StepMasks *masks, Journey *journey);

extern void step_masks_free(StepMasks *masks);

#endif
