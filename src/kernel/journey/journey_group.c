/*
 * journey_group.c: events of users as rows of the grouping engine.
 */
#include "kernel/journey/journey_group.h"

#include "kernel/base/money.h"
#include "kernel/journey/journey_order.h"

#define TIME_BYTES sizeof(uint32_t)
#define WHEN_BYTES sizeof(int32_t)

#define DICTIONARY_SERIAL UINT64_MAX /* no block of texts has it */

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

static inline uint32_t
label_of(const JourneyCodec *codec, const uint8_t *extra)
{
	uint32_t label = JOURNEY_NONE;

	if (codec->layout.more != 0)
		memcpy(&label, extra + codec->layout.more + sizeof(int64_t), sizeof(label));
	return label;
}

static void
place_all(const JourneyCodec *codec, JourneyRows *rows)
{
	texts_place(&codec->names, &rows->names);
	texts_place(&codec->labels, &rows->labels);
}

static void
free_rows(JourneyRows *rows)
{
	if (rows->rows != NULL)
		host_free(rows->rows);
	placed_texts_free(&rows->names);
	placed_texts_free(&rows->labels);
	*rows = (JourneyRows){0};
}

static inline uint64_t
what_of(const JourneyCodec *codec, const uint8_t *extra)
{
	return journey_get_what(extra + TIME_BYTES, codec->layout.what_bytes);
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
		uint32_t label = label_of(codec, extra);

		row->tiebreak = tiebreak_of(codec, extra);
		if (label != JOURNEY_NONE)
			row->label = placed_text(&rows->labels, label);
	}
}

/* The texts of the rows, which have numbers still if there are many. */
static void
name_rows(const JourneyCodec *codec, JourneyRows *rows)
{
	Journey *journey = &rows->journey;

	if (journey->by_name && rows->names.places == NULL)
		texts_place_used(&codec->names, &rows->names, &rows->rows[0].event, sizeof(JourneyRow),
						 journey->n_rows);
	else
		journey->names_id.serial = DICTIONARY_SERIAL;
	if (codec->layout.more != 0 && rows->labels.places == NULL)
		texts_place_used(&codec->labels, &rows->labels, &rows->rows[0].label, sizeof(JourneyRow),
						 journey->n_rows);
	if (rows->names.n > JOURNEY_NAMES)
		host_fail(KERNEL_TEXTS_RANGE);
	journey->names = (JourneyTexts){rows->names.texts, rows->names.n};
	journey->labels = (JourneyTexts){rows->labels.texts, rows->labels.n};
}

static const Journey *
decode_rows(const JourneyCodec *codec, JourneyRows *rows, const GroupRows *from)
{
	const uint8_t *extra = from->rows[0] + WHEN_BYTES;
	uint32_t n = from->n_rows[0];
	bool in_order = true;
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
						 .scale = (uint8_t) largest_scale(codec, extra, n)};
	for (uint32_t i = 0; i < n; i++)
	{
		JourneyRow *row = &rows->rows[i];
		uint64_t what = what_of(codec, extra);
		int32_t when;

		memcpy(&when, extra - WHEN_BYTES, sizeof(when));
		*row = (JourneyRow){.at = (int64_t) ((uint64_t) (uint32_t) when << 32 | low_time(extra)),
							.label = JOURNEY_NONE};
		if (journey->by_name)
			row->event = placed_text(&rows->names, (uint32_t) what);
		else
			row->mask = what;
		if (codec->layout.size > TIME_BYTES + codec->layout.what_bytes)
		{
			decode_more(codec, rows, extra, row);
			journey->amounts |= row->has_amount;
			journey->tiebreaks |= row->tiebreak != 0;
		}
		in_order &= i == 0 || row->at > row[-1].at;
		extra += WHEN_BYTES + codec->layout.size;
		host_poll_at(i);
	}
	name_rows(codec, rows);
	if (!in_order)
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

static void
refer(GroupCodec *group_codec, int stream, const uint8_t *extra)
{
	JourneyCodec *codec = (JourneyCodec *) group_codec;
	uint32_t label = label_of(codec, extra);

	(void) stream;
	codec->referred_names.some = codec->referred_labels.some = true;
	if (codec->kind.by_name)
		texts_mark(&codec->names, &codec->referred_names, (uint32_t) what_of(codec, extra));
	if (label != JOURNEY_NONE)
		texts_mark(&codec->labels, &codec->referred_labels, label);
}

static size_t
dictionary_size(const GroupCodec *group_codec)
{
	const JourneyCodec *codec = codec_of(group_codec);

	return texts_export_size(&codec->names, &codec->referred_names) +
		   texts_export_size(&codec->labels, &codec->referred_labels);
}

static void
write_dictionary(GroupCodec *group_codec, uint8_t *to)
{
	JourneyCodec *codec = (JourneyCodec *) group_codec;

	to = texts_export(&codec->names, &codec->referred_names, to);
	texts_export(&codec->labels, &codec->referred_labels, to);
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
	codec->translated_names = texts_import(&codec->names, &bytes, &differ);
	codec->translated_labels = texts_import(&codec->labels, &bytes, &differ);
	return differ;
}

static void
translate_row(GroupCodec *group_codec, int stream, uint8_t *extra)
{
	const JourneyCodec *codec = codec_of(group_codec);
	uint32_t label = label_of(codec, extra);

	(void) stream;
	if (codec->kind.by_name)
	{
		uint32_t name = codec->translated_names[what_of(codec, extra)];

		journey_put_what(extra + TIME_BYTES, codec->layout.what_bytes, name);
	}
	if (label != JOURNEY_NONE)
		memcpy(extra + codec->layout.more + sizeof(int64_t), &codec->translated_labels[label],
			   sizeof(label));
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
		.codec = {.n_streams = 1, .encode = encode_rows}};
	codec->codec.extra[0] = codec->layout.size;
	if (codec->kind.by_name || codec->layout.more != 0)
	{
		codec->codec.refer = refer;
		codec->codec.dictionary_size = dictionary_size;
		codec->codec.write_dictionary = write_dictionary;
		codec->codec.read_dictionary = read_dictionary;
		codec->codec.translate = translate_row;
	}
	return codec;
}

JourneyCursor *
journey_open(Grouping *grouping, uint32_t n_left)
{
	JourneyCursor *cursor = host_alloc(sizeof(JourneyCursor));

	*cursor = (JourneyCursor){.users = grouping_open(grouping, n_left)};
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
