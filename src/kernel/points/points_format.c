/*
 * points_format.c: the stored form of a ledger of points: written, checked and read.
 */
#include "kernel/points/points_private.h"

#define FORM_BITS 3

typedef enum EntryForm
{
	FORM_NEVER,         /* earned, without an expires_on */
	FORM_SAME_VALIDITY, /* earned, with the validity of the last lot that does expire */
	FORM_SAME_DAY,      /* earned, with the same expires_on as that */
	FORM_OTHER_DAY,     /* earned, with another expires_on */
	FORM_REVERSE,
	FORM_SPEND,
	FORM_EXPIRE,
	N_FORMS
} EntryForm;

/* The first form that says it, behind these lots. */
static inline EntryForm
form_of(const PointsReader *before, int32_t day, PointsKind kind, int32_t expires_on)
{
	if (kind != POINTS_EARN)
		return FORM_REVERSE + (kind - POINTS_REVERSE);
	if (expires_on == POINTS_NEVER)
		return FORM_NEVER;
	if ((int64_t) expires_on - day == before->validity)
		return FORM_SAME_VALIDITY;
	return expires_on == before->expires_on ? FORM_SAME_DAY : FORM_OTHER_DAY;
}

static inline void
remember_lot(PointsReader *reader, int32_t day, int32_t expires_on)
{
	reader->expires_on = expires_on;
	reader->validity = (int64_t) expires_on - day;
}

/* The smallest scale that is exact for all entries. */
static int
exact_scale(const Points *points)
{
	int spare = MONEY_MAX_SCALE;

	for (uint32_t i = 0; i < points->n && spare > 0; i++)
	{
		spare = money_sum_spare_decimals(points->entries[i].points, spare);
		host_poll_at(i);
	}
	return MONEY_MAX_SCALE - spare;
}

void
points_pack(const void *state, ByteWriter *out)
{
	const Points *points = points_sorted(state);
	PointsReader before = {.expires_on = POINTS_NEVER};
	int scale = exact_scale(points);
	int64_t unit = power_of_ten(MONEY_MAX_SCALE - scale);

	before.day = points_day(points->entries[0].key);
	write_byte(out, POINTS_VERSION);
	write_byte(out, (uint8_t) scale);
	write_zigzag(out, before.day);
	for (uint32_t i = 0; i < points->n; i++)
	{
		const PointsEntry *entry = &points->entries[i];
		int32_t day = points_day(entry->key);
		int32_t expires_on = points_expires_on(entry->key);
		EntryForm form = form_of(&before, day, points_kind(entry->key), expires_on);

		write_varint(out, (uint64_t) ((int64_t) day - before.day) << FORM_BITS | form);
		if (form == FORM_OTHER_DAY)
			write_varint(out, (uint64_t) ((int64_t) expires_on - day - 1));
		if (form < FORM_REVERSE && form != FORM_NEVER)
			remember_lot(&before, day, expires_on);
		write_wide_varint(out, (unsigned __int128) (entry->points / unit));
		before.day = day;
		host_poll_at(i);
	}
}

const char *
points_open(PointsReader *reader, const uint8_t *bytes, size_t size)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	int64_t day;

	if (in.bad || version != POINTS_VERSION)
		return "unknown format version";
	*reader = (PointsReader){.scale = read_byte(&in), .expires_on = POINTS_NEVER};
	day = read_zigzag(&in);
	if (in.bad || reader->scale > MONEY_MAX_SCALE || !civil_day_valid(day) || in.next == in.end)
		return "truncated or bad head";
	reader->day = (int32_t) day;
	reader->in = in;
	return NULL;
}

/* The last day of a lot in this form. */
static inline int64_t
read_expires_on(PointsReader *reader, EntryForm form, int32_t day)
{
	int64_t expires_on = (int64_t) day + reader->validity;

	if (form == FORM_NEVER)
		return POINTS_NEVER;
	if (form == FORM_SAME_DAY)
		expires_on = reader->expires_on;
	else if (form == FORM_OTHER_DAY)
		expires_on = (int64_t) day + 1 + (int64_t) read_varint(&reader->in, UINT32_MAX);
	reader->in.bad |= !civil_day_valid(expires_on) || expires_on <= day ||
					  form_of(reader, day, POINTS_EARN, (int32_t) expires_on) != form;
	if (!reader->in.bad)
		remember_lot(reader, day, (int32_t) expires_on);
	return expires_on;
}

bool
points_next(PointsReader *reader, PointsEntry *entry)
{
	ByteReader *in = &reader->in;
	int64_t expires_on = 0;
	uint64_t code;
	EntryForm form;
	int64_t day;

	if (in->next == in->end || in->bad)
		return false;
	code = read_varint(in, (uint64_t) UINT32_MAX << FORM_BITS);
	form = (EntryForm) (code & ((1 << FORM_BITS) - 1));
	day = (int64_t) reader->day + (int64_t) (code >> FORM_BITS);
	in->bad |= form >= N_FORMS || !civil_day_valid(day);
	if (in->bad)
		return false;
	reader->day = (int32_t) day;
	if (form < FORM_REVERSE)
		expires_on = read_expires_on(reader, form, reader->day);
	entry->points = (__int128) read_wide_varint(in);
	in->bad |= entry->points < 0 || entry->points > POINTS_MOST;
	if (in->bad)
		return false;
	entry->key = points_key(reader->day,
							form < FORM_REVERSE ? POINTS_EARN
												: (PointsKind) (POINTS_REVERSE + (form - FORM_REVERSE)),
							(int32_t) expires_on);
	return true;
}

/*
 * One more entry that was read, in the same ledger or a larger one instead of it; NULL, with
 * that as it was, if it cannot stand behind the others.
 */
static Points *
append(Points *points, const PointsEntry *entry, int scale)
{
	int64_t unit = power_of_ten(MONEY_MAX_SCALE - scale);
	Points *larger;

	if (entry->points > (POINTS_MOST - points->total) / unit ||
		(points->n > 0 && points->entries[points->n - 1].key >= entry->key))
		return NULL;
	larger = points_add(points, entry->key, entry->points, scale);
	if (larger != points)
		host_free(points);
	return larger;
}

/* All entries, or NULL if they are none. */
static Points *
read_entries(PointsReader *reader)
{
	Points *points = points_with_room(points_left(reader) / 2 + 1);
	int32_t first_day = reader->day;
	PointsEntry entry;

	while (points_next(reader, &entry))
	{
		Points *longer = append(points, &entry, reader->scale);

		reader->in.bad |= longer == NULL;
		if (longer != NULL)
			points = longer;
		host_poll_at(points->n);
	}
	if (!reader->in.bad && points_day(points->entries[0].key) == first_day)
		return points;
	host_free(points);
	return NULL;
}

void *
points_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	PointsReader reader;
	Points *points;

	*problem = points_open(&reader, bytes, size);
	if (*problem != NULL)
		return NULL;
	points = read_entries(&reader);
	*problem = "entries that are cut off, do not ascend or are too large";
	if (points == NULL)
		return NULL;
	if (exact_scale(points) == reader.scale)
		return points;
	*problem = "more decimals than the points have";
	host_free(points);
	return NULL;
}
