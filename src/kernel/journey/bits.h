/*
 * bits.h: numbers of any width, one behind the other, the lowest bit first.
 */
#ifndef USER_OPS_KERNEL_BITS_H
#define USER_OPS_KERNEL_BITS_H

#include <string.h>

#include "kernel/base/bytes.h"

#define BITS_PADDING 16 /* bytes behind what is read, which may be anything */

/* How many bits a number has: 0 for 0. */
static inline int
bit_length(uint64_t value)
{
	return value == 0 ? 0 : 64 - __builtin_clzll(value);
}

typedef struct BitWriter
{
	ByteWriter *out;
	unsigned __int128 bits; /* that are not written yet, */
	int n;                  /* fewer than 64 */
} BitWriter;

/* The lowest bits, 0 to 64, of a number that has no others. */
static inline void
write_bits(BitWriter *writer, uint64_t value, int width)
{
	writer->bits |= (unsigned __int128) value << writer->n;
	writer->n += width;
	if (writer->n >= 64)
	{
		write_word(writer->out, (uint64_t) writer->bits);
		writer->bits >>= 64;
		writer->n -= 64;
	}
}

/* Zeros up to the end of the byte. */
static inline void
end_bits(BitWriter *writer)
{
	for (; writer->n > 0; writer->n -= 8)
	{
		write_byte(writer->out, (uint8_t) writer->bits);
		writer->bits >>= 8;
	}
	*writer = (BitWriter){.out = writer->out};
}

/* Bits of bytes that have BITS_PADDING behind them; the place counts from the first one. */
typedef struct BitReader
{
	const uint8_t *bytes;
	uint64_t place;
} BitReader;

#define PEEKED_BITS 57

/* As many bits as there are in 8 bytes from here on: at least PEEKED_BITS. */
static inline uint64_t
peek_bits(const BitReader *reader)
{
	uint64_t word;

	memcpy(&word, reader->bytes + (reader->place >> 3), sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word >> (reader->place & 7);
}

static inline uint64_t
low_bits(uint64_t word, int width)
{
	return width == 64 ? word : word & (((uint64_t) 1 << width) - 1);
}

/* The next number of 0 to 64 bits. */
static inline uint64_t
read_bits(BitReader *reader, int width)
{
	uint64_t word = peek_bits(reader);
	int missing = width - (64 - (int) (reader->place & 7));

	if (__builtin_expect(missing > 0, 0))
		word |= (uint64_t) reader->bytes[(reader->place >> 3) + 8] << (width - missing);
	reader->place += (uint64_t) width;
	return low_bits(word, width);
}

#endif
