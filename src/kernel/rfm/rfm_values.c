/*
 * rfm_values.c: what the users of a sample brought, for tiers of value.
 */
#include "kernel/rfm/rfm_values.h"

#include "kernel/base/sort.h"

CountedValue *
rfm_values(const RfmSample *sample, uint32_t *n)
{
	uint32_t users = sample->amounts ? sample->n : 0;
	int64_t *amounts = host_alloc((users + (size_t) 1) * sizeof(int64_t));
	CountedValue *values = host_alloc((users + (size_t) 1) * sizeof(CountedValue));

	*n = 0;
	for (uint32_t i = 0; i < users; i++)
	{
		amounts[i] = sample->users[i].monetary;
		host_poll_at(i);
	}
	sort_int64(amounts, users);
	for (uint32_t i = 0; i < users; i++)
	{
		if (i == 0 || amounts[i] != amounts[i - 1])
			values[(*n)++].value = amounts[i];
		values[*n - 1].up_to = i + (uint64_t) 1;
		host_poll_at(i);
	}
	host_free(amounts);
	return values;
}
