/*
 * host.c: the server as the kernel's host.
 *
 * Memory comes from the current context, errors are PostgreSQL's.
 */
#include "compat.h"

#include "kernel/host.h"
#include "miscadmin.h"
#include "utils/memutils.h"

void *
host_alloc(size_t size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

void *
host_realloc(void *chunk, size_t size)
{
	return repalloc_huge(chunk, size);
}

void
host_free(void *chunk)
{
	pfree(chunk);
}

void
host_poll(void)
{
	CHECK_FOR_INTERRUPTS();
}

void
host_fail(KernelError error)
{
	switch (error)
	{
		case KERNEL_AMOUNT_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("amount out of range"),
					 errdetail("Amounts are kept as 64-bit integers at the largest number of "
							   "decimals in use, at most 9."),
					 errhint("Round the amounts to fewer decimals, or divide them.")));
			break;
		case KERNEL_COUNT_RANGE:
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("more than %u events on one day", UINT32_MAX),
							errhint("Aggregate per user before merging.")));
			break;
		case KERNEL_USERS_RANGE:
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("too many users in one metric"),
							errhint("Merge each part once.")));
			break;
		case KERNEL_DAY_RANGE:
			ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
							errmsg("date out of range"),
							errhint("Dates reach from 4714-11-24 BC to 5874897-12-31.")));
			break;
		case KERNEL_STATE_TOO_BIG:
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("the metric needs more than 512 MB"),
							errhint("Use a longer period, fewer cohorts or periods, or a sample of the "
									"users.")));
			break;
		case KERNEL_PARAMETERS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot combine metrics made with different parameters"),
					 errhint("Use the same period, as_of and options for all rows.")));
			break;
		case KERNEL_MIXED_AMOUNTS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot mix activities of sources with and without amounts"),
					 errhint("Build all activities with an amount argument, or none.")));
			break;
	}
	pg_unreachable();
}
