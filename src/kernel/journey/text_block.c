/*
 * text_block.c: the names or labels of a journey.
 */
#include "kernel/journey/text_block.h"

#include <string.h>

#include "kernel/journey/bits.h"
#include "kernel/journey/texts.h"

#define CHARACTER_BITS 5
#define PLACE_BITS     7 /* a block is in one of so many places */
#define LARGE_BLOCK    8192 /* bytes; one of more is in the first place, or all that are kept would take any memory */

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

static inline int
varint_size(uint64_t value)
{
	return value == 0 ? 1 : (bit_length(value) + 6) / 7;
}

static void
write_plain(ByteWriter *out, const JourneyText *texts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		write_varint(out, texts[i].size);
		for (uint32_t k = 0; k < texts[i].size; k++)
			write_byte(out, (uint8_t) texts[i].bytes[k]);
		host_poll_at(i);
	}
}

void
text_block_write(ByteWriter *out, const JourneyText *texts, uint32_t n)
{
	bool packed = can_be_packed(texts, n);
	uint64_t size = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		size += packed ? (texts[i].size + UINT64_C(1)) * CHARACTER_BITS
					   : (uint64_t) varint_size(texts[i].size) + texts[i].size;
		host_poll_at(i);
	}
	if (packed)
		size = (size + 7) / 8;
	write_varint(out, size << 1 | packed);
	if (packed)
		write_packed(out, texts, n);
	else
		write_plain(out, texts, n);
}

/* Texts end where they do, and behind the first one none is shorter than a byte. */
static bool
is_packed_end(const BitReader *bits, uint64_t n_bits)
{
	return bits->place + 8 > n_bits;
}

/* How many packed texts there are; 0 if they are cut off. */
static uint64_t
count_packed(const uint8_t *from, size_t size)
{
	BitReader bits = {.bytes = from};
	uint64_t n_bits = (uint64_t) size * 8;
	uint64_t n = 0;
	uint64_t read = 0;

	do
	{
		uint64_t code = 1;

		for (; code != 0; read++)
		{
			if (bits.place + CHARACTER_BITS > n_bits)
				return 0;
			code = read_bits(&bits, CHARACTER_BITS);
			host_poll_at(read);
		}
		n++;
	} while (!is_packed_end(&bits, n_bits));
	return read_bits(&bits, (int) (n_bits - bits.place)) == 0 ? n : 0;
}

/* So many packed texts, into the block. */
static void
read_packed(TextBlock *block, const uint8_t *from, size_t size)
{
	BitReader bits = {.bytes = from};
	char *to = block->characters = host_alloc(size * 8 / CHARACTER_BITS + 1);

	for (uint32_t i = 0; i < block->n; i++)
	{
		const char *start = to;
		uint64_t code;

		while ((code = read_bits(&bits, CHARACTER_BITS)) != 0)
		{
			*to++ = characters[code];
			host_poll_at(to - start);
		}
		block->texts[i] = (JourneyText){start, (uint32_t) (to - start)};
		host_poll_at(i);
	}
}

/* Go to the next text; false if it is cut off. */
static bool
next_plain(ByteReader *in, JourneyText *text)
{
	uint64_t size = read_varint(in, UINT32_MAX);

	if (in->bad || size > (uint64_t) (in->end - in->next))
		return false;
	*text = (JourneyText){(const char *) in->next, (uint32_t) size};
	in->next += size;
	return true;
}

static uint64_t
count_plain(const uint8_t *from, size_t size)
{
	ByteReader in = byte_reader(from, size);
	JourneyText text;
	uint64_t n = 0;

	for (; in.next < in.end; n++)
	{
		if (!next_plain(&in, &text))
			return 0;
		host_poll_at(n);
	}
	return n;
}

static void
read_plain(TextBlock *block, const uint8_t *from, size_t size)
{
	ByteReader in = byte_reader(from, size);

	for (uint32_t i = 0; i < block->n; i++)
	{
		(void) next_plain(&in, &block->texts[i]);
		host_poll_at(i);
	}
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

/* The texts of so many bytes; false unless they are canonical.  What is plain points into our own copy. */
static bool
read_new(TextBlock *block, const uint8_t *from, uint64_t head, uint32_t most)
{
	size_t size = (size_t) (head >> 1);
	bool packed = (head & 1) != 0;
	uint64_t n = packed ? count_packed(from, size) : count_plain(from, size);

	if (n == 0 || n > most)
		return false;
	block->n = (uint32_t) n;
	block->texts = host_alloc(block->n * sizeof(JourneyText));
	block->head = head;
	block->bytes = host_alloc(size + BITS_PADDING);
	memcpy(block->bytes, from, size);
	memset(block->bytes + size, 0, BITS_PADDING);
	if (packed)
		read_packed(block, block->bytes, size);
	else
		read_plain(block, block->bytes, size);
	return is_canonical(block, packed);
}

/* The first words of so many bytes, which have BITS_PADDING behind them; the place in which they are looked for. */
static inline uint32_t
first_words(const uint8_t *bytes, size_t size, uint64_t *words)
{
	uint64_t hash = size;

	for (size_t i = 0; i < TEXT_BLOCK_WORDS; i++)
	{
		size_t at = i * sizeof(uint64_t);
		BitReader word = {bytes, at * 8};

		words[i] = 0;
		if (at >= size)
			continue;
		words[i] = low_bits(peek_bits(&word), size - at < sizeof(uint64_t) ? (int) (size - at) * 8 : 64);
		hash = text_mix(hash ^ words[i]);
	}
	return size > LARGE_BLOCK ? 0 : (uint32_t) (text_mix(hash) >> (64 - PLACE_BITS));
}

static inline bool
same_words(const TextBlock *block, const uint64_t *words)
{
	uint64_t differ = 0;

	for (int i = 0; i < TEXT_BLOCK_WORDS; i++)
		differ |= block->words[i] ^ words[i];
	return differ == 0;
}

const TextBlock *
text_block_read(TextBlocks *blocks, const uint8_t **next, const uint8_t *end, uint32_t most)
{
	ByteReader in = byte_reader(*next, (size_t) (end - *next));
	uint64_t head = read_varint(&in, UINT64_MAX);
	size_t size = (size_t) (head >> 1);
	uint64_t words[TEXT_BLOCK_WORDS];
	TextBlock *block;

	if (in.bad || head >> 1 > (uint64_t) (end - in.next))
		return NULL;
	if (blocks->blocks == NULL)
	{
		blocks->blocks = host_alloc(NAMES_PLACES * sizeof(TextBlock));
		memset(blocks->blocks, 0, NAMES_PLACES * sizeof(TextBlock));
	}
	block = &blocks->blocks[first_words(in.next, size, words)];
	*next = in.next + size;
	if (block->serial != 0 && block->head == head && same_words(block, words) &&
		(size <= sizeof(words) || memcmp(block->bytes, in.next, size) == 0))
		return block;
	forget(block);
	if (!read_new(block, in.next, head, most))
		return NULL;
	memcpy(block->words, words, sizeof(words));
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
