/*
 * item.c: keys of items as bytes, and how much a day of an item weighs.
 */
#include "kernel/items/item.h"

#include <math.h>

/* So many half-lives later nothing is left of a weight. */
#define FORGOTTEN 18

void
item_write(ByteWriter *out, const ItemKey *key, const ItemKey *before)
{
	if (key->bytes != NULL)
	{
		write_byte(out, (uint8_t) key->size);
		for (uint32_t i = 0; i < key->size; i++)
			write_byte(out, (uint8_t) key->bytes[i]);
	}
	else if (before == NULL)
		write_zigzag(out, key->number);
	else
		write_varint(out, (uint64_t) key->number - (uint64_t) before->number - 1);
}

static ItemKey
read_text(ByteReader *in, const ItemKey *before)
{
	uint32_t size = read_byte(in);
	ItemKey key = {.bytes = (const char *) in->next, .size = size};

	in->bad |= size > (size_t) (in->end - in->next) || memchr(in->next, '\0', size) != NULL ||
			   (before != NULL && item_compare(before, &key) >= 0);
	if (!in->bad)
		in->next += size;
	return key;
}

static ItemKey
read_number(ByteReader *in, const ItemKey *before)
{
	uint64_t distance;

	if (before == NULL)
		return (ItemKey){.number = read_zigzag(in)};
	distance = read_varint(in, UINT64_MAX);
	in->bad |= distance >= (uint64_t) INT64_MAX - (uint64_t) before->number;
	return (ItemKey){.number = (int64_t) ((uint64_t) before->number + distance + 1)};
}

ItemKey
item_read(ByteReader *in, ItemKind kind, const ItemKey *before)
{
	return kind == ITEM_TEXTS ? read_text(in, before) : read_number(in, before);
}

uint32_t
item_weight(int64_t age, int32_t half_life_days)
{
	if (age > FORGOTTEN * (int64_t) half_life_days)
		return 0;
	return (uint32_t) floor(ITEM_WEIGHT * exp2(-(double) age / half_life_days) + 0.5);
}
