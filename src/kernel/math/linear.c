/*
 * linear.c: Cholesky and Jacobi.
 */
#include "kernel/math/linear.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MAX_SWEEPS 64

bool
cholesky_factor(double *a, int n)
{
	for (int j = 0; j < n; j++)
	{
		double diagonal = a[j * n + j];
		double rest = diagonal;

		for (int k = 0; k < j; k++)
			rest -= a[j * n + k] * a[j * n + k];
		if (!(rest > 4 * n * DBL_EPSILON * diagonal) || !isfinite(rest))
			return false;
		a[j * n + j] = sqrt(rest);
		for (int i = j + 1; i < n; i++)
		{
			double sum = a[i * n + j];

			for (int k = 0; k < j; k++)
				sum -= a[i * n + k] * a[j * n + k];
			a[i * n + j] = sum / a[j * n + j];
		}
	}
	return true;
}

void
cholesky_solve(const double *factor, int n, double *b)
{
	for (int i = 0; i < n; i++)
	{
		for (int k = 0; k < i; k++)
			b[i] -= factor[i * n + k] * b[k];
		b[i] /= factor[i * n + i];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < n; k++)
			b[i] -= factor[k * n + i] * b[k];
		b[i] /= factor[i * n + i];
	}
}

void
cholesky_inverse(const double *factor, int n, double *inverse)
{
	memset(inverse, 0, (size_t) (n * n) * sizeof(double));
	for (int i = 0; i < n; i++)
	{
		inverse[i * n + i] = 1;
		cholesky_solve(factor, n, &inverse[i * n]);
	}
}

/* Turn rows and columns p and q so that a[p][q] becomes 0. */
static void
rotate(double *a, double *vectors, int n, int p, int q)
{
	double ratio = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
	double t = (ratio < 0 ? -1 : 1) / (fabs(ratio) + hypot(ratio, 1));
	double c = 1 / sqrt(t * t + 1);
	double s = t * c;

	for (int k = 0; k < n; k++)
	{
		double x = a[k * n + p];
		double y = a[k * n + q];

		a[k * n + p] = c * x - s * y;
		a[k * n + q] = s * x + c * y;
	}
	for (int k = 0; k < n; k++)
	{
		double x = a[p * n + k];
		double y = a[q * n + k];

		a[p * n + k] = c * x - s * y;
		a[q * n + k] = s * x + c * y;
		x = vectors[p * n + k];
		y = vectors[q * n + k];
		vectors[p * n + k] = c * x - s * y;
		vectors[q * n + k] = s * x + c * y;
	}
}

static void
swap(double *x, double *y)
{
	double old = *x;

	*x = *y;
	*y = old;
}

void
symmetric_eigen(double *a, int n, double *values, double *vectors)
{
	bool turned = true;

	memset(vectors, 0, (size_t) (n * n) * sizeof(double));
	for (int i = 0; i < n; i++)
		vectors[i * n + i] = 1;
	for (int sweep = 0; sweep < MAX_SWEEPS && turned; sweep++)
	{
		turned = false;
		for (int p = 0; p < n; p++)
			for (int q = p + 1; q < n; q++)
			{
				double size = sqrt(fabs(a[p * n + p] * a[q * n + q]));

				if (!(fabs(a[p * n + q]) > DBL_MIN + DBL_EPSILON * DBL_EPSILON * size))
					continue;
				rotate(a, vectors, n, p, q);
				turned = true;
			}
	}
	for (int i = 0; i < n; i++)
		values[i] = a[i * n + i];
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
			if (values[j] < values[i])
			{
				swap(&values[i], &values[j]);
				for (int k = 0; k < n; k++)
					swap(&vectors[i * n + k], &vectors[j * n + k]);
			}
}
