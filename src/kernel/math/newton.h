/*
 * newton.h: find the parameters of the largest likelihood.
 *
 * Damped Newton: a step is capped, taken back by halves until the function rises
 * as it should, and shortened by a shift of the Hessian where that is not
 * negative definite.  The search ends well only where it is (a saddle has no
 * gradient either), and says what it ended at otherwise: data without a maximum
 * inside (no user who came back, nobody who left) make some parameter run away.
 * So parameters are best given as logarithms, in units that make them about 1.
 */
#ifndef USER_OPS_KERNEL_MODEL_NEWTON_H
#define USER_OPS_KERNEL_MODEL_NEWTON_H

#include "kernel/base/host.h"

#define NEWTON_MAX 6

typedef enum FitStatus
{
	FIT_OK,               /* the maximum, with standard errors */
	FIT_BOUNDARY,         /* no maximum inside: some parameter goes to 0 or infinity */
	FIT_NOT_IDENTIFIABLE, /* the data do not tell some parameters */
	FIT_TOO_FEW           /* fewer users than parameters, or none */
} FitStatus;

/* A function at one point. */
typedef struct NewtonPoint
{
	double value;
	double gradient[NEWTON_MAX];
	double hessian[NEWTON_MAX][NEWTON_MAX]; /* both triangles */
} NewtonPoint;

/* Values that are no number are taken for minus infinity. */
typedef void (*NewtonFunction)(const void *context, const double *theta, NewtonPoint *at);

typedef struct Newton
{
	int n;                    /* parameters, up to NEWTON_MAX */
	NewtonFunction function;  /* to be maximised */
	const void *context;      /* for the function */
	const double *prior;      /* means of a normal prior with deviation 5; NULL: none */
	double theta[NEWTON_MAX]; /* where to begin; afterwards, where it ended */

	/* What comes of it. */
	FitStatus status;         /* not FIT_TOO_FEW */
	int steps;
	double value;             /* of the function there, without the prior */
	double variance[NEWTON_MAX][NEWTON_MAX]; /* of theta, if FIT_OK */
} Newton;

/* From derivatives by n positive parameters (hessian: upper triangle) to those by their logarithms. */
extern void newton_in_logarithms(int n, const double *value, NewtonPoint *at);

extern void newton_maximise(Newton *search);

#endif
