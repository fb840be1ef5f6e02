/*
 * robust_z.h: is a value as usual?  Its distance from the median of its history, in robust
 * standard deviations (Iglewicz & Hoaglin 1993).
 */
#ifndef USER_OPS_KERNEL_ROBUST_Z_H
#define USER_OPS_KERNEL_ROBUST_Z_H

#include "kernel/base/host.h"

#define ROBUST_Z_FEWEST 4 /* values of a history */

typedef enum RobustZStatus
{
	ROBUST_Z_OK,
	ROBUST_Z_ALERT,
	ROBUST_Z_TOO_FEW
} RobustZStatus;

typedef struct RobustZ
{
	RobustZStatus status;
	double expected; /* the median; this and all below NaN where there are too few */
	double z;        /* NaN where the history does not vary, and the value is another */
	double lower;    /* what is as usual */
	double upper;
} RobustZ;

/* Of finite numbers; unusual is what is further than limit, > 0.  Sorts the history. */
extern RobustZ robust_z(double value, double *history, size_t n, double limit);

#endif
