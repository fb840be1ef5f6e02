/*
 * served.c: a matching of steps and rows, while rows come and go.
 */
#include "kernel/funnel/ways/served.h"

#include "kernel/base/sort.h"

void
served_open(Served *served, const JourneyRow *rows, uint32_t from, uint32_t to, uint64_t all_steps)
{
	int64_t *masks = host_alloc((to - from + 1) * sizeof(int64_t));
	uint32_t n = 0;

	for (uint32_t row = from; row < to; row++)
	{
		uint64_t steps = rows[row].mask & all_steps;

		host_poll_at(row);
		if (steps != 0 && (n == 0 || (uint64_t) masks[n - 1] != steps))
			masks[n++] = (int64_t) steps;
	}
	sort_int64(masks, n);
	served->all_steps = all_steps;
	served->classes = host_alloc((n + 1) * sizeof(ServedClass));
	served->n_classes = 0;
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || masks[i] != masks[i - 1])
			served->classes[served->n_classes++] = (ServedClass){.steps = (uint64_t) masks[i]};
	host_free(masks);
	served_clear(served);
}

void
served_close(Served *served)
{
	host_free(served->classes);
}

void
served_clear(Served *served)
{
	for (uint32_t c = 0; c < served->n_classes; c++)
		served->classes[c].n = served->classes[c].used = 0;
	served->n = 0;
	served->free_steps = served->all_steps;
}

static uint32_t
find_class(const Served *served, uint64_t steps)
{
	uint32_t low = 0;
	uint32_t high = served->n_classes - 1;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;

		if ((int64_t) served->classes[middle].steps < (int64_t) steps)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
begin_search(Served *served)
{
	for (uint32_t c = 0; c < served->n_classes; c++)
		served->classes[c].seen = false;
}

static void
serve(Served *served, int step, uint32_t c)
{
	served->class_of[step] = c;
	served->classes[c].used++;
}

/* A class has a row to spare: serve a step that no row serves, or one in place of a class that can.
 */
static bool
use_spare(Served *served, uint32_t c)
{
	ServedClass *class = &served->classes[c];
	uint64_t free_steps = class->steps & served->free_steps;

	class->seen = true;
	if (free_steps != 0)
	{
		served->free_steps ^= free_steps & -free_steps;
		serve(served, __builtin_ctzll(free_steps), c);
		return true;
	}
	for (uint64_t steps = class->steps; steps != 0; steps &= steps - 1)
	{
		int step = __builtin_ctzll(steps);
		uint32_t other = served->class_of[step];

		if (served->classes[other].seen)
			continue;
		if (use_spare(served, other))
		{
			served->classes[other].used--;
			serve(served, step, c);
			return true;
		}
	}
	return false;
}

/* A step is not served: find it a row, of which another step may need another one. */
static bool
find_row(Served *served, int step)
{
	for (uint32_t c = 0; c < served->n_classes; c++)
	{
		ServedClass *class = &served->classes[c];
		bool found = class->used < class->n;

		if (class->seen || class->n == 0 || (class->steps >> step & 1) == 0)
			continue;
		class->seen = true;
		for (uint64_t steps = class->steps & ~served->free_steps; !found && steps != 0;
			 steps &= steps - 1)
		{
			int other = __builtin_ctzll(steps);

			if (other != step && served->class_of[other] == c && find_row(served, other))
			{
				class->used--;
				found = true;
			}
		}
		if (!found)
			continue;
		serve(served, step, c);
		return true;
	}
	return false;
}

bool
served_add(Served *served, uint64_t steps)
{
	uint32_t c = find_class(served, steps);

	served->classes[c].n++;
	if (served->free_steps == 0)
		return false;
	begin_search(served);
	if (!use_spare(served, c))
		return false;
	served->n++;
	return true;
}

void
served_remove(Served *served, uint64_t steps)
{
	uint32_t c = find_class(served, steps);
	ServedClass *class = &served->classes[c];
	uint64_t by_class = class->steps & ~served->free_steps;

	class->n--;
	if (class->used <= class->n)
		return;
	/* one of the steps that it served has to find another row */
	while (served->class_of[__builtin_ctzll(by_class)] != c)
		by_class &= by_class - 1;
	class->used--;
	begin_search(served);
	if (find_row(served, __builtin_ctzll(by_class)))
		return;
	served->free_steps |= by_class & -by_class;
	served->n--;
}
