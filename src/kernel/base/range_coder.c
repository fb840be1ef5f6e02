/*
 * range_coder.c: whole numbers in as few bits as they turn out to need.
 */
#include "kernel/base/range_coder.h"

#define RANGE_MIN   ((uint32_t) 1 << 24) /* with less, a byte is written */
#define EVEN        0x8000
#define LEARN_SHIFT 5 /* of the distance to certainty, learnt at each bit */
#define AT_ONCE     16 /* even bits */
#define SIZE_BITS   7

NumberModel *
number_models(size_t n)
{
	NumberModel *models = host_alloc(n * sizeof(NumberModel));
	uint16_t *probabilities = (uint16_t *) models;

	for (size_t i = 0; i < n * sizeof(NumberModel) / sizeof(uint16_t); i++)
		probabilities[i] = EVEN;
	return models;
}

RangeWriter
range_writer(ByteWriter *out)
{
	return (RangeWriter){.out = out, .start = bytes_written(out), .range = UINT32_MAX};
}

/* The highest byte of low is done with, but for a carry. */
static void
shift_low(RangeWriter *writer)
{
	uint8_t carry = (uint8_t) (writer->low >> 32);

	if ((uint32_t) writer->low >= 0xFF000000 && carry == 0)
		writer->pending++;
	else
	{
		if (writer->holds)
			write_byte(writer->out, (uint8_t) (writer->held + carry));
		for (; writer->pending > 0; writer->pending--)
			write_byte(writer->out, (uint8_t) (0xFF + carry));
		writer->held = (uint8_t) (writer->low >> 24);
		writer->holds = true;
	}
	writer->low = (writer->low & 0x00FFFFFF) << 8;
}

static inline void
write_normal(RangeWriter *writer)
{
	while (writer->range < RANGE_MIN)
	{
		writer->range <<= 8;
		shift_low(writer);
	}
}

static inline uint32_t
share_of_zero(uint32_t range, uint16_t probability)
{
	return (range >> 16) * probability;
}

static inline void
learn(uint16_t *probability, bool bit)
{
	if (bit)
		*probability = (uint16_t) (*probability - (*probability >> LEARN_SHIFT));
	else
		*probability = (uint16_t) (*probability + ((0x10000 - *probability) >> LEARN_SHIFT));
}

static inline void
write_bit(RangeWriter *writer, uint16_t *probability, bool bit)
{
	uint32_t share = share_of_zero(writer->range, *probability);

	if (bit)
	{
		writer->low += share;
		writer->range -= share;
	}
	else
		writer->range = share;
	learn(probability, bit);
	write_normal(writer);
}

/* n bits, the highest first, by a tree of what was met behind each beginning. */
static inline void
write_tree(RangeWriter *writer, uint16_t *tree, int n, unsigned bits)
{
	unsigned node = 1;

	for (int i = n - 1; i >= 0; i--)
	{
		bool bit = (bits >> i & 1) != 0;

		write_bit(writer, &tree[node], bit);
		node = node << 1 | bit;
	}
}

static inline int
size_of_number(uint64_t number)
{
	return number == 0 ? 0 : NUMBER_BITS - __builtin_clzll(number);
}

/* How many of the bits behind the first one are learnt. */
static inline int
top_bits(int size)
{
	return size > NUMBER_TOP_BITS ? NUMBER_TOP_BITS : size - 1;
}

void
range_write(RangeWriter *writer, NumberModel *model, uint64_t number)
{
	int size = size_of_number(number);
	int rest;

	write_tree(writer, model->size, SIZE_BITS, (unsigned) size);
	if (size < 2)
		return;
	rest = size - 1 - top_bits(size);
	write_tree(writer, model->top[size], top_bits(size),
			   (unsigned) (number >> rest) & ((1U << top_bits(size)) - 1));
	while (rest > 0)
	{
		int n = rest < AT_ONCE ? rest : AT_ONCE;

		rest -= n;
		writer->range >>= n;
		writer->low += (uint64_t) writer->range * (number >> rest & ((1U << n) - 1));
		write_normal(writer);
	}
}

/* Of all numbers within the range the one with the most zeros at its end. */
void
range_finish(RangeWriter *writer)
{
	uint64_t end = writer->low + writer->range;
	uint8_t *start;

	for (int zeros = 32; zeros >= 0; zeros--)
	{
		uint64_t mask = ((uint64_t) 1 << zeros) - 1;
		uint64_t number = (writer->low + mask) & ~mask;

		if (number >= end)
			continue;
		writer->low = number;
		break;
	}
	for (int i = 0; i < 5; i++)
		shift_low(writer);
	start = writer->out->start + writer->start;
	while (writer->out->next > start && writer->out->next[-1] == 0)
		writer->out->next--;
}

static inline uint8_t
next_byte(ByteReader *in)
{
	return in->next < in->end ? *in->next++ : 0;
}

RangeReader
range_reader(ByteReader *in)
{
	RangeReader reader = {.in = in, .range = UINT32_MAX};

	for (int i = 0; i < 4; i++)
		reader.code = reader.code << 8 | next_byte(in);
	return reader;
}

static inline void
read_normal(RangeReader *reader)
{
	while (reader->range < RANGE_MIN)
	{
		reader->range <<= 8;
		reader->code = reader->code << 8 | next_byte(reader->in);
	}
}

static inline bool
read_bit(RangeReader *reader, uint16_t *probability)
{
	uint32_t share = share_of_zero(reader->range, *probability);
	bool bit = reader->code >= share;

	if (bit)
	{
		reader->code -= share;
		reader->range -= share;
	}
	else
		reader->range = share;
	learn(probability, bit);
	read_normal(reader);
	return bit;
}

static inline unsigned
read_tree(RangeReader *reader, uint16_t *tree, int n)
{
	unsigned node = 1;

	for (int i = 0; i < n; i++)
		node = node << 1 | read_bit(reader, &tree[node]);
	return node - (1U << n);
}

uint64_t
range_read(RangeReader *reader, NumberModel *model)
{
	int size = (int) read_tree(reader, model->size, SIZE_BITS);
	uint64_t number;
	int rest;

	reader->bad |= size > NUMBER_BITS;
	if (size < 2 || reader->bad)
		return reader->bad ? 0 : (uint64_t) size;
	rest = size - 1 - top_bits(size);
	number = (uint64_t) 1 << top_bits(size) | read_tree(reader, model->top[size], top_bits(size));
	while (rest > 0)
	{
		int n = rest < AT_ONCE ? rest : AT_ONCE;
		uint32_t bits;

		rest -= n;
		reader->range >>= n;
		bits = reader->code / reader->range;
		reader->bad |= bits >> n != 0;
		if (reader->bad)
			return 0;
		reader->code -= bits * reader->range;
		number = number << n | bits;
		read_normal(reader);
	}
	return number;
}
