/*
 * steps.c: what is asked of journeys, as bytes, and asked of one.
 */
#include "builders.h"

#include "kernel/journey/step_masks.h"

static Stored
in_steps(Input *in)
{
	uint8_t how = in_byte(in);
	StepsHead head = {.by_name = how & 1, .keep_others = how & 2};
	ByteWriter out = byte_writer(0);

	head.n_steps = (uint8_t) (1 + in_below(in, how & 4 ? JOURNEY_CONDITIONS : 5));
	if (head.by_name)
		head.n_conditions = (uint8_t) (head.n_steps + (head.n_steps < JOURNEY_CONDITIONS ? in_below(in, 2) : 0));
	steps_write_head(&out, &head);
	for (int i = 0; head.by_name && i < head.n_conditions; i++)
	{
		uint32_t n = 1 + in_below(in, 3);

		write_varint(&out, n);
		for (uint32_t k = 0; k < n; k++)
		{
			JourneyText name = in_name(in);

			steps_write_name(&out, name.bytes, name.size);
		}
	}
	return (Stored){fuzz_copy(out.start, bytes_written(&out)), bytes_written(&out)};
}

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	uint8_t mode = in_byte(&in);
	uint8_t split = in_byte(&in);
	Input first = in_part(&in, in_left(&in) * split / 0xFF);
	JourneyKind kind;
	Stored stored;
	StepTable *table;
	StepMasks masks = {0};
	Journey journey;
	ByteReader reader;
	StepsHead head;

	if (mode & 1)
		stored = in_steps(&first);
	else
		stored = (Stored){fuzz_copy(first.next, in_left(&first)), in_left(&first)};
	n_stored++;
	if (steps_check(stored.bytes, stored.size) != NULL)
		return;
	n_accepted++;
	table = step_table(stored.bytes, stored.size);
	reader = byte_reader(stored.bytes, stored.size);
	head = steps_read_head(&reader);
	for (int i = 0; head.by_name && i < head.n_conditions; i++)
		for (uint64_t n = read_varint(&reader, UINT64_MAX); n > 0; n--)
		{
			JourneyText name = steps_read_name(&reader);

			CHECK(step_mask(table, name.bytes, name.size) >> i & 1);
		}
	CHECK(!reader.bad && reader.next == reader.end);
	masks.table = table;
	kind = in_journey_kind(&in, mode & 2);
	journey = *in_journey(&in, &kind);
	if (step_masks_ask(&masks, &journey) == NULL)
		for (uint32_t i = 0; i < journey.n_rows && journey.by_name; i++)
		{
			const JourneyText *name = &journey.names.texts[journey.rows[i].event];

			CHECK(journey.rows[i].mask == step_mask(table, name->bytes, name->size));
		}
	step_masks_free(&masks);
	step_table_free(table);
}

static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	Stored stored = {(uint8_t *) random->next, in_left(random)};
	size_t rows = 40;

	to[0] = (uint8_t) (i & 3);
	if (!(i & 1))
		stored = in_steps(random);
	if (stored.size > 1000)
		return 0;
	to[1] = (uint8_t) (stored.size * 0xFF / (stored.size + rows) + 1);
	/* as many rows as the split says */
	while ((stored.size + rows) * to[1] / 0xFF < stored.size)
		rows++;
	while (rows > 0 && (stored.size + rows) * to[1] / 0xFF > stored.size)
		rows--;
	memcpy(to + 2, stored.bytes, stored.size);
	for (size_t k = 0; k < rows; k++)
		to[2 + stored.size + k] = in_byte(random);
	return 2 + stored.size + rows;
}
