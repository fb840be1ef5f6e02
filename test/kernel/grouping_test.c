/*
 * grouping_test.c: the grouping engine outside the server.
 *
 *	grouping_test [SEED [ROUNDS]]
 *
 * Random rows are grouped, spilled, exported, imported and read by several
 * cursors, and the answer is held against what was put in: each row carries its
 * number, so each must be read once, with its own user.
 */
#include "grouping_rows.h"

#include "kernel/grouping/grouping_private.h"

static long n_imports, n_merged, n_parted, n_short_files;

/* --- rows ------------------------------------------------------------------ */

#define LARGEST_ROW (sizeof(int32_t) + GROUPING_MAX_EXTRA)

static uint32_t owner[MAX_ROWS]; /* of each row */
static uint8_t stream_of[MAX_ROWS];
static uint32_t source_of[MAX_ROWS]; /* rows that were imported together, and what was added then */
static uint32_t last_of[MAX_ROWS];   /* the last row of a source, plus one, in a user's rows */
static uint32_t n_sources;
static uint32_t n_rows;

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
begin_reading(Grouping *grouping, uint32_t n_left)
{
	Reading reading = {.cursor = grouping_open(grouping, n_left)};

	reading.seen_rows = host_alloc(n_rows + 1);
	reading.seen_users = host_alloc(n_users);
	memset(reading.seen_rows, 0, n_rows + 1);
	memset(reading.seen_users, 0, n_users);
	return reading;
}

static void
check_user(Reading *reading, const GroupKeys *keys, const GroupCodec *codec, const GroupUser *user)
{
	reading->user = UINT32_MAX;
	if (user->n_parts == 0)
		for (int i = 0; i < codec->n_streams; i++)
			check_rows(reading, codec, i, user->rows.rows[i], user->rows.n_rows[i]);
	else
		for (uint32_t i = 0; i < user->n_parts; i++)
			check_part(reading, codec, user->parts[i], user->part_sizes[i]);
	n_merged += user->n_parts > 1;
	CHECK(reading->user != UINT32_MAX);
	check_name(keys, reading->user, user->key, user->key_size);
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
	check_user(reading, keys, codec, &user);
	return true;
}

/* All users that its cursor still has. */
static void
read_rest(Reading *reading, const GroupKeys *keys, const GroupCodec *codec)
{
	GroupUser user;

	while (grouping_next(reading->cursor, &user))
		check_user(reading, keys, codec, &user);
	grouping_close(reading->cursor);
}

/* Some partitions are read here, and the others by whom they are given to. */
static void
read_in_parts(Grouping *grouping, const GroupKeys *keys, GroupCodec *codec)
{
	uint32_t n = grouping_partitions(grouping);
	uint32_t first = chance(n + 1);
	Reading reading = begin_reading(grouping, n - first);

	read_rest(&reading, keys, codec);
	while (first < n)
	{
		uint32_t end = first + 1 + chance(n - first);
		size_t room = grouping_part_room(grouping, first, end);
		uint8_t *bytes = host_alloc(room);
		Grouping *part = grouping_create(keys, codec, &store);

		CHECK(grouping_export_part(grouping, first, end, bytes) == room);
		grouping_import(part, bytes, room, GROUP_IMPORT_IN_PLACE);
		reading.cursor = grouping_open(part, 0);
		read_rest(&reading, keys, codec);
		grouping_end(part);
		host_free(bytes);
		first = end;
	}
	CHECK(reading.n_seen == n_rows);
	n_parted++;
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
			grouping_import(grouping, copy, size, any_import(one_in(2)));
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
		readings[i] = begin_reading(grouping, 0);
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
			readings[n_readings++] = begin_reading(grouping, 0);
	}
	if (grouping_partitions(grouping) > 0 && one_in(3))
		read_in_parts(grouping, &keys, &codec.codec);
	/* nobody reads: what is left in memory may still go to the file */
	if (one_in(3))
	{
		Reading last;

		spill(grouping);
		last = begin_reading(grouping, 0);
		while (read_one(&last, &keys, &codec.codec))
			;
		grouping_close(last.cursor);
	}
	grouping_end(grouping);
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
		grouping_import(parts[0], bytes, size, GROUP_IMPORT_COPY);
	}
	cursor = grouping_open(parts[0], 0);
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
	GroupCursor *cursor = grouping_open(grouping, 0);
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

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	chance_state = seed;
	for (int i = 0; i < rounds; i++)
	{
		grouping_round();
		parts_round();
		if (i % 10 == 0)
			short_file_round();
	}
	too_many_rows_round();
	printf("ok - %d rounds of grouping\n", rounds);
	CHECK(n_interrupts > 0 && n_failed_writes > 0 && n_spills > 0 && n_imports > 0 && n_merged > 0 && n_parted > 0 &&
		  n_errors > 0 && n_short_files > 0);
	printf("# seed %llu: %ld spills, %ld imports, %ld users merged, %ld read in parts; %ld interrupts, %ld failed writes, %ld short files, %ld errors\n",
		   (unsigned long long) seed, n_spills, n_imports, n_merged, n_parted, n_interrupts, n_failed_writes, n_short_files, n_errors);
	return 0;
}
