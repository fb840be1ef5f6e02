/*
 * journey_test.c: journeys outside the server: their bytes.
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

static long n_refused, n_accepted;
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
		for (uint32_t i = 0; i < journey->n_rows; i++)
			CHECK(bit_length(journey->rows[i].mask) <= journey->n_conditions);
		for (uint32_t i = 0; i < journey->names.n; i++)
			CHECK(memchr(journey->names.texts[i].bytes, 0, journey->names.texts[i].size) == NULL);
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
	CHECK(n_refused > 0 && n_accepted > 0 && n_interrupts > 0 && n_errors > 0);
	printf("# seed %llu: of changed bytes %ld refused, %ld canonical; %ld interrupts, %ld errors\n",
		   (unsigned long long) seed, n_refused, n_accepted, n_interrupts, n_errors);
	return 0;
}
