/*
 * grouping_order_test.c: rows of the widest kind in an order that is more than when.
 *
 *	grouping_order_test [SEED [ROUNDS]]
 *
 * Rows have a time within their when and a tiebreak, as the events of a journey.  What is
 * read is held against a naive model: all rows, sorted by user and by all of that.
 */
#include "grouping_rows.h"

/*
 * What an ordered row carries, as many bytes as can be: its place within its when, then
 * its number.  Stream 0 is ordered, stream 1, with rows that carry only the number, is not.
 */
typedef struct Place
{
	int64_t time;
	int64_t tiebreak;
	uint32_t filler[5];
	uint32_t row;
} Place;

_Static_assert(sizeof(Place) == GROUPING_MAX_EXTRA, "the widest row");

/* The same row in the naive model. */
typedef struct ModelRow
{
	uint32_t user;
	int stream;
	int32_t when;
	Place place;
} ModelRow;

static ModelRow model[MAX_ROWS];
static uint32_t owner[MAX_ROWS]; /* of each row */
static uint32_t firsts[MAX_USERS]; /* where each user's ordered rows begin in the sorted model */
static long n_ordered, n_ties;

static Place
place_at(const uint8_t *extra)
{
	Place place;

	memcpy(&place, extra, sizeof(place));
	return place;
}

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_places(const GroupCodec *codec, const uint8_t *a, const uint8_t *b)
{
	Place x = place_at(a);
	Place y = place_at(b);

	CHECK(codec->extra[0] == sizeof(Place));
	return x.time != y.time ? compare_numbers(x.time, y.time) : compare_numbers(x.tiebreak, y.tiebreak);
}

/* By user and stream, then as the rows must come where all have one source. */
static int
compare_model_rows(const void *a, const void *b)
{
	const ModelRow *x = a;
	const ModelRow *y = b;

	if (x->user != y->user)
		return compare_numbers(x->user, y->user);
	if (x->stream != y->stream)
		return compare_numbers(x->stream, y->stream);
	if (x->stream == 0 && x->when != y->when)
		return compare_numbers(x->when, y->when);
	if (x->stream == 0 && x->place.time != y->place.time)
		return compare_numbers(x->place.time, y->place.time);
	if (x->stream == 0 && x->place.tiebreak != y->place.tiebreak)
		return compare_numbers(x->place.tiebreak, y->place.tiebreak);
	return compare_numbers(x->place.row, y->place.row);
}

static void
add_ordered_row(Grouping *grouping, KeyKind kind, uint32_t row, uint64_t now, int shape)
{
	ModelRow *m = &model[row];
	uint64_t at = shape == 0 ? now : shape == 1 ? 1000000 - now : chance(shape == 2 ? 8 : 1000000);
	void *extra;

	m->user = owner[row] = chance(n_users);
	m->stream = one_in(8);
	m->when = (int32_t) (at / 500) - 3;
	m->place = (Place){.time = (int64_t) (at % 500) - 250,
					   .tiebreak = one_in(2) ? (int64_t) chance(5) - 2 : INT64_MIN,
					   .filler = {row, ~row, 7},
					   .row = row};
	if (kind == FIXED)
		extra = grouping_add_fixed(grouping, users[m->user].number, m->stream, m->when);
	else
		extra = grouping_add_bytes(grouping, spell(kind, m->user), users[m->user].size, m->stream, m->when);
	if (m->stream == 0)
		memcpy(extra, &m->place, sizeof(Place));
	else
		memcpy(extra, &row, sizeof(row));
}

static void
sort_model(uint32_t n)
{
	qsort(model, n, sizeof(ModelRow), compare_model_rows);
	for (uint32_t i = n; i-- > 0;)
		if (model[i].stream == 0)
			firsts[model[i].user] = i;
}

/* Rows of a user, as read or as the codec has written them: in order, and noted in the model's order. */
static uint32_t
take_ordered(const uint8_t *row, uint32_t n, ModelRow *to)
{
	for (uint32_t i = 0; i < n; i++, row += sizeof(int32_t) + sizeof(Place))
	{
		memcpy(&to[i].when, row, sizeof(int32_t));
		to[i].place = place_at(row + sizeof(int32_t));
		if (i > 0)
		{
			int order = compare_numbers(to[i - 1].when, to[i].when);

			if (order == 0)
				order = compare_places(&(GroupCodec){.extra = {sizeof(Place)}},
									   row - sizeof(Place), row + sizeof(int32_t));
			CHECK(order <= 0);
			n_ties += order == 0;
		}
		n_ordered++;
	}
	return n;
}

/* The rows of one user of one stream in the model are those read; one source: in the same order. */
static void
check_user(ModelRow *read, uint32_t n, const ModelRow *expected, bool one_source)
{
	for (uint32_t i = 0; i < n; i++)
	{
		read[i].user = expected[i].user;
		read[i].stream = 0;
	}
	if (!one_source)
		qsort(read, n, sizeof(ModelRow), compare_model_rows);
	for (uint32_t i = 0; i < n; i++)
		CHECK(read[i].when == expected[i].when &&
			  memcmp(&read[i].place, &expected[i].place, sizeof(Place)) == 0);
}

/* The ordered rows of the user just read, in *n; returns how many others there are. */
static uint32_t
read_user(const GroupUser *user, ModelRow *read, uint32_t *n)
{
	uint32_t n_others = 0;

	*n = 0;
	if (user->n_parts == 0)
	{
		CHECK(user->rows.in_order[0]);
		*n = take_ordered(user->rows.rows[0], user->rows.n_rows[0], read);
		return user->rows.n_rows[1];
	}
	for (uint32_t i = 0; i < user->n_parts; i++)
	{
		const uint8_t *part = user->parts[i];
		uint32_t in_part;

		memcpy(&in_part, part, sizeof(in_part));
		part += sizeof(in_part);
		*n += take_ordered(part, in_part, read + *n);
		part += in_part * (sizeof(int32_t) + sizeof(Place));
		memcpy(&in_part, part, sizeof(in_part));
		n_others += in_part;
	}
	return n_others;
}

/* One grouping of all rows, some of which were gathered elsewhere. */
static Grouping *
gather(const GroupKeys *keys, GroupCodec *codec, KeyKind kind, uint32_t n, uint32_t n_parts)
{
	Grouping *parts[4];
	int shape = (int) chance(5);
	bool spills = one_in(3);

	for (uint32_t i = 0; i < n_parts; i++)
		parts[i] = grouping_create(keys, codec, &store);
	for (uint32_t i = 0; i < n; i++)
	{
		Grouping *part = parts[chance(n_parts)];

		add_ordered_row(part, kind, i, (uint64_t) i * 1000000 / n, shape);
		if (spills && one_in(800))
			spill(part);
	}
	for (uint32_t i = 1; i < n_parts; i++)
	{
		if (one_in(2))
			grouping_absorb(parts[0], parts[i]);
		else
		{
			size_t size;
			uint8_t *bytes = exported(parts[i], &size);

			grouping_import(parts[0], bytes, size, spills && one_in(2));
			host_free(bytes);
		}
		grouping_end(parts[i]);
	}
	return parts[0];
}

static void
order_round(void)
{
	static ModelRow read[MAX_ROWS];
	KeyKind kind = chance(N_KEY_KINDS);
	GroupKeys keys = make_keys(&kind);
	TestCodec codec = {.codec = {.encode = encode,
								 .n_streams = 2,
								 .extra = {sizeof(Place), sizeof(uint32_t)},
								 .compare = {compare_places}}};
	uint32_t n_parts = one_in(2) ? 1 : 1 + chance(4);
	uint32_t n = chance(one_in(10) && kind != ONE_HASH ? MAX_ROWS : 2000);
	uint32_t n_read = 0;
	Grouping *grouping;
	GroupCursor *cursor;
	GroupUser user;

	make_users(kind);
	if (n_users > 3 && one_in(2))
		n_users = 1 + chance(3);
	grouping = gather(&keys, &codec.codec, kind, n, n_parts);
	sort_model(n);
	cursor = grouping_open(grouping);
	while (grouping_next(cursor, &user))
	{
		uint32_t n_ordered_rows;

		n_read += read_user(&user, read, &n_ordered_rows);
		n_read += n_ordered_rows;
		if (n_ordered_rows == 0)
			continue;
		check_name(&keys, owner[read[0].place.row], user.key, user.key_size);
		check_user(read, n_ordered_rows, &model[firsts[owner[read[0].place.row]]],
				   n_parts == 1 && user.n_parts == 0);
	}
	CHECK(n_read == n);
	grouping_close(cursor);
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
		order_round();
	printf("ok - %d rounds of rows in order\n", rounds);
	CHECK(n_ordered > 0 && n_ties > 0 && n_spills > 0 && n_interrupts > 0 && n_failed_writes > 0);
	printf("# seed %llu: %ld rows in order, %ld ties; %ld spills, %ld interrupts, %ld failed writes, %ld errors\n",
		   (unsigned long long) seed, n_ordered, n_ties, n_spills, n_interrupts, n_failed_writes, n_errors);
	return 0;
}
