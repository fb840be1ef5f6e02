/*
 * baskets.c: items of users as rows of the grouping engine.
 */
#include "kernel/items/baskets.h"

#include "kernel/items/basket_private.h"

#define DAY_BYTES sizeof(int32_t)

/* One user's rows, ascending, each once. */
typedef struct BasketRows
{
	BasketEntry *entries;
	size_t capacity;
	uint32_t n;
} BasketRows;

struct BasketsCursor
{
	GroupCursor *users;
	const BasketsCodec *codec;
	BasketRows rows;
};

static inline const BasketsCodec *
codec_of(const GroupCodec *codec)
{
	return (const BasketsCodec *) codec;
}

/* Room for so many more rows. */
static void
make_room(BasketRows *rows, size_t more)
{
	BasketEntry *larger;

	if (rows->n + more <= rows->capacity)
		return;
	if (rows->n + more > UINT32_MAX)
		host_fail(KERNEL_BASKET_RANGE);
	rows->capacity = 2 * (rows->n + more);
	larger = host_alloc(rows->capacity * sizeof(BasketEntry));
	if (rows->entries != NULL)
	{
		memcpy(larger, rows->entries, rows->n * sizeof(BasketEntry));
		host_free(rows->entries);
	}
	rows->entries = larger;
}

static void
free_rows(BasketRows *rows)
{
	if (rows->entries != NULL)
		host_free(rows->entries);
	*rows = (BasketRows){0};
}

static inline uint32_t
number_of_text(const uint8_t *extra)
{
	uint32_t number;

	memcpy(&number, extra, sizeof(number));
	return number;
}

static inline ItemKey
item_of(const BasketsCodec *codec, const uint8_t *extra)
{
	ItemKey item = {0};

	if (codec->kind == ITEM_NUMBERS)
		memcpy(&item.number, extra, sizeof(item.number));
	else
	{
		const JourneyText *text = &codec->texts.texts[number_of_text(extra)];

		item.bytes = text->bytes;
		item.size = text->size;
	}
	return item;
}

static void
decode_rows(const BasketsCodec *codec, BasketRows *rows, const GroupRows *from)
{
	const uint8_t *row = from->rows[0];
	uint32_t n = from->n_rows[0];

	rows->n = 0;
	make_room(rows, n);
	for (uint32_t i = 0; i < n; i++)
	{
		BasketEntry *entry = &rows->entries[i];

		memcpy(&entry->day, row, DAY_BYTES);
		entry->item = item_of(codec, row + DAY_BYTES);
		entry->count = 1;
		row += DAY_BYTES + codec->codec.extra[0];
		host_poll_at(i);
	}
	rows->n = basket_put_in_order(rows->entries, n);
}

/* What encode_rows() wrote. */
static void
add_part(BasketRows *rows, const uint8_t *bytes, size_t size)
{
	BasketReader reader;

	if (basket_open(&reader, bytes, size) != NULL)
		host_fail(KERNEL_FILE_SHORT);
	while (basket_next_id(&reader))
	{
		BasketDay day = {.more = false};

		do
		{
			if (!basket_next_day(&reader, &day))
				break;
			make_room(rows, 1);
			rows->entries[rows->n] = (BasketEntry){reader.item, day.day, day.count};
			host_poll_at(rows->n++);
		} while (day.more);
	}
	if (reader.in.bad)
		host_fail(KERNEL_FILE_SHORT);
}

static void
decode_parts(BasketRows *rows, const GroupUser *user)
{
	rows->n = 0;
	for (uint32_t i = 0; i < user->n_parts; i++)
		add_part(rows, user->parts[i], user->part_sizes[i]);
	rows->n = basket_put_in_order(rows->entries, rows->n);
}

static const uint8_t *
encode_rows(GroupCodec *group_codec, const GroupRows *from, size_t *size)
{
	BasketsCodec *codec = (BasketsCodec *) group_codec;

	if (codec->rows == NULL)
	{
		codec->rows = host_alloc(sizeof(BasketRows));
		*codec->rows = (BasketRows){0};
		codec->bytes = byte_writer(0);
	}
	decode_rows(codec, codec->rows, from);
	codec->bytes.next = codec->bytes.start;
	basket_write(&codec->bytes, codec->kind, codec->rows->entries, codec->rows->n);
	*size = bytes_written(&codec->bytes);
	return codec->bytes.start;
}

static void
refer(GroupCodec *group_codec, int stream, const uint8_t *extra)
{
	BasketsCodec *codec = (BasketsCodec *) group_codec;

	(void) stream;
	codec->referred.some = true;
	texts_mark(&codec->texts, &codec->referred, number_of_text(extra));
}

static size_t
dictionary_size(const GroupCodec *group_codec)
{
	const BasketsCodec *codec = codec_of(group_codec);

	return texts_export_size(&codec->texts, &codec->referred);
}

static void
write_dictionary(GroupCodec *group_codec, uint8_t *to)
{
	BasketsCodec *codec = (BasketsCodec *) group_codec;

	texts_export(&codec->texts, &codec->referred, to);
}

static bool
read_dictionary(GroupCodec *group_codec, const uint8_t *bytes, size_t size)
{
	BasketsCodec *codec = (BasketsCodec *) group_codec;
	bool differ = false;

	(void) size;
	if (codec->translated != NULL)
		host_free(codec->translated);
	codec->translated = texts_import(&codec->texts, &bytes, &differ);
	return differ;
}

static void
translate_row(GroupCodec *group_codec, int stream, uint8_t *extra)
{
	(void) stream;
	baskets_write_text(extra, codec_of(group_codec)->translated[number_of_text(extra)]);
}

BasketsCodec *
baskets_codec(ItemKind kind)
{
	BasketsCodec *codec = host_alloc(sizeof(BasketsCodec));

	*codec = (BasketsCodec){.kind = kind, .codec = {.n_streams = 1, .encode = encode_rows}};
	codec->codec.extra[0] = kind == ITEM_NUMBERS ? sizeof(int64_t) : sizeof(uint32_t);
	if (kind == ITEM_TEXTS)
	{
		codec->codec.refer = refer;
		codec->codec.dictionary_size = dictionary_size;
		codec->codec.write_dictionary = write_dictionary;
		codec->codec.read_dictionary = read_dictionary;
		codec->codec.translate = translate_row;
	}
	return codec;
}

BasketsCursor *
baskets_open(Grouping *grouping, uint32_t n_left)
{
	BasketsCursor *cursor = host_alloc(sizeof(BasketsCursor));

	*cursor = (BasketsCursor){.users = grouping_open(grouping, n_left)};
	cursor->codec = codec_of(grouping_codec(grouping));
	return cursor;
}

bool
baskets_next(BasketsCursor *cursor, const uint8_t **key, uint32_t *key_size)
{
	GroupUser user;

	if (!grouping_next(cursor->users, &user))
		return false;
	*key = user.key;
	*key_size = user.key_size;
	if (user.n_parts == 0)
		decode_rows(cursor->codec, &cursor->rows, &user.rows);
	else
		decode_parts(&cursor->rows, &user);
	return true;
}

void
baskets_write(const BasketsCursor *cursor, ByteWriter *out)
{
	basket_write(out, cursor->codec->kind, cursor->rows.entries, cursor->rows.n);
}

Affinity *
baskets_add(const BasketsCursor *cursor, Affinity *affinity)
{
	const BasketEntry *entries = cursor->rows.entries;
	uint32_t n = cursor->rows.n;
	UserItems user;

	user_items_begin(&user);
	for (uint32_t i = 0; i < n;)
	{
		const ItemKey *item = &entries[i].item;
		int32_t last_day = INT32_MIN;

		for (; i < n && item_equal(item, &entries[i].item); i++)
		{
			if (entries[i].day < affinity->question.as_of)
				last_day = entries[i].day;
			host_poll_at(i);
		}
		if (last_day > INT32_MIN && last_day >= affinity->question.items_from)
			user_items_add(&user, item, last_day);
	}
	return affinity_add_items(affinity, &user);
}

void
baskets_close(BasketsCursor *cursor)
{
	grouping_close(cursor->users);
	free_rows(&cursor->rows);
	host_free(cursor);
}
