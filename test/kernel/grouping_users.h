/*
 * grouping_users.h: users with keys of several kinds, and what tests of groupings do
 * with these.
 *
 * Hash functions with four values and an equality of the test's own are among the kinds.
 */
#include "failing_host.h"

#include "kernel/grouping/grouping.h"

#include <ctype.h>

/* --- the store of a round -------------------------------------------------- */

static GroupStore store;
static long n_spills;

/* All groupings have ended, and with them what they hold. */
static void
end_round(void)
{
	CHECK(store.memory == 0);
	group_store_close(&store);
	CHECK(n_open_files == 0);
	free_everything();
}

/* --- users ---------------------------------------------------------------- */

typedef enum KeyKind
{
	FIXED,
	BYTES,
	WEAK_HASH,     /* bytes, with four hashes */
	NO_CASE,       /* equal but for upper and lower case */
	NO_CASE_WEAK,  /* the same, with four hashes */
	ONE_HASH,      /* all users in one bucket */
	N_KEY_KINDS
} KeyKind;

typedef struct UserName
{
	int64_t number;
	uint8_t *bytes;
	uint32_t size;
} UserName;

#define MAX_USERS 3000
#define MAX_ROWS  40000

static UserName users[MAX_USERS];
static uint32_t n_users;

static uint64_t
hash_no_case(const uint8_t *key, uint32_t size)
{
	uint64_t hash = size;

	for (uint32_t i = 0; i < size; i++)
		hash = (hash ^ (uint64_t) tolower(key[i])) * 0x9FB21C651E98DF25;
	return hash ^ (hash >> 29);
}

static uint64_t
test_hash(const GroupKeys *keys, const uint8_t *key, uint32_t size)
{
	uint64_t hash = hash_no_case(key, size);

	switch (*(const KeyKind *) keys->context)
	{
		case WEAK_HASH:
		case NO_CASE_WEAK:
			/* the ends of two partitions: buckets wrap around */
			return (uint64_t[]){0, UINT64_MAX, (uint64_t) 0xFF << 56, ((uint64_t) 1 << 56) - 1}[hash % 4];
		case ONE_HASH:
			return UINT64_MAX - 7;
		default:
			return hash;
	}
}

static bool
equal_no_case(const GroupKeys *keys, const uint8_t *a, uint32_t a_size, const uint8_t *b,
			  uint32_t b_size)
{
	if (a_size != b_size)
		return false;
	for (uint32_t i = 0; i < a_size; i++)
		if (tolower(a[i]) != tolower(b[i]))
			return false;
	return keys->equal == equal_no_case;
}

/* Different users: no two names are equal, whatever the case. */
static void
make_users(KeyKind kind)
{
	n_users = one_in(4) ? 1 + chance(3) : 1 + chance(one_in(3) ? MAX_USERS : 200);
	if (kind == ONE_HASH || kind == WEAK_HASH || kind == NO_CASE_WEAK)
		n_users = 1 + n_users % 150;
	for (uint32_t i = 0; i < n_users; i++)
	{
		UserName *u = &users[i];
		uint32_t extra = one_in(100) ? chance(6000) : chance(20);

		u->number = (int64_t[]){i, -(int64_t) i, (int64_t) i << 40, INT64_MAX - i, INT64_MIN + i,
								(int64_t) (i * 0x9E3779B97F4A7C15)}[n_users % 6];
		u->size = i == 0 ? 0 : 4 + extra;
		u->bytes = host_alloc(u->size + 1);
		for (uint32_t k = 0; k < u->size; k++)
			u->bytes[k] = k < 4 ? (uint8_t) ('a' + (i >> (4 * k)) % 16)
								: (uint8_t) ('a' + (kind == BYTES ? chance(150) : chance(26)));
	}
}

static GroupKeys
make_keys(KeyKind *kind)
{
	GroupKeys keys = {.fixed = *kind == FIXED, .context = kind};

	if (*kind == WEAK_HASH || *kind == ONE_HASH || *kind == NO_CASE || *kind == NO_CASE_WEAK)
		keys.hash = test_hash;
	if (*kind == NO_CASE || *kind == NO_CASE_WEAK)
		keys.equal = equal_no_case;
	return keys;
}

/* The name as one of its rows has it. */
static const uint8_t *
spell(KeyKind kind, uint32_t user)
{
	static uint8_t name[8192];

	memcpy(name, users[user].bytes, users[user].size);
	if (kind == NO_CASE || kind == NO_CASE_WEAK)
		for (uint32_t i = 0; i < users[user].size; i++)
			if (one_in(2))
				name[i] = (uint8_t) toupper(name[i]);
	return name;
}

/* --- groupings ------------------------------------------------------------- */

/* Run an action with an interrupt or a failing write ahead; false if it came. */
static bool
survives(void (*action)(Grouping *), Grouping *grouping)
{
	jmp_buf here;

	polls_left = one_in(2) ? (long) chance(one_in(2) ? 20 : 300) : -1;
	writes_left = one_in(2) ? (long) chance(3) : -1;
	on_error = &here;
	if (setjmp(here) == 0)
	{
		action(grouping);
		on_error = NULL;
		polls_left = writes_left = -1;
		return true;
	}
	return false;
}

static void
spill(Grouping *grouping)
{
	size_t memory = grouping_memory(grouping);

	n_spills++;
	while (!survives(grouping_spill, grouping))
		CHECK(grouping_memory(grouping) >= memory);
	CHECK(grouping_memory(grouping) == 0);
}

/* One of the two that leave the bytes to be freed. */
static inline GroupImport
any_import(bool to_file)
{
	return to_file ? GROUP_IMPORT_TO_FILE : GROUP_IMPORT_COPY;
}

/* What a grouping exports, in the room that it said. */
static uint8_t *
exported(Grouping *grouping, size_t *size)
{
	size_t room = grouping_export_room(grouping);
	uint8_t *bytes = host_alloc(room);

	*size = grouping_export(grouping, bytes);
	CHECK(*size <= room);
	return bytes;
}
