/*
 * asked.h: a target for questions about one journey, of which the first bytes say what is asked.
 */
#include "builders.h"

#define ASK_BYTES 48

static void ask(Input *in, Input *rows);

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	Input head = in_part(&in, ASK_BYTES);

	ask(&head, &in);
}

static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	size_t size = in_left(random);

	memcpy(to, random->next, size);
	return size;
}
