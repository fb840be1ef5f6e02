/*
 * paths_test.c: sessions and the edges of paths, outside the server.
 *
 *	paths_test [SEED [ROUNDS]]
 *
 * Users at random are counted at once, and in parts that are packed, unpacked and merged:
 * the bytes must be equal, and every edge is what the oracle says.  The bytes are then
 * damaged: what is still a state must be written as it was read.
 */
#include "paths_oracle.h"

#define PARTS   3
#define DAMAGES 40

static int
number_at(const EdgeCounts *counts, uint32_t place)
{
	return place == EDGE_NO_NAME ? -1 : number_of(edge_counts_name(counts, place));
}

static void
check_edges(const EdgeCounts *counts)
{
	EdgeOrder *order = edge_counts_order(counts);

	qsort(counted, (size_t) n_counted, sizeof(Counted), compare_counted);
	CHECK(counts->n_edges == (uint32_t) n_counted);
	for (int i = 0; i < n_counted; i++)
	{
		const Edge *edge = &counts->edges[order->edges[i]];

		CHECK(edge->depth == counted[i].depth);
		CHECK(number_at(counts, edge->source) == counted[i].source);
		CHECK(number_at(counts, edge->target) == counted[i].target);
		CHECK(edge->taken == counted[i].taken);
		CHECK(edge->users == counted[i].users);
		CHECK(edge->usecs == counted[i].usecs);
	}
	free(order);
}

/* What enters a node at a depth leaves it at the next one. */
static void
check_flow(const EdgeCounts *counts)
{
	if (counts->max_depth < 2 || (counts->flags & EDGES_REVERSE) ||
		!(counts->flags & EDGES_EXITS) || (counts->flags & EDGES_END_AT))
		return;
	for (uint32_t i = 0; i < counts->n_edges; i++)
	{
		const Edge *into = &counts->edges[i];
		uint64_t flow = 0;

		for (uint32_t j = 0; j < counts->n_edges; j++)
		{
			const Edge *edge = &counts->edges[j];

			if (edge->depth == into->depth && edge->target == into->target)
				flow += edge->taken;
			if (edge->depth == into->depth + 1 && edge->source == into->target)
				flow -= edge->taken;
		}
		CHECK(flow == 0 || into->target == EDGE_NO_NAME || into->depth == counts->max_depth);
	}
}

static const StateKind *
kind_of(const EdgeParams *params)
{
	return params->max_depth > 0 ? &path_edges_kind : &transitions_kind;
}

static ByteWriter
packed(const EdgeCounts *counts)
{
	ByteWriter out = byte_writer(0);

	edge_counts_pack(counts, &out);
	return out;
}

static EdgeCounts *
unpacked(const StateKind *kind, ByteWriter bytes)
{
	const char *problem = NULL;
	EdgeCounts *counts = kind->unpack(bytes.start, bytes_written(&bytes), &problem);

	CHECK(counts != NULL && problem == NULL);
	return counts;
}

static void
check_same_bytes(ByteWriter a, ByteWriter b)
{
	CHECK(bytes_written(&a) == bytes_written(&b));
	CHECK(memcmp(a.start, b.start, bytes_written(&a)) == 0);
	free(b.start);
}

static void
damage(const StateKind *kind, ByteWriter bytes)
{
	size_t size = bytes_written(&bytes);
	uint8_t *damaged = malloc(size);
	const char *problem;
	EdgeCounts *counts;

	memcpy(damaged, bytes.start, size);
	for (int i = below(3); i >= 0; i--)
		damaged[random_bits() % size] = (uint8_t) (below(3) ? below(8) : (int) random_bits());
	size -= below(4) == 0 ? random_bits() % size : 0;
	counts = kind->unpack(damaged, size, &problem);
	CHECK((counts == NULL) == (problem != NULL));
	if (counts != NULL)
	{
		ByteWriter again = packed(counts);

		CHECK(bytes_written(&again) == size && memcmp(again.start, damaged, size) == 0);
		free(again.start);
		free(counts);
	}
	free(damaged);
}

/* One set of hints for all counts and all users. */
static EdgeCounts *
add(EdgeCounts *counts, const User *user)
{
	static EdgeHints hints;
	EdgeCounts *grown;

	edge_hints_make_room(&hints, &user->journey);
	grown = edge_counts_add(counts, &user->journey, &hints);

	if (grown != counts)
		free(counts);
	return grown;
}

static EdgeCounts *
merge(EdgeCounts *counts, const EdgeCounts *other)
{
	EdgeCounts *grown = edge_counts_merge(counts, other);

	if (grown != counts)
		free(counts);
	return grown;
}

static void
round_of_edges(void)
{
	static User users[USERS];
	int extremes = below(3) == 0;
	EdgeParams params = random_params(extremes);
	const StateKind *kind = kind_of(&params);
	EdgeCounts *whole = edge_counts_create(&params);
	EdgeCounts *parts[PARTS];
	EdgeCounts *merged;
	ByteWriter bytes;
	int n = below(USERS + 1);

	n_counted = 0;
	for (int i = 0; i < PARTS; i++)
		parts[i] = edge_counts_create(&params);
	for (int i = 0; i < n; i++)
	{
		make_user(&users[i], extremes);
		whole = add(whole, &users[i]);
		oracle_user(&params, &users[i], i);
	}
	for (int i = n; i-- > 0;)
		parts[i % PARTS] = add(parts[i % PARTS], &users[i]);
	check_edges(whole);
	check_flow(whole);
	bytes = packed(whole);
	merged = unpacked(kind, bytes);
	check_edges(merged);
	check_same_bytes(bytes, packed(merged));
	free(merged);

	merged = parts[PARTS - 1];
	for (int i = PARTS - 1; i-- > 0;)
	{
		ByteWriter part = packed(parts[i]);
		EdgeCounts *stored = unpacked(kind, part);

		merged = merge(merged, stored);
		free(part.start);
		free(stored);
		free(parts[i]);
	}
	check_same_bytes(bytes, packed(merged));
	/* it goes on where it was stored */
	if (n > 0)
	{
		free(whole);
		whole = unpacked(kind, bytes);
		whole = add(whole, &users[0]);
		oracle_user(&params, &users[0], USERS);
		check_edges(whole);
	}
	for (int i = 0; i < DAMAGES; i++)
		damage(kind, bytes);
	free(merged);
	free(whole);
	free(bytes.start);
}

/* More edges and names than there is room at first: a chain of names that are long or short. */
static void
many_names(void)
{
	enum
	{
		MANY = 5000
	};
	static char texts[MANY][40];
	static JourneyText names[MANY];
	static JourneyRow rows[2 * MANY];
	EdgeParams params = {.as_of = INT64_MAX, .gap = SESSION_UNLIMITED, .flags = EDGES_COLLAPSE};
	Journey journey = {
		.rows = rows, .n_rows = 2 * MANY, .by_name = true, .names = {names, MANY}};
	EdgeCounts *counts = edge_counts_create(&params);
	EdgeCounts *again;
	ByteWriter bytes;

	for (uint32_t i = 0; i < MANY; i++)
	{
		int size = sprintf(texts[i], i % 2 ? "%06u" : "%06u a name longer than others", i);

		names[i] = (JourneyText){texts[i], (uint32_t) size};
		rows[i] = (JourneyRow){.at = i, .event = i};
		rows[MANY + i] = (JourneyRow){.at = MANY + i, .event = MANY - 1 - i};
	}
	counts = add(counts, &(User){.journey = journey});
	/* up, down, and both ends; the two in the middle are one node */
	CHECK(counts->n_edges == 2 * (MANY - 1) + 2 && counts->n_names == MANY);
	bytes = packed(counts);
	again = unpacked(&transitions_kind, bytes);
	check_same_bytes(bytes, packed(again));
	again = merge(again, counts);
	CHECK(again->n_edges == counts->n_edges && again->edges[17].taken == 2);
	free(again);
	free(counts);
	free(bytes.start);
}

/* A session's number is one more than that of rows that begin one, by the rules as written. */
static void
round_of_sessions(void)
{
	SessionRules rules = {(uint64_t) below(6), below(2) ? (uint64_t) below(9) : SESSION_UNLIMITED};
	Session session = {0};
	int64_t at = below(4) ? below(9) : INT64_MIN;
	int64_t started = 0;
	int64_t last = 0;
	int64_t day = 0;
	int64_t number = 0;

	for (int i = 0; i < 20; i++)
	{
		bool cut = below(6) == 0;
		int64_t today = below(5) == 0 ? below(3) : day;
		bool begins = i == 0 || cut || today != day ||
					  (__int128) at - last > (__int128) rules.gap ||
					  (__int128) at - started > (__int128) rules.max_length;

		number += begins;
		if (begins)
			started = at;
		CHECK(!session_runs_backwards(&session, at));
		CHECK(session_take(&session, &rules, at, today, cut) == begins);
		CHECK(session.number == number && session.started == started);
		CHECK(at == INT64_MIN || session_runs_backwards(&session, at - 1));
		last = at;
		day = today;
		at = below(30) == 0 ? INT64_MAX : at < INT64_MAX - 8 ? at + below(8) : at;
	}
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 200;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int i = 0; i < rounds; i++)
	{
		round_of_edges();
		round_of_sessions();
	}
	many_names();
	printf("# %d rounds\n", rounds);
	return 0;
}
