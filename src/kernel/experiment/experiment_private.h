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

/*
 * A number for a label: one of up to 8 bytes is told by it and its size, others by their
 * beginning and their end, where most labels differ, as far as it goes.
 */
static inline uint64_t
experiment_key(const char *label, size_t size)
{
	uint64_t first = 0;
	uint64_t last;

	if (size <= EXPERIMENT_KEY)
	{
		for (size_t i = 0; i < size; i++)
			first = first << 8 | (uint8_t) label[i];
		return first;
	}
	memcpy(&first, label, sizeof(first));
	memcpy(&last, label + size - sizeof(last), sizeof(last));
	return first + last * 0x9E3779B97F4A7C15;
}

/* An experiment without an arm, with room for so many. */
extern Experiment *experiment_with_room(ExperimentMetric metric, bool covariates, uint32_t n_arms);

extern void experiment_pack(const void *state, ByteWriter *out);
extern void *experiment_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
