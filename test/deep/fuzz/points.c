/*
 * points.c: ledgers of points, and what they say as of a day.
 */
#include "states.h"

#include "kernel/points/ledger.h"

FUZZ_STATES(&points_state)

static void *
build(Input *head, Input *rows)
{
	Points *points = points_create();

	while (in_left(rows) > 0)
	{
		uint8_t what = in_byte(rows);
		PointsKind kind = (PointsKind) (what & 3);
		int32_t day = in_day(rows);
		int32_t expires_on = POINTS_NEVER;
		__int128 amount = in_int(rows, 0, INT64_MAX);

		if (kind == POINTS_EARN && what & 4 && day < CIVIL_END_DAY - 1)
			expires_on = (int32_t) in_int(rows, (int64_t) day + 1, CIVIL_END_DAY - 1);
		if (expires_on <= day)
			expires_on = POINTS_NEVER;
		if (what & 8)
			amount *= in_int(rows, 1, INT64_C(1) << 30);
		points = points_add(points, points_key(day, kind, expires_on), amount, what & 0x10 ? in_scale(rows) : 0);
	}
	return points->n == 0 ? NULL : points;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	LedgerQuestion question = {.as_of = in_as_of(in), .inactive_days = -1};
	PointsReader reader;
	PointsEntry entry;
	Ledger ledger;
	__int128 left = 0;
	__int128 used = 0;
	__int128 expiring;

	question.oldest_first = in_bool(in);
	question.moves = in_bool(in);
	if (in_bool(in))
		question.inactive_days = (int32_t) in_int(in, 0, INT32_MAX);
	CHECK(points_open(&reader, bytes, size) == NULL);
	while (points_next(&reader, &entry))
		(void) points_expires_on(entry.key);
	CHECK(!reader.in.bad);
	CHECK(ledger_read(&ledger, &question, bytes, size) == NULL);
	for (uint32_t i = 0; i < ledger.n_lots; i++)
	{
		const Lot *lot = &ledger.lots[i];

		CHECK(lot->earned >= 0 && lot->used >= 0 && lot->expired >= 0 && lot_remaining(lot) >= 0);
		left += lot_remaining(lot);
		used += lot->used + lot->expired - lot->lapsed;
		(void) lot_ends_on(&ledger, lot);
	}
	CHECK(left - ledger.debt == ledger_balance(&ledger));
	(void) ledger_next_end(&ledger, &expiring);
	expiring = ledger_expiring(&ledger, (int32_t) in_int(in, 0, INT32_MAX));
	CHECK(expiring >= 0 && expiring <= left);
	if (question.moves)
	{
		for (uint32_t i = 0; i < ledger.n_moves; i++)
			used -= ledger.moves[i].points;
		CHECK(used == 0);
		ledger_keep_uses(&ledger);
	}
	ledger_free(&ledger);
}
