/*
 * grouping_merge.c: the users read back: from memory, or merged from runs.
 *
 * A k-way merge by hash; the users of one hash are told apart by their keys.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

#define SOURCE_BUFFER 8192

/* Where a merge stands in a run. */
typedef struct Source
{
	const FileRun *run;
	HostFile *file;
	uint64_t offset; /* in the run, of what the buffer holds */
	Bytes buffer;    /* part of the run */
	size_t at;       /* the current record in the buffer */
	RecordHead head; /* of the current record */
} Source;

/* A record of the users of one hash. */
typedef struct Member
{
	RecordHead head;
	size_t place; /* of its key, then its value, in the cursor's bytes */
	bool taken;
} Member;

struct GroupCursor
{
	Grouping *grouping;
	SortedPartition sorted; /* read from memory: where */
	uint32_t next_partition;
	uint32_t end_partition;
	uint32_t next_slot;
	Source *sources; /* a heap: the smallest hash first */
	uint32_t n_sources;
	Bytes bytes;
	Member *members;
	uint32_t n_members;
	uint32_t next_member;
	uint32_t member_capacity;
	const uint8_t **parts;
	uint32_t *part_sizes;
	uint32_t part_capacity;
};

/* Make size bytes of the run readable from the source's place. */
static const uint8_t *
peek(Source *s, size_t size)
{
	size_t have = s->buffer.used - s->at;

	if (have < size)
	{
		uint64_t left = s->run->size - s->offset - s->buffer.used;
		size_t want = size > SOURCE_BUFFER ? size : SOURCE_BUFFER;

		if (want > left)
			want = (size_t) left;
		if (size > have + want) /* a record that does not end within the run */
			host_fail(KERNEL_FILE_SHORT);
		if (have > 0)
			memmove(s->buffer.bytes, s->buffer.bytes + s->at, have);
		s->offset += s->at;
		s->at = 0;
		s->buffer.used = have;
		grouping_extend(&s->buffer, want);
		grouping_read(s->file, s->run->start + s->offset + have, s->buffer.bytes + have, want);
	}
	return s->buffer.bytes + s->at;
}

/* Read the head of the next record; false at the end of the run. */
static bool
read_head(Source *s)
{
	if (s->offset + s->at >= s->run->size)
		return false;
	memcpy(&s->head, peek(s, sizeof(RecordHead)), sizeof(RecordHead));
	return true;
}

static void
sift_down(GroupCursor *c)
{
	Source moved = c->sources[0];
	uint32_t at = 0;

	for (;;)
	{
		uint32_t child = 2 * at + 1;

		if (child >= c->n_sources)
			break;
		if (child + 1 < c->n_sources &&
			c->sources[child + 1].head.hash < c->sources[child].head.hash)
			child++;
		if (c->sources[child].head.hash >= moved.head.hash)
			break;
		c->sources[at] = c->sources[child];
		at = child;
	}
	c->sources[at] = moved;
}

static void
sift_up(GroupCursor *c, uint32_t at)
{
	Source moved = c->sources[at];

	for (; at > 0 && c->sources[(at - 1) / 2].head.hash > moved.head.hash; at = (at - 1) / 2)
		c->sources[at] = c->sources[(at - 1) / 2];
	c->sources[at] = moved;
}

static void
close_source(Source *s)
{
	if (s->buffer.bytes != NULL)
		host_free(s->buffer.bytes);
}

GroupCursor *
grouping_open(Grouping *g, uint32_t n_left)
{
	GroupCursor *c;

	grouping_finish(g);
	c = host_alloc(sizeof(GroupCursor));
	memset(c, 0, sizeof(*c));
	c->grouping = g;
	c->end_partition = g->n_partitions - n_left;
	if (g->n_runs == 0)
		return c;

	c->sources = host_alloc(g->n_runs * sizeof(Source));
	for (uint32_t i = 0; i < g->n_runs; i++)
	{
		c->sources[c->n_sources] = (Source){.run = &g->runs[i], .file = g->store->file};
		if (read_head(&c->sources[c->n_sources]))
			sift_up(c, c->n_sources++);
	}
	return c;
}

/* Take the record of the first source into the members, and go on in that run. */
static void
take_record(GroupCursor *c)
{
	Source *s = &c->sources[0];
	size_t body = (size_t) s->head.key_size + s->head.value_size;
	const uint8_t *record = peek(s, sizeof(RecordHead) + body);

	if (c->n_members == c->member_capacity)
	{
		c->member_capacity = 2 * c->member_capacity + 8;
		c->members = c->members == NULL
						 ? host_alloc(c->member_capacity * sizeof(Member))
						 : host_realloc(c->members, c->member_capacity * sizeof(Member));
	}
	c->members[c->n_members++] = (Member){s->head, c->bytes.used, false};
	memcpy(grouping_extend(&c->bytes, body), record + sizeof(RecordHead), body);
	s->at += sizeof(RecordHead) + body;
	if (!read_head(s))
	{
		close_source(s);
		c->sources[0] = c->sources[--c->n_sources];
	}
	if (c->n_sources > 0)
		sift_down(c);
}

static bool
same_user(const GroupCursor *c, const Member *a, const Member *b)
{
	const GroupKeys *keys = &c->grouping->keys;
	const uint8_t *a_key = c->bytes.bytes + a->place;
	const uint8_t *b_key = c->bytes.bytes + b->place;

	if (keys->equal != NULL)
		return keys->equal(keys, a_key, a->head.key_size, b_key, b->head.key_size);
	return a->head.key_size == b->head.key_size && memcmp(a_key, b_key, a->head.key_size) == 0;
}

static bool
next_merged(GroupCursor *c, GroupUser *user)
{
	const Member *first;

	while (c->next_member < c->n_members && c->members[c->next_member].taken)
		c->next_member++;
	if (c->next_member == c->n_members)
	{
		uint64_t hash;

		if (c->n_sources == 0)
			return false;
		host_poll();
		hash = c->sources[0].head.hash;
		c->n_members = c->next_member = 0;
		c->bytes.used = 0;
		while (c->n_sources > 0 && c->sources[0].head.hash == hash)
			take_record(c);
		if (c->n_members > c->part_capacity)
		{
			if (c->parts != NULL)
			{
				host_free(c->parts);
				host_free(c->part_sizes);
			}
			c->part_capacity = 2 * c->n_members;
			c->parts = host_alloc(c->part_capacity * sizeof(uint8_t *));
			c->part_sizes = host_alloc(c->part_capacity * sizeof(uint32_t));
		}
	}

	first = &c->members[c->next_member];
	user->key = c->bytes.bytes + first->place;
	user->key_size = first->head.key_size;
	user->parts = c->parts;
	user->part_sizes = c->part_sizes;
	user->n_parts = 0;
	for (uint32_t i = c->next_member; i < c->n_members; i++)
	{
		Member *member = &c->members[i];

		if (member->taken || !same_user(c, first, member))
			continue;
		member->taken = true;
		c->part_sizes[user->n_parts] = member->head.value_size;
		c->parts[user->n_parts++] = c->bytes.bytes + member->place + member->head.key_size;
	}
	return true;
}

bool
grouping_next(GroupCursor *c, GroupUser *user)
{
	const Grouping *g = c->grouping;

	if (g->n_runs > 0)
		return next_merged(c, user);
	for (;;)
	{
		while (c->next_slot < c->sorted.n_slots)
			if (grouping_user(g, &c->sorted, c->next_slot++, user))
				return true;
		if (c->next_partition == c->end_partition)
			return false;
		grouping_sort(g, c->next_partition++, false, &c->sorted);
		c->next_slot = 0;
	}
}

void
grouping_close(GroupCursor *c)
{
	for (uint32_t i = 0; i < c->n_sources; i++)
		close_source(&c->sources[i]);
	grouping_sort_end(&c->sorted);
	if (c->sources != NULL)
		host_free(c->sources);
	if (c->members != NULL)
		host_free(c->members);
	if (c->parts != NULL)
	{
		host_free(c->parts);
		host_free(c->part_sizes);
	}
	if (c->bytes.bytes != NULL)
		host_free(c->bytes.bytes);
	host_free(c);
}
