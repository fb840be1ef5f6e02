/*
 * clv.c: what a user is worth.
 */
#include "kernel/model/clv.h"

#include <math.h>

double
clv_expected(const Prospect *user, double spend, double horizon, double step, double discount)
{
	double rate = log1p(discount);
	double purchases = 0;
	double before = 0;
	bool last = false;

	for (int i = 1; !last; i++)
	{
		double end = i * step;
		double expected;

		last = !(end < horizon * (1 - 1e-12));
		if (last)
			end = horizon;
		expected = prospect_expected(user, end);
		purchases += (expected - before) * exp(-rate * (end / step));
		before = expected;
		host_poll();
	}
	return spend * purchases;
}
