/*
 * journey_model.h: rows of journeys as tests of the kernel make them, and as a plain model
 * keeps them: texts are strings, amounts have the scale that they came with.
 */
#include "kernel/journey/journey_builder.h"

typedef struct ModelRow
{
	int64_t at;
	int64_t tiebreak;
	uint64_t mask;
	const JourneyText *name;  /* by name */
	const JourneyText *label; /* NULL: none */
	bool has_amount;
	int64_t amount;
	int scale;
} ModelRow;

static inline bool
same_text(const JourneyText *a, const JourneyText *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static JourneyText
random_text(bool plain)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_-./ ";
	uint32_t size = one_in(10) ? chance(300) : chance(9);
	char *bytes = host_alloc(size + 1);

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = plain && one_in(3) ? (char) (1 + chance(255)) : letters[chance(one_in(2) ? 3 : 31)];
	return (JourneyText){bytes, size};
}

static void
random_amount(ModelRow *row, int scale)
{
	row->has_amount = one_in(2);
	if (!row->has_amount)
		return;
	if (scale >= 0) /* all of one scale may be as large as there are */
	{
		static const int64_t extremes[] = {INT64_MAX, INT64_MIN, INT64_MAX - 1, -1, 0, 1, 100};

		row->scale = scale;
		row->amount = one_in(2) ? extremes[chance(7)] : (int64_t) chance64();
		return;
	}
	row->scale = (int) chance(10);
	row->amount = (int64_t) chance(2000000000) - 1000000000;
	if (one_in(2))
		row->amount = row->amount / 1000000 * 1000000;
}

static void
add_model_row(JourneyBuilder *builder, const ModelRow *from)
{
	JourneyRow *row = journey_add_row(builder, from->at);

	row->tiebreak = from->tiebreak;
	row->mask = from->mask;
	if (from->name != NULL)
		row->event = texts_add(&builder->names, from->name->bytes, from->name->size);
	if (from->label != NULL)
		row->label = texts_add(&builder->labels, from->label->bytes, from->label->size);
	if (from->has_amount)
		journey_set_amount(builder, row, from->amount, from->scale);
}

/* Bytes in a chunk that is just as large. */
typedef struct Encoded
{
	uint8_t *bytes;
	size_t size;
} Encoded;

static Encoded
exactly(const uint8_t *bytes, size_t size)
{
	Encoded encoded = {host_alloc(size), size};

	if (size > 0)
		memcpy(encoded.bytes, bytes, size);
	return encoded;
}

static Encoded
encoded_journey(const Journey *journey)
{
	ByteWriter out = byte_writer(0);
	Encoded encoded;

	journey_encode(journey, &out);
	encoded = exactly(out.start, bytes_written(&out));
	host_free(out.start);
	return encoded;
}

static Encoded
encoded_builder(JourneyBuilder *builder)
{
	Journey journey = journey_built(builder);
	Encoded encoded = encoded_journey(&journey);

	journey_give_back(builder);
	return encoded;
}

static inline bool
same_encoded(const Encoded *a, const Encoded *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}
