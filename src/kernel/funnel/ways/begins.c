/*
 * begins.c: when attempts began.
 */
#include "kernel/funnel/ways/begins.h"

#include <string.h>

void
begins_append(FunnelBegins *begins, const FunnelFind *finds, uint32_t n)
{
	if (n > begins->room - begins->end)
	{
		begins->room = begins->end + n < 4 ? 4 : 2 * (begins->end + n);
		begins->finds = begins->finds == NULL
							? host_alloc(begins->room * sizeof(FunnelFind))
							: host_realloc(begins->finds, begins->room * sizeof(FunnelFind));
	}
	memcpy(begins->finds + begins->end, finds, n * sizeof(FunnelFind));
	begins->end += n;
}

void
begins_swap(FunnelBegins *a, FunnelBegins *b)
{
	FunnelBegins of_a = *a;

	*a = *b;
	*b = of_a;
}

void
begins_merge(const FunnelRun *run, FunnelBegins *begins, FunnelBegins *other)
{
	FunnelBegins merged = {0};
	uint32_t i;
	uint32_t j;

	/* mostly all of one are behind those of the other */
	if (begins_first(begins)->start > other->finds[other->end - 1].start)
		begins_swap(begins, other);
	i = begins->first;
	j = other->first;
	if (begins->finds[begins->end - 1].start < other->finds[j].start)
	{
		begins_append(begins, other->finds + j, other->end - j);
		return;
	}
	while (i < begins->end || j < other->end)
	{
		const FunnelFind *a = i < begins->end ? &begins->finds[i] : NULL;
		const FunnelFind *b = j < other->end ? &other->finds[j] : NULL;
		const FunnelFind *next = b == NULL || (a != NULL && a->start < b->start) ? a : b;

		if (a != NULL && b != NULL && a->start == b->start)
			next = run_better(run, b, a) ? b : a;
		begins_append(&merged, next, 1);
		i += a != NULL && a->start == next->start;
		j += b != NULL && b->start == next->start;
		host_poll_at(merged.end);
	}
	begins_swap(begins, &merged);
	begins_free(&merged);
}

void
begins_free(FunnelBegins *begins)
{
	if (begins->finds != NULL)
		host_free(begins->finds);
}
