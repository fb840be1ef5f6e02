/*
 * journey_group_test.c: journeys of many users outside the server.
 *
 *	journey_group_test [SEED [ROUNDS]]
 *
 * Random events are grouped, spilled and handed over by workers that have dictionaries of
 * their own, and each user's journey is held against what one builder makes of the user's
 * events.
 */
#include "grouping_users.h"
#include "journey_model.h"

#include "kernel/journey/journey_group.h"

#define MOST_TEXTS 1000

static long n_translated, n_merged, n_many, n_referred;

/* --- events ------------------------------------------------------------------ */

static JourneyText texts[MOST_TEXTS];
static uint32_t n_texts;

/* Few, or so many that those of each user are told apart by themselves. */
static void
make_texts(void)
{
	n_texts = one_in(3) ? 200 + chance(MOST_TEXTS - 200) : 1 + chance(8);
	for (uint32_t i = 0; i < n_texts; i++)
	{
		char *bytes = host_alloc(40);

		texts[i] = (JourneyText){bytes, (uint32_t) snprintf(bytes, 40, "%.*s %u", (int) chance(30), "abcdefghijklmnopqrstuvwxyz_-./", i)};
	}
	n_many += n_texts > 256;
}

static uint32_t
random_options(void)
{
	static const uint8_t numbers[] = {0, 0, 0, 1, 8, 9, 16, 17, 32, 33, 64};

	return numbers[chance(11)] | (one_in(2) ? JOURNEY_GROUP_PARTIAL : 0) |
		   (one_in(2) ? JOURNEY_GROUP_AMOUNT : 0) | (one_in(2) ? JOURNEY_GROUP_MORE : 0) |
		   chance(8) << JOURNEY_GROUP_OTHERS;
}

static ModelRow
random_row(uint32_t options, int64_t span, uint32_t i)
{
	uint32_t n = options & JOURNEY_GROUP_CONDITIONS;
	ModelRow row = {.at = INT64_C(757382400000000) + (int64_t) (chance64() % (uint64_t) span)};

	if (one_in(3))
		row.at = row.at / 1000000 * 1000000;
	if (one_in(2))
		row.at += (int64_t) i * 100000000;
	if (n == 0)
		row.name = &texts[chance(one_in(2) ? 1 + n_texts / 8 : n_texts)];
	else
		row.mask = one_in(3) ? UINT64_C(1) << chance(n) : chance64() >> (64 - n);
	if ((options & JOURNEY_GROUP_AMOUNT) != 0)
		random_amount(&row, -1);
	if ((options & JOURNEY_GROUP_MORE) != 0)
	{
		row.tiebreak = one_in(2) ? 0 : one_in(5) ? INT64_MIN : (int64_t) chance(3);
		row.label = one_in(3) ? NULL : &texts[chance(n_texts)];
	}
	return row;
}

/* What a process gathers in: its rows, and the dictionaries of its codec. */
typedef struct Process
{
	JourneyCodec *codec;
	Grouping *grouping;
} Process;

static Process
new_process(const GroupKeys *keys, uint32_t options, JourneyCodec *codec)
{
	Process process = {.codec = codec != NULL ? codec : journey_codec(options)};

	process.grouping = grouping_create(keys, &process.codec->codec, &store);
	return process;
}

static void
add_event(Process *process, KeyKind kind, uint32_t user, const ModelRow *row)
{
	JourneyCodec *codec = process->codec;
	JourneyEvent event = {.at = row->at, .what = row->mask, .amount = row->amount, .tiebreak = row->tiebreak,
						  .scale = row->has_amount ? row->scale : -1, .label = JOURNEY_NONE};
	int32_t when = journey_when(row->at);
	void *extra;

	if (row->name != NULL)
		event.what = texts_add(&codec->names, row->name->bytes, row->name->size);
	if (row->label != NULL)
		event.label = texts_add(&codec->labels, row->label->bytes, row->label->size);
	extra = kind == FIXED ? grouping_add_fixed(process->grouping, users[user].number, 0, when)
						  : grouping_add_bytes(process->grouping, spell(kind, user), users[user].size, 0, when);
	journey_write(codec, extra, &event);
}

/* --- a round ------------------------------------------------------------------ */

static JourneyBuilder *builders[MAX_USERS];
static uint32_t n_known;
static JourneyCodec *workers[3]; /* of those that gather more than one part */

static void
fill(Process *process, KeyKind kind, uint32_t options, uint32_t n, int depth)
{
	static const int64_t spans[] = {1, 5000000, INT64_C(1) << 33, INT64_C(1) << 50};
	int64_t span = spans[chance(4)];
	const GroupKeys keys = make_keys(&kind);
	JourneyKind journey_kind = process->codec->kind;

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t user = chance(n_users);
		ModelRow row = random_row(options, span, i);

		if (builders[user] == NULL)
		{
			builders[user] = journey_builder(&journey_kind);
			n_known++;
		}
		add_model_row(builders[user], &row);
		add_event(process, kind, user, &row);
		if (one_in(1500))
			spill(process->grouping);
		if (depth < 2 && one_in(400))
		{
			/* of a worker, which may have gathered others before, or of this process */
			bool own = one_in(4);
			JourneyCodec **worker = &workers[chance(3)];
			Process part = new_process(&keys, options, own ? process->codec : one_in(2) ? NULL : *worker);
			size_t size;
			Encoded bytes;
			uint8_t *room;

			if (!own)
				*worker = part.codec;
			fill(&part, kind, options, chance(one_in(2) ? 30 : 900), depth + 1);
			if (own && one_in(2))
			{
				grouping_absorb(process->grouping, part.grouping);
				grouping_end(part.grouping);
				continue;
			}
			n_referred += part.codec->codec.refer != NULL &&
						  part.codec->codec.dictionary_size(&part.codec->codec) > grouping_memory(part.grouping);
			room = exported(part.grouping, &size);
			bytes = exactly(room, size);
			host_free(room);
			CHECK(part.codec->referred_names.n == 0 && part.codec->referred_labels.n == 0);
			grouping_end(part.grouping);
			grouping_import(process->grouping, bytes.bytes, size, any_import(one_in(3)));
			host_free(bytes.bytes);
			n_translated += !own;
		}
	}
}

static uint32_t
user_of(const GroupKeys *keys, const uint8_t *key, uint32_t size)
{
	uint32_t user = 0;

	for (; user < n_users; user++)
		if (keys->fixed ? memcmp(key, &users[user].number, 8) == 0
			: keys->equal != NULL
				? equal_no_case(keys, key, size, users[user].bytes, users[user].size)
				: size == users[user].size && memcmp(key, users[user].bytes, size) == 0)
			break;
	CHECK(user < n_users);
	return user;
}

typedef struct Reading
{
	JourneyCursor *cursor;
	uint8_t seen[MAX_USERS];
	uint32_t n_seen;
} Reading;

static Reading *
begin_reading(const Process *process)
{
	Reading *reading = host_alloc(sizeof(Reading));

	memset(reading, 0, sizeof(*reading));
	reading->cursor = journey_open(process->grouping, 0);
	return reading;
}

/* The next user's journey is what the builder made. */
static bool
read_one(Reading *reading, const GroupKeys *keys)
{
	const uint8_t *key;
	uint32_t size;
	const Journey *journey = journey_next(reading->cursor, &key, &size);
	uint32_t user;
	Encoded read;
	Encoded expected;

	if (journey == NULL)
	{
		CHECK(reading->n_seen == n_known);
		journey_close(reading->cursor);
		return false;
	}
	user = user_of(keys, key, size);
	CHECK(builders[user] != NULL && !reading->seen[user]);
	reading->seen[user] = 1;
	reading->n_seen++;
	CHECK(journey->n_steps == 0);
	read = encoded_journey(journey);
	expected = encoded_builder(builders[user]);
	CHECK(journey_check(read.bytes, read.size) == NULL);
	CHECK(same_encoded(&read, &expected));
	host_free(read.bytes);
	host_free(expected.bytes);
	return true;
}

/* The dictionaries go on growing while somebody reads, for another group of the same query. */
static void
add_others(Process *process, const GroupKeys *keys, KeyKind kind, uint32_t options)
{
	Process other = new_process(keys, options, process->codec);

	for (int i = 0; i < 50; i++)
	{
		JourneyText text = random_text(true);
		ModelRow row = random_row(options, 1000, 0);

		if (row.name != NULL)
			row.name = &text;
		if (row.label != NULL)
			row.label = &text;
		add_event(&other, kind, chance(n_users), &row);
	}
	if (one_in(2))
		spill(other.grouping);
	grouping_end(other.grouping);
}

static void
group_round(void)
{
	KeyKind kind = chance(N_KEY_KINDS);
	GroupKeys keys = make_keys(&kind);
	uint32_t options = random_options();
	Process process = new_process(&keys, options, NULL);
	Reading *readings[2];
	bool more[2] = {true, true};

	make_users(kind);
	make_texts();
	n_users = n_users > 1 && one_in(3) ? 1 + n_users / 50 : n_users;
	memset(builders, 0, sizeof(builders));
	memset(workers, 0, sizeof(workers));
	n_known = 0;
	fill(&process, kind, options, one_in(20) ? 0 : chance(kind == ONE_HASH ? 500 : one_in(4) ? 8000 : 1500), 0);
	grouping_finish(process.grouping);
	for (int i = 0; i < 2; i++)
		readings[i] = begin_reading(&process);
	while (more[0] || more[1])
	{
		int i = (int) chance(2);

		for (uint32_t some = chance(100); more[i] && some > 0; some--)
			more[i] = read_one(readings[i], &keys);
		if (one_in(10))
			add_others(&process, &keys, kind, options);
	}
	n_merged += store.file != NULL;
	grouping_end(process.grouping);
	end_round();
}

/* --- limits -------------------------------------------------------------------- */

static Process limited;

static void
read_limited(void)
{
	JourneyCursor *cursor = journey_open(limited.grouping, 0);
	const uint8_t *key;
	uint32_t size;

	while (journey_next(cursor, &key, &size) != NULL)
		;
	journey_close(cursor);
}

static void
spill_limited(void)
{
	grouping_spill(limited.grouping);
}

/* The error that an action ends with; less than 0 if it does not. */
static int
error_of(void (*action)(void))
{
	jmp_buf here;
	int what;

	on_error = &here;
	what = setjmp(here);
	if (what == 0)
		action();
	on_error = NULL;
	return what - 2;
}

/* A user's names have a limit, not those of all: in memory, from a file, and in parts. */
static void
names_round(void)
{
	GroupKeys keys = {.fixed = true};
	uint32_t n = JOURNEY_NAMES + 1;

	for (int round = 0; round < 3; round++)
	{
		limited = new_process(&keys, 0, NULL);
		users[0].number = 1;
		users[1].number = 2;
		for (uint32_t i = 0; i < n; i++)
		{
			char bytes[16];
			JourneyText name = {bytes, (uint32_t) snprintf(bytes, sizeof(bytes), "%u", i)};

			add_event(&limited, FIXED, round == 0 ? i % 2 : 0, &(ModelRow){.at = i, .name = &name});
			if (round == 2 && i == n / 2)
				spill_limited();
		}
		CHECK(error_of(read_limited) == (round == 0 ? -2 : KERNEL_TEXTS_RANGE));
		if (round == 1)
			CHECK(error_of(spill_limited) == KERNEL_TEXTS_RANGE);
		grouping_end(limited.grouping);
		end_round();
	}
}

/* Of many texts a few rows carry along what they refer to, and not the others. */
static void
dictionary_round(void)
{
	GroupKeys keys = {.fixed = true};
	Process process = new_process(&keys, JOURNEY_GROUP_MORE, NULL);
	Process other = new_process(&keys, JOURNEY_GROUP_MORE, NULL);
	size_t size;
	uint8_t *bytes;

	n_texts = MOST_TEXTS;
	for (uint32_t i = 0; i < n_texts; i++)
	{
		char *text = host_alloc(40);

		texts[i] = (JourneyText){text, (uint32_t) snprintf(text, 40, "a text that is not short: %u", i)};
	}
	for (uint32_t i = 0; i < n_texts; i++)
		add_event(&other, FIXED, 0, &(ModelRow){.name = &texts[i], .label = &texts[n_texts - 1 - i]});
	grouping_end(other.grouping);
	other.grouping = grouping_create(&keys, &other.codec->codec, &store);
	add_event(&other, FIXED, 0, &(ModelRow){.name = &texts[700], .label = &texts[0]});
	add_event(&other, FIXED, 0, &(ModelRow){.name = &texts[3]});
	bytes = exported(other.grouping, &size);
	CHECK(size < 1000);
	grouping_import(process.grouping, bytes, size, GROUP_IMPORT_COPY);
	CHECK(process.codec->names.n == 2 && process.codec->labels.n == 1);
	CHECK(same_text(&process.codec->names.texts[0], &texts[3]) && same_text(&process.codec->names.texts[1], &texts[700]) &&
		  same_text(&process.codec->labels.texts[0], &texts[0]));
	/* the next ones are told of anew */
	add_event(&other, FIXED, 0, &(ModelRow){.name = &texts[5]});
	bytes = exported(other.grouping, &size);
	CHECK(size < 1000);
	grouping_import(process.grouping, bytes, size, GROUP_IMPORT_COPY);
	CHECK(process.codec->names.n == 3);
	grouping_end(process.grouping);
	grouping_end(other.grouping);
	end_round();
}

/* Amounts fit at the scale that all of a user's need, on every road. */
static void
amounts_round(void)
{
	GroupKeys keys = {.fixed = true};

	for (int round = 0; round < 6; round++)
	{
		ModelRow large = {.amount = INT64_MAX / 10 + round / 3, .has_amount = true};
		ModelRow small = {.amount = 3, .scale = 1, .has_amount = true, .at = 7};
		int expected = round < 3 ? -2 : KERNEL_AMOUNT_RANGE;

		limited = new_process(&keys, JOURNEY_GROUP_AMOUNT | 1, NULL);
		add_event(&limited, FIXED, 0, &large);
		if (round % 3 == 1)
			spill_limited();
		add_event(&limited, FIXED, 0, &small);
		if (round % 3 == 2)
			CHECK(error_of(spill_limited) == expected);
		else
			CHECK(error_of(read_limited) == expected);
		grouping_end(limited.grouping);
		end_round();
	}
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	chance_state = seed;
	for (int i = 0; i < rounds; i++)
		group_round();
	printf("ok - %d rounds of journeys of many users\n", rounds);
	names_round();
	dictionary_round();
	amounts_round();
	printf("ok - limits\n");
	CHECK(n_interrupts > 0 && n_failed_writes > 0 && n_spills > 0 && n_translated > 0 && n_merged > 0 && n_many > 0 && n_referred > 0 && n_errors > 0);
	printf("# seed %llu: %ld spills, %ld dictionaries, %ld of them in part, %ld rounds with files, %ld with many texts; %ld interrupts, %ld failed writes, %ld errors\n",
		   (unsigned long long) seed, n_spills, n_translated, n_referred, n_merged, n_many, n_interrupts, n_failed_writes, n_errors);
	return 0;
}
