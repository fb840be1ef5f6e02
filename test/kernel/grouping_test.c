/*
 * grouping_test.c: the grouping engine and populations outside the server.
 *
 *	grouping_test [SEED [ROUNDS]]
 *
 * Random rows are grouped, spilled, exported, imported and read by several
 * cursors, and the answer is held against what was put in: each row carries its
 * number, so each must be read once, with its own user.  Hash functions with
 * four values and an equality of the test's own are among the keys; interrupts,
 * failing writes and files that are cut off come at random.  The host is malloc,
 * tmpfile and longjmp; all memory of a round is given back at its end, as a
 * memory context is.
 */
#include "kernel/activity/activity.h"
#include "kernel/base/civil.h"
#include "kernel/grouping/grouping_private.h"
#include "kernel/population/population.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the host ------------------------------------------------------------- */

typedef struct Chunk
{
	struct Chunk *previous;
	struct Chunk *next;
	uint64_t padding[2];
} Chunk;

struct HostFile
{
	FILE *stream;
};

static Chunk chunks = {&chunks, &chunks, {0}};
static int n_open_files;
static uint64_t files_end = UINT64_MAX; /* where a file was cut off */
static jmp_buf *on_error;        /* where an error goes; NULL: it ends the test */
static long polls_left = -1;     /* until an interrupt; below 0: never */
static long writes_left = -1;    /* until a write fails */
static long n_interrupts, n_failed_writes, n_spills, n_imports, n_merged, n_errors, n_short_files, n_settled, n_unsettled;

static void
die(const char *what)
{
	printf("not ok - %s\n", what);
	fflush(stdout);
	abort();
}

#define CHECK(condition) \
	do \
	{ \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
			die(#condition); \
		} \
	} while (0)

static void *
link_chunk(Chunk *chunk)
{
	if (chunk == NULL)
		die("out of memory");
	chunk->previous = chunks.previous;
	chunk->next = &chunks;
	chunk->previous->next = chunk->next->previous = chunk;
	return chunk + 1;
}

static void
unlink_chunk(Chunk *chunk)
{
	chunk->previous->next = chunk->next;
	chunk->next->previous = chunk->previous;
}

void *
host_alloc(size_t size)
{
	Chunk *chunk = malloc(sizeof(Chunk) + size);

	if (chunk != NULL)
		memset(chunk + 1, 0xA5, size);
	return link_chunk(chunk);
}

void *
host_realloc(void *bytes, size_t size)
{
	Chunk *old = (Chunk *) bytes - 1;

	unlink_chunk(old);
	return link_chunk(realloc(old, sizeof(Chunk) + size));
}

void *
host_alloc_large(size_t size)
{
	return host_alloc(size);
}

void *
host_realloc_large(void *bytes, size_t size)
{
	return host_realloc(bytes, size);
}

void
host_free(void *bytes)
{
	Chunk *chunk = (Chunk *) bytes - 1;

	unlink_chunk(chunk);
	free(chunk);
}

static void
free_everything(void)
{
	while (chunks.next != &chunks)
		host_free(chunks.next + 1);
}

static _Noreturn void
throw(int what)
{
	jmp_buf *to = on_error;

	if (to == NULL)
		die("an error where none should be");
	on_error = NULL;
	polls_left = writes_left = -1;
	longjmp(*to, what);
}

void
host_poll(void)
{
	if (polls_left >= 0 && polls_left-- == 0)
	{
		n_interrupts++;
		throw(1);
	}
}

_Noreturn void
host_fail(KernelError error)
{
	n_errors++;
	throw(2 + (int) error);
}

HostFile *
host_file_create(void)
{
	HostFile *file = host_alloc(sizeof(HostFile));

	file->stream = tmpfile();
	if (file->stream == NULL)
		die("tmpfile");
	n_open_files++;
	return file;
}

void
host_file_write(HostFile *file, uint64_t offset, const void *bytes, size_t size)
{
	if (writes_left >= 0 && writes_left-- == 0)
	{
		/* half of it */
		CHECK(fseek(file->stream, (long) offset, SEEK_SET) == 0);
		CHECK(fwrite(bytes, 1, size / 2, file->stream) == size / 2);
		n_failed_writes++;
		throw(1);
	}
	CHECK(fseek(file->stream, (long) offset, SEEK_SET) == 0);
	CHECK(fwrite(bytes, 1, size, file->stream) == size);
}

size_t
host_file_read(HostFile *file, uint64_t offset, void *bytes, size_t size)
{
	if (offset >= files_end)
		return 0;
	if (size > files_end - offset)
		size = (size_t) (files_end - offset);
	CHECK(fseek(file->stream, (long) offset, SEEK_SET) == 0);
	return fread(bytes, 1, size, file->stream);
}

void
host_file_close(HostFile *file)
{
	fclose(file->stream);
	n_open_files--;
	host_free(file);
}

/* --- chance --------------------------------------------------------------- */

static uint64_t chance_state;

static uint64_t
chance64(void)
{
	uint64_t x = chance_state += 0x9E3779B97F4A7C15;

	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
	return x ^ (x >> 31);
}

static uint32_t
chance(uint32_t below)
{
	return (uint32_t) (chance64() % below);
}

static bool
one_in(uint32_t n)
{
	return chance(n) == 0;
}

/* --- the store of a round -------------------------------------------------- */

static GroupStore store;

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

static void
check_name(const GroupKeys *keys, uint32_t user, const uint8_t *key, uint32_t size)
{
	if (keys->fixed)
	{
		CHECK(size == sizeof(int64_t));
		CHECK(memcmp(key, &users[user].number, size) == 0);
	}
	else if (keys->equal != NULL)
		CHECK(equal_no_case(keys, key, size, users[user].bytes, users[user].size));
	else
		CHECK(size == users[user].size && memcmp(key, users[user].bytes, size) == 0);
}

/* --- rows and their codec ------------------------------------------------- */

#define LARGEST_ROW (sizeof(int32_t) + GROUPING_MAX_EXTRA)

/* Bytes of when and extra. */
#define ROW_BYTES(codec, stream) (sizeof(int32_t) + (codec)->extra[stream])

static uint32_t owner[MAX_ROWS]; /* of each row */
static uint8_t stream_of[MAX_ROWS];
static uint32_t source_of[MAX_ROWS]; /* rows that were imported together, and what was added then */
static uint32_t last_of[MAX_ROWS];   /* the last row of a source, plus one, in a user's rows */
static uint32_t n_sources;
static uint32_t n_rows;

typedef struct TestCodec
{
	GroupCodec codec;
	uint8_t *bytes;
} TestCodec;

/* The rows as they are: for each stream the number of them, then themselves. */
static const uint8_t *
encode(GroupCodec *group_codec, const GroupRows *rows, size_t *size)
{
	TestCodec *codec = (TestCodec *) group_codec;
	uint8_t *to;

	*size = 0;
	for (int i = 0; i < codec->codec.n_streams; i++)
		*size += sizeof(uint32_t) + (size_t) rows->n_rows[i] * ROW_BYTES(&codec->codec, i);
	if (codec->bytes != NULL)
		host_free(codec->bytes);
	to = codec->bytes = host_alloc(*size);
	for (int i = 0; i < codec->codec.n_streams; i++)
	{
		size_t bytes = (size_t) rows->n_rows[i] * ROW_BYTES(&codec->codec, i);

		memcpy(to, &rows->n_rows[i], sizeof(uint32_t));
		to += sizeof(uint32_t);
		if (bytes > 0)
			memcpy(to, rows->rows[i], bytes);
		to += bytes;
	}
	return codec->bytes;
}

/* A row's number: at the end of its extra bytes if it has any, else when. */
static void
make_row(uint8_t *bytes, uint32_t size, uint32_t row)
{
	int32_t when = (int32_t) (size == sizeof(when)	   ? row
							  : (row >> 10) % 3 == 0 ? row * 0x9E3779B1
													 : 9000 + row / 100);

	memset(bytes, (int) (row * 7 + 1), size);
	memcpy(bytes, &when, sizeof(when));
	memcpy(bytes + size - sizeof(row), &row, sizeof(row));
}

/* What one cursor has read so far. */
typedef struct Reading
{
	GroupCursor *cursor;
	uint8_t *seen_rows;
	uint8_t *seen_users;
	uint32_t n_seen;
	uint32_t user; /* whose rows are being read; UINT32_MAX: not known yet */
} Reading;

static void
check_rows(Reading *reading, const GroupCodec *codec, int stream, const uint8_t *rows, uint32_t n)
{
	uint32_t size = (uint32_t) ROW_BYTES(codec, stream);

	memset(last_of, 0, (n_sources + 1) * sizeof(last_of[0]));
	for (uint32_t i = 0; i < n; i++)
	{
		uint8_t expected[LARGEST_ROW];
		uint32_t row;

		memcpy(&row, rows + (size_t) i * size + size - sizeof(row), sizeof(row));
		CHECK(row < n_rows);
		make_row(expected, size, row);
		CHECK(memcmp(expected, rows + (size_t) i * size, size) == 0);
		CHECK(stream_of[row] == stream);
		CHECK(row >= last_of[source_of[row]]); /* in order of arrival */
		last_of[source_of[row]] = row + 1;
		CHECK(!reading->seen_rows[row]);
		reading->seen_rows[row] = 1;
		reading->n_seen++;
		if (reading->user == UINT32_MAX)
		{
			reading->user = owner[row];
			CHECK(!reading->seen_users[reading->user]);
			reading->seen_users[reading->user] = 1;
		}
		CHECK(owner[row] == reading->user);
	}
}

static void
check_part(Reading *reading, const GroupCodec *codec, const uint8_t *part, uint32_t size)
{
	const uint8_t *end = part + size;

	for (int i = 0; i < codec->n_streams; i++)
	{
		uint32_t n;

		memcpy(&n, part, sizeof(n));
		part += sizeof(n);
		check_rows(reading, codec, i, part, n);
		part += (size_t) n * ROW_BYTES(codec, i);
	}
	CHECK(part == end);
}

static Reading
begin_reading(Grouping *grouping)
{
	Reading reading = {.cursor = grouping_open(grouping)};

	reading.seen_rows = host_alloc(n_rows + 1);
	reading.seen_users = host_alloc(n_users);
	memset(reading.seen_rows, 0, n_rows + 1);
	memset(reading.seen_users, 0, n_users);
	return reading;
}

static bool
read_one(Reading *reading, const GroupKeys *keys, const GroupCodec *codec)
{
	GroupUser user;

	if (!grouping_next(reading->cursor, &user))
	{
		CHECK(reading->n_seen == n_rows);
		CHECK(!grouping_next(reading->cursor, &user));
		return false;
	}
	reading->user = UINT32_MAX;
	if (user.n_parts == 0)
		for (int i = 0; i < codec->n_streams; i++)
			check_rows(reading, codec, i, user.rows.rows[i], user.rows.n_rows[i]);
	else
		for (uint32_t i = 0; i < user.n_parts; i++)
			check_part(reading, codec, user.parts[i], user.part_sizes[i]);
	n_merged += user.n_parts > 1;
	CHECK(reading->user != UINT32_MAX);
	check_name(keys, reading->user, user.key, user.key_size);
	return true;
}

/* --- a round -------------------------------------------------------------- */

static void
add_rows(Grouping *grouping, const GroupCodec *codec, KeyKind kind, uint32_t n)
{
	uint32_t heavy = one_in(3) ? chance(n_users) : UINT32_MAX;
	bool ascending = one_in(4); /* all rows of a user together */
	uint32_t from = n_rows;

	for (; n_rows < from + n; n_rows++)
	{
		uint8_t bytes[LARGEST_ROW];
		int32_t when;
		void *extra;
		uint32_t user = ascending ? (uint32_t) ((uint64_t) (n_rows - from) * n_users / n) : chance(n_users);
		int stream = codec->n_streams == 2 ? (int) chance(2) : 0;

		if (heavy != UINT32_MAX && !one_in(10))
			user = heavy;
		owner[n_rows] = user;
		stream_of[n_rows] = (uint8_t) stream;
		source_of[n_rows] = n_sources;
		make_row(bytes, (uint32_t) ROW_BYTES(codec, stream), n_rows);
		memcpy(&when, bytes, sizeof(when));
		if (kind == FIXED)
			extra = grouping_add_fixed(grouping, users[user].number, stream, when);
		else
			extra = grouping_add_bytes(grouping, spell(kind, user), users[user].size, stream, when);
		memcpy(extra, bytes + sizeof(when), codec->extra[stream]);
	}
}

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

/* Add rows here or by way of a worker, spilling now and then. */
static void
fill(Grouping *grouping, GroupCodec *codec, const GroupKeys *keys, KeyKind kind, uint32_t n, int depth)
{
	uint32_t until = n_rows + n;
	bool spills = one_in(2);
	bool workers = depth < 2 && one_in(3);

	while (n_rows < until)
	{
		uint32_t some = 1 + chance(one_in(2) ? 2000 : 50);

		if (some > until - n_rows)
			some = until - n_rows;
		if (workers && one_in(5))
		{
			Grouping *worker = grouping_create(keys, codec, &store);
			size_t size;
			uint8_t *bytes;
			uint8_t *copy;

			n_sources++;
			fill(worker, codec, keys, kind, one_in(5) ? 0 : some, depth + 1);
			n_imports++;
			if (one_in(3))
			{
				grouping_absorb(grouping, worker);
				CHECK(grouping_memory(worker) == 0);
				grouping_end(worker);
				continue;
			}
			bytes = exported(worker, &size);
			/* exactly as large, and gone afterwards */
			copy = host_alloc(size);
			memcpy(copy, bytes, size);
			grouping_end(worker);
			host_free(bytes);
			grouping_import(grouping, copy, size, one_in(2));
			host_free(copy);
		}
		else
			add_rows(grouping, codec, kind, some);
		if (spills && one_in(4))
			spill(grouping);
	}
}

static void
grouping_round(void)
{
	KeyKind kind = chance(N_KEY_KINDS);
	GroupKeys keys = make_keys(&kind);
	TestCodec codec = {.codec = {.encode = encode}};
	Grouping *grouping;
	Reading readings[4];
	int n_readings = 1 + (int) chance(4);
	uint32_t n;

	make_users(kind);
	codec.codec.n_streams = one_in(3) ? 1 : 2;
	for (int i = 0; i < GROUPING_STREAMS; i++)
		codec.codec.extra[i] = one_in(3) ? 0 : one_in(3) ? GROUPING_MAX_EXTRA : 4 + chance(GROUPING_MAX_EXTRA - 3);
	n_rows = n_sources = 0;
	n = one_in(10) ? chance(3) : chance(one_in(4) ? MAX_ROWS : 3000);
	if (kind == ONE_HASH)
		n = n % 2000;
	grouping = grouping_create(&keys, &codec.codec, &store);
	fill(grouping, &codec.codec, &keys, kind, n, 0);

	while (one_in(2) && !survives(grouping_finish, grouping))
		;
	for (int i = 0; i < n_readings; i++)
		readings[i] = begin_reading(grouping);
	while (n_readings > 0)
	{
		int i = (int) chance((uint32_t) n_readings);
		bool more = true;

		for (uint32_t some = chance(300); more && some > 0; some--)
			more = read_one(&readings[i], &keys, &codec.codec);
		if (more && !one_in(50))
			continue;
		grouping_close(readings[i].cursor);
		readings[i] = readings[--n_readings];
		if (one_in(4)) /* another one, later */
			readings[n_readings++] = begin_reading(grouping);
	}
	/* nobody reads: what is left in memory may still go to the file */
	if (one_in(3))
	{
		Reading last;

		spill(grouping);
		last = begin_reading(grouping);
		while (read_one(&last, &keys, &codec.codec))
			;
		grouping_close(last.cursor);
	}
	grouping_end(grouping);
	end_round();
}

/* --- populations: the same activity as one builder makes ------------------- */

static void
spill_population(Population *population)
{
	n_spills++;
	while (!survives(grouping_spill, population_grouping(population)))
		;
}

/* The decoded days are those of the bytes. */
static void
check_days(PopulationCursor *cursor, ActivityBuilder *builder, bool amounts)
{
	ActivityReader decoded;
	ActivityReader encoded;
	ActivityDay day;
	ActivityDay other;
	bool listed;
	uint32_t n_visits = 0;
	uint8_t *bytes;

	builder = activity_builder_finish(builder);
	bytes = host_alloc(activity_builder_bound(builder));
	activity_builder_encode(builder, bytes);
	activity_open(&encoded, bytes);
	population_activity(cursor, &decoded);
	listed = decoded.next_visit != NULL;
	CHECK(decoded.amounts == amounts && decoded.scale == encoded.scale);
	CHECK(listed || decoded.n_days == encoded.n_days);
	while (activity_next(&encoded, &day))
	{
		CHECK(activity_next(&decoded, &other));
		CHECK(day.day == other.day && day.events == other.events && day.purchases == other.purchases &&
			  day.amount == other.amount);
		n_visits += day.events;
	}
	CHECK(!activity_next(&decoded, &other));
	CHECK(!listed || decoded.n_days == n_visits);
	host_free(bytes);
}

static void
add_event(Population *population, KeyKind kind, uint32_t user, PopulationEvent event)
{
	Grouping *grouping = population_grouping(population);
	int stream = population_stream(&event);
	void *extra = kind == FIXED ? grouping_add_fixed(grouping, users[user].number, stream, event.day)
								: grouping_add_bytes(grouping, spell(kind, user), users[user].size,
													 stream, event.day);

	population_write(extra, &event);
}

static void
population_round(void)
{
	KeyKind kind = chance(N_KEY_KINDS);
	GroupKeys keys = make_keys(&kind);
	bool amounts = one_in(2);
	bool in_order = one_in(2);
	int32_t span = (int32_t[]){2, 30, 500, 100000}[chance(4)];
	Population *population = population_create(&keys, population_codec(amounts), &store);
	Population *into = NULL; /* what a worker's goes into */
	ActivityBuilder *builders[MAX_USERS] = {NULL};
	uint8_t *seen;
	PopulationCursor *cursor;
	PopulationUser read;
	uint32_t n = chance(one_in(4) ? 20000 : 2000);
	uint32_t n_found = 0;
	uint32_t n_known = 0;

	make_users(kind);
	if (n_users > 1 && one_in(3))
		n_users = 1 + n_users / 50;
	if (kind == ONE_HASH)
		n %= 2000;
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t user = chance(n_users);
		PopulationEvent event = {.day = in_order ? (int32_t) ((uint64_t) i * (uint64_t) span / n)
												 : (int32_t) chance((uint32_t) span),
								 .visit = !amounts || one_in(3)};

		event.day += span == 100000 ? -50000 : 8000;
		if (!event.visit)
		{
			event.scale = one_in(2) ? 2 : (int) chance(10);
			event.amount = (int64_t) chance(2000000) - 500000;
			if (one_in(5))
				event.amount = event.amount / 1000 * 1000;
		}
		if (builders[user] == NULL)
		{
			builders[user] = activity_builder(amounts);
			n_known++;
		}
		builders[user] =
			event.visit ? activity_add_visit(builders[user], event.day)
						: activity_add_amount(builders[user], event.day, event.amount, event.scale);
		add_event(population, kind, user, event);
		if (one_in(1000))
			spill_population(population);
		if (one_in(3000))
		{
			size_t size;
			uint8_t *bytes = exported(population_grouping(population), &size);

			if (into == NULL)
				into = population_create(&keys, population_codec(amounts), &store);
			grouping_import(population_grouping(into), bytes, size, one_in(2));
			grouping_end(population_grouping(population));
			population = population_create(&keys, population_codec(amounts), &store);
		}
	}
	if (into != NULL)
	{
		size_t size;
		uint8_t *bytes = exported(population_grouping(population), &size);

		grouping_import(population_grouping(into), bytes, size, one_in(2));
		grouping_end(population_grouping(population));
		population = into;
	}
	seen = host_alloc(n_users);
	memset(seen, 0, n_users);
	population_finish(population);
	cursor = population_open(population);
	while (population_next(cursor, &read))
	{
		uint32_t user = 0;
		size_t size;
		size_t read_size;
		const uint8_t *bytes;
		uint8_t *expected;

		/* users with the same first bytes are few */
		for (; user < n_users; user++)
			if (keys.fixed ? memcmp(read.key, &users[user].number, 8) == 0
				: keys.equal != NULL
					? equal_no_case(&keys, read.key, read.key_size, users[user].bytes, users[user].size)
					: read.key_size == users[user].size &&
						  memcmp(read.key, users[user].bytes, read.key_size) == 0)
				break;
		CHECK(user < n_users && builders[user] != NULL && !seen[user]);
		seen[user] = 1;
		n_found++;
		if (one_in(2))
			check_days(cursor, builders[user], amounts);
		bytes = population_bytes(cursor, &read_size);
		CHECK(activity_check(bytes, read_size) == NULL);
		builders[user] = activity_builder_finish(builders[user]);
		expected = host_alloc(activity_builder_bound(builders[user]));
		size = activity_builder_encode(builders[user], expected);
		CHECK(size == read_size && memcmp(expected, bytes, size) == 0);
		host_free(expected);
	}
	CHECK(n_found == n_known);
	population_close(cursor);
	grouping_end(population_grouping(population));
	end_round();
}

/* An amount that does not fit is an error for who reads it, spilled or not. */
static void
overflow_round(void)
{
	GroupKeys keys = {.fixed = true};
	Population *population = population_create(&keys, population_codec(true), &store);
	PopulationCursor *cursor;
	PopulationUser user;
	ActivityReader activity;
	jmp_buf here;
	volatile int n_failed = 0;

	for (uint32_t i = 0; i < 50; i++)
		users[i].number = i;
	for (int32_t i = 0; i < 500; i++)
		add_event(population, FIXED, (uint32_t) i % 50,
				  (PopulationEvent){.day = i * 7919 % 400, .scale = 2, .amount = i});
	/* not in order, and the scale of what is there must be raised */
	add_event(population, FIXED, 7, (PopulationEvent){.day = 3, .scale = 0, .amount = INT64_MAX});
	add_event(population, FIXED, 7, (PopulationEvent){.day = 2, .scale = 9, .amount = 1});
	for (volatile int i = 0; i < 4; i++)
	{
		if (i == 2)
			grouping_spill(population_grouping(population));
		cursor = population_open(population);
		on_error = &here;
		if (setjmp(here) == 0)
		{
			while (population_next(cursor, &user))
				population_activity(cursor, &activity);
			die("an amount out of range was read");
		}
		n_failed++;
	}
	CHECK(n_failed == 4);
	grouping_end(population_grouping(population));
	end_round();
}

/* --- sums: what days add up to is judged in the end, on every road ----------- */

#define SUM_DAYS 3

typedef struct Expected
{
	uint32_t events[SUM_DAYS];
	__int128 amounts[SUM_DAYS]; /* times 10^9 */
} Expected;

/* At the smallest scale that is exact; false if one does not fit then. */
static bool
settle(Expected *expected)
{
	__int128 power = 1000000000;

	for (int i = 0; i < SUM_DAYS; i++)
		while (expected->amounts[i] % power != 0)
			power /= 10;
	for (int i = 0; i < SUM_DAYS; i++)
	{
		expected->amounts[i] /= power;
		if (expected->amounts[i] > INT64_MAX || expected->amounts[i] < INT64_MIN)
			return false;
	}
	return true;
}

static void
check_sums(const Expected *expected, ActivityReader *activity)
{
	ActivityDay day;

	for (int i = 0; i < SUM_DAYS; i++)
	{
		if (expected->events[i] == 0)
			continue;
		CHECK(activity_next(activity, &day));
		CHECK(day.day == i && day.events == expected->events[i] && day.amount == expected->amounts[i]);
	}
	CHECK(!activity_next(activity, &day));
}

/* Read a user that may not fit; false if it did not. */
static bool
fits(PopulationCursor *cursor, ActivityReader *activity)
{
	jmp_buf here;
	int what;

	on_error = &here;
	what = setjmp(here);
	if (what == 0)
		population_activity(cursor, activity);
	on_error = NULL;
	CHECK(what == 0 || what - 2 == KERNEL_AMOUNT_RANGE);
	return what == 0;
}

static ActivityBuilder *volatile finished;

static bool
builder_fits(ActivityBuilder *builder)
{
	jmp_buf here;
	int what;

	on_error = &here;
	what = setjmp(here);
	if (what == 0)
		finished = activity_builder_finish(builder);
	on_error = NULL;
	CHECK(what == 0 || what - 2 == KERNEL_AMOUNT_RANGE);
	return what == 0;
}

/* One builder takes over what another one holds, as it is or by way of its bytes. */
static ActivityBuilder *
take_over(ActivityBuilder *builder, ActivityBuilder *other)
{
	size_t size;

	if (one_in(2))
		return activity_add_builder(builder, other);
	return activity_add_encoded(builder, activity_builder_store(other, 0, &size));
}

static void
sums_round(void)
{
	GroupKeys keys = {.fixed = true};
	PopulationCodec *codec = population_codec(true);
	Population *population = population_create(&keys, codec, &store);
	uint32_t n_people = 1 + chance(40);
	uint32_t n = 1 + chance(4 * n_people);
	Expected expected[40] = {0};
	ActivityBuilder *builders[40][2] = {{NULL}};
	PopulationCursor *cursor;
	PopulationUser read;

	for (uint32_t i = 0; i < n_people; i++)
	{
		users[i].number = i;
		builders[i][0] = activity_builder(true);
		builders[i][1] = activity_builder(true);
	}
	for (uint32_t i = 0; i < n; i++)
	{
		static const int64_t extremes[] = {INT64_MAX, INT64_MIN, -INT64_MAX, 1, -1, 5, -5, 0};
		uint32_t user = chance(n_people);
		uint32_t part = chance(2);
		PopulationEvent event = {.day = (int32_t) chance(SUM_DAYS), .visit = one_in(8)};
		int64_t power = 1;

		if (!event.visit)
		{
			event.amount = extremes[chance(8)];
			event.scale = one_in(2) ? 0 : (int) chance(10);
		}
		for (int s = event.scale; s < 9; s++)
			power *= 10;
		expected[user].events[event.day]++;
		expected[user].amounts[event.day] += (__int128) event.amount * power;
		builders[user][part] =
			event.visit ? activity_add_visit(builders[user][part], event.day)
						: activity_add_amount(builders[user][part], event.day, event.amount, event.scale);
		add_event(population, FIXED, user, event);
		if (one_in(20))
			grouping_spill(population_grouping(population));
	}
	cursor = population_open(population);
	while (population_next(cursor, &read))
	{
		int64_t user;
		ActivityReader activity;
		bool possible;

		memcpy(&user, read.key, sizeof(user));
		possible = settle(&expected[user]);
		CHECK(fits(cursor, &activity) == possible);
		if (possible)
			check_sums(&expected[user], &activity);
		builders[user][0] = take_over(builders[user][0], builders[user][1]);
		CHECK(builder_fits(builders[user][0]) == possible);
		if (possible)
		{
			uint8_t *bytes = host_alloc(activity_builder_bound(finished));
			size_t size = activity_builder_encode(finished, bytes);

			CHECK(activity_check(bytes, size) == NULL);
			activity_open(&activity, bytes);
			check_sums(&expected[user], &activity);
		}
		n_settled += possible;
		n_unsettled += !possible;
	}
	population_close(cursor);
	grouping_end(population_grouping(population));
	end_round();
}

/* Rows that were in order where they were gathered, in parts, are in order when read. */
static void
parts_round(void)
{
	GroupKeys keys = {.fixed = true};
	TestCodec codec = {.codec = {.encode = encode, .n_streams = 1}};
	Grouping *parts[16];
	uint32_t n_parts = 1 + chance(16);
	uint32_t n = chance(5000);
	uint32_t n_read = 0;
	bool sparse = one_in(2);
	int32_t when = -5;
	GroupCursor *cursor;
	GroupUser user;

	for (uint32_t i = 0; i < n_parts; i++)
		parts[i] = grouping_create(&keys, &codec.codec, &store);
	for (uint32_t i = 0, part = 0; i < n; i++)
	{
		if (one_in(30))
			part = chance(n_parts);
		when += one_in(9);
		grouping_add_fixed(parts[part], (int64_t) chance(50) << (sparse ? 40 : 0), 0, when);
	}
	for (uint32_t i = 1; i < n_parts; i++)
	{
		size_t size;
		uint8_t *bytes;

		if (one_in(3))
		{
			grouping_absorb(parts[0], parts[i]);
			continue;
		}
		bytes = exported(parts[i], &size);
		grouping_import(parts[0], bytes, size, false);
	}
	cursor = grouping_open(parts[0]);
	while (grouping_next(cursor, &user))
	{
		const int32_t *rows = (const int32_t *) user.rows.rows[0];

		for (uint32_t i = 1; i < user.rows.n_rows[0]; i++)
			CHECK(rows[i - 1] <= rows[i]);
		n_read += user.rows.n_rows[0];
	}
	CHECK(n_read == n);
	grouping_close(cursor);
	for (uint32_t i = 0; i < n_parts; i++)
		grouping_end(parts[i]);
	end_round();
}

/* The error that an action ends with, less than 0 if it does not. */
static int
error_of(void (*action)(Grouping *), Grouping *grouping)
{
	jmp_buf here;
	int what;

	on_error = &here;
	what = setjmp(here);
	if (what == 0)
	{
		action(grouping);
		on_error = NULL;
	}
	return what - 2;
}

static void
read_all(Grouping *grouping)
{
	GroupCursor *cursor = grouping_open(grouping);
	GroupUser user;

	while (grouping_next(cursor, &user))
		;
	grouping_close(cursor);
}

static void
export_all(Grouping *grouping)
{
	size_t size;

	host_free(exported(grouping, &size));
}

/* A file that was cut off, wherever that is, is told from a whole one. */
static void
short_file_round(void)
{
	KeyKind kind = one_in(2) ? BYTES : FIXED;
	GroupKeys keys = make_keys(&kind);
	TestCodec codec = {.codec = {.n_streams = 2, .encode = encode, .extra = {4, 12}}};
	Grouping *grouping = grouping_create(&keys, &codec.codec, &store);

	make_users(kind);
	n_rows = n_sources = 0;
	for (int i = 1 + (int) chance(3); i > 0; i--)
	{
		add_rows(grouping, &codec.codec, kind, 1 + chance(one_in(3) ? 10 : 3000));
		grouping_spill(grouping);
	}
	for (int i = 0; i < 60; i++)
	{
		files_end = i < 20 ? store.file_size - 1 - (uint64_t) i : chance64() % store.file_size;
		CHECK(error_of(read_all, grouping) == KERNEL_FILE_SHORT);
		CHECK(error_of(export_all, grouping) == KERNEL_FILE_SHORT);
		n_short_files++;
	}
	files_end = UINT64_MAX;
	CHECK(error_of(read_all, grouping) < 0);
	grouping_end(grouping);
	end_round();
}

/* More rows than a partition counts: nobody has the memory for them here. */
static void
too_many_rows_round(void)
{
	GroupKeys keys = {.fixed = true};
	TestCodec codec = {.codec = {.n_streams = 1, .encode = encode}};
	Grouping *grouping = grouping_create(&keys, &codec.codec, &store);

	n_users = 1;
	users[0].number = 7;
	n_rows = n_sources = 0;
	add_rows(grouping, &codec.codec, FIXED, 10);
	for (uint32_t i = 0; i < grouping->n_partitions; i++)
		if (grouping_log_rows(grouping, i) > 0)
			grouping->blocks[i].n_rows += UINT32_MAX;
	CHECK(error_of(read_all, grouping) == KERNEL_ROWS_RANGE);
	CHECK(error_of(grouping_spill, grouping) == KERNEL_ROWS_RANGE);
	grouping_end(grouping);
	end_round();
}

/* --- days and activities -------------------------------------------------- */

static void
civil_round(void)
{
	for (int i = 0; i < 20000; i++)
	{
		int32_t day = one_in(4) ? CIVIL_MIN_DAY + (int32_t) chance(1000)
					  : one_in(3) ? CIVIL_END_DAY - 1 - (int32_t) chance(1000)
								  : (int32_t) chance(40000) - 20000;
		int32_t again;

		CHECK(civil_day_valid(day));
		CHECK(civil_day(civil_date(day), &again) && again == day);
		for (int period = PERIOD_DAY; period <= PERIOD_YEAR; period++)
			for (int week = 0; week < 2; week++)
			{
				WeekStart start = week ? WEEK_SUNDAY : WEEK_MONDAY;
				int64_t number = civil_period(day, (Period) period, start);

				CHECK(civil_period_start(number, (Period) period, start) <= day);
				CHECK(civil_period_start(number + 1, (Period) period, start) > day);
			}
	}
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	chance_state = seed;
	for (int i = 0; i < rounds; i++)
	{
		grouping_round();
		population_round();
		parts_round();
		sums_round();
		if (i % 50 == 0)
			overflow_round();
		if (i % 10 == 0)
			short_file_round();
	}
	too_many_rows_round();
	printf("ok - %d rounds of grouping and populations\n", rounds);
	civil_round();
	printf("ok - days and periods\n");
	CHECK(n_interrupts > 0 && n_failed_writes > 0 && n_spills > 0 && n_imports > 0 && n_merged > 0 &&
		  n_errors > 0 && n_short_files > 0 && n_settled > 0 && n_unsettled > 0);
	printf("# seed %llu: %ld spills, %ld imports, %ld users merged; %ld interrupts, %ld failed writes, %ld short files, %ld errors\n",
		   (unsigned long long) seed, n_spills, n_imports, n_merged, n_interrupts, n_failed_writes, n_short_files, n_errors);
	return 0;
}
