/*
 * journey_steps_test.c: what journeys are made of, outside the server: steps, bits, texts.
 *
 *	journey_steps_test [SEED [ROUNDS]]
 */
#include "failing_host.h"

#include "journey_rows.h"

#include "kernel/journey/bits.h"
#include "kernel/journey/journey_order.h"
#include "kernel/journey/step_masks.h"

static long n_asked;
static JourneyRoom room; /* that the journeys of some rounds are decoded in */

/* --- steps ------------------------------------------------------------------ */

typedef struct ModelSteps
{
	StepsHead head;
	uint64_t masks[POOL];
} ModelSteps;

static Encoded
make_steps(ModelSteps *steps)
{
	ByteWriter out = byte_writer(0);
	Encoded encoded;

	*steps = (ModelSteps){.head = {.by_name = !one_in(5)}};
	steps->head.n_steps = (uint8_t) (1 + chance(one_in(4) ? 60 : 4));
	if (steps->head.by_name)
	{
		steps->head.n_conditions = (uint8_t) (steps->head.n_steps + chance(5));
		steps->head.keep_others = one_in(2);
	}
	steps_write_head(&out, &steps->head);
	for (int i = 0; i < steps->head.n_conditions; i++)
	{
		uint32_t n = 1 + chance(3);

		write_varint(&out, n);
		for (; n > 0; n--)
		{
			uint32_t number = chance(n_pool);

			steps_write_name(&out, pool[number].bytes, pool[number].size);
			steps->masks[number] |= UINT64_C(1) << i;
		}
	}
	encoded = exactly(out.start, bytes_written(&out));
	host_free(out.start);
	CHECK(steps_check(encoded.bytes, encoded.size) == NULL);
	return encoded;
}

/* What was changed is refused, or can be read, and written again as it stands. */
static void
change_steps(const Encoded *steps)
{
	uint8_t *bytes = host_alloc(steps->size);

	for (int i = 0; i < 300; i++)
	{
		Encoded changed;

		memcpy(bytes, steps->bytes, steps->size);
		bytes[chance((uint32_t) steps->size)] = (uint8_t) (one_in(2) ? chance(256) : chance(8));
		changed = exactly(bytes, one_in(3) ? chance((uint32_t) steps->size) : steps->size);
		if (steps_check(changed.bytes, changed.size) == NULL)
		{
			ByteReader in = byte_reader(changed.bytes, changed.size);
			ByteWriter out = byte_writer(0);
			StepsHead head = steps_read_head(&in);

			steps_write_head(&out, &head);
			for (int k = 0; k < head.n_conditions; k++)
			{
				uint64_t n = read_varint(&in, UINT32_MAX);

				CHECK(n > 0);
				write_varint(&out, n);
				for (; n > 0; n--)
				{
					JourneyText name = steps_read_name(&in);

					steps_write_name(&out, name.bytes, name.size);
				}
			}
			CHECK(bytes_written(&out) == changed.size &&
				  memcmp(out.start, changed.bytes, changed.size) == 0);
			step_table_free(step_table(changed.bytes, changed.size));
			host_free(out.start);
		}
		host_free(changed.bytes);
	}
	host_free(bytes);
}

/* As they were built, or by way of their bytes, which tells names that came before. */
static Journey
journey_of_rows(JourneyBuilder *builder, const ModelRow *rows, uint32_t n)
{
	Encoded encoded;

	for (uint32_t i = 0; i < n; i++)
		add_model_row(builder, &rows[i]);
	if (one_in(3))
		return journey_built(builder);
	encoded = encoded_builder(builder);
	return *journey_decode(&room, encoded.bytes, encoded.size);
}

/* One question to many journeys, whose names come again. */
static void
steps_round(void)
{
	static ModelRow rows[MOST_MODEL_ROWS + 1];
	ModelSteps steps;
	Encoded bytes;
	StepMasks masks;

	make_pool();
	bytes = make_steps(&steps);
	masks = (StepMasks){.table = step_table(bytes.bytes, bytes.size)};
	for (uint32_t i = 0; i < n_pool; i++)
		CHECK(step_mask(masks.table, pool[i].bytes, pool[i].size) == steps.masks[i]);
	for (int i = 0; i < 20; i++)
	{
		JourneyKind kind = random_kind();
		uint32_t n = make_rows(rows, &kind);
		JourneyBuilder *builder = journey_builder(&kind);
		Journey journey = journey_of_rows(builder, rows, n);
		const char *problem = step_masks_ask(&masks, &journey);

		qsort(rows, n, sizeof(ModelRow), compare_model);
		CHECK((problem != NULL) == (kind.by_name != steps.head.by_name ||
									(!kind.by_name && steps.head.n_steps > kind.n_conditions)));
		if (problem != NULL)
			continue;
		n_asked++;
		CHECK(journey.n_steps == steps.head.n_steps);
		CHECK(journey.n_conditions == (kind.by_name ? steps.head.n_conditions : kind.n_conditions));
		for (uint32_t k = 0; k < n; k++)
			CHECK(journey.rows[k].mask == (kind.by_name ? steps.masks[rows[k].name - pool] : rows[k].mask));
		journey_builder_free(builder);
	}
	change_steps(&bytes);
	step_table_free((StepTable *) masks.table);
	step_masks_free(&masks);
}

/* --- bits, widths, order, texts --------------------------------------------- */

static void
bits_round(void)
{
	uint64_t values[500];
	int widths[500];
	uint32_t n = chance(500);
	ByteWriter out = byte_writer(0);
	BitWriter writer = {.out = &out};
	BitReader reader;
	uint64_t n_bits = 0;
	uint8_t *bytes;

	for (uint32_t i = 0; i < n; i++)
	{
		widths[i] = one_in(3) ? 64 - (int) chance(9) : (int) chance(65);
		values[i] = one_in(4) ? UINT64_MAX : chance64();
		values[i] = widths[i] == 64 ? values[i] : values[i] & ((UINT64_C(1) << widths[i]) - 1);
		CHECK(low_bits(values[i], widths[i]) == values[i] && bit_length(values[i]) <= widths[i]);
		write_bits(&writer, values[i], widths[i]);
		n_bits += (uint64_t) widths[i];
	}
	end_bits(&writer);
	CHECK(bytes_written(&out) == (n_bits + 7) / 8);
	bytes = host_alloc(bytes_written(&out) + BITS_PADDING);
	memcpy(bytes, out.start, bytes_written(&out)); /* what is behind it, is anything */
	reader = (BitReader){.bytes = bytes};
	for (uint32_t i = 0; i < n; i++)
		CHECK(read_bits(&reader, widths[i]) == values[i]);
	CHECK(reader.place == n_bits);
	CHECK(n_bits % 8 == 0 || read_bits(&reader, (int) (8 - n_bits % 8)) == 0);
	host_free(bytes);
	host_free(out.start);
}

/* Of all narrow widths the one that makes rows the shortest; the greatest of several; none before one. */
static void
check_widths(const uint64_t lengths[65])
{
	BitWidths widths = best_widths(lengths);
	int wide = 0;
	int best = -1;
	uint64_t fewest = UINT64_MAX;

	for (int i = 0; i <= 64; i++)
		wide = lengths[i] > 0 ? i : wide;
	for (int narrow = 0; narrow <= wide; narrow++)
	{
		uint64_t bits = 0;

		for (int i = 0; i <= 64; i++)
			bits += lengths[i] * (uint64_t) ((narrow < wide) + (i <= narrow ? narrow : wide));
		if (bits <= fewest)
		{
			fewest = bits;
			best = narrow;
		}
	}
	CHECK(widths.wide == wide && widths.narrow == best);
}

static void
widths_round(void)
{
	for (int i = 0; i < 100; i++)
	{
		uint64_t lengths[65] = {0};

		/* few and small ones often take the same */
		for (uint32_t k = chance(6); k > 0; k--)
			lengths[chance(one_in(2) ? 8 : 65)] += 1 + chance(one_in(2) ? 3 : 50);
		check_widths(lengths);
	}
}

static void
order_round(void)
{
	for (int i = 0; i < 200; i++)
	{
		ModelRow a = {.mask = one_in(9) ? 0 : chance64() << chance(64)};
		ModelRow b = {.mask = one_in(9) ? 0 : one_in(3) ? a.mask : chance64() << chance(64)};

		model_by_name = false;
		CHECK(mask_before(a.mask, b.mask) == (compare_model(&a, &b) < 0));
	}
}

static void
texts_round(void)
{
	Texts texts = {0};
	uint32_t n = chance(one_in(10) ? 3000 : 100);
	JourneyText *sorted;
	uint32_t *places;

	for (uint32_t i = 0; i < n; i++)
	{
		JourneyText text = random_text(true);
		uint32_t found = texts_find(&texts, text.bytes, text.size);
		uint32_t number = texts_add(&texts, text.bytes, text.size);

		CHECK(found == JOURNEY_NONE ? number == texts.n - 1 : number == found);
		CHECK(same_text(&texts.texts[number], &text));
		memset((char *) text.bytes, 'x', text.size); /* it keeps a copy */
	}
	sorted = host_alloc(texts.n * sizeof(JourneyText) + 1);
	places = texts_places(&texts, sorted);
	for (uint32_t i = 0; i < texts.n; i++)
	{
		CHECK(texts_find(&texts, texts.texts[i].bytes, texts.texts[i].size) == i);
		CHECK(places[i] < texts.n && same_text(&sorted[places[i]], &texts.texts[i]));
		CHECK(i == 0 || compare_texts(&sorted[i - 1], &sorted[i]) < 0);
	}
	texts_free(&texts);
	CHECK(texts_find(&texts, "", 0) == JOURNEY_NONE);
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	chance_state = seed;
	for (int i = 0; i < rounds; i++)
	{
		steps_round();
		bits_round();
		widths_round();
		order_round();
		texts_round();
		if (i % 7 == 0)
		{
			journey_room_free(&room);
			free_everything();
		}
	}
	printf("ok - %d rounds of steps, bits and texts\n", rounds);
	CHECK(n_asked > 0 && n_interrupts + n_failed_writes + n_errors == 0);
	printf("# seed %llu: %ld journeys asked\n", (unsigned long long) seed, n_asked);
	return 0;
}
