/*
 * grouping_runs.c: users in order of hash, on their way to a file or to another process.
 *
 *	a run	records in order of hash; users of equal hash in any order
 *	a record	+------+----------+------------+-----+-------+
 *				| hash | key size | value size | key | value |
 *				+------+----------+------------+-----+-------+
 *				 8 bytes  4 bytes    4 bytes
 *
 * Runs never leave the machine, nor the query: native byte order will do.
 */
#include "kernel/grouping_private.h"

#include <string.h>

#define WRITE_AT_ONCE 65536

uint8_t *
grouping_extend(Bytes *buffer, size_t size)
{
	uint8_t *at;

	if (buffer->used + size > buffer->capacity)
	{
		buffer->capacity = 2 * buffer->capacity + size + 1024;
		buffer->bytes = buffer->bytes == NULL
							? host_alloc(buffer->capacity)
							: host_realloc_large(buffer->bytes, buffer->capacity);
	}
	at = buffer->bytes + buffer->used;
	buffer->used += size;
	return at;
}

static void
encode_partition(const Grouping *g, const SortedPartition *sorted, Bytes *out)
{
	uint32_t *order = grouping_slots_by_hash(g, sorted);

	for (uint32_t i = 0; i < sorted->partition->n_slots; i++)
	{
		const Bucket *bucket = &sorted->partition->buckets[sorted->buckets[order[i]]];
		RecordHead head = {.hash = grouping_bucket_hash(g, bucket)};
		GroupUser user;
		const uint8_t *value;
		size_t value_size;
		uint8_t *to;

		grouping_user(g, sorted, order[i], &user);
		value = g->codec->encode(g->codec, &user.rows, &value_size);
		head.key_size = user.key_size;
		head.value_size = (uint32_t) value_size;
		to = grouping_extend(out, sizeof(head) + head.key_size + value_size);
		memcpy(to, &head, sizeof(head));
		memcpy(to + sizeof(head), user.key, head.key_size);
		memcpy(to + sizeof(head) + head.key_size, value, value_size);
	}
	host_free(order);
}

static void
write_out(const Grouping *g, Bytes *buffer, Run *run)
{
	host_file_write(g->file, run->start + run->size, buffer->bytes, buffer->used);
	run->size += buffer->used;
	buffer->used = 0;
}

/* Encode the users in memory, in order of hash; if run is given, into the file. */
static void
encode_run(Grouping *g, Bytes *out, Run *run)
{
	SortedPartition sorted = {0};

	grouping_flush(g);
	if (g->partitions == NULL)
		return;
	for (uint32_t i = 0; i < N_PARTITIONS; i++)
	{
		if (g->partitions[i].n_slots == 0)
			continue;
		grouping_sort(g, i, &sorted);
		encode_partition(g, &sorted, out);
		if (run != NULL && out->used >= WRITE_AT_ONCE)
			write_out(g, out, run);
	}
	if (run != NULL && out->used > 0)
		write_out(g, out, run);
	grouping_sort_end(&sorted);
	grouping_forget(g);
}

static void
add_run(Grouping *g, Run run)
{
	if (run.size == 0)
		return;
	g->runs = g->runs == NULL ? host_alloc(sizeof(Run))
							  : host_realloc(g->runs, (g->n_runs + 1) * sizeof(Run));
	g->runs[g->n_runs++] = run;
}

/* A place at the end of the file; what a run that failed left there is forgotten. */
static Run
begin_file_run(Grouping *g)
{
	if (g->file == NULL)
		g->file = host_file_create();
	return (Run){.start = g->file_size};
}

static void
end_file_run(Grouping *g, Run run)
{
	add_run(g, run);
	g->file_size += run.size;
}

void
grouping_spill(Grouping *g)
{
	Bytes buffer = {0};
	Run run;

	grouping_flush(g);
	if (g->partitions == NULL)
		return;
	run = begin_file_run(g);
	encode_run(g, &buffer, &run);
	end_file_run(g, run);
	if (buffer.bytes != NULL)
		host_free(buffer.bytes);
}


void
grouping_finish(Grouping *g)
{
	grouping_flush(g);
	if (g->n_runs > 0)
		grouping_spill(g);
}

/*
 * Everything as bytes: each run behind its size.  Runs in files are read back,
 * for what a worker hands over must not depend on the worker's files.
 */
uint8_t *
grouping_export(Grouping *g, size_t header, size_t *size)
{
	Bytes out = {0};
	uint64_t run_size;

	grouping_extend(&out, header + sizeof(run_size));
	encode_run(g, &out, NULL);
	run_size = out.used - header - sizeof(run_size);
	memcpy(out.bytes + header, &run_size, sizeof(run_size));
	for (uint32_t i = 0; i < g->n_runs; i++)
	{
		Run *run = &g->runs[i];
		uint8_t *to = grouping_extend(&out, sizeof(run->size) + (size_t) run->size);

		memcpy(to, &run->size, sizeof(run->size));
		if (run->bytes != NULL)
			memcpy(to + sizeof(run->size), run->bytes, (size_t) run->size);
		else
			host_file_read(g->file, run->start, to + sizeof(run->size), (size_t) run->size);
	}
	*size = out.used;
	return out.bytes;
}

void
grouping_import(Grouping *g, const uint8_t *bytes, size_t size, bool to_file)
{
	const uint8_t *end = bytes + size;

	while (bytes < end)
	{
		Run run;
		uint64_t run_size;

		memcpy(&run_size, bytes, sizeof(run_size));
		bytes += sizeof(run_size);
		if (to_file && run_size > 0)
		{
			run = begin_file_run(g);
			host_file_write(g->file, run.start, bytes, (size_t) run_size);
			run.size = run_size;
			end_file_run(g, run);
		}
		else
			add_run(g, (Run){.bytes = bytes, .size = run_size});
		bytes += run_size;
	}
}

void
grouping_end(Grouping *g)
{
	if (g->file != NULL)
		host_file_close(g->file);
	g->file = NULL;
	g->n_runs = 0;
}
