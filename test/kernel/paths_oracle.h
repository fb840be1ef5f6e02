/*
 * paths_oracle.h: users at random, and what an oracle says of the edges of their paths: it
 * copies the nodes of each session, looks at them one by one, and keeps edges in a list.
 */
#include "kernel/journey/texts.h"
#include "kernel/paths/edge_counts.h"

#include "simple_host.h"

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
