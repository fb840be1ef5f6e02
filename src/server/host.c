/*
 * host.c: the server as the kernel's host.
 *
 * Memory comes from the current context, errors are PostgreSQL's.
 */
#include "server/compat.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "commands/tablespace.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"
#include "kernel/base/host.h"

#define AT_ONCE      ((size_t) 1 << 20) /* of a file, between two looks for interrupts */

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

/* Large pages spare a table that is read at random most of its TLB misses. */
static void *
advise_large(void *chunk, size_t size)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
	uintptr_t from = TYPEALIGN(HOST_LARGE_PAGE, (uintptr_t) chunk);
	uintptr_t to = TYPEALIGN_DOWN(HOST_LARGE_PAGE, (uintptr_t) chunk + size);

	if (size >= 2 * HOST_LARGE_PAGE)
		(void) madvise((void *) from, to - from, MADV_HUGEPAGE);
#endif
	return chunk;
}

void *
host_alloc_large(size_t size)
{
	return advise_large(host_alloc(size), size);
}

void *
host_realloc_large(void *chunk, size_t size)
{
	return advise_large(host_realloc(chunk, size), size);
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

/*
 * Temporary files outlive the resource owner that was current when they were
 * made: the value they belong to closes them, in an aborted transaction too.
 * Hence no BufFile: closing that writes out its buffer, and may fail again.
 */
struct HostFile
{
	File file;
};

HostFile *
host_file_create(void)
{
	HostFile *file = palloc(sizeof(HostFile));

	PrepareTempTablespaces();
	file->file = OpenTemporaryFile(true);
	return file;
}

void
host_file_write(HostFile *file, uint64_t offset, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;)
	{
		int n = (int) FileWrite(file->file, unconstify(char *, (const char *) bytes + done),
								(int) Min(size - done, AT_ONCE), (off_t) (offset + done),
								WAIT_EVENT_BUFFILE_WRITE);

		if (n <= 0)
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not write to a temporary file: %m")));
		done += (size_t) n;
		CHECK_FOR_INTERRUPTS();
	}
}

size_t
host_file_read(HostFile *file, uint64_t offset, void *bytes, size_t size)
{
	size_t done = 0;

	while (done < size)
	{
		int n = (int) FileRead(file->file, (char *) bytes + done, (int) Min(size - done, AT_ONCE),
							   (off_t) (offset + done), WAIT_EVENT_BUFFILE_READ);

		if (n < 0)
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not read from a temporary file: %m")));
		if (n == 0)
			break;
		done += (size_t) n;
		CHECK_FOR_INTERRUPTS();
	}
	return done;
}

void
host_file_close(HostFile *file)
{
	FileClose(file->file);
	pfree(file);
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
							errhint("Look for days far from all others, or use a longer period, fewer "
									"cohorts or periods, or a sample of the users.")));
			break;
		case KERNEL_EDGES_RANGE:
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("the paths have too many different edges"),
							errdetail("At most 1,000,000 edges are counted, in 512 MB."),
							errhint("Group the names: pages by what they show, without the numbers "
									"of products or users in them.")));
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
		case KERNEL_ROWS_RANGE:
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many events or users to be grouped in memory at once"),
							errdetail("Each of 256 parts has at most %u events.", UINT32_MAX),
							errhint("Lower work_mem, so that more of them go to a temporary file.")));
			break;
		case KERNEL_TEXTS_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many distinct event names or labels"),
					 errdetail("A journey has at most 65,535 names; a scan at most 16,777,216 names "
							   "and as many labels, of 512 MB."),
					 errhint("Group them: names that hold an id or a parameter are no names of events.")));
			break;
		case KERNEL_JOURNEY_TOO_LONG:
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("a user has more than 16,777,216 events"),
							errhint("Leave out ids that stand for many people, such as that of "
									"visitors without one.")));
			break;
		case KERNEL_ROWS_KIND:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot merge journeys of different kinds"),
					 errhint("Make all of them by name, or all by as many conditions; and all with "
							 "the rows that match no step, or all without.")));
			break;
		case KERNEL_MARKOV_CHANNELS:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("markov_attribution takes at most 1000 channels"),
					 errhint("Group the channels, so that paths have fewer names.")));
			break;
		case KERNEL_SHAPLEY_CHANNELS:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("shapley_attribution by rate takes at most 12 channels"),
					 errhint("Group the channels, so that paths have fewer names; worth "
							 "'conversions' takes any number.")));
			break;
		case KERNEL_EXPERIMENT_ARMS:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("an experiment has at most 64 variants"),
					 errhint("Check that the variant is the arm that a user was assigned to, and no id.")));
			break;
		case KERNEL_POINTS_RANGE:
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("points out of range: a ledger has more than 126 bits of them"),
							errhint("Merge each part once.")));
			break;
		case KERNEL_EXPERIMENT_KINDS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot merge experiments of different metrics"),
					 errhint("Merge means with means, ratios with ratios and rates with rates, and all "
							 "with covariates, or all without.")));
			break;
		case KERNEL_SURVEY_SCALES:
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("cannot merge surveys of different scales"),
							errhint("Give low and high of the scale, the same for all answers to one "
									"question.")));
			break;
		case KERNEL_ANSWERS_RANGE:
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("too many answers in one survey"),
							errhint("Merge each part once.")));
			break;
		case KERNEL_REFERRALS_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("the referrals need more than 512 MB"),
					 errhint("Take ids of type bigint rather than text, or make referrals of each tenant "
							 "or region apart.")));
			break;
		case KERNEL_REFERRAL_IDS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot merge referrals with ids of type bigint and of type text"),
					 errhint("Cast the ids of both to the same type.")));
			break;
		case KERNEL_BASKET_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a basket has more than 1,000,000 items, or needs more than 512 MB"),
					 errhint("Leave out ids that stand for many people, such as that of visitors "
							 "without one; or take groups of items, such as their category.")));
			break;
		case KERNEL_ITEM_TEXT:
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("an item has more than 255 bytes"),
							errhint("Take the id of the item, or the beginning of its name.")));
			break;
		case KERNEL_ITEM_KINDS:
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("cannot put items of type bigint and of type text together"),
							errhint("Cast the items of all baskets to the same type.")));
			break;
		case KERNEL_PAIRS_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("the pairs of items need more than 512 MB"),
					 errhint("Take fewer items, such as those of a category, a later items_from, or a "
							 "smaller max_items.")));
			break;
		case KERNEL_IDENTITY_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("the graph of logins needs more than 512 MB"),
					 errhint("Give each pair of ids on its first and last day alone, take ids of type "
							 "bigint rather than text, or make graphs of each tenant or region apart.")));
			break;
		case KERNEL_IDENTITY_IDS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot merge graphs of logins whose ids are of different types"),
					 errhint("Cast the ids of both to the same types.")));
			break;
		case KERNEL_FUNNEL_ORDERS:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many different events of a user at one instant"),
					 errdetail("The exclusions, or the optional steps, of this funnel ask for all orders in "
							   "which simultaneous events may have happened."),
					 errhint("Give a tiebreak that says the order of simultaneous events.")));
			break;
		case KERNEL_JOURNEY_BYTES:
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a stored journey is damaged"),
							errhint("Make it anew from the events.")));
			break;
		case KERNEL_FILE_SHORT:
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
							errmsg("a temporary file is shorter than what was written to it"),
							errhint("Check the disk with the temporary files (temp_tablespaces), and "
									"run the query again.")));
			break;
	}
	pg_unreachable();
}
