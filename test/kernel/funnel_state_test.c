/*
 * funnel_state_test.c: funnels over many users, outside the server.
 *
 *	funnel_state_test SEED [ROUNDS]
 *
 * Random users are counted at once, and in parts that are packed, unpacked and merged: the
 * bytes must be equal, and every reading that which follows from the list of the users'
 * chains.  The bytes are then damaged: what is still a state is written as it was read.
 */
#include "simple_host.h"

#include <math.h>

#include "funnel_cases.h"
#include "funnel_chance.h"
#include "kernel/funnel/funnel.h"
#include "kernel/funnel/funnel_state.h"

#define PARTS   4
#define DAMAGES 60
#define ROWS    12

/* What is known of one user who is counted. */
typedef struct User
{
	FunnelChain chain;
	int64_t at[FUNNEL_STEPS];
	bool mature;
} User;

typedef struct Users
{
	User *users;
	int n;
} Users;

/* --- what there is to be read --------------------------------------------------- */

/* The window of the deciding entry is over: by looking at all rows. */
static bool
is_mature(const FunnelQuestion *question, const JourneyRow *rows, int n)
{
	uint64_t opens = question->unordered ? funnel_steps(question) : 1;
	int64_t decides = INT64_MIN;

	for (int i = 0; i < n; i++)
		if (rows[i].at < question->as_of && rows[i].at >= question->entry_from && rows[i].at < question->entry_to &&
			(rows[i].mask & opens) != 0 && (decides == INT64_MIN || !question->first_entry))
			decides = rows[i].at;
	return decides + question->within < question->as_of;
}

static void
note_user(Users *users, const FunnelQuestion *question, const JourneyRow *rows, int n)
{
	Journey journey = {.rows = rows, .n_rows = (uint32_t) n};
	FunnelRows all = funnel_rows(question, &journey);
	User *user = &users->users[users->n];

	funnel_chain(question, &all, false, &user->chain);
	if (user->chain.level == 0)
		return;
	for (int k = 0; k < question->n_steps; k++)
		if ((user->chain.held >> k & 1) != 0)
			user->at[k] = rows[user->chain.rows[k]].at;
	user->mature = is_mature(question, rows, n);
	users->n++;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *) a;
	int64_t y = *(const int64_t *) b;

	return x < y ? -1 : x > y;
}

/* Is the number that which it should be, or so near as a class is wide? */
static bool
near(double value, double expected, bool exact)
{
	return fabs(value - expected) <= (exact ? 1e-9 : 1.0 / 256) * fabs(expected) + 1e-9;
}

static void
check_pair(const FunnelState *state, const FunnelPair *pair, const Users *users, bool mature)
{
	DurationReader reader = funnel_state_durations(state, pair, mature);
	int64_t *sorted = malloc((size_t) (users->n + 1) * sizeof(int64_t));
	bool exact = durations_exact(&pair->durations);
	uint64_t bins[7];
	uint64_t in_bins = 0;
	__int128 sum = 0;
	int n = 0;

	for (int i = 0; i < users->n; i++)
		if ((users->users[i].chain.held >> (pair->to - 1) & 1) != 0 && (!mature || users->users[i].mature))
		{
			sorted[n] = users->users[i].at[pair->to - 1] - users->users[i].at[pair->from - 1];
			sum += sorted[n++];
		}
	qsort(sorted, (size_t) n, sizeof(int64_t), compare_times);
	CHECK(reader.n == (uint64_t) n && reader.sum == sum);
	if (n > 0)
	{
		CHECK(reader.least == (uint64_t) sorted[0] && reader.greatest == (uint64_t) sorted[n - 1]);
		for (int i = 0; i <= 20; i++)
		{
			double at = (n - 1) * (i / 20.0);
			int below_it = (int) floor(at);
			double above = (double) sorted[below_it + (below_it + 1 < n)];

			CHECK(near(durations_quantile(&reader, i / 20.0), (double) sorted[below_it] + (at - below_it) * (above - (double) sorted[below_it]), exact));
		}
		durations_histogram(&reader, 7, bins);
		for (int bin = 0; bin < 7; bin++)
		{
			int64_t width = sorted[n - 1] - sorted[0];
			uint64_t expected = 0;

			for (int i = 0; i < n; i++)
				expected += width == 0 ? bin == 0 : (sorted[i] - sorted[0]) * 7 / width == bin || (bin == 6 && sorted[i] == sorted[n - 1]);
			CHECK(!exact || bins[bin] == expected);
			in_bins += bins[bin];
		}
		CHECK(in_bins == (uint64_t) n);
	}
	durations_close(&reader);
	free(sorted);
}

static void
check_readings(const FunnelState *state, const Users *users)
{
	int n_steps = state->question.n_steps;

	for (int step = 1; step <= n_steps; step++)
	{
		uint64_t held[2] = {0, 0};
		uint64_t open = 0;

		for (int i = 0; i < users->n; i++)
		{
			const User *user = &users->users[i];

			held[user->mature] += user->chain.held >> (step - 1) & 1;
			open += !user->mature && user->chain.level == step;
		}
		CHECK(funnel_state_users(state, step, true) == held[1]);
		CHECK(funnel_state_users(state, step, false) == held[0] + held[1]);
		CHECK(step == n_steps || state->levels[step - 1] == open);
		CHECK(step == 1 || funnel_state_pair(state, 1, step) != NULL);
		CHECK(step == 1 || funnel_state_pair(state, funnel_required_before(&state->question, step), step) != NULL);
	}
	for (uint32_t i = 0; i < state->n_pairs; i++)
	{
		check_pair(state, &state->pairs[i], users, false);
		check_pair(state, &state->pairs[i], users, true);
	}
}

/* --- parts ---------------------------------------------------------------------- */

static ByteWriter
packed(const FunnelState *state)
{
	ByteWriter out = byte_writer(0);

	funnel_kind.pack(state, &out);
	return out;
}

static FunnelState *
replace(FunnelState *state, FunnelState *by)
{
	if (by != state)
		host_free(state);
	return by;
}

static FunnelState *
read_again(FunnelState *state)
{
	ByteWriter bytes = packed(state);
	const char *problem;
	FunnelState *again = funnel_kind.unpack(bytes.start, bytes_written(&bytes), &problem);

	CHECK(again != NULL && problem == NULL);
	host_free(bytes.start);
	return replace(state, again);
}

static void
damage(const FunnelState *whole)
{
	ByteWriter bytes = packed(whole);
	size_t size = bytes_written(&bytes);
	const char *problem;
	FunnelState *state;

	for (int i = below(3); i >= 0; i--)
		bytes.start[random_bits() % (below(2) == 0 ? size : (size < 40 ? size : 40))] = (uint8_t) (below(2) == 0 ? random_bits() : random_bits() % 4);
	size -= below(4) == 0 ? random_bits() % size : 0;
	state = funnel_kind.unpack(bytes.start, size, &problem);
	CHECK((state == NULL) == (problem != NULL));
	if (state != NULL)
	{
		ByteWriter again = packed(state);

		CHECK(bytes_written(&again) == size && memcmp(again.start, bytes.start, size) == 0);
		for (uint32_t i = 0; i < state->n_pairs; i++)
		{
			DurationReader reader = funnel_state_durations(state, &state->pairs[i], false);

			CHECK(reader.n == 0 || durations_quantile(&reader, 0.5) <= (double) reader.greatest);
			durations_close(&reader);
		}
		host_free(again.start);
		host_free(state);
	}
	host_free(bytes.start);
}

static void
round_of(int n_users)
{
	static const int extras[] = {0, 0, 1, 2, 3, 4, 5, 10};
	int n_steps = 1 + below(5);
	int n_conditions = n_steps + below(3);
	FunnelQuestion question = random_question(below(24), extras[below(8)], n_conditions, n_steps);
	FunnelState *whole;
	FunnelState *parts[PARTS];
	Users users = {malloc((size_t) n_users * sizeof(User)), 0};
	ByteWriter bytes;
	ByteWriter merged;

	question.as_of = below(3) == 0 ? INT64_MAX : 5 + below(20);
	question.within *= n_users > 1000 ? 100000 : 1;
	if (question.optional == 0 && !question.gaps && question.in_between == FUNNEL_ANYTHING && !question.repeats_break &&
		!question.strict_ties && funnel_hits_everywhere(&question) && below(3) == 0)
		question.unordered = true;
	funnel_normalize(&question);
	whole = funnel_state_create(&question);
	for (int i = 0; i < PARTS; i++)
		parts[i] = funnel_state_create(&question);
	for (int i = 0; i < n_users; i++)
	{
		JourneyRow rows[ROWS];
		int n = random_rows(rows, n_conditions);
		Journey journey = {.rows = rows, .n_rows = (uint32_t) n};
		int part = below(PARTS);

		for (int row = 0; row < n && n_users > 1000; row++)
			rows[row].at = row == 0 ? rows[row].at : rows[row - 1].at + below(2) * below(100000);
		note_user(&users, &question, rows, n);
		whole = replace(whole, funnel_state_add(whole, &journey));
		parts[part] = replace(parts[part], funnel_state_add(parts[part], &journey));
	}
	check_readings(whole, &users);
	for (int i = 1; i < PARTS; i++)
	{
		if (below(2) == 0)
			parts[i] = read_again(parts[i]);
		parts[0] = replace(parts[0], funnel_kind.merge(parts[0], parts[i]));
		host_free(parts[i]);
	}
	funnel_state_expect(parts[0], &question);
	check_readings(parts[0], &users);
	bytes = packed(whole);
	merged = packed(parts[0]);
	CHECK(bytes_written(&bytes) == bytes_written(&merged) && memcmp(bytes.start, merged.start, bytes_written(&bytes)) == 0);
	whole = read_again(whole);
	check_readings(whole, &users);
	for (int i = 0; i < DAMAGES && n_users < 1000; i++)
		damage(whole);
	host_free(bytes.start);
	host_free(merged.start);
	host_free(whole);
	host_free(parts[0]);
	free(users.users);
	n_cases++;
}

/* Every class has durations of its own, next to those of its neighbours. */
static void
check_classes(void)
{
	Durations durations = {.room = durations_room(DURATIONS_EXACT + 1)};
	uint64_t *block = calloc(durations.room, sizeof(uint64_t));
	DurationReader reader;
	uint64_t previous = 0;

	for (int bits = 0; bits < 63; bits++)
		for (uint64_t step = 0; step < 128; step++)
			durations_add(&durations, block, 0, (uint64_t) ((unsigned __int128) (128 + step) << bits >> 7));
	reader = durations_open(&durations, block, true);
	for (uint32_t i = 0; i < reader.n_runs; i++)
	{
		CHECK(reader.runs[i].twice > previous);
		previous = reader.runs[i].twice;
	}
	/* one value each below 2^8, 128 to an octave from 2^7 on: all but 0 were met */
	CHECK(reader.n_runs == DURATION_CLASSES - 1);
	durations_close(&reader);
	free(block);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 20;

	CHECK(argc > 1);
	random_state = strtoull(argv[1], NULL, 10);
	check_classes();
	for (int i = 0; i < rounds; i++)
		round_of(i % 20 == 19 ? 12000 : 1 + below(60));
	printf("# %ld rounds\n", n_cases);
	return 0;
}
