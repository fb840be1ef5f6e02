/*
 * wide.c: integers of 192 and 256 bits.
 */
#include "kernel/math/wide.h"

#include <math.h>

#define WORDS 4

Wide
wide_times(Wide value, uint64_t factor)
{
	Huge product = huge_product(huge_of_wide(value), huge_of(factor));

	return (Wide){(unsigned __int128) product.words[1] << 64 | product.words[0],
				  (int64_t) product.words[2]};
}

void
write_sum(ByteWriter *out, Wide value)
{
	uint64_t sign = (uint64_t) (value.high >> 63);
	uint64_t high = ((uint64_t) value.high << 1 | (uint64_t) (value.low >> 127)) ^ sign;
	unsigned __int128 low = (value.low << 1) ^ ((unsigned __int128) sign << 64 | sign);

	while (high > 0 || low >= 0x80)
	{
		write_byte(out, (uint8_t) (low | 0x80));
		low = low >> 7 | (unsigned __int128) high << 121;
		high >>= 7;
	}
	write_byte(out, (uint8_t) low);
}

Wide
read_sum(ByteReader *in)
{
	unsigned __int128 low = 0;
	uint64_t high = 0;
	uint8_t byte = 0x80;
	unsigned __int128 sign;

	for (int shift = 0; byte & 0x80; shift += 7)
	{
		unsigned __int128 part;

		byte = read_byte(in);
		part = byte & 0x7F;
		in->bad |= shift > 189 || (shift == 189 && part > 7) || (byte == 0 && shift > 0);
		if (in->bad)
			return (Wide){0, 0};
		if (shift < 128)
			low |= part << shift;
		if (shift > 121)
			high |= (uint64_t) (shift < 128 ? part >> (128 - shift) : part << (shift - 128));
	}
	sign = -(low & 1);
	low = (low >> 1 | (unsigned __int128) high << 127) ^ sign;
	return (Wide){low, (int64_t) (high >> 1) ^ (int64_t) sign};
}

Huge
huge_of(__int128 value)
{
	uint64_t sign = (uint64_t) (value >> 127);

	return (Huge){{(uint64_t) value, (uint64_t) (value >> 64), sign, sign}};
}

Huge
huge_of_wide(Wide value)
{
	return (Huge){{(uint64_t) value.low, (uint64_t) (value.low >> 64), (uint64_t) value.high,
				   (uint64_t) (value.high >> 63)}};
}

Huge
huge_product(Huge a, Huge b)
{
	Huge product = {{0}};

	for (int i = 0; i < WORDS; i++)
	{
		unsigned __int128 carry = 0;

		for (int k = 0; i + k < WORDS; k++)
		{
			carry += (unsigned __int128) a.words[i] * b.words[k] + product.words[i + k];
			product.words[i + k] = (uint64_t) carry;
			carry >>= 64;
		}
	}
	return product;
}

Huge
huge_sum(Huge a, Huge b)
{
	uint64_t carry = 0;

	for (int i = 0; i < WORDS; i++)
	{
		unsigned __int128 sum = (unsigned __int128) a.words[i] + b.words[i] + carry;

		a.words[i] = (uint64_t) sum;
		carry = (uint64_t) (sum >> 64);
	}
	return a;
}

Huge
huge_difference(Huge a, Huge b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < WORDS; i++)
	{
		unsigned __int128 less = (unsigned __int128) b.words[i] + borrow;

		borrow = a.words[i] < less;
		a.words[i] -= (uint64_t) less;
	}
	return a;
}

bool
huge_is_negative(Huge value)
{
	return (int64_t) value.words[WORDS - 1] < 0;
}

double
huge_to_double(Huge value)
{
	bool negative = huge_is_negative(value);
	int top = WORDS - 1;
	unsigned __int128 most;

	if (negative)
		value = huge_difference(huge_of(0), value);
	while (top > 1 && value.words[top] == 0)
		top--;
	most = (unsigned __int128) value.words[top] << 64 | value.words[top - 1];
	/* what is cut off lies far behind the last bit of a double: whether there is any decides */
	for (int i = top - 2; i >= 0; i--)
		most |= value.words[i] != 0;
	return ldexp(negative ? -(double) most : (double) most, 64 * (top - 1));
}
