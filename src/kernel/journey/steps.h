/*
 * steps.h: what is asked of journeys: conditions, or names of events, in order.
 *
 *	+---------+-------+-------+------------+=============+
 *	| version | flags | steps | conditions | names, ... |
 *	+---------+-------+-------+------------+=============+
 *	  1 byte    1 byte  1 byte  1 byte
 *
 *	flags	bit 0: by name; bit 1: rows that are no condition are kept, too
 *	conditions	as many as the steps, or more: what stands behind the steps can be excluded.
 *			Not by name: 0, the journey has what it has
 *	names	by name: of each condition how many, a varint, and of each name its size, a varint,
 *			and its bytes.  An event may be in several conditions
 */
#ifndef USER_OPS_KERNEL_STEPS_H
#define USER_OPS_KERNEL_STEPS_H

#include "kernel/base/bytes.h"
#include "kernel/journey/texts.h"

#define STEPS_VERSION     1
#define STEPS_BY_NAME     1
#define STEPS_KEEP_OTHERS 2

typedef struct StepsHead
{
	bool by_name;
	bool keep_others;
	uint8_t n_steps;
	uint8_t n_conditions;
} StepsHead;

/* Why the bytes are no steps, or NULL. */
extern const char *steps_check(const uint8_t *bytes, size_t size);

extern void steps_write_head(ByteWriter *out, const StepsHead *head);
extern void steps_write_name(ByteWriter *out, const char *bytes, uint32_t size);

/* Reading what was checked: the head, then names; *in stands behind what was read. */
extern StepsHead steps_read_head(ByteReader *in);
extern JourneyText steps_read_name(ByteReader *in);

/* Each name with the conditions that it is in. */
typedef struct StepTable
{
	StepsHead head;
	Texts names;
	uint64_t *masks; /* by number of the name */
} StepTable;

extern StepTable *step_table(const uint8_t *bytes, size_t size);
extern void step_table_free(StepTable *table);

/* The conditions that an event is in. */
static inline uint64_t
step_mask(const StepTable *table, const char *bytes, uint32_t size)
{
	uint32_t number = texts_find(&table->names, bytes, size);

	return number == JOURNEY_NONE ? 0 : table->masks[number];
}

#endif
