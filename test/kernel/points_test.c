/*
 * points_test.c: ledgers of points, outside the server.
 *
 *	points_test [SEED [ROUNDS]]
 *
 * Rows at random become a ledger, whole and in parts that are packed, unpacked and merged:
 * the bytes must be equal.  Then it is read as of some days, and told again point by point:
 * every single point is followed through every single day of the calendar, and who is taken
 * is looked for among all of them.  That knows neither lots nor heaps.  The bytes are
 * damaged, too: what is still a ledger must be written as it was read.
 */
#include "kernel/points/ledger.h"

#include "simple_host.h"

#define MOST_ROWS  16
#define MOST_UNITS (MOST_ROWS * 9)
#define DAYS       40
#define TENTHS     1 /* the scale of a unit */
#define PARTS      3
#define LONG       200000

typedef struct Row
{
	int32_t day;
	PointsKind kind;
	int32_t expires_on;
	int units;
} Row;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

static Row
any_row(int validity)
{
	Row row = {.day = below(DAYS), .units = below(10)};
	int kind = below(10);

	row.kind = kind < 5 ? POINTS_EARN : kind < 8 ? POINTS_SPEND : kind < 9 ? POINTS_REVERSE : POINTS_EXPIRE;
	if (row.kind != POINTS_EARN)
		return row;
	row.expires_on = row.day + (below(2) ? validity : 1 + below(DAYS));
	if (below(4) == 0)
		row.expires_on = POINTS_NEVER;
	else if (below(4) == 0)
		row.expires_on = row.day / 10 * 10 + 15;
	return row;
}

static Points *
add_row(Points *points, const Row *row)
{
	bool whole = row->units % 10 == 0 && below(2);
	Points *after = points_add(points, points_key(row->day, row->kind, row->expires_on),
							   whole ? row->units / 10 : row->units, whole ? 0 : TENTHS);

	CHECK(points_day(points_key(row->day, row->kind, row->expires_on)) == row->day);
	if (after != points)
		host_free(points);
	return after;
}

static ByteWriter
packed(const Points *points)
{
	ByteWriter out = byte_writer(0);

	points_state.pack(points, &out);
	CHECK(state_check(&points_state, out.start, bytes_written(&out)) == NULL);
	return out;
}

/* The rows in so many parts, each of them packed and unpacked, put together. */
static ByteWriter
merged_parts(const Row *rows, int n_rows)
{
	Points *merged = NULL;
	ByteWriter out;

	for (int part = 0; part < PARTS; part++)
	{
		Points *points = points_create();
		const char *problem;

		for (int i = n_rows - 1; i >= 0; i--)
			if (i % PARTS == part)
				points = add_row(points, &rows[i]);
		if (points->n > 0)
		{
			out = packed(points);
			host_free(points);
			points = points_state.unpack(out.start, bytes_written(&out), &problem);
			host_free(out.start);
			merged = merged == NULL ? points : points_state.merge(merged, points);
		}
	}
	out = packed(merged);
	return out;
}

/* One point.  What nobody has is a debt. */
typedef struct Unit
{
	int32_t earn_day;
	int32_t expires_on;
	enum { HERE, USED, EXPIRED, OWED, PAID } now;
} Unit;

typedef struct Told
{
	Unit units[2 * MOST_UNITS];
	int n;
	int totals[POINTS_KINDS];
	int32_t alive; /* the last day with an earn or spend */
} Told;

static bool
goes_before(const Unit *a, const Unit *b, bool oldest_first)
{
	if (oldest_first && a->earn_day != b->earn_day)
		return a->earn_day < b->earn_day;
	if (a->expires_on != b->expires_on)
		return a->expires_on < b->expires_on;
	return a->earn_day < b->earn_day;
}

static void
tell_morning(Told *told, int32_t day, const LedgerQuestion *question)
{
	bool asleep = question->inactive_days >= 0 && told->alive != POINTS_NO_DAY &&
				  day >= told->alive + question->inactive_days;

	for (int i = 0; i < told->n; i++)
		if (told->units[i].now == HERE && (asleep || told->units[i].expires_on <= day))
		{
			told->units[i].now = EXPIRED;
			told->totals[POINTS_EXPIRE]++;
		}
}

static void
tell_earning(Told *told, const Row *row)
{
	for (int unit = 0; unit < row->units; unit++)
	{
		Unit *one = &told->units[told->n++];

		*one = (Unit){row->day, row->expires_on, HERE};
		for (int i = 0; i < told->n; i++)
			if (told->units[i].now == OWED)
			{
				told->units[i].now = PAID;
				one->now = USED;
				break;
			}
	}
}

static void
tell_taking(Told *told, const Row *row, bool oldest_first)
{
	for (int unit = 0; unit < row->units; unit++)
	{
		Unit *first = NULL;

		for (int i = 0; i < told->n; i++)
			if (told->units[i].now == HERE &&
				(first == NULL || goes_before(&told->units[i], first, oldest_first)))
				first = &told->units[i];
		if (first != NULL)
			first->now = row->kind == POINTS_EXPIRE ? EXPIRED : USED;
		else
			told->units[told->n++] = (Unit){.now = OWED};
	}
}

/* By day, kind and expires_on. */
static int
compare_rows(const void *a, const void *b)
{
	const Row *left = a;
	const Row *right = b;

	if (left->day != right->day)
		return left->day < right->day ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return (left->expires_on > right->expires_on) - (left->expires_on < right->expires_on);
}

/* The rows are sorted. */
static void
tell_day(Told *told, const Row *rows, int n_rows, int32_t day, const LedgerQuestion *question)
{
	tell_morning(told, day, question);
	for (const Row *row = rows; row < rows + n_rows; row++)
	{
		if (row->day != day)
			continue;
		told->totals[row->kind] += row->units;
		if (row->kind == POINTS_EARN || row->kind == POINTS_SPEND)
			told->alive = day;
		if (row->kind == POINTS_EARN)
			tell_earning(told, row);
		else
			tell_taking(told, row, question->oldest_first);
	}
}

static int
count(const Told *told, int32_t earn_day, int32_t expires_on, int now)
{
	int n = 0;

	for (int i = 0; i < told->n; i++)
		n += (int) told->units[i].now == now && told->units[i].earn_day == earn_day &&
			 told->units[i].expires_on == expires_on;
	return n;
}

static void
check_lots(const Ledger *ledger, const Told *told, int64_t unit)
{
	for (uint32_t i = 0; i < ledger->n_lots; i++)
	{
		const Lot *lot = &ledger->lots[i];
		int used = count(told, lot->earn_day, lot->expires_on, USED);
		int expired = count(told, lot->earn_day, lot->expires_on, EXPIRED);
		int here = count(told, lot->earn_day, lot->expires_on, HERE);

		CHECK(i == 0 || lot[-1].earn_day < lot->earn_day ||
			  (lot[-1].earn_day == lot->earn_day && lot[-1].expires_on < lot->expires_on));
		CHECK(lot->used * unit == used && lot->expired * unit == expired);
		CHECK(lot_remaining(lot) * unit == here && lot->earned * unit == used + expired + here);
		CHECK(here == 0 || lot_ends_on(ledger, lot) > ledger->as_of);
		CHECK((lot->gone_on == POINTS_NEVER) || (lot->gone_on > lot->earn_day && lot->gone_on <= ledger->as_of));
	}
}

static void
check_moves(const Ledger *ledger)
{
	for (uint32_t lot = 0; lot < ledger->n_lots; lot++)
	{
		__int128 used = 0;

		for (uint32_t i = 0; i < ledger->n_moves; i++)
		{
			const LotMove *move = &ledger->moves[i];

			CHECK(move->points > 0 && move->day < ledger->as_of && (i == 0 || move[-1].day <= move->day));
			CHECK(move->lot != lot || move->day >= ledger->lots[lot].earn_day);
			CHECK(move->lot != lot || move->day < ledger->lots[lot].expires_on);
			used += move->lot == lot && !move->expired ? move->points : 0;
		}
		CHECK(used == ledger->lots[lot].used);
	}
}

static void
check_reading(const Row *rows, int n_rows, const ByteWriter *bytes, const LedgerQuestion *question)
{
	Told told = {.alive = POINTS_NO_DAY};
	Ledger ledger;
	int64_t unit;
	int balance = 0;
	int debt = 0;
	int expiring = 0;
	int within_days = below(DAYS);

	CHECK(ledger_read(&ledger, question, bytes->start, bytes_written(bytes)) == NULL);
	CHECK(ledger.scale <= TENTHS);
	unit = power_of_ten(TENTHS - ledger.scale);
	for (int32_t day = 0; day < question->as_of; day++)
		tell_day(&told, rows, n_rows, day, question);
	tell_morning(&told, question->as_of, question);
	for (int i = 0; i < told.n; i++)
	{
		int32_t end = told.units[i].expires_on;

		balance += (told.units[i].now == HERE) - (told.units[i].now == OWED);
		debt += told.units[i].now == OWED;
		if (question->inactive_days >= 0 && told.alive + question->inactive_days < end)
			end = told.alive + question->inactive_days;
		expiring += told.units[i].now == HERE && end > question->as_of &&
					(int64_t) end <= (int64_t) question->as_of + within_days;
	}
	for (int kind = 0; kind < POINTS_KINDS; kind++)
		CHECK(ledger.totals[kind] * unit == told.totals[kind]);
	CHECK(ledger_balance(&ledger) * unit == balance && ledger.debt * unit == debt);
	CHECK(ledger_expiring(&ledger, within_days) * unit == expiring);
	check_lots(&ledger, &told, unit);
	check_moves(&ledger);
	ledger_free(&ledger);
}

/* Bytes of a ledger, some of them others: no ledger, or one that is written as it was read. */
static void
damage(const ByteWriter *bytes)
{
	size_t size = bytes_written(bytes);
	uint8_t *copy = host_alloc(size);
	LedgerQuestion question = {.as_of = below(DAYS), .inactive_days = below(20) - 5, .moves = true};
	const char *problem;
	Points *points;
	Ledger ledger;

	memcpy(copy, bytes->start, size);
	for (int i = below(3); i >= 0; i--)
		copy[below((int) size)] = (uint8_t) random_bits();
	size -= (size_t) below(3) % size;
	points = points_state.unpack(copy, size, &problem);
	if (points != NULL)
	{
		ByteWriter again = packed(points);

		CHECK(bytes_written(&again) == size && memcmp(again.start, copy, size) == 0);
		CHECK(ledger_read(&ledger, &question, copy, size) == NULL);
		ledger_free(&ledger);
		host_free(again.start);
		host_free(points);
	}
	host_free(copy);
}

static void
round_at_random(void)
{
	Row rows[MOST_ROWS];
	int n_rows = 1 + below(MOST_ROWS);
	int validity = 1 + below(DAYS);
	Points *points = points_create();
	ByteWriter bytes;
	ByteWriter parts;

	for (int i = 0; i < n_rows; i++)
	{
		rows[i] = any_row(validity);
		points = add_row(points, &rows[i]);
	}
	bytes = packed(points);
	parts = merged_parts(rows, n_rows);
	CHECK(bytes_written(&bytes) == bytes_written(&parts) &&
		  memcmp(bytes.start, parts.start, bytes_written(&bytes)) == 0);
	qsort(rows, (size_t) n_rows, sizeof(Row), compare_rows);
	for (int i = 0; i < 3; i++)
	{
		LedgerQuestion question = {.as_of = below(2 * DAYS + 5), .inactive_days = below(3) ? -1 : below(20),
								   .oldest_first = below(2) == 0, .moves = true};

		check_reading(rows, n_rows, &bytes, &question);
		damage(&bytes);
	}
	host_free(points);
	host_free(bytes.start);
	host_free(parts.start);
}

/* A ledger of many rows takes no longer for each: all lots stay open, or take turns. */
static void
long_ledger(bool oldest_first)
{
	LedgerQuestion question = {.as_of = 3 * LONG, .inactive_days = -1, .oldest_first = oldest_first, .moves = true};
	Points *points = points_create();
	ByteWriter bytes;
	Ledger ledger;

	for (int i = LONG; i > 0; i--)
	{
		Row earn = {i, POINTS_EARN, i + 1 + below(2 * LONG), 7};
		Row spend = {i, POINTS_SPEND, 0, i % 11};

		points = add_row(add_row(points, &earn), &spend);
	}
	bytes = packed(points);
	CHECK(ledger_read(&ledger, &question, bytes.start, bytes_written(&bytes)) == NULL);
	CHECK(ledger.n_lots == LONG && ledger_balance(&ledger) == 0 - ledger.debt);
	CHECK(n_polls > 0);
	printf("# %.2f bytes an entry of %d\n", (double) bytes_written(&bytes) / points->n, (int) points->n);
	ledger_free(&ledger);
	host_free(bytes.start);
	host_free(points);
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 1000;

	for (int i = 0; i < rounds; i++)
	{
		random_state = seed * 1000003 + (uint64_t) i;
		round_at_random();
	}
	long_ledger(false);
	long_ledger(true);
	printf("ok - %d ledgers\n", rounds);
	return 0;
}
