/*
 * steps.c: what is asked of journeys.
 */
#include "kernel/journey/steps.h"

#include <string.h>

#define SHORT_NAME_BITS    9 /* so that most factors keep names apart */
#define SHORT_NAME_BUCKETS ((size_t) 1 << SHORT_NAME_BITS)
#define MOST_SHORT_NAMES   24
#define FACTORS            64 /* that are tried */

void
steps_write_head(ByteWriter *out, const StepsHead *head)
{
	write_byte(out, STEPS_VERSION);
	write_byte(out, (uint8_t) ((head->by_name ? STEPS_BY_NAME : 0) |
							   (head->keep_others ? STEPS_KEEP_OTHERS : 0)));
	write_byte(out, head->n_steps);
	write_byte(out, head->n_conditions);
}

void
steps_write_name(ByteWriter *out, const char *bytes, uint32_t size)
{
	write_varint(out, size);
	for (uint32_t i = 0; i < size; i++)
		write_byte(out, (uint8_t) bytes[i]);
}

StepsHead
steps_read_head(ByteReader *in)
{
	uint8_t flags;
	StepsHead head;

	if (read_byte(in) != STEPS_VERSION)
		in->bad = true;
	flags = read_byte(in);
	if (flags > (STEPS_BY_NAME | STEPS_KEEP_OTHERS))
		in->bad = true;
	head.by_name = (flags & STEPS_BY_NAME) != 0;
	head.keep_others = (flags & STEPS_KEEP_OTHERS) != 0;
	head.n_steps = read_byte(in);
	head.n_conditions = read_byte(in);
	return head;
}

JourneyText
steps_read_name(ByteReader *in)
{
	uint64_t size = read_varint(in, UINT32_MAX);
	JourneyText name = {(const char *) in->next, (uint32_t) size};

	if (size > (uint64_t) (in->end - in->next))
		in->bad = true;
	if (!in->bad)
		in->next += size;
	return name;
}

const char *
steps_check(const uint8_t *bytes, size_t size)
{
	ByteReader in = byte_reader(bytes, size);
	StepsHead head = steps_read_head(&in);

	if (in.bad)
		return "unknown version or flags";
	if (head.n_steps == 0 || head.n_steps > JOURNEY_CONDITIONS ||
		head.n_conditions > JOURNEY_CONDITIONS)
		return "there are 1 to 64 steps";
	if (head.by_name ? head.n_conditions < head.n_steps
					 : head.n_conditions != 0 || head.keep_others)
		return "the conditions do not go with the steps";
	for (int i = 0; i < head.n_conditions && !in.bad; i++)
	{
		uint64_t n = read_varint(&in, UINT32_MAX);

		if (n == 0)
			return "a step without a name";
		for (; n > 0 && !in.bad; n--)
		{
			JourneyText name = steps_read_name(&in);

			if (!in.bad && memchr(name.bytes, 0, name.size) != NULL)
				return "a name with a byte 0";
			host_poll_at(n);
		}
	}
	return in.bad || in.next != in.end ? "cut off, or too long" : NULL;
}

static void
add_name(StepTable *table, uint32_t *capacity, const JourneyText *name, int condition)
{
	uint32_t number = texts_add(&table->names, name->bytes, name->size);

	if (number >= *capacity)
	{
		uint64_t *masks = host_alloc(2 * *capacity * sizeof(uint64_t));

		memset(masks, 0, 2 * *capacity * sizeof(uint64_t));
		memcpy(masks, table->masks, *capacity * sizeof(uint64_t));
		host_free(table->masks);
		table->masks = masks;
		*capacity *= 2;
	}
	table->masks[number] |= (uint64_t) 1 << condition;
}

/* Put each short name into a bucket; false if two of them have the same. */
static bool
place_short_names(StepTable *table)
{
	memset(table->short_names, 0, SHORT_NAME_BUCKETS * sizeof(ShortName));
	for (uint32_t i = 0; i < table->names.n; i++)
	{
		const JourneyText *text = &table->names.texts[i];
		uint64_t word;
		ShortName *name;

		if (text->size > SHORT_TEXT)
			continue;
		word = text_word(text->bytes, text->size);
		name = &table->short_names[word * table->factor >> table->shift];
		if (name->mask != 0)
			return false;
		*name = (ShortName){word, table->masks[i]};
	}
	return true;
}

/* Look for a factor that keeps short names apart. */
static void
find_short_names(StepTable *table)
{
	if (table->names.n > MOST_SHORT_NAMES)
		return;
	table->short_names = host_alloc(SHORT_NAME_BUCKETS * sizeof(ShortName));
	table->shift = 64 - SHORT_NAME_BITS;
	table->factor = UINT64_C(0x9E3779B97F4A7C15);
	for (int i = 0; i < FACTORS; i++)
	{
		if (place_short_names(table))
			return;
		table->factor = text_mix(table->factor) | 1;
	}
	host_free(table->short_names);
	table->short_names = NULL;
}

StepTable *
step_table(const uint8_t *bytes, size_t size)
{
	ByteReader in = byte_reader(bytes, size);
	StepTable *table = host_alloc(sizeof(StepTable));
	uint32_t capacity = 16;

	*table = (StepTable){.head = steps_read_head(&in)};
	table->masks = host_alloc(capacity * sizeof(uint64_t));
	memset(table->masks, 0, capacity * sizeof(uint64_t));
	for (int i = 0; i < table->head.n_conditions; i++)
		for (uint64_t n = read_varint(&in, UINT32_MAX); n > 0; n--)
		{
			JourneyText name = steps_read_name(&in);

			add_name(table, &capacity, &name, i);
			host_poll_at(n);
		}
	find_short_names(table);
	return table;
}

uint64_t
step_mask_of_long(const StepTable *table, const char *bytes, uint32_t size)
{
	uint32_t number = texts_find(&table->names, bytes, size);

	return number == JOURNEY_NONE ? 0 : table->masks[number];
}

void
step_table_free(StepTable *table)
{
	texts_free(&table->names);
	host_free(table->masks);
	if (table->short_names != NULL)
		host_free(table->short_names);
	host_free(table);
}
