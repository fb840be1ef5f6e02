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

/* A name of SHORT_TEXT bytes or fewer, as text_word() has it: no name has a byte 0. */
typedef struct ShortName
{
	uint64_t word;
	uint64_t mask; /* 0: there is no such name */
} ShortName;

/*
 * Each name with the conditions that it is in.  Few short names have a bucket each, by a
 * factor that was looked for: whether a row has one of them, no branch says.
 */
typedef struct StepTable
{
	StepsHead head;
	Texts names;
	uint64_t *masks;        /* by number of the name */
	ShortName *short_names; /* by the upper bits of the word times the factor; NULL: there are many */
	uint64_t factor;
	int shift;              /* to those bits */
} StepTable;

extern StepTable *step_table(const uint8_t *bytes, size_t size);
extern void step_table_free(StepTable *table);

/* Where the name is long, or names are many. */
extern uint64_t step_mask_of_long(const StepTable *table, const char *bytes, uint32_t size);

/* The conditions that an event is in. */
static inline __attribute__((always_inline)) uint64_t
step_mask(const StepTable *table, const char *bytes, uint32_t size)
{
	if (size <= SHORT_TEXT && table->short_names != NULL)
	{
		uint64_t word = text_word(bytes, size);
		const ShortName *name = &table->short_names[word * table->factor >> table->shift];

		return name->word == word ? name->mask : 0;
	}
	return step_mask_of_long(table, bytes, size);
}

#endif
