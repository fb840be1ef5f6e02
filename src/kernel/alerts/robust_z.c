/*
 * robust_z.c: median and median absolute deviation.
 *
 *	1. The scale is 1.4826 times the median absolute deviation from the median: of a normal
 *	   distribution the standard deviation.
 *	2. Where more than half of the history is the median, it is 1.2533 times the mean absolute
 *	   deviation (as SPSS does it).
 *	3. Where all of it is, the value is as usual if it is that, too.
 */
#include "kernel/alerts/robust_z.h"

#include <math.h>

#include "kernel/base/sort.h"

#define SCALE_OF_MEDIAN 1.482602218505602  /* 1 / normal_quantile(3/4) */
#define SCALE_OF_MEAN   1.2533141373155003 /* sqrt(pi / 2) */

static int
by_value(const void *a, const void *b)
{
	double first = *(const double *) a;
	double second = *(const double *) b;

	return (first > second) - (first < second);
}

/* Sorts them; of an even number the mean of the middle two. */
static double
median(double *values, size_t n)
{
	sort_entries(values, n, sizeof(double), by_value);
	return n % 2 == 1 ? values[n / 2] : values[n / 2 - 1] / 2 + values[n / 2] / 2;
}

/* What one standard deviation is, of a sorted history, which is overwritten. */
static double
robust_scale(double *history, size_t n, double expected)
{
	double sum = 0;
	double middle;

	for (size_t i = 0; i < n; i++)
	{
		host_poll_at(i);
		history[i] = fabs(history[i] - expected);
		sum += history[i];
	}
	middle = median(history, n);
	return middle > 0 ? SCALE_OF_MEDIAN * middle : SCALE_OF_MEAN * sum / (double) n;
}

RobustZ
robust_z(double value, double *history, size_t n, double limit)
{
	RobustZ z = {ROBUST_Z_TOO_FEW, NAN, NAN, NAN, NAN};
	double scale;

	if (n < ROBUST_Z_FEWEST)
		return z;
	z.expected = median(history, n);
	scale = robust_scale(history, n, z.expected);
	z.lower = z.expected - limit * scale;
	z.upper = z.expected + limit * scale;
	if (scale > 0)
		z.z = (value - z.expected) / scale;
	else if (value == z.expected)
		z.z = 0;
	z.status = fabs(z.z) <= limit ? ROBUST_Z_OK : ROBUST_Z_ALERT;
	return z;
}
