/*
 * suppress.c: small cells of one line.
 *
 *	1. Counts from 1 to k - 1 are hidden, and a total of that size; zeros stay.
 *	2. While the total is shown, what is hidden adds up to a number that anybody can work out:
 *	   the total less what is shown.  So if one count alone is hidden, or those that are add up
 *	   to less than k, or to no more than their number, by which each is 1, the smallest of the
 *	   others that is not 0 is hidden too (of equal ones the first).  By 1 it is k or more, so one
 *	   such step is enough.
 *	3. Where there is no such count, the total is hidden.
 */
#include "kernel/privacy/suppress.h"

/* What is hidden of a line so far. */
typedef struct Hidden
{
	size_t n;
	bool ones;		  /* each of them is 1 */
	int64_t sum;	  /* at most k, as is the total: more is enough */
	int64_t total;	  /* of all counts */
	int64_t smallest; /* of those shown that are not 0; at: where it stands first */
	size_t at;
} Hidden;

static bool
is_small(int64_t count, int64_t k)
{
	return count > 0 && count < k;
}

/* Of sum and count, but k at most: what is left of k decides, so nothing overflows. */
static int64_t
added(int64_t sum, int64_t count, int64_t k)
{
	return count < k - sum ? sum + count : k;
}

static Hidden
hide_small(const int64_t *counts, size_t n, int64_t k, bool *hide)
{
	Hidden hidden = {.ones = true, .at = n};

	for (size_t i = 0; i < n; i++)
	{
		host_poll_at(i);
		hide[i] = is_small(counts[i], k);
		hidden.total = added(hidden.total, counts[i], k);
		if (hide[i])
		{
			hidden.n++;
			hidden.ones &= counts[i] == 1;
			hidden.sum = added(hidden.sum, counts[i], k);
		}
		else if (counts[i] > 0 && (hidden.at == n || counts[i] < hidden.smallest))
		{
			hidden.smallest = counts[i];
			hidden.at = i;
		}
	}
	return hidden;
}

bool
suppress_line(const int64_t *counts, size_t n, int64_t k, bool total_published, bool *hide)
{
	Hidden hidden = hide_small(counts, n, k, hide);

	if (!total_published || hidden.n == 0)
		return false;
	if (is_small(hidden.total, k))
		return true;
	if (hidden.n > 1 && hidden.sum >= k && !hidden.ones)
		return false;
	if (hidden.at == n)
		return true;
	hide[hidden.at] = true;
	return false;
}
