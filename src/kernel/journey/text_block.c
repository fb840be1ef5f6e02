/*
 * text_block.c: the names or labels of a journey.
 */
#include "kernel/journey/text_block.h"

#include <string.h>

#include "kernel/journey/bits.h"
#include "kernel/journey/texts.h"

#define CHARACTER_BITS 5
#define PREFIX         8 /* bytes by which a block is looked for, */
#define PLACE_BITS     7 /* in one of so many places */

_Static_assert(NAMES_PLACES == 1 << PLACE_BITS, "places of blocks");

/* What 5 bits stand for, from 1 on. */
static const char characters[] = "\0abcdefghijklmnopqrstuvwxyz_-./ ";

static inline int
code_of(char character)
{
	switch (character)
	{
		case '_':
			return 27;
		case '-':
			return 28;
		case '.':
			return 29;
		case '/':
			return 30;
		case ' ':
			return 31;
		default:
			return character >= 'a' && character <= 'z' ? character - 'a' + 1 : 0;
	}
}

static bool
can_be_packed(const JourneyText *texts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < texts[i].size; k++)
			if (code_of(texts[i].bytes[k]) == 0)
				return false;
	return true;
}

static void
write_packed(ByteWriter *out, const JourneyText *texts, uint32_t n)
{
	BitWriter bits = {.out = out};

	for (uint32_t i = 0; i < n; i++)
	{
		for (uint32_t k = 0; k < texts[i].size; k++)
			write_bits(&bits, (uint64_t) code_of(texts[i].bytes[k]), CHARACTER_BITS);
		write_bits(&bits, 0, CHARACTER_BITS);
		host_poll_at(i);
	}
	end_bits(&bits);
}

void
text_block_write(ByteWriter *out, const JourneyText *texts, uint32_t n)
{
	bool packed = can_be_packed(texts, n);

	write_varint(out, (uint64_t) n << 1 | packed);
	if (packed)
	{
		write_packed(out, texts, n);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		write_varint(out, texts[i].size);
		for (uint32_t k = 0; k < texts[i].size; k++)
			write_byte(out, (uint8_t) texts[i].bytes[k]);
		host_poll_at(i);
	}
}

/* The packed texts up to the end, into the block; where they end, NULL if they are cut off. */
static const uint8_t *
read_packed(TextBlock *block, const uint8_t *from, const uint8_t *end)
{
	BitReader bits = {.bytes = from};
	uint64_t n_bits = (uint64_t) (end - from) * 8;
	char *to = block->characters = host_alloc(n_bits / CHARACTER_BITS + 1);
	uint64_t read = 0;

	for (uint32_t i = 0; i < block->n; i++)
	{
		const char *start = to;
		uint64_t code = 1;

		while (code != 0)
		{
			if (bits.place + CHARACTER_BITS > n_bits)
				return NULL;
			code = read_bits(&bits, CHARACTER_BITS);
			if (code != 0)
				*to++ = characters[code];
			host_poll_at(read++);
		}
		block->texts[i] = (JourneyText){start, (uint32_t) (to - start)};
	}
	if ((bits.place & 7) != 0 && read_bits(&bits, 8 - (int) (bits.place & 7)) != 0)
		return NULL;
	return from + bits.place / 8;
}

static const uint8_t *
read_plain(TextBlock *block, const uint8_t *from, const uint8_t *end)
{
	ByteReader in = byte_reader(from, (size_t) (end - from));

	for (uint32_t i = 0; i < block->n; i++)
	{
		uint64_t size = read_varint(&in, UINT32_MAX);

		if (in.bad || size > (uint64_t) (in.end - in.next))
			return NULL;
		block->texts[i] = (JourneyText){(const char *) in.next, (uint32_t) size};
		in.next += size;
		host_poll_at(i);
	}
	return in.next;
}

static bool
is_canonical(const TextBlock *block, bool packed)
{
	for (uint32_t i = 0; i < block->n; i++)
	{
		if (i > 0 && text_compare(&block->texts[i - 1], &block->texts[i]) >= 0)
			return false;
		if (memchr(block->texts[i].bytes, 0, block->texts[i].size) != NULL)
			return false;
		host_poll_at(i);
	}
	return packed || !can_be_packed(block->texts, block->n);
}

static void
forget(TextBlock *block)
{
	if (block->bytes != NULL)
		host_free(block->bytes);
	if (block->texts != NULL)
		host_free(block->texts);
	if (block->characters != NULL)
		host_free(block->characters);
	*block = (TextBlock){0};
}

/* What is plain points into our own copy of the bytes. */
static const uint8_t *
read_new(TextBlock *block, const uint8_t *from, const uint8_t *end, uint32_t most)
{
	ByteReader in = byte_reader(from, (size_t) (end - from));
	uint64_t head = read_varint(&in, (uint64_t) most << 1 | 1);
	bool packed = (head & 1) != 0;
	const uint8_t *behind;

	/* each text takes some bits, so there cannot be more of them than that */
	if (in.bad || head >> 1 > (uint64_t) (end - in.next) * 8 / CHARACTER_BITS)
		return NULL;
	block->n = (uint32_t) (head >> 1);
	block->texts = host_alloc(block->n * sizeof(JourneyText) + 1);
	behind = packed ? read_packed(block, in.next, end) : read_plain(block, in.next, end);
	if (behind == NULL || !is_canonical(block, packed))
		return NULL;
	block->size = (size_t) (behind - from);
	block->bytes = memcpy(host_alloc(block->size + 1), from, block->size);
	if (!packed)
		for (uint32_t i = 0; i < block->n; i++)
			block->texts[i].bytes =
				(const char *) block->bytes + (block->texts[i].bytes - (const char *) from);
	return behind;
}

const TextBlock *
text_block_read(TextBlocks *blocks, const uint8_t **next, const uint8_t *end, uint32_t most)
{
	TextBlock *block;
	const uint8_t *from = *next;
	uint64_t prefix;

	if (blocks->blocks == NULL)
	{
		blocks->blocks = host_alloc(NAMES_PLACES * sizeof(TextBlock));
		memset(blocks->blocks, 0, NAMES_PLACES * sizeof(TextBlock));
	}
	memcpy(&prefix, from, PREFIX);
	block = &blocks->blocks[(prefix * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - PLACE_BITS)];
	if (block->serial != 0 && block->size <= (size_t) (end - from) &&
		memcmp(block->bytes, from, block->size) == 0)
	{
		*next += block->size;
		return block;
	}
	forget(block);
	*next = read_new(block, from, end, most);
	if (*next == NULL)
		return NULL;
	block->serial = ++blocks->last_serial;
	return block;
}

void
text_blocks_free(TextBlocks *blocks)
{
	if (blocks->blocks == NULL)
		return;
	for (int i = 0; i < NAMES_PLACES; i++)
		forget(&blocks->blocks[i]);
	host_free(blocks->blocks);
	blocks->blocks = NULL;
}
