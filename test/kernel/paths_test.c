/*
 * paths_test.c: sessions and the edges of paths, outside the server.
 *
 *	paths_test [SEED [ROUNDS]]
 *
 * Users at random are counted at once, and in parts that are packed, unpacked and merged:
 * the bytes must be equal, and every edge is what an oracle says, which copies the nodes
 * of each session, looks at them one by one, and keeps users in lists.  The bytes are then
 * damaged: what is still a state must be written as it was read.
 */
#include "kernel/journey/texts.h"
#include "kernel/paths/edge_counts.h"

#include "simple_host.h"

#define PARTS      3
#define DAMAGES    40
#define USERS      12
#define ROWS       24
#define NAMES      7
#define MAX_EDGES  20000

static int
below(int n)
{
	return (int) (uniform() * n);
}

/* ascending, as those of a journey; one is empty, two begin alike, one is no letter */
static const JourneyText all_names[NAMES] = {{"", 0},     {"a", 1},      {"ab", 2}, {"b", 1},
											 {"home", 4}, {"\xC3\xA9", 2}, {"\xFFz", 2}};

/* A user's rows, of which the journey knows some of all names. */
typedef struct User
{
	JourneyRow rows[ROWS];
	JourneyText names[NAMES];
	Journey journey;
} User;

static int
compare_rows(const void *a, const void *b)
{
	const JourneyRow *left = a;
	const JourneyRow *right = b;

	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	if (left->tiebreak != right->tiebreak)
		return left->tiebreak < right->tiebreak ? -1 : 1;
	return left->event < right->event ? -1 : left->event > right->event;
}

static int64_t
random_time(int extremes)
{
	if (extremes && below(4) == 0)
		return below(2) ? INT64_MIN + below(3) : INT64_MAX - 1 - below(3);
	return below(40) - 20;
}

static void
make_user(User *user, int extremes)
{
	uint32_t n_names = 0;
	uint32_t n_rows = (uint32_t) below(ROWS + 1);

	for (int i = 0; i < NAMES; i++)
		if (below(3) > 0 || (i == NAMES - 1 && n_names == 0))
			user->names[n_names++] = all_names[i];
	for (uint32_t i = 0; i < n_rows; i++)
		user->rows[i] = (JourneyRow){.at = random_time(extremes),
									 .tiebreak = below(5) == 0 ? below(3) - 1 : 0,
									 .event = (uint32_t) below((int) n_names),
									 .label = JOURNEY_NONE};
	qsort(user->rows, n_rows, sizeof(JourneyRow), compare_rows);
	user->journey = (Journey){.rows = user->rows,
							  .n_rows = n_rows,
							  .by_name = true,
							  .names = {user->names, n_names},
							  .names_id = {.place = (uint32_t) below(3)}};
}

static EdgeParams
random_params(int extremes)
{
	EdgeParams params = {.as_of = below(3) ? INT64_MAX : random_time(extremes),
						 .gap = below(3) ? (uint64_t) below(8) : SESSION_UNLIMITED};

	params.flags = below(2) ? EDGES_COLLAPSE : 0;
	if (below(4) == 0)
		return params;
	params.max_depth = 1 + (uint32_t) below(below(4) ? 6 : EDGES_MAX_DEPTH);
	params.flags |= (below(2) ? EDGES_REVERSE : 0) | (below(4) ? EDGES_EXITS : 0);
	if (below(3) == 0)
		params.start_at = all_names[below(NAMES)];
	if (below(3) == 0)
		params.end_at = all_names[below(NAMES)];
	return params;
}

/* --- the oracle ------------------------------------------------------------ */

typedef struct Counted
{
	uint32_t depth;
	int source; /* among all_names, or -1 */
	int target;
	uint64_t taken;
	uint64_t users;
	int last_user;
	__int128 usecs;
} Counted;

static Counted counted[MAX_EDGES];
static int n_counted;

static void
oracle_count(uint32_t depth, int source, int target, __int128 usecs, int user)
{
	int i = 0;

	while (i < n_counted && (counted[i].depth != depth || counted[i].source != source ||
							 counted[i].target != target))
		i++;
	if (i == n_counted)
		counted[n_counted++] =
			(Counted){.depth = depth, .source = source, .target = target, .last_user = -1};
	CHECK(n_counted < MAX_EDGES);
	counted[i].taken++;
	counted[i].usecs += usecs;
	counted[i].users += depth > 0 && counted[i].last_user != user;
	counted[i].last_user = user;
}

static int
number_of(JourneyText name)
{
	for (int i = 0; i < NAMES; i++)
		if (text_compare(&all_names[i], &name) == 0)
			return i;
	return -1;
}

typedef struct Node
{
	int name;
	int64_t at;
} Node;

static bool
is_name(const Node *node, JourneyText name)
{
	return node->name == number_of(name);
}

/* The session's nodes, all of them. */
static void
oracle_session(const EdgeParams *params, Node *nodes, int n, int user)
{
	int from = 0;
	int to = n;

	if (params->max_depth == 0)
	{
		for (int i = 0; i <= n; i++)
			oracle_count(0, i > 0 ? nodes[i - 1].name : -1, i < n ? nodes[i].name : -1, 0, user);
		return;
	}
	if (params->start_at.bytes != NULL)
	{
		while (from < n && !is_name(&nodes[from], params->start_at))
			from++;
		if (from == n)
			return;
	}
	if (params->end_at.bytes != NULL)
	{
		int found = -1;

		for (int i = from; i < n; i++)
			if (is_name(&nodes[i], params->end_at) &&
				(found < 0 || (params->flags & EDGES_REVERSE)))
				found = i;
		if (found < 0)
			return;
		to = found + 1;
	}
	for (int i = from; i < to; i++)
	{
		bool reverse = (params->flags & EDGES_REVERSE) != 0;
		uint32_t depth = (uint32_t) (reverse ? to - 1 - i : i - from + 1);

		if (depth >= 1 && depth <= params->max_depth && i + 1 < to)
			oracle_count(depth, nodes[i].name, nodes[i + 1].name,
						 (__int128) nodes[i + 1].at - nodes[i].at, user);
	}
	if (!(params->flags & EDGES_EXITS) || (uint32_t) (to - from) > params->max_depth)
		return;
	if (params->flags & EDGES_REVERSE)
	{
		if (params->start_at.bytes == NULL)
			oracle_count((uint32_t) (to - from), -1, nodes[from].name, 0, user);
	}
	else if (params->end_at.bytes == NULL)
		oracle_count((uint32_t) (to - from), nodes[to - 1].name, -1, 0, user);
}

static void
oracle_user(const EdgeParams *params, const User *user, int number)
{
	Node nodes[ROWS];
	int n = 0;
	int64_t last = 0;

	for (uint32_t i = 0; i < user->journey.n_rows; i++)
	{
		const JourneyRow *row = &user->rows[i];
		int name = number_of(user->names[row->event]);

		if (row->at >= params->as_of)
			continue;
		if (n > 0 && params->gap != SESSION_UNLIMITED &&
			(__int128) row->at - last > (__int128) params->gap)
		{
			oracle_session(params, nodes, n, number);
			n = 0;
		}
		last = row->at;
		if (n == 0 || !(params->flags & EDGES_COLLAPSE) || nodes[n - 1].name != name)
			nodes[n++] = (Node){name, row->at};
	}
	if (n > 0)
		oracle_session(params, nodes, n, number);
}

static int
compare_counted(const void *a, const void *b)
{
	const Counted *left = a;
	const Counted *right = b;

	if (left->depth != right->depth)
		return left->depth < right->depth ? -1 : 1;
	return left->source != right->source ? left->source - right->source
										 : left->target - right->target;
}

/* --- what is checked ------------------------------------------------------- */

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
