/*
 * rolling_retention.c: count users who came back, in periods of their own.
 */
#include "kernel/metrics/rolling_retention.h"

#include "kernel/base/bytes.h"
#include "kernel/base/civil.h"

#define VERSION 1

#define KEY_DAY    0
#define KEY_PERIOD 1
#define COUNT      2

static int
zone_words(size_t length)
{
	return (int) ((length + 7) / 8);
}

static TallyShape
shape_of(size_t zone_length)
{
	return (TallyShape){.version = VERSION,
						.n_head = (uint16_t) (ROLLING_HEAD + zone_words(zone_length)),
						.row = {.n_keys = 2, .n_counts = 1}};
}

/* Returns the shape of states with this head, which is filled in. */
static TallyShape
head_of(const RollingQuestion *question, uint64_t *head)
{
	size_t length = strlen(question->zone);

	head[0] = (uint64_t) question->mode;
	head[1] = (uint64_t) question->unit;
	head[2] = question->periods;
	head[3] = zigzag(question->as_of);
	head[4] = length;
	memset(head + ROLLING_HEAD, 0, (size_t) zone_words(length) * sizeof(uint64_t));
	for (size_t i = 0; i < length; i++)
		head[ROLLING_HEAD + i / 8] |= (uint64_t) (uint8_t) question->zone[i] << (8 * (i % 8));
	return shape_of(length);
}

/* A name as those of zones are: letters, digits and a few signs. */
static const char *
zone_problem(const uint64_t *words, uint64_t length)
{
	for (uint64_t i = 0; i < 8 * (uint64_t) zone_words(length); i++)
	{
		char c = (char) (words[i / 8] >> (8 * (i % 8)));
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (i >= length ? c != 0 : !letter && (c == 0 || strchr("/_+-.", c) == NULL))
			return "a name that is none of a time zone";
	}
	return NULL;
}

static const char *
check_head(const uint64_t *head, TallyShape *shape)
{
	uint16_t n_head = shape->n_head;

	if (n_head <= ROLLING_HEAD || head[0] > RETENTION_STREAK)
		return "an unknown mode";
	if (head[1] == 0 || head[1] > INT64_MAX || head[2] > ROLLING_MAX_PERIODS)
		return "periods out of range";
	if (unzigzag(head[3]) < JOURNEY_FIRST_TIME || unzigzag(head[3]) >= JOURNEY_END_OF_TIME)
		return "a time out of range";
	if (head[4] == 0 || head[4] > ROLLING_ZONE || n_head != ROLLING_HEAD + zone_words(head[4]))
		return "a name out of range";
	*shape = shape_of(head[4]);
	return zone_problem(head + ROLLING_HEAD, head[4]);
}

static bool
row_valid(const uint64_t *head, const TallyShape *shape, const uint64_t *row)
{
	return row[KEY_DAY] < (uint64_t) CIVIL_END_DAY - CIVIL_MIN_DAY && row[KEY_PERIOD] <= head[2];
}

/* Nobody comes back who was not there, nor twice. */
static const char *
check_rows(const Tally *state)
{
	RollingReader reader = rolling_retention_read(state);

	for (uint32_t i = 0; i < state->n; i++)
	{
		const uint64_t *row = tally_row(state, i);

		tally_poll(i);
		if (i == reader.end)
		{
			(void) rolling_retention_cohort(&reader);
			if (row[KEY_PERIOD] != 0 || (reader.sums && reader.later > reader.size))
				return "users who came back and were not there";
		}
		else if (row[COUNT] > reader.size)
			return "more users who came back than were there";
	}
	return NULL;
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	Tally *state = tally_unpack(&rolling_retention_kind, bytes, size, problem);

	if (state == NULL)
		return NULL;
	*problem = check_rows(state);
	if (*problem == NULL)
		return state;
	host_free(state);
	return NULL;
}

const TallyKind rolling_retention_kind = {.state = {.type = "rolling_retention",
													.pack = tally_pack,
													.unpack = unpack,
													.merge = tally_merge,
													.checked_by_packing = true},
										  .shape = {.version = VERSION, .row = {.n_keys = 2, .n_counts = 1}},
										  .check_head = check_head,
										  .row_valid = row_valid};

Tally *
rolling_retention_create(const RollingQuestion *question)
{
	uint64_t head[ROLLING_HEAD + ROLLING_ZONE_WORDS];
	TallyShape shape = head_of(question, head);

	return tally_create(&shape, head);
}

void
rolling_retention_expect(const Tally *state, const RollingQuestion *question)
{
	uint64_t head[ROLLING_HEAD + ROLLING_ZONE_WORDS];
	TallyShape shape = head_of(question, head);

	tally_expect(state, &shape, head);
}

void
rolling_retention_question(const Tally *state, RollingQuestion *question)
{
	const uint64_t *head = state->words;

	*question = (RollingQuestion){.mode = (RetentionMode) head[0],
								  .unit = (int64_t) head[1],
								  .periods = (uint32_t) head[2],
								  .as_of = unzigzag(head[3])};
	for (uint64_t i = 0; i < head[4]; i++)
		question->zone[i] = (char) (head[ROLLING_HEAD + i / 8] >> (8 * (i % 8)));
}

bool
rolling_retention_start(const RollingQuestion *question, const Journey *journey, int64_t *start)
{
	uint32_t n = journey_rows_before(journey, question->as_of);

	for (uint32_t i = 0; i < n; i++)
	{
		host_poll_at(i);
		if ((journey->rows[i].mask & question->start) == 0)
			continue;
		*start = journey->rows[i].at;
		return true;
	}
	return false;
}

/* What it replaces is given back, but for the caller's own state. */
static Tally *
count_user(Tally *state, const Tally *callers, int32_t day, uint64_t period)
{
	uint64_t row[] = {(uint64_t) ((int64_t) day - CIVIL_MIN_DAY), period, 1};
	Tally *grown = tally_add(state, row);

	if (grown != state && state != callers)
		host_free(state);
	return grown;
}

Tally *
rolling_retention_add(Tally *state, const RollingQuestion *question, const Journey *journey,
					  int64_t start, int32_t day)
{
	const Tally *callers = state;
	uint32_t n = journey_rows_before(journey, question->as_of);
	uint64_t last = 0; /* period that is counted, or is to be */

	state = count_user(state, callers, day, 0);
	for (uint32_t i = journey_rows_before(journey, start); i < n; i++)
	{
		const JourneyRow *row = &journey->rows[i];
		uint64_t period;

		host_poll_at(i);
		if ((row->mask & question->returns) == 0)
			continue;
		period = ((uint64_t) row->at - (uint64_t) start) / (uint64_t) question->unit;
		if (period == last)
			continue;
		if (question->mode == RETENTION_STREAK && period != last + 1)
			break;
		last = period < question->periods ? period : question->periods;
		if (period > last && question->mode != RETENTION_ON_OR_AFTER)
			break;
		if (question->mode == RETENTION_ON)
			state = count_user(state, callers, day, last);
	}
	if (question->mode != RETENTION_ON && last > 0)
		state = count_user(state, callers, day, last);
	return state;
}

RollingReader
rolling_retention_read(const Tally *state)
{
	return (RollingReader){.state = state, .sums = state->words[0] != RETENTION_ON};
}

bool
rolling_retention_cohort(RollingReader *reader)
{
	const Tally *state = reader->state;
	uint64_t day;

	if (reader->end == state->n)
		return false;
	day = tally_row(state, reader->end)[KEY_DAY];
	reader->day = (int32_t) ((int64_t) day + CIVIL_MIN_DAY);
	reader->size = tally_row(state, reader->end)[COUNT];
	reader->next = ++reader->end;
	reader->later = 0;
	for (; reader->end < state->n && tally_row(state, reader->end)[KEY_DAY] == day; reader->end++)
		reader->later += tally_row(state, reader->end)[COUNT];
	return true;
}

uint64_t
rolling_retention_retained(RollingReader *reader, uint32_t period)
{
	if (period == 0)
		return reader->size;
	for (;
		 reader->next < reader->end && tally_row(reader->state, reader->next)[KEY_PERIOD] < period;
		 reader->next++)
		reader->later -= tally_row(reader->state, reader->next)[COUNT];
	if (reader->sums)
		return reader->later;
	if (reader->next == reader->end || tally_row(reader->state, reader->next)[KEY_PERIOD] != period)
		return 0;
	return tally_row(reader->state, reader->next)[COUNT];
}
