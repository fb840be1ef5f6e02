/*
 * ledger.c: what a ledger of points says as of a day.
 */
#include "kernel/points/ledger.h"

#define FIRST_MOVES 8

/* A lot of the heap: when it is taken from, then its number. */
typedef uint64_t OpenLot;

/* A ledger as it is gone through, day by day. */
typedef struct Course
{
	Ledger *ledger;
	const LedgerQuestion *question;
	int32_t day;
	uint32_t n_open;
	uint32_t move_room;
	OpenLot *open; /* a heap: the first is the smallest */
} Course;

static void
sift_up(OpenLot *open, uint32_t i)
{
	OpenLot lot = open[i];

	for (; i > 0 && open[(i - 1) / 2] > lot; i = (i - 1) / 2)
		open[i] = open[(i - 1) / 2];
	open[i] = lot;
}

static void
close_first(Course *course)
{
	OpenLot *open = course->open;
	uint32_t n = --course->n_open;
	OpenLot last = open[n];
	uint32_t i = 0;

	for (uint32_t child = 1; child < n; child = 2 * i + 1)
	{
		child += child + 1 < n && open[child + 1] < open[child];
		if (open[child] >= last)
			break;
		open[i] = open[child];
		i = child;
	}
	open[i] = last;
}

static void
open_lot(Course *course, uint32_t lot)
{
	int32_t expires_on = course->ledger->lots[lot].expires_on;
	uint32_t order = course->question->oldest_first ? 0 : (uint32_t) expires_on + CIVIL_JULIAN_EPOCH;

	course->open[course->n_open] = (OpenLot) order << 32 | lot;
	sift_up(course->open, course->n_open++);
}

/* The calendar takes what is left. */
static void
expire_lot(Ledger *ledger, Lot *lot, int32_t day)
{
	__int128 remaining = lot_remaining(lot);

	if (remaining == 0)
		return;
	lot->expired += remaining;
	lot->lapsed = remaining;
	lot->gone_on = day;
	ledger->totals[POINTS_EXPIRE] += remaining;
}

/* What inactivity brings by this morning; lots that expire before it are still to be noticed. */
static void
slide(Course *course, int32_t morning)
{
	Ledger *ledger = course->ledger;

	if (ledger->slides_on > morning)
		return;
	for (uint32_t i = 0; i < course->n_open; i++)
	{
		Lot *lot = &ledger->lots[(uint32_t) course->open[i]];

		expire_lot(ledger, lot, lot_ends_on(ledger, lot));
		host_poll_at(i);
	}
	course->n_open = 0;
}

/* Points do not expire for so long as somebody earns or spends. */
static void
keep_alive(Course *course, PointsKind kind)
{
	Ledger *ledger = course->ledger;
	int32_t inactive_days = course->question->inactive_days;
	int64_t end;

	if (kind == POINTS_EARN)
		ledger->last_earned = course->day;
	else if (kind == POINTS_SPEND)
		ledger->last_spent = course->day;
	else
		return;
	if (inactive_days < 0)
		return;
	/* what is earned can be used on its day */
	end = (int64_t) course->day + (inactive_days > 0 ? inactive_days : 1);
	ledger->slides_on = end < POINTS_NEVER ? (int32_t) end : POINTS_NEVER;
}

static void
note_move(Course *course, uint32_t lot, bool expired, __int128 points)
{
	Ledger *ledger = course->ledger;
	LotMove *last = ledger->n_moves > 0 ? &ledger->moves[ledger->n_moves - 1] : NULL;

	if (!course->question->moves)
		return;
	if (last != NULL && last->lot == lot && last->day == course->day && last->expired == expired)
	{
		last->points += points;
		return;
	}
	if (ledger->n_moves == course->move_room)
	{
		course->move_room *= 2;
		ledger->moves = host_realloc(ledger->moves, course->move_room * sizeof(LotMove));
	}
	ledger->moves[ledger->n_moves++] =
		(LotMove){.lot = lot, .day = course->day, .expired = expired, .points = points};
}

static void
use_lot(Course *course, uint32_t lot, __int128 points)
{
	course->ledger->lots[lot].used += points;
	note_move(course, lot, false, points);
}

static inline __int128
less_of(__int128 a, __int128 b)
{
	return a < b ? a : b;
}

static void
earn(Course *course, int32_t expires_on, __int128 points)
{
	Ledger *ledger = course->ledger;
	uint32_t lot = ledger->n_lots++;
	__int128 paid = less_of(points, ledger->debt);

	ledger->lots[lot] = (Lot){.earn_day = course->day,
							  .expires_on = expires_on,
							  .gone_on = POINTS_NEVER,
							  .earned = points};
	if (paid > 0)
	{
		ledger->debt -= paid;
		use_lot(course, lot, paid);
	}
	if (paid < points)
		open_lot(course, lot);
}

static void
take(Course *course, PointsKind kind, __int128 points)
{
	Ledger *ledger = course->ledger;

	while (points > 0 && course->n_open > 0)
	{
		uint32_t first = (uint32_t) course->open[0];
		Lot *lot = &ledger->lots[first];
		__int128 taken = less_of(points, lot_remaining(lot));

		if (lot->expires_on <= course->day)
		{
			expire_lot(ledger, lot, lot->expires_on);
			close_first(course);
			continue;
		}
		if (kind == POINTS_EXPIRE)
		{
			lot->expired += taken;
			note_move(course, first, true, taken);
		}
		else
			use_lot(course, first, taken);
		points -= taken;
		if (lot_remaining(lot) == 0)
			close_first(course);
	}
	ledger->debt += points;
}

static void
take_effect(Course *course, const PointsEntry *entry)
{
	PointsKind kind = points_kind(entry->key);

	course->day = points_day(entry->key);
	slide(course, course->day);
	keep_alive(course, kind);
	course->ledger->totals[kind] += entry->points;
	if (kind == POINTS_EARN)
		earn(course, points_expires_on(entry->key), entry->points);
	else
		take(course, kind, entry->points);
}

/* The morning of as_of. */
static void
end_course(Course *course)
{
	Ledger *ledger = course->ledger;

	slide(course, ledger->as_of);
	for (uint32_t i = 0; i < course->n_open; i++)
	{
		Lot *lot = &ledger->lots[(uint32_t) course->open[i]];

		if (lot->expires_on <= ledger->as_of)
			expire_lot(ledger, lot, lot->expires_on);
		host_poll_at(i);
	}
}

const char *
ledger_read(Ledger *ledger, const LedgerQuestion *question, const uint8_t *bytes, size_t size)
{
	Course course = {.ledger = ledger, .question = question, .move_room = FIRST_MOVES};
	PointsReader reader;
	PointsEntry entry;
	const char *problem = points_open(&reader, bytes, size);

	*ledger = (Ledger){.as_of = question->as_of,
					   .last_earned = POINTS_NO_DAY,
					   .last_spent = POINTS_NO_DAY,
					   .slides_on = POINTS_NEVER};
	if (problem != NULL)
		return problem;
	ledger->scale = reader.scale;
	ledger->lots = host_alloc(points_left(&reader) * sizeof(Lot));
	course.open = host_alloc(points_left(&reader) * sizeof(OpenLot));
	if (question->moves)
		ledger->moves = host_alloc(FIRST_MOVES * sizeof(LotMove));
	while (points_next(&reader, &entry) && points_day(entry.key) < question->as_of)
	{
		take_effect(&course, &entry);
		host_poll_at(ledger->n_entries++);
	}
	end_course(&course);
	host_free(course.open);
	return reader.in.bad ? "entries that are cut off or too large" : NULL;
}

void
ledger_free(Ledger *ledger)
{
	if (ledger->lots != NULL)
		host_free(ledger->lots);
	if (ledger->moves != NULL)
		host_free(ledger->moves);
}

void
ledger_keep_uses(Ledger *ledger)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < ledger->n_moves; i++)
	{
		if (!ledger->moves[i].expired)
			ledger->moves[n++] = ledger->moves[i];
		host_poll_at(i);
	}
	ledger->n_moves = n;
}

int32_t
ledger_next_end(const Ledger *ledger, __int128 *points)
{
	int32_t next = POINTS_NEVER;

	*points = 0;
	for (uint32_t i = 0; i < ledger->n_lots; i++)
	{
		const Lot *lot = &ledger->lots[i];
		int32_t end = lot_ends_on(ledger, lot);

		host_poll_at(i);
		if (end == POINTS_NEVER || end > next || lot_remaining(lot) == 0)
			continue;
		*points = end < next ? lot_remaining(lot) : *points + lot_remaining(lot);
		next = end;
	}
	return next;
}

__int128
ledger_expiring(const Ledger *ledger, int32_t within_days)
{
	__int128 sum = 0;

	for (uint32_t i = 0; i < ledger->n_lots; i++)
	{
		const Lot *lot = &ledger->lots[i];
		int32_t end = lot_ends_on(ledger, lot);

		if (end != POINTS_NEVER && end > ledger->as_of &&
			(int64_t) end - ledger->as_of <= within_days)
			sum += lot_remaining(lot);
		host_poll_at(i);
	}
	return sum;
}
