/*
 * queue.h: queues of rows, in the order in which they were read.
 */
#ifndef USER_OPS_KERNEL_SEQUENCE_QUEUE_H
#define USER_OPS_KERNEL_SEQUENCE_QUEUE_H

#include "kernel/base/host.h"

typedef struct SequenceEntry
{
	uint32_t row;
	uint32_t end; /* of the match that goes on there */
} SequenceEntry;

typedef struct SequenceQueue
{
	SequenceEntry *entries; /* a ring */
	uint32_t capacity;      /* a power of 2 */
	uint32_t start;         /* in entries, of the oldest */
	uint32_t n;
} SequenceQueue;

static inline SequenceQueue
sequence_queue(void)
{
	SequenceQueue queue = {.capacity = 8};

	queue.entries = host_alloc(queue.capacity * sizeof(SequenceEntry));
	return queue;
}

static inline const SequenceEntry *
sequence_oldest(const SequenceQueue *queue)
{
	return &queue->entries[queue->start];
}

static inline const SequenceEntry *
sequence_newest(const SequenceQueue *queue)
{
	return &queue->entries[(queue->start + queue->n - 1) & (queue->capacity - 1)];
}

static inline void
sequence_drop_oldest(SequenceQueue *queue)
{
	queue->start = (queue->start + 1) & (queue->capacity - 1);
	queue->n--;
}

static inline void
sequence_push(SequenceQueue *queue, SequenceEntry entry)
{
	if (queue->n == queue->capacity)
	{
		queue->entries =
			host_realloc(queue->entries, 2 * (size_t) queue->capacity * sizeof(SequenceEntry));
		/* those that had gone round stand behind the others */
		for (uint32_t i = 0; i < queue->start; i++)
			queue->entries[queue->capacity + i] = queue->entries[i];
		queue->capacity *= 2;
	}
	queue->entries[(queue->start + queue->n++) & (queue->capacity - 1)] = entry;
}

#endif
