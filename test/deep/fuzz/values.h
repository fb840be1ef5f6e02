/*
 * values.h: a target for values that are decoded into a struct, encoded, printed and parsed.
 *
 * What VALUES(Type, name) has: name##_decode, _encode, _print and _parse, as a model does.
 * A stored value is the bytes behind a byte that says whether they are one or build one.
 */
#include "builders.h"

#define ASK_BYTES 24

/* VALUE is the type; a target says how it is built, and what is asked of it. */
#define FUZZ_VALUES(Value, decode, encode, print, parse) \
	static Stored encoded(const Value *value) \
	{ \
		ByteWriter out = byte_writer(0); \
		encode(value, &out); \
		return (Stored){fuzz_copy(out.start, bytes_written(&out)), bytes_written(&out)}; \
	} \
	/* Its bytes and its text are its own. */ \
	static void check_forms(const Value *value, const Stored *stored) \
	{ \
		Value *again = host_alloc(sizeof(Value)); \
		Stored bytes = encoded(value); \
		char *text = print(value); \
		CHECK(bytes.size == stored->size && memcmp(bytes.bytes, stored->bytes, bytes.size) == 0); \
		memset(again, 0, sizeof(Value)); \
		CHECK(parse == NULL); \
		bytes = encoded(again); \
		CHECK(bytes.size == stored->size && memcmp(bytes.bytes, stored->bytes, bytes.size) == 0); \
	} \
	static void fuzz_one(const uint8_t *bytes, size_t size) \
	{ \
		Input in = input(bytes, size); \
		uint8_t mode = in_byte(&in); \
		Input how = in_part(&in, ASK_BYTES); \
		Value *value = host_alloc(sizeof(Value)); \
		Stored stored = {fuzz_copy(in.next, in_left(&in)), in_left(&in)}; \
		memset(value, 0, sizeof(Value)); \
		if (mode & 1) \
		{ \
			if (!build(&in, value)) \
				return; \
			stored = encoded(value); \
			CHECK(decode(stored.bytes, stored.size, value) == NULL); \
		} \
		else \
		{ \
			n_stored++; \
			if (decode(stored.bytes, stored.size, value) != NULL) \
				return; \
			n_accepted++; \
		} \
		check_forms(value, &stored); \
		ask(value, &how); \
	} \
	static size_t fuzz_seed(uint32_t i, Input *random, uint8_t *to) \
	{ \
		Value *value = host_alloc(sizeof(Value)); \
		Stored stored; \
		to[0] = i & 1; \
		for (int k = 1; k <= ASK_BYTES; k++) \
			to[k] = in_byte(random); \
		stored = (Stored){fuzz_copy(random->next, in_left(random)), in_left(random)}; \
		memset(value, 0, sizeof(Value)); \
		if (!(i & 1)) \
		{ \
			if (!build(random, value)) \
				return 0; \
			stored = encoded(value); \
		} \
		memcpy(to + 1 + ASK_BYTES, stored.bytes, stored.size); \
		return 1 + ASK_BYTES + stored.size; \
	}
