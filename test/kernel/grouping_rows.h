/*
 * grouping_rows.h: a codec that writes rows as they are, and users told by their keys.
 */
#include "grouping_users.h"

/* Bytes of when and extra. */
#define ROW_BYTES(codec, stream) (sizeof(int32_t) + (codec)->extra[stream])

typedef struct TestCodec
{
	GroupCodec codec;
	uint8_t *bytes;
} TestCodec;

/* The rows as they are: for each stream the number of them, then themselves. */
static const uint8_t *
encode(GroupCodec *group_codec, const GroupRows *rows, size_t *size)
{
	TestCodec *codec = (TestCodec *) group_codec;
	uint8_t *to;

	*size = 0;
	for (int i = 0; i < codec->codec.n_streams; i++)
		*size += sizeof(uint32_t) + (size_t) rows->n_rows[i] * ROW_BYTES(&codec->codec, i);
	if (codec->bytes != NULL)
		host_free(codec->bytes);
	to = codec->bytes = host_alloc(*size);
	for (int i = 0; i < codec->codec.n_streams; i++)
	{
		size_t bytes = (size_t) rows->n_rows[i] * ROW_BYTES(&codec->codec, i);

		memcpy(to, &rows->n_rows[i], sizeof(uint32_t));
		to += sizeof(uint32_t);
		if (bytes > 0)
			memcpy(to, rows->rows[i], bytes);
		to += bytes;
	}
	return codec->bytes;
}

static void
check_name(const GroupKeys *keys, uint32_t user, const uint8_t *key, uint32_t size)
{
	if (keys->fixed)
	{
		CHECK(size == sizeof(int64_t));
		CHECK(memcmp(key, &users[user].number, size) == 0);
	}
	else if (keys->equal != NULL)
		CHECK(equal_no_case(keys, key, size, users[user].bytes, users[user].size));
	else
		CHECK(size == users[user].size && memcmp(key, users[user].bytes, size) == 0);
}
