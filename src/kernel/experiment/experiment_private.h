/*
 * experiment_private.h: what counting and reading the stored form of an experiment share.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_PRIVATE_H
#define USER_OPS_KERNEL_EXPERIMENT_PRIVATE_H

#include <string.h>

#include "kernel/experiment/experiment.h"

static inline size_t
experiment_size(uint32_t n_arms)
{
	return sizeof(Experiment) + n_arms * sizeof(ExperimentArm);
}

/* By bytes; a label that begins another stands before it. */
static inline int
experiment_compare(const ExperimentArm *arm, const char *label, size_t size)
{
	size_t common = arm->label_size < size ? arm->label_size : size;
	int sign = memcmp(arm->label, label, common);

	return sign != 0 ? sign : (arm->label_size > size) - (arm->label_size < size);
}

#define EXPERIMENT_KEY 8 /* bytes */

/* The first bytes of a label as a number, which is no larger where the label is not. */
static inline uint64_t
experiment_key(const char *label, size_t size)
{
	uint64_t key = 0;

	for (size_t i = 0; i < EXPERIMENT_KEY; i++)
		key = key << 8 | (i < size ? (uint8_t) label[i] : 0);
	return key;
}

/* An experiment without an arm, with room for so many. */
extern Experiment *experiment_with_room(ExperimentMetric metric, bool covariates, uint32_t n_arms);

extern void experiment_pack(const void *state, ByteWriter *out);
extern void *experiment_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
