/*
 * clv.c: what a user is worth.
 */
#include "kernel/models/clv.h"

#include <math.h>

double
clv_expected(const Posterior *user, double spend, double horizon, double step, double discount)
{
	double rate = log1p(discount);
	double purchases = 0;
	double before = 0;
	bool last = false;

	for (int i = 0; !last;)
	{
		double end[COUNT_TIMES];
		double expected[COUNT_TIMES];
		int n = 0;

		while (!last && n < COUNT_TIMES)
		{
			end[n] = ++i * step;
			last = !(end[n] < horizon * (1 - 1e-12));
			if (last)
				end[n] = horizon;
			n++;
		}
		posterior_expected_at(user, end, n, expected);
		for (int j = 0; j < n; j++)
		{
			purchases += (expected[j] - before) * exp(-rate * (end[j] / step));
			before = expected[j];
		}
		host_poll();
	}
	return spend * purchases;
}
