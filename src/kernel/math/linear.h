/*
 * linear.h: small symmetric matrices, row by row in one array of n * n.
 */
#ifndef USER_OPS_KERNEL_MODEL_LINEAR_H
#define USER_OPS_KERNEL_MODEL_LINEAR_H

#include "kernel/base/host.h"

#define LINEAR_MAX 32

/*
 * Replace the lower triangle of a by its Cholesky factor; false, with a left in
 * pieces, unless it is positive definite beyond rounding.
 */
extern bool cholesky_factor(double *a, int n);

/* Solve a x = b in place, a being factored. */
extern void cholesky_solve(const double *factor, int n, double *b);

/* The inverse of the factored matrix, both triangles; not in place. */
extern void cholesky_inverse(const double *factor, int n, double *inverse);

/* The eigenvalues of a, ascending, and their vectors as rows; a is destroyed. */
extern void symmetric_eigen(double *a, int n, double *values, double *vectors);

#endif
