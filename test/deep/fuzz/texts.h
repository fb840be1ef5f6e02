/*
 * texts.h: a target for a text form: what is read of it, printed and read again, is the same.
 *
 *	read_text()	the text's value as bytes; false: it is none
 *	print_text()	the text of such bytes
 *	build_text()	some text
 */
#include "builders.h"

static bool read_text(const char *text, uint8_t which, Stored *stored);
static char *print_text(const Stored *stored);
static char *build_text(Input *in, uint8_t which);

/* The three of a type whose text says which value it is; VALUE is the type. */
#define FUZZ_TEXTS(Value, parse, problem, encode, decode, print, in_value) \
	static bool read_text(const char *text, uint8_t which, Stored *stored) \
	{ \
		Value *value = host_alloc(sizeof(Value)); \
		ByteWriter out = byte_writer(0); \
		memset(value, 0, sizeof(Value)); \
		if (parse(text, value) != NULL) \
			return false; \
		CHECK(problem(value) == NULL); \
		encode(value, &out); \
		*stored = (Stored){out.start, bytes_written(&out)}; \
		return true; \
	} \
	static char *print_text(const Stored *stored) \
	{ \
		Value *value = host_alloc(sizeof(Value)); \
		CHECK(decode(stored->bytes, stored->size, value) == NULL); \
		return print(value); \
	} \
	static char *build_text(Input *in, uint8_t which) \
	{ \
		Value *value = host_alloc(sizeof(Value)); \
		memset(value, 0, sizeof(Value)); \
		return in_value(in, value) ? print(value) : NULL; \
	}

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	uint8_t which = in_byte(&in);
	char *text = host_alloc(in_left(&in) + 1);
	Stored stored;
	Stored again;

	memcpy(text, in.next, in_left(&in));
	text[in_left(&in)] = '\0';
	n_stored++;
	if (!read_text(text, which, &stored))
		return;
	n_accepted++;
	CHECK(read_text(print_text(&stored), which, &again));
	CHECK(stored.size == again.size && memcmp(stored.bytes, again.bytes, stored.size) == 0);
}

static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	char *text = build_text(random, (uint8_t) i);

	if (text == NULL || strlen(text) > 1000)
		return 0;
	to[0] = (uint8_t) i;
	memcpy(to + 1, text, strlen(text));
	return 1 + strlen(text);
}
