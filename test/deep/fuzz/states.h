/*
 * states.h: a target for the states of one kind.
 *
 *	mode, split		a byte each
 *	head, ask		16 bytes each: parameters of a state, and of what is asked of it
 *	rest			by mode: the stored forms of two states, or rows of two states
 *
 * A target says how a state is built and read:
 *
 *	FUZZ_STATES()	of which StateKind
 *	build()			a working state of parameters and rows; NULL: none
 *	ask()			readings of a state
 */
#include "kernel/base/state.h"
#include "builders.h"

#define FUZZ_STATES(kind) \
	static const StateKind *fuzz_kind(void) \
	{ \
		return kind; \
	}

static const StateKind *fuzz_kind(void);
static void *build(Input *head, Input *rows);
static void ask(const void *state, const uint8_t *bytes, size_t size, Input *in);

#define HEAD_BYTES 16
#define ASK_BYTES  16

static Stored
packed(const void *state)
{
	ByteWriter out = byte_writer(0);
	Stored stored;

	fuzz_kind()->pack(state, &out);
	stored.size = bytes_written(&out);
	stored.bytes = fuzz_copy(out.start, stored.size);
	host_free(out.start);
	return stored;
}

static bool
equal(const Stored *a, const Stored *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static void *
unpacked(const Stored *stored)
{
	const char *problem = NULL;
	void *state = fuzz_kind()->unpack(stored->bytes, stored->size, &problem);

	CHECK(state != NULL);
	return state;
}

/* Is it a stored state?  Then it is one byte for byte. */
static bool
accepted(const Stored *stored)
{
	Stored again;
	const char *problem;

	n_stored++;
	problem = state_check(fuzz_kind(), stored->bytes, stored->size);
	if (problem != NULL)
		return false;
	n_accepted++;
	CHECK(stored->size > 0 && stored->bytes[0] != STATE_WORKING);
	again = packed(unpacked(stored));
	CHECK(equal(stored, &again));
	return true;
}

/* What was packed must be read. */
static void
must_be_accepted(const Stored *stored)
{
	const char *problem = state_check(fuzz_kind(), stored->bytes, stored->size);

	if (problem != NULL)
		fprintf(stderr, "%s\n", problem);
	CHECK(problem == NULL);
}

static void
fuzz_one(const uint8_t *bytes, size_t size)
{
	Input in = input(bytes, size);
	uint8_t mode = in_byte(&in);
	uint8_t split = in_byte(&in);
	Input head = in_part(&in, HEAD_BYTES);
	Input how = in_part(&in, ASK_BYTES);
	Input first = in_part(&in, split == 0xFF ? in_left(&in) : in_left(&in) * split / 0xFF);
	Stored stored[2];
	Stored merged[2];

	if (mode & 1)
	{
		Input again = head;
		void *a = build(&head, &first);
		void *b = build(mode & 2 ? &in : &again, &in);

		if (a == NULL || b == NULL)
			return;
		stored[0] = packed(a);
		stored[1] = packed(b);
		must_be_accepted(&stored[0]);
		must_be_accepted(&stored[1]);
		/* As they were counted up. */
		ask(a, stored[0].bytes, stored[0].size, &how);
		if (!(mode & 4))
			b = fuzz_kind()->merge(b, a), merged[1] = packed(b);
		else
			b = fuzz_kind()->merge(b, unpacked(&stored[0])), merged[1] = packed(b);
	}
	else
	{
		stored[0] = (Stored){fuzz_copy(first.next, in_left(&first)), in_left(&first)};
		stored[1] = split == 0xFF ? stored[0] : (Stored){fuzz_copy(in.next, in_left(&in)), in_left(&in)};
		if (!accepted(&stored[0]))
			return;
		ask(unpacked(&stored[0]), stored[0].bytes, stored[0].size, &how);
		if (split != 0xFF && !accepted(&stored[1]))
			return;
		merged[1] = packed(fuzz_kind()->merge(unpacked(&stored[1]), unpacked(&stored[0])));
	}
	must_be_accepted(&merged[1]);
	merged[0] = packed(fuzz_kind()->merge(unpacked(&stored[0]), unpacked(&stored[1])));
	CHECK(equal(&merged[0], &merged[1]));
	if (mode & 8)
		ask(unpacked(&merged[0]), merged[0].bytes, merged[0].size, &how);
}

/* By turns rows, one stored state, and two of the same parameters. */
static size_t
fuzz_seed(uint32_t i, Input *random, uint8_t *to)
{
	uint8_t *end = to + 2 + HEAD_BYTES + ASK_BYTES;
	Input head;

	for (uint32_t k = 2; k < 2 + HEAD_BYTES + ASK_BYTES; k++)
		to[k] = in_byte(random);
	to[0] = i % 3 == 0 ? 1 : 0;
	to[1] = i % 3 == 1 ? 0xFF : 0x80;
	if (i % 3 == 0)
	{
		size_t size = in_left(random);

		memcpy(end, random->next, size);
		return (size_t) (end - to) + size;
	}
	for (uint32_t k = 0; k < i % 3; k++)
	{
		Input rows = in_part(random, in_left(random) / (i % 3 - k));
		Stored stored;
		void *state;

		head = input(to + 2, HEAD_BYTES);
		state = build(&head, &rows);
		if (state == NULL)
			return 0;
		stored = packed(state);
		must_be_accepted(&stored);
		if (k == 1)
		{
			/* The first one's share of both, rounded so that it is met. */
			size_t before = (size_t) (end - to) - 2 - HEAD_BYTES - ASK_BYTES;
			size_t both = before + stored.size;
			int share = -1;

			for (int s = 1; s < 0xFF; s++)
				if (both * (size_t) s / 0xFF == before)
					share = s;
			if (share < 0)
				return 0;
			to[1] = (uint8_t) share;
		}
		if ((size_t) (end - to) + stored.size > 1024)
			return 0;
		memcpy(end, stored.bytes, stored.size);
		end += stored.size;
	}
	return (size_t) (end - to);
}
