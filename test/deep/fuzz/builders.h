/*
 * builders.h: activities and journeys of the fuzzer's bytes, for what reads them.
 */
#ifndef USER_OPS_TEST_DEEP_BUILDERS_H
#define USER_OPS_TEST_DEEP_BUILDERS_H

#include "fuzz.h"

#include "kernel/activity/activity.h"
#include "kernel/base/money.h"
#include "kernel/journey/journey_builder.h"

static inline int64_t
in_amount(Input *in)
{
	return in_int(in, INT64_MIN, INT64_MAX);
}

static inline int
in_scale(Input *in)
{
	return (int) in_below(in, MONEY_MAX_SCALE + 1);
}

/* Some rows of one user, of which the first byte says how many. */
static inline ActivityBuilder *
in_activity_builder(Input *in, bool amounts)
{
	ActivityBuilder *builder = activity_builder(amounts);
	uint32_t n = 1 + in_below(in, 24);

	for (uint32_t i = 0; i < n && (i == 0 || in_left(in) > 0); i++)
	{
		uint8_t what = in_byte(in);

		if (amounts && what & 1)
			builder = activity_add_amount(builder, in_day(in), in_amount(in), what & 2 ? in_scale(in) : 2);
		else
			builder = activity_add_visit(builder, in_day(in));
	}
	return builder;
}

/* Bytes of their own. */
static inline uint8_t *
in_activity(Input *in, bool amounts, size_t *size)
{
	ActivityBuilder *builder = activity_builder_finish(in_activity_builder(in, amounts));
	uint8_t *bytes = host_alloc(activity_builder_bound(builder));

	*size = activity_builder_encode(builder, bytes);
	return fuzz_copy(bytes, *size);
}

static inline void
in_activity_reader(Input *in, bool amounts, ActivityReader *reader)
{
	size_t size;

	activity_open(reader, in_activity(in, amounts, &size));
}

static inline int64_t
in_time(Input *in)
{
	uint8_t how = in_byte(in);

	if (how < 0xC0)
		return INT64_C(760000000000000) + how / 8 * INT64_C(86400000000) + (how & 7) * INT64_C(600000000);
	if (how < 0xF0)
		return INT64_C(760000000000000) + INT64_C(1000000) * in_byte(in) + (how & 1);
	return in_int(in, JOURNEY_FIRST_TIME, JOURNEY_END_OF_TIME - 1);
}

static inline int64_t
in_as_of_time(Input *in)
{
	return in_bool(in) ? in_time(in) : INT64_MAX;
}

static inline int64_t
in_duration(Input *in)
{
	uint8_t how = in_byte(in);

	if (how < 0xE0)
		return (int64_t) (how & 31) * (how < 0x60 ? INT64_C(600000000) : how < 0xA0 ? INT64_C(86400000000) : 1000000);
	return in_int(in, 0, INT64_MAX);
}

/* A name: mostly one of a few, some of them long or not of letters. */
static inline JourneyText
in_name(Input *in)
{
	static const char *const names[] = {"a", "b", "c", "view", "cart", "pay", "direct", "x y", "A", "_", "-.-/", "longer than a word", "\xC3\xA4", "~", "zz", "e"};
	uint8_t how = in_byte(in);
	uint32_t size;
	char *bytes;

	if (how < 0xE0)
		return (JourneyText){names[how & 15], (uint32_t) strlen(names[how & 15])};
	size = 1 + in_below(in, 20);
	bytes = host_alloc(size);
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (char) (1 + in_byte(in) % 255);
	return (JourneyText){bytes, size};
}

static inline JourneyKind
in_journey_kind(Input *in, bool by_name)
{
	bool partial = in_bool(in);
	uint8_t n = (uint8_t) (1 + in_below(in, JOURNEY_CONDITIONS));

	return (JourneyKind){by_name, partial, by_name ? 0 : n};
}

static inline JourneyBuilder *
in_journey_builder(Input *in, const JourneyKind *kind)
{
	JourneyBuilder *builder = journey_builder(kind);
	uint32_t n = 1 + in_below(in, 24);

	for (uint32_t i = 0; i < n && (i == 0 || in_left(in) > 0); i++)
	{
		uint8_t what = in_byte(in);
		JourneyRow *row = journey_add_row(builder, in_time(in));

		if (kind->by_name)
		{
			JourneyText name = in_name(in);

			row->event = texts_add(&builder->names, name.bytes, name.size);
		}
		else
		{
			row->mask = what & 0x80 ? in_word(in) : (uint64_t) 1 << in_below(in, kind->n_conditions);
			row->mask &= UINT64_MAX >> (64 - kind->n_conditions);
		}
		if (what & 1)
			journey_set_amount(builder, row, in_amount(in), what & 2 ? in_scale(in) : 2);
		if (what & 4)
			row->tiebreak = in_int(in, INT64_MIN, INT64_MAX);
		if (what & 8)
		{
			JourneyText label = in_name(in);

			row->label = texts_add(&builder->labels, label.bytes, label.size);
		}
	}
	return builder;
}

static inline Stored
in_journey_bytes(Input *in, const JourneyKind *kind)
{
	JourneyBuilder *builder = in_journey_builder(in, kind);
	Journey journey = journey_built(builder);
	ByteWriter out = byte_writer(0);
	Stored stored;

	journey_encode(&journey, &out);
	stored.size = bytes_written(&out);
	stored.bytes = fuzz_copy(out.start, stored.size);
	return stored;
}

/* A journey that was stored, decoded. */
static inline const Journey *
in_journey(Input *in, const JourneyKind *kind)
{
	Stored stored = in_journey_bytes(in, kind);
	JourneyRoom *room = host_alloc(sizeof(JourneyRoom));

	memset(room, 0, sizeof(*room));
	return journey_decode(room, stored.bytes, stored.size);
}

#endif
