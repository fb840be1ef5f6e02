/*
 * journey.c: journeys as bytes, and two that become one.
 */
#include "builders.h"

#include "kernel/journey/journey_order.h"

static const Journey *
decoded(const Stored *stored)
{
	JourneyRoom *room = host_alloc(sizeof(JourneyRoom));

	memset(room, 0, sizeof(*room));
	return journey_decode(room, stored->bytes, stored->size);
}

/* The same in two steps, with the masks of names. */
static void
check_masks(const Stored *stored)
{
	JourneyRoom *room = host_alloc(sizeof(JourneyRoom));
	Journey *journey;
	uint64_t *masks;

	memset(room, 0, sizeof(*room));
	journey = journey_decode_head(room, stored->bytes, stored->size);
	masks = host_alloc((journey->names.n + 1) * sizeof(uint64_t));
	for (uint32_t i = 0; i < journey->names.n; i++)
		masks[i] = i % 3;
	journey_decode_rows(room, journey->by_name ? masks : NULL, stored->size & 1);
	for (uint32_t i = 0; i < journey->n_rows && journey->by_name; i++)
		CHECK(journey->rows[i].event < journey->names.n && journey->rows[i].mask == masks[journey->rows[i].event]);
	journey_room_free(room);
}

static Stored
encoded(const Journey *journey)
{
	ByteWriter out = byte_writer(0);

	journey_encode(journey, &out);
	return (Stored){fuzz_copy(out.start, bytes_written(&out)), bytes_written(&out)};
}

static void
must_equal(const Stored *a, const Stored *b)
{
	CHECK(a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0);
}

static Stored
sum(const Journey *a, const Journey *b)
{
	JourneyKind kind = journey_kind(a);
	JourneyBuilder *builder = journey_builder(&kind);
	Stored stored;
	Journey journey;

	journey_add_journey(builder, a);
	journey_add_journey(builder, b);
	journey = journey_built(builder);
	stored = encoded(&journey);
	journey_give_back(builder);
	journey_builder_free(builder);
	return stored;
}

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	uint8_t mode = in_byte(&in);
	uint8_t split = in_byte(&in);
	Input head = in_part(&in, 4);
	Input first = in_part(&in, split == 0xFF ? in_left(&in) : in_left(&in) * split / 0xFF);
	JourneyKind kind = in_journey_kind(&head, mode & 2);
	const Journey *journeys[2];
	Stored stored[2];
	Stored sums[2];

	for (int i = 0; i < 2; i++)
	{
		Input *from = i == 0 ? &first : &in;
		Stored again;

		if (mode & 1)
			stored[i] = in_journey_bytes(from, &kind);
		else
		{
			stored[i] = i == 1 && split == 0xFF ? stored[0] : (Stored){fuzz_copy(from->next, in_left(from)), in_left(from)};
			n_stored++;
			if (journey_check(stored[i].bytes, stored[i].size) != NULL)
				return;
			n_accepted++;
		}
		CHECK(journey_check(stored[i].bytes, stored[i].size) == NULL);
		journeys[i] = decoded(&stored[i]);
		CHECK(journey_in_order(journeys[i]) && journeys[i]->n_rows > 0);
		again = encoded(journeys[i]);
		must_equal(&stored[i], &again);
		check_masks(&stored[i]);
	}
	sums[0] = sum(journeys[0], journeys[1]);
	sums[1] = sum(journeys[1], journeys[0]);
	must_equal(&sums[0], &sums[1]);
	CHECK(journey_check(sums[0].bytes, sums[0].size) == NULL);
	CHECK(decoded(&sums[0])->n_rows == journeys[0]->n_rows + journeys[1]->n_rows);
}

static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	Stored stored = {(uint8_t *) random->next, in_left(random)};
	Input head;
	JourneyKind kind;

	for (int k = 0; k < 6; k++)
		to[k] = in_byte(random);
	to[0] = (uint8_t) ((to[0] & ~1) | (i & 1));
	head = input(to + 2, 4);
	kind = in_journey_kind(&head, to[0] & 2);
	if (!(i & 1))
	{
		to[1] = 0xFF;
		stored = in_journey_bytes(random, &kind);
	}
	if (stored.size > 1000)
		return 0;
	memcpy(to + 6, stored.bytes, stored.size);
	return 6 + stored.size;
}
