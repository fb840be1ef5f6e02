/*
 * journey_test.c: journeys outside the server: their bytes, bits, texts and steps.
 *
 *	journey_test [SEED [ROUNDS]]
 *
 * Random rows become journeys, whole and in parts, and what is decoded is held against the
 * model of journey_rows.h.  Whatever the parts and the order, the bytes are the same; bytes
 * that were changed are refused, or are the only ones of what they say.
 */
#include "failing_host.h"

#include "journey_rows.h"

#include "kernel/base/money.h"
#include "kernel/journey/bits.h"
#include "kernel/journey/journey_order.h"
#include "kernel/journey/step_masks.h"

static long n_refused, n_accepted, n_asked;
static JourneyRoom room; /* that most journeys of a run are decoded in */

/* --- rows and bytes -------------------------------------------------------- */

static int
needed_scale(const ModelRow *rows, uint32_t n)
{
	int scale = 0;

	for (uint32_t i = 0; i < n; i++)
		while (rows[i].has_amount && nano_amount(&rows[i]) % power_of_ten(9 - scale) != 0)
			scale++;
	return scale;
}

static int
needed_unit(const ModelRow *rows, uint32_t n)
{
	int unit = JOURNEY_UNITS - 1;

	for (uint32_t i = 0; i < n; i++)
		while (rows[i].at % journey_units[unit] != 0)
			unit--;
	return unit;
}

/* Texts ascend, and each is in a row. */
static void
check_texts(const JourneyTexts *texts, const Journey *journey, bool labels)
{
	for (uint32_t i = 0; i < texts->n; i++)
	{
		bool used = false;

		for (uint32_t k = 0; k < journey->n_rows && !used; k++)
			used = (labels ? journey->rows[k].label : journey->rows[k].event) == i;
		CHECK(used);
		CHECK(i == 0 || compare_texts(&texts->texts[i - 1], &texts->texts[i]) < 0);
	}
}

static void
check_row(const Journey *journey, const JourneyRow *row, const ModelRow *model)
{
	CHECK(row->at == model->at && row->tiebreak == model->tiebreak);
	CHECK(journey->by_name ? same_text(&journey->names.texts[row->event], model->name)
						   : row->mask == model->mask && row->event == 0);
	CHECK((row->label == JOURNEY_NONE) == (model->label == NULL));
	CHECK(model->label == NULL || same_text(&journey->labels.texts[row->label], model->label));
	CHECK(row->has_amount == model->has_amount);
	CHECK((__int128) row->amount * power_of_ten(9 - journey->scale) == nano_amount(model));
}

static void
check_journey(const Journey *journey, const JourneyKind *kind, const ModelRow *rows, uint32_t n)
{
	bool amounts = false;
	bool tiebreaks = false;

	CHECK(journey->n_rows == n && journey->by_name == kind->by_name &&
		  journey->partial == kind->partial && journey->n_conditions == kind->n_conditions);
	for (uint32_t i = 0; i < n; i++)
	{
		check_row(journey, &journey->rows[i], &rows[i]);
		amounts |= rows[i].has_amount;
		tiebreaks |= rows[i].tiebreak != 0;
	}
	CHECK(journey->amounts == amounts && journey->tiebreaks == tiebreaks);
	CHECK(journey->scale == needed_scale(rows, n));
	check_texts(&journey->names, journey, false);
	check_texts(&journey->labels, journey, true);
	for (int i = 0; i < 5; i++)
	{
		int64_t as_of = one_in(2) ? rows[chance(n)].at + (int64_t) chance(3) - 1 : (int64_t) chance64();
		uint32_t before = 0;

		while (before < n && rows[before].at < as_of)
			before++;
		CHECK(journey_rows_before(journey, as_of) == before);
	}
}

/* Rows by way of several builders, bytes and merges. */
static Encoded
in_parts(const JourneyKind *kind, const ModelRow *rows, uint32_t n)
{
	uint32_t n_parts = 1 + chance(4);
	JourneyBuilder *parts[5];
	Encoded whole;

	for (uint32_t i = 0; i <= n_parts; i++)
		parts[i] = journey_builder(kind);
	for (uint32_t i = 0; i < n; i++)
		add_model_row(parts[chance(n_parts + 1)], &rows[i]);
	for (uint32_t i = n_parts; i > 0; i--)
	{
		uint32_t into = chance(i);

		if (parts[i]->n_rows == 0)
			;
		else if (one_in(2))
		{
			Journey built = journey_built(parts[i]);

			journey_add_journey(parts[into], &built);
		}
		else
		{
			Encoded part = encoded_builder(parts[i]);

			CHECK(journey_check(part.bytes, part.size) == NULL);
			journey_add_journey(parts[into], journey_decode(&room, part.bytes, part.size));
		}
		journey_builder_free(parts[i]);
	}
	CHECK(parts[0]->n_rows == n);
	whole = encoded_builder(parts[0]);
	/* what was built can be asked for again, and added to */
	CHECK(parts[0]->sorted == NULL);
	journey_builder_free(parts[0]);
	return whole;
}

/* --- bytes that were changed ----------------------------------------------- */

/* Bytes that nobody wrote: refused, or the bytes of what they say. */
static void
try_bytes(const uint8_t *bytes, size_t size)
{
	Encoded changed = exactly(bytes, size);
	const char *problem = journey_check(changed.bytes, changed.size);
	const Journey *journey;
	JourneyKind kind;
	JourneyBuilder *builder;
	Encoded again;

	n_refused += problem != NULL;
	n_accepted += problem == NULL;
	if (problem == NULL)
	{
		journey = journey_decode(&room, changed.bytes, changed.size);
		CHECK(journey->n_rows > 0 && journey->n_rows <= JOURNEY_ROWS);
		CHECK(journey->rows[0].at >= JOURNEY_FIRST_TIME &&
			  journey->rows[journey->n_rows - 1].at < JOURNEY_END_OF_TIME);
		kind = journey_kind(journey);
		builder = journey_builder(&kind);
		journey_add_journey(builder, journey);
		again = encoded_builder(builder);
		CHECK(same_encoded(&again, &changed));
		journey_builder_free(builder);
		host_free(again.bytes);
	}
	host_free(changed.bytes);
}

/* Every byte as every other one, and every end, of short ones; some of longer ones. */
static void
change_bytes(const Encoded *encoded)
{
	uint8_t *bytes = host_alloc(encoded->size + 1);
	bool all = encoded->size <= 60 && one_in(4);
	uint32_t n = all ? (uint32_t) encoded->size * 256 : 300;

	memcpy(bytes, encoded->bytes, encoded->size);
	for (size_t size = 0; size < encoded->size; size++)
		if (encoded->size < 100 || one_in(10))
			try_bytes(bytes, size);
	bytes[encoded->size] = (uint8_t) (one_in(2) ? 0 : chance(256));
	try_bytes(bytes, encoded->size + 1);
	for (uint32_t i = 0; i < n; i++)
	{
		size_t at = all ? i / 256 : chance(one_in(2) && encoded->size > 24 ? 24 : (uint32_t) encoded->size);
		uint8_t to = (uint8_t) (all ? i % 256 : one_in(2) ? chance(256) : bytes[at] ^ 1u << chance(8));

		if (to == encoded->bytes[at])
			continue;
		bytes[at] = to;
		if (!all && one_in(4)) /* a second one */
			bytes[chance((uint32_t) encoded->size)] = (uint8_t) chance(256);
		try_bytes(bytes, encoded->size);
		memcpy(bytes, encoded->bytes, encoded->size);
	}
	host_free(bytes);
}

static JourneyKind
random_kind(void)
{
	static const uint8_t numbers[] = {1, 2, 5, 8, 9, 16, 17, 32, 33, 63, 64};
	JourneyKind kind = {.by_name = one_in(2), .partial = one_in(3)};

	if (!kind.by_name)
		kind.n_conditions = numbers[chance(11)];
	return kind;
}

static void
journey_round(void)
{
	static ModelRow rows[MOST_MODEL_ROWS + 1];
	JourneyKind kind = random_kind();
	uint32_t n;
	Encoded first;

	make_pool();
	n = make_rows(rows, &kind);
	first = in_parts(&kind, rows, n);
	for (int i = 0; i < 3; i++)
	{
		Encoded again;

		shuffle(rows, n);
		again = in_parts(&kind, rows, n);
		CHECK(same_encoded(&again, &first));
	}
	CHECK(journey_check(first.bytes, first.size) == NULL);
	qsort(rows, n, sizeof(ModelRow), compare_model);
	CHECK(first.bytes[1] >> JOURNEY_UNIT == needed_unit(rows, n));
	check_journey(journey_decode(&room, first.bytes, first.size), &kind, rows, n);
	change_bytes(&first);
}

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
		Encoded encoded = in_parts(&kind, rows, n);
		Journey journey = *journey_decode(&room, encoded.bytes, encoded.size);
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
widths_round(void)
{
	uint64_t lengths[65] = {0};
	BitWidths widths;
	int wide = 0;
	int best = -1;
	uint64_t fewest = UINT64_MAX;

	for (uint32_t i = chance(6); i > 0; i--)
		lengths[chance(one_in(2) ? 10 : 65)] += 1 + chance(50);
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
	widths = best_widths(lengths);
	CHECK(widths.wide == wide && widths.narrow == best);
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

/* --- limits ------------------------------------------------------------------ */

static JourneyBuilder *limited;
static Encoded made;
static JourneyRow *last_row;

static void
add_one_row(void)
{
	last_row = journey_add_row(limited, 5);
}

static void
encode_limited(void)
{
	made = encoded_builder(limited);
}

static void
check_made(void)
{
	CHECK(journey_check(made.bytes, made.size) == NULL);
}

static void
decode_made(void)
{
	journey_decode(&room, made.bytes, made.size);
}

static ModelRow amounts[2];

static void
encode_amounts(void)
{
	JourneyKind kind = {.n_conditions = 1};

	limited = journey_builder(&kind);
	add_model_row(limited, &amounts[0]);
	add_model_row(limited, &amounts[1]);
	encode_limited();
	check_made();
}

static void
sort_limited(void)
{
	journey_sort(limited->rows, limited->n_rows, false);
}

/* The error that an action ends with, after so many polls; less than 0 if it does not. */
static int
error_of(void (*action)(void), long polls)
{
	jmp_buf here;
	int what;

	on_error = &here;
	polls_left = polls;
	what = setjmp(here);
	if (what == 0)
		action();
	on_error = NULL;
	polls_left = -1;
	return what - 2;
}

static void
limits_round(void)
{
	JourneyKind kind = {.by_name = true};
	char name[16];

	limited = journey_builder(&kind);
	for (uint32_t i = 0; i <= JOURNEY_NAMES; i++)
	{
		int size = snprintf(name, sizeof(name), "%u", i * 2654435761u);

		if (i == JOURNEY_NAMES)
		{
			CHECK(error_of(encode_limited, -1) < 0);
			check_made();
			CHECK(journey_decode(&room, made.bytes, made.size)->names.n == JOURNEY_NAMES);
		}
		journey_add_row(limited, i)->event = texts_add(&limited->names, name, (uint32_t) size);
	}
	CHECK(error_of(encode_limited, -1) == KERNEL_TEXTS_RANGE);

	/* nobody has the memory for so many rows here */
	kind = (JourneyKind){.n_conditions = 1};
	limited = journey_builder(&kind);
	CHECK(error_of(add_one_row, -1) < 0);
	limited->n_rows = limited->capacity = JOURNEY_ROWS;
	CHECK(error_of(add_one_row, -1) == KERNEL_JOURNEY_TOO_LONG);

	/* an amount has to fit at the scale of another one, whichever comes first */
	for (int i = 0; i < 4; i++)
	{
		amounts[i % 2] = (ModelRow){.amount = INT64_MAX / 10 + i / 2, .has_amount = true};
		amounts[1 - i % 2] = (ModelRow){.amount = 1, .scale = 1, .has_amount = true};
		CHECK(error_of(encode_amounts, -1) == (i < 2 ? -2 : KERNEL_AMOUNT_RANGE));
	}
}

/* What takes long can be interrupted. */
static void
interrupts_round(void)
{
	JourneyKind kind = {.n_conditions = 64};

	limited = journey_builder(&kind);
	for (uint32_t i = 0; i < 300000; i++)
	{
		add_one_row();
		last_row->at = (int64_t) (chance64() >> 2);
		last_row->mask = chance(30);
	}
	CHECK(error_of(sort_limited, 1) == -1);
	CHECK(error_of(encode_limited, 3) == -1);
	CHECK(error_of(encode_limited, -1) < -1);
	CHECK(error_of(decode_made, 1) == -1);
	CHECK(error_of(check_made, 1) == -1);
	CHECK(error_of(check_made, -1) < -1);
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	chance_state = seed;
	for (int i = 0; i < rounds; i++)
	{
		journey_round();
		steps_round();
		bits_round();
		widths_round();
		order_round();
		texts_round();
		/* the room keeps what it has from round to round but for some of them */
		if (i % 7 == 0)
		{
			journey_room_free(&room);
			free_everything();
		}
	}
	printf("ok - %d rounds of journeys\n", rounds);
	limits_round();
	interrupts_round();
	printf("ok - limits and interrupts\n");
	CHECK(n_refused > 0 && n_accepted > 0 && n_asked > 0 && n_interrupts > 0 && n_errors > 0);
	printf("# seed %llu: of changed bytes %ld refused, %ld canonical; %ld journeys asked, %ld interrupts, %ld errors\n",
		   (unsigned long long) seed, n_refused, n_accepted, n_asked, n_interrupts, n_errors);
	return 0;
}
