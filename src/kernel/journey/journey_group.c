/*
 * journey_group.c: events of users as rows of the grouping engine.
 */
#include "kernel/journey/journey_group.h"

#include "kernel/base/money.h"
#include "kernel/journey/journey_order.h"

#define TIME_BYTES sizeof(uint32_t)
#define WHEN_BYTES sizeof(int32_t)

#define DICTIONARY_SERIAL UINT64_MAX /* no block of texts has it */

/* The texts of a dictionary in the order of their bytes. */
typedef struct PlacedTexts
{
	uint32_t *places; /* by number */
	JourneyText *texts;
	uint32_t n; /* that have a place, and a number below it */
} PlacedTexts;

/* One user's rows, decoded. */
typedef struct JourneyRows
{
	JourneyRow *rows;
	size_t capacity;
	PlacedTexts names;
	PlacedTexts labels;
	Journey journey;
} JourneyRows;

struct JourneyCursor
{
	GroupCursor *users;
	const JourneyCodec *codec;
	JourneyRows rows;
	JourneyRoom room; /* for parts */
	JourneyBuilder *merged;
	Journey journey;
};

static inline const JourneyCodec *
codec_of(const GroupCodec *codec)
{
	return (const JourneyCodec *) codec;
}

static inline uint32_t
low_time(const uint8_t *extra)
{
	uint32_t low;

	memcpy(&low, extra, sizeof(low));
	return low;
}

static inline int64_t
tiebreak_of(const JourneyCodec *codec, const uint8_t *extra)
{
	int64_t tiebreak = 0;

	if (codec->layout.more != 0)
		memcpy(&tiebreak, extra + codec->layout.more, sizeof(tiebreak));
	return tiebreak;
}

static int
compare_rows(const GroupCodec *group_codec, const uint8_t *a, const uint8_t *b)
{
	uint32_t time_a = low_time(a);
	uint32_t time_b = low_time(b);
	int64_t tiebreak_a;
	int64_t tiebreak_b;

	if (time_a != time_b)
		return time_a < time_b ? -1 : 1;
	tiebreak_a = tiebreak_of(codec_of(group_codec), a);
	tiebreak_b = tiebreak_of(codec_of(group_codec), b);
	return (tiebreak_a > tiebreak_b) - (tiebreak_a < tiebreak_b);
}

static void
free_placed(PlacedTexts *placed)
{
	if (placed->places != NULL)
	{
		host_free(placed->places);
		host_free(placed->texts);
	}
	*placed = (PlacedTexts){0};
}

static void
place_texts(const Texts *texts, PlacedTexts *placed)
{
	if (placed->places != NULL && placed->n == texts->n)
		return;
	free_placed(placed);
	placed->texts = host_alloc(texts->n * sizeof(JourneyText) + 1);
	placed->places = texts_places(texts, placed->texts);
	placed->n = texts->n;
}

static void
place_all(const JourneyCodec *codec, JourneyRows *rows)
{
	place_texts(&codec->names, &rows->names);
	place_texts(&codec->labels, &rows->labels);
}

static void
free_rows(JourneyRows *rows)
{
	if (rows->rows != NULL)
		host_free(rows->rows);
	free_placed(&rows->names);
	free_placed(&rows->labels);
	*rows = (JourneyRows){0};
}

static inline uint64_t
what_of(const JourneyCodec *codec, const uint8_t *extra)
{
	uint64_t what = 0;

	for (int i = 0; i < codec->layout.what_bytes; i++)
		what |= (uint64_t) extra[TIME_BYTES + (size_t) i] << 8 * i;
	return what;
}

static inline int
scale_of(const JourneyCodec *codec, const uint8_t *extra)
{
	return (int8_t) extra[codec->layout.amount + sizeof(int64_t)];
}

static int
largest_scale(const JourneyCodec *codec, const uint8_t *extra, uint32_t n)
{
	int largest = 0;

	for (uint32_t i = 0; i < n && codec->layout.amount != 0; i++)
	{
		int scale = scale_of(codec, extra);

		largest = scale > largest ? scale : largest;
		extra += WHEN_BYTES + codec->layout.size;
		host_poll_at(i);
	}
	return largest;
}

/* What a row has beside its time and what it is. */
static void
decode_more(const JourneyCodec *codec, const JourneyRows *rows, const uint8_t *extra,
			JourneyRow *row)
{
	const JourneyLayout *layout = &codec->layout;

	if (layout->amount != 0 && scale_of(codec, extra) >= 0)
	{
		memcpy(&row->amount, extra + layout->amount, sizeof(row->amount));
		row->amount = money_rescale(row->amount, scale_of(codec, extra), rows->journey.scale);
		row->has_amount = true;
	}
	if (layout->more != 0)
	{
		uint32_t label;

		row->tiebreak = tiebreak_of(codec, extra);
		memcpy(&label, extra + layout->more + sizeof(row->tiebreak), sizeof(label));
		if (label != JOURNEY_NONE)
			row->label = rows->labels.places[label];
	}
}

static const Journey *
decode_rows(const JourneyCodec *codec, JourneyRows *rows, const GroupRows *from)
{
	const uint8_t *extra = from->rows[0] + WHEN_BYTES;
	uint32_t n = from->n_rows[0];
	Journey *journey = &rows->journey;

	if (n > JOURNEY_ROWS)
		host_fail(KERNEL_JOURNEY_TOO_LONG);
	if (n > rows->capacity)
	{
		if (rows->rows != NULL)
			host_free(rows->rows);
		rows->capacity = (size_t) n + n / 2;
		rows->rows = host_alloc_large(rows->capacity * sizeof(JourneyRow));
	}
	*journey = (Journey){.rows = rows->rows,
						 .n_rows = n,
						 .by_name = codec->kind.by_name,
						 .partial = codec->kind.partial,
						 .n_conditions = codec->kind.n_conditions,
						 .scale = (uint8_t) largest_scale(codec, extra, n),
						 .names = {rows->names.texts, rows->names.n},
						 .names_id = {.serial = DICTIONARY_SERIAL},
						 .labels = {rows->labels.texts, rows->labels.n}};
	for (uint32_t i = 0; i < n; i++)
	{
		JourneyRow *row = &rows->rows[i];
		uint64_t what = what_of(codec, extra);
		int32_t when;

		memcpy(&when, extra - WHEN_BYTES, sizeof(when));
		*row = (JourneyRow){.at = (int64_t) ((uint64_t) (uint32_t) when << 32 | low_time(extra)),
							.label = JOURNEY_NONE};
		if (journey->by_name)
			row->event = rows->names.places[what];
		else
			row->mask = what;
		if (codec->layout.size > TIME_BYTES + codec->layout.what_bytes)
		{
			decode_more(codec, rows, extra, row);
			journey->amounts |= row->has_amount;
			journey->tiebreaks |= row->tiebreak != 0;
		}
		extra += WHEN_BYTES + codec->layout.size;
		host_poll_at(i);
	}
	journey_sort(rows->rows, n, journey->by_name);
	return journey;
}

static const uint8_t *
encode_rows(GroupCodec *group_codec, const GroupRows *from, size_t *size)
{
	JourneyCodec *codec = (JourneyCodec *) group_codec;

	if (codec->encoded == NULL)
	{
		codec->encoded = host_alloc(sizeof(JourneyRows));
		*codec->encoded = (JourneyRows){0};
		codec->bytes = byte_writer(0);
	}
	place_all(codec, codec->encoded);
	codec->bytes.next = codec->bytes.start;
	journey_encode(decode_rows(codec, codec->encoded, from), &codec->bytes);
	*size = bytes_written(&codec->bytes);
	return codec->bytes.start;
}

static size_t
size_of_texts(const Texts *texts)
{
	return sizeof(texts->n) + texts->n * sizeof(uint32_t) + texts->size;
}

static size_t
dictionary_size(const GroupCodec *codec)
{
	return size_of_texts(&codec_of(codec)->names) + size_of_texts(&codec_of(codec)->labels);
}

static uint8_t *
write_texts(const Texts *texts, uint8_t *to)
{
	memcpy(to, &texts->n, sizeof(texts->n));
	to += sizeof(texts->n);
	for (uint32_t i = 0; i < texts->n; i++)
	{
		const JourneyText *text = &texts->texts[i];

		memcpy(to, &text->size, sizeof(text->size));
		to = (uint8_t *) memcpy(to + sizeof(text->size), text->bytes, text->size) + text->size;
		host_poll_at(i);
	}
	return to;
}

static void
write_dictionary(const GroupCodec *codec, uint8_t *to)
{
	write_texts(&codec_of(codec)->labels, write_texts(&codec_of(codec)->names, to));
}

/* Ours by their numbers in a new array; *differ is set if some is not the same. */
static uint32_t *
read_texts(Texts *texts, const uint8_t **bytes, bool *differ)
{
	uint32_t n;
	uint32_t *numbers;

	memcpy(&n, *bytes, sizeof(n));
	*bytes += sizeof(n);
	numbers = host_alloc(n * sizeof(uint32_t) + 1);
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t size;

		memcpy(&size, *bytes, sizeof(size));
		*bytes += sizeof(size);
		numbers[i] = texts_add(texts, (const char *) *bytes, size);
		*bytes += size;
		*differ |= numbers[i] != i;
		host_poll_at(i);
	}
	return numbers;
}

static bool
read_dictionary(GroupCodec *group_codec, const uint8_t *bytes, size_t size)
{
	JourneyCodec *codec = (JourneyCodec *) group_codec;
	bool differ = false;

	(void) size;
	if (codec->translated_names != NULL)
	{
		host_free(codec->translated_names);
		host_free(codec->translated_labels);
	}
	codec->translated_names = read_texts(&codec->names, &bytes, &differ);
	codec->translated_labels = read_texts(&codec->labels, &bytes, &differ);
	return differ;
}

static void
translate_row(const GroupCodec *group_codec, int stream, uint8_t *extra)
{
	const JourneyCodec *codec = codec_of(group_codec);
	uint8_t *label_at = extra + codec->layout.more + sizeof(int64_t);
	uint32_t label;

	(void) stream;
	if (codec->kind.by_name)
	{
		uint32_t name = codec->translated_names[what_of(codec, extra)];

		for (int i = 0; i < codec->layout.what_bytes; i++)
			extra[TIME_BYTES + (size_t) i] = (uint8_t) (name >> 8 * i);
	}
	if (codec->layout.more == 0)
		return;
	memcpy(&label, label_at, sizeof(label));
	if (label != JOURNEY_NONE)
		label = codec->translated_labels[label];
	memcpy(label_at, &label, sizeof(label));
}

static JourneyLayout
layout_of(uint32_t options)
{
	uint32_t n = options & JOURNEY_GROUP_CONDITIONS;
	JourneyLayout layout = {.what_bytes = n == 0 || n > 16 ? 4 : n > 8 ? 2 : 1};

	if (n > 32)
		layout.what_bytes = 8;
	layout.size = (uint8_t) (TIME_BYTES + layout.what_bytes);
	if ((options & JOURNEY_GROUP_AMOUNT) != 0)
	{
		layout.amount = layout.size;
		layout.size += sizeof(int64_t) + sizeof(int8_t);
	}
	if ((options & JOURNEY_GROUP_MORE) != 0)
	{
		layout.more = layout.size;
		layout.size += sizeof(int64_t) + sizeof(uint32_t);
	}
	return layout;
}

JourneyCodec *
journey_codec(uint32_t options)
{
	JourneyCodec *codec = host_alloc(sizeof(JourneyCodec));

	*codec = (JourneyCodec){
		.kind = {.by_name = (options & JOURNEY_GROUP_CONDITIONS) == 0,
				 .partial = (options & JOURNEY_GROUP_PARTIAL) != 0,
				 .n_conditions = (uint8_t) (options & JOURNEY_GROUP_CONDITIONS)},
		.layout = layout_of(options),
		.codec = {.n_streams = 1, .compare = {compare_rows}, .encode = encode_rows}};
	codec->codec.extra[0] = codec->layout.size;
	if (codec->kind.by_name || codec->layout.more != 0)
	{
		codec->codec.dictionary_size = dictionary_size;
		codec->codec.write_dictionary = write_dictionary;
		codec->codec.read_dictionary = read_dictionary;
		codec->codec.translate = translate_row;
	}
	return codec;
}

JourneyCursor *
journey_open(Grouping *grouping)
{
	JourneyCursor *cursor = host_alloc(sizeof(JourneyCursor));

	*cursor = (JourneyCursor){.users = grouping_open(grouping)};
	cursor->codec = codec_of(grouping_codec(grouping));
	place_all(cursor->codec, &cursor->rows);
	return cursor;
}

static const Journey *
merge_parts(JourneyCursor *cursor, const GroupUser *user)
{
	if (user->n_parts == 1)
		return journey_decode(&cursor->room, user->parts[0], user->part_sizes[0]);
	cursor->merged = journey_builder(&cursor->codec->kind);
	for (uint32_t i = 0; i < user->n_parts; i++)
		journey_add_journey(cursor->merged,
							journey_decode(&cursor->room, user->parts[i], user->part_sizes[i]));
	cursor->journey = journey_built(cursor->merged);
	return &cursor->journey;
}

const Journey *
journey_next(JourneyCursor *cursor, const uint8_t **key, uint32_t *key_size)
{
	GroupUser user;

	if (cursor->merged != NULL)
		journey_builder_free(cursor->merged);
	cursor->merged = NULL;
	if (!grouping_next(cursor->users, &user))
		return NULL;
	*key = user.key;
	*key_size = user.key_size;
	return user.n_parts == 0 ? decode_rows(cursor->codec, &cursor->rows, &user.rows)
							 : merge_parts(cursor, &user);
}

void
journey_close(JourneyCursor *cursor)
{
	grouping_close(cursor->users);
	if (cursor->merged != NULL)
		journey_builder_free(cursor->merged);
	free_rows(&cursor->rows);
	journey_room_free(&cursor->room);
	host_free(cursor);
}
