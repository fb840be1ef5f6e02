/*
 * identity_test.c: logins, and which ids are one person, outside the server.
 *
 *	identity_test [SEED [ROUNDS [DEVICES]]]
 *
 * Logins at random are added at once, and in parts that are packed, unpacked and merged: the
 * bytes must be equal.  Persons are compared with those that are found the slow way: each pair
 * of ids is looked for among all rows, and components are walked breadth first.  The bytes
 * are then damaged: what is still a graph is written as it was read, and has persons.
 * DEVICES: at the end graphs of so many, each in linear time.
 */
#include "kernel/identity/identity_persons.h"

#include <time.h>

#include "merged_states.h"

#define MAX_ROWS  120
#define MAX_IDS   30 /* of each set */
#define MAX_PARTS 5
#define DAMAGES   20
#define FIRST_DAY 8766

typedef struct Visit
{
	int device;
	int user;
	int day;
} Visit;

typedef struct World
{
	GraphIds kinds[2];
	int n[2];
	int n_rows;
	GraphId ids[2][MAX_IDS];
	char texts[2][MAX_IDS][16];
	Visit rows[MAX_ROWS];
} World;

/* Of a pair of ids, before as_of. */
typedef struct Pair
{
	int first_day;
	int last_day;
	int times; /* 0: they never met */
} Pair;

/* What the slow way finds out; ids by number, in the order of ids. */
typedef struct Slow
{
	Pair pairs[MAX_IDS][MAX_IDS];
	int users_of[MAX_IDS]; /* how many a device has */
	bool user_met[MAX_IDS];
	int owner[2][MAX_IDS]; /* by last and by first; -1: shared */
	int component[2][MAX_IDS]; /* -1: not met */
	int users_in[2 * MAX_IDS];
	int ids_in[2 * MAX_IDS];
	int canonical[2 * MAX_IDS];
	int n_components;
} Slow;

static int n_accepted;
static int n_shared;
static int n_over;
static int n_united;

static void
make_ids(World *world, int set)
{
	int64_t number = below(3) == 0 ? INT64_MIN : (int64_t) (random_bits() >> below(64)) / -2;

	for (int i = 0; i < world->n[set]; i++)
	{
		if (world->kinds[set] == GRAPH_NUMBERS)
			world->ids[set][i] = (GraphId){.number = number += 1 + below(below(2) == 0 ? 3 : 1 << 20)};
		/* a beginning of others comes before them; the same ids in both sets are not the same */
		snprintf(world->texts[set][i], sizeof(world->texts[set][i]), i == 0 ? "" : "%sid%02d", i < 20 ? "" : "\xe7\x94", i);
		if (world->kinds[set] == GRAPH_TEXTS)
			world->ids[set][i] = (GraphId){.bytes = world->texts[set][i], .size = (uint32_t) strlen(world->texts[set][i])};
	}
}

static void
make_world(World *world)
{
	int days = 1 + below(below(2) == 0 ? 3 : 60);

	for (int set = 0; set < 2; set++)
	{
		world->kinds[set] = below(2) == 0 ? GRAPH_NUMBERS : GRAPH_TEXTS;
		world->n[set] = 1 + below(below(3) == 0 ? 4 : MAX_IDS);
		make_ids(world, set);
	}
	world->n_rows = 1 + below(below(4) == 0 ? MAX_ROWS : 30);
	for (int i = 0; i < world->n_rows; i++)
	{
		int device = below(world->n[0]);

		/* anybody, or one of two neighbours: chains */
		world->rows[i] = (Visit){device, (below(4) == 0 ? below(world->n[1]) : device + below(2)) % world->n[1], FIRST_DAY + below(days)};
	}
}

static Graph *
add(Graph *graph, const World *world, int i)
{
	const Visit *row = &world->rows[i];

	if (graph == NULL)
		graph = identity_graph_create(world->kinds[0], world->kinds[1]);
	return graph_add(graph, &world->ids[0][row->device], &world->ids[1][row->user], row->day);
}

static int
slow_owner(const Slow *slow, const World *world, int device, bool first)
{
	int best = -1;

	for (int u = 0; u < world->n[1]; u++)
	{
		const Pair *pair = &slow->pairs[device][u];
		const Pair *other = &slow->pairs[device][best < 0 ? 0 : best];
		int later = first ? other->first_day - pair->first_day : pair->last_day - other->last_day;

		if (pair->times > 0 && (best < 0 || later > 0 || (later == 0 && pair->times > other->times)))
			best = u;
	}
	return best;
}

/* From a user, breadth first, over devices that are not shared. */
static void
walk(Slow *slow, const World *world, int user, uint32_t max_users)
{
	int queue[2 * MAX_IDS];
	int n = 0;
	int c = slow->n_components++;
	int seen_first = -1;

	slow->canonical[c] = -1;
	slow->component[1][user] = c;
	queue[n++] = MAX_IDS + user;
	for (int i = 0; i < n; i++)
	{
		bool is_user = queue[i] >= MAX_IDS;
		int at = queue[i] % MAX_IDS;

		slow->ids_in[c]++;
		slow->users_in[c] += is_user;
		for (int other = 0; is_user && other < world->n[0]; other++)
			if (slow->pairs[other][at].times > 0 && slow->users_of[other] <= (int) max_users && slow->component[0][other] < 0)
			{
				slow->component[0][other] = c;
				queue[n++] = other;
			}
		for (int other = 0; !is_user && other < world->n[1]; other++)
			if (slow->pairs[at][other].times > 0 && slow->component[1][other] < 0)
			{
				slow->component[1][other] = c;
				queue[n++] = MAX_IDS + other;
			}
	}
	for (int u = 0; u < world->n[1]; u++)
		for (int d = 0; d < world->n[0] && slow->component[1][u] == c; d++)
		{
			const Pair *pair = &slow->pairs[d][u];

			if (slow->canonical[c] < 0)
				slow->canonical[c] = u; /* there may be shared devices only */
			if (pair->times == 0 || slow->users_of[d] > (int) max_users)
				continue;
			if (seen_first < 0 || pair->first_day < seen_first)
			{
				seen_first = pair->first_day;
				slow->canonical[c] = u;
			}
		}
}

static void
go_slowly(const World *world, const IdentityQuestion *question, Slow *slow)
{
	*slow = (Slow){0};
	memset(slow->component, -1, sizeof(slow->component));
	for (int i = 0; i < world->n_rows; i++)
	{
		const Visit *row = &world->rows[i];
		Pair *pair = &slow->pairs[row->device][row->user];

		if (row->day >= question->as_of)
			continue;
		if (pair->times == 0 || row->day < pair->first_day)
			pair->first_day = row->day;
		if (pair->times == 0 || row->day > pair->last_day)
			pair->last_day = row->day;
		slow->users_of[row->device] += pair->times++ == 0;
		slow->user_met[row->user] = true;
	}
	for (int d = 0; d < world->n[0]; d++)
		for (int first = 0; first < 2; first++)
			slow->owner[first][d] = slow->users_of[d] > (int) question->max_users ? -1 : slow_owner(slow, world, d, first);
	for (int u = 0; u < world->n[1]; u++)
		if (slow->user_met[u] && slow->component[1][u] < 0)
			walk(slow, world, u, question->max_users);
}

/* The number of an id of the graph. */
static int
number_of(const World *world, const Graph *graph, int set, uint32_t place)
{
	GraphId id = graph_id(graph, set, place);

	for (int i = 0; i < world->n[set]; i++)
		if (world->kinds[set] == GRAPH_NUMBERS ? world->ids[set][i].number == id.number
											  : world->ids[set][i].size == id.size && memcmp(world->ids[set][i].bytes, id.bytes, id.size) == 0)
			return i;
	CHECK(false);
	return -1;
}

/* An id as the slow way sees it; user: itself, or the owner. */
static void
check_identity(const Slow *slow, const IdentityQuestion *question, Identity got, int canonical, int user)
{
	int c = slow->component[1][user];
	int owned = 0;

	if (question->mode != IDENTITY_COMPONENTS)
	{
		for (int d = 0; d < MAX_IDS; d++)
			owned += slow->users_of[d] > 0 && slow->owner[question->mode == IDENTITY_FIRST][d] == user;
		CHECK(canonical == user && got.status == IDENTITY_OK && got.users == 1 && (int) got.ids == owned + 1);
		return;
	}
	CHECK((int) got.ids == slow->ids_in[c] && (int) got.users == slow->users_in[c]);
	if (slow->ids_in[c] > (int) question->max_ids)
		CHECK(canonical == user && got.status == IDENTITY_OVER_MERGED);
	else
		CHECK(canonical == slow->canonical[c] && got.status == IDENTITY_OK);
	n_over += got.status == IDENTITY_OVER_MERGED;
	n_united += got.users > 1;
}

static void
check_suspects(const World *world, const Graph *graph, const IdentityPersons *persons, const Slow *slow)
{
	uint32_t *order = graph_order_ids(graph, IDENTITY_DEVICES);
	uint32_t *ranks = malloc(sizeof(uint32_t) * persons->n_devices);
	uint32_t n;
	IdentitySuspect *suspects;
	int shared = 0;
	int over = 0;

	for (uint32_t i = 0; i < persons->n_devices; i++)
		ranks[order[i]] = i;
	suspects = identity_suspects(persons, ranks, &n);
	for (uint32_t i = 0; i < n; i++)
	{
		const IdentitySuspect *suspect = &suspects[i];

		CHECK(i == 0 || suspects[i - 1].ids >= suspect->ids);
		if (suspect->status == IDENTITY_SHARED_DEVICE)
		{
			int d = number_of(world, graph, 0, suspect->place);
			uint64_t logins = 0;

			for (int u = 0; u < MAX_IDS; u++)
				logins += (uint64_t) slow->pairs[d][u].times;
			CHECK(slow->owner[0][d] == -1 && (int) suspect->users == slow->users_of[d] && suspect->logins == logins);
			shared++;
		}
		else
		{
			int c = slow->component[1][number_of(world, graph, 1, persons->user_ids[suspect->place])];
			uint64_t logins = 0;

			for (int d = 0; d < MAX_IDS; d++)
				for (int u = 0; u < MAX_IDS && slow->component[0][d] == c; u++)
					logins += (uint64_t) slow->pairs[d][u].times;
			CHECK((int) suspect->ids == slow->ids_in[c] && (int) suspect->users == slow->users_in[c] && suspect->logins == logins);
			over++;
		}
	}
	for (int c = 0; c < slow->n_components; c++)
		over -= slow->ids_in[c] > (int) persons->question.max_ids;
	CHECK(over == 0 && shared == (int) persons->shared_devices);
	free(order);
	free(ranks);
	free(suspects);
}

static void
check_persons(const World *world, const Graph *graph, const IdentityQuestion *question)
{
	Slow slow;
	IdentityPersons *persons = identity_persons(graph, question);
	int devices = 0;
	int users = 0;
	int shared = 0;
	int canonical_ones = 0;
	uint64_t logins = 0;

	go_slowly(world, question, &slow);
	for (uint32_t i = 0; i < persons->n_devices; i++)
	{
		int d = number_of(world, graph, 0, i);
		int owner = slow.owner[question->mode == IDENTITY_FIRST][d];
		Identity got;

		CHECK((int) persons->devices[i].n_users == slow.users_of[d]);
		if (slow.users_of[d] == 0)
			continue;
		devices++;
		logins += persons->devices[i].logins;
		got = identity_of_device(persons, i);
		if (owner < 0)
		{
			shared++;
			CHECK(got.canonical == IDENTITY_NOBODY && got.status == IDENTITY_SHARED_DEVICE && got.ids == 1 && got.users == 0);
			continue;
		}
		check_identity(&slow, question, got, number_of(world, graph, 1, persons->user_ids[got.canonical]), owner);
	}
	for (uint32_t i = 0; i < persons->n_users; i++)
	{
		int u = number_of(world, graph, 1, persons->user_ids[i]);
		Identity got;

		CHECK(persons->users[i].met == slow.user_met[u]);
		if (!slow.user_met[u])
			continue;
		users++;
		got = identity_of_user(persons, i);
		canonical_ones += got.canonical == i;
		CHECK(got.ids <= persons->largest);
		check_identity(&slow, question, got, number_of(world, graph, 1, persons->user_ids[got.canonical]), u);
	}
	CHECK(devices == (int) persons->devices_met && users == (int) persons->users_met && shared == (int) persons->shared_devices);
	CHECK(logins == persons->logins && canonical_ones == (int) persons->persons);
	n_shared += shared;
	check_suspects(world, graph, persons, &slow);
	identity_persons_free(persons);
}

static void
damage(ByteWriter bytes)
{
	Graph *graph = of_damaged(&identity_graph_kind, &bytes);
	IdentityPersons *persons;

	if (graph == NULL)
		return;
	persons = identity_persons(graph, &(IdentityQuestion){INT32_MAX, IDENTITY_COMPONENTS, 3, 50});
	CHECK(persons->devices_met == persons->n_devices && persons->users_met == persons->n_users);
	n_accepted++;
	identity_persons_free(persons);
	free(graph);
}

static void
round_of(void)
{
	static World world;
	Graph *whole = NULL;
	void *merged;
	Graph *parts[MAX_PARTS] = {NULL};
	ByteWriter bytes;

	make_world(&world);
	for (int i = 0; i < world.n_rows; i++)
	{
		int part = below(MAX_PARTS);

		whole = add(whole, &world, i);
		parts[part] = add(parts[part], &world, i);
	}
	bytes = same_as_merged(&identity_graph_kind, whole, (void **) parts, MAX_PARTS, &merged);
	for (int mode = 0; mode < 3; mode++)
		check_persons(&world, mode == 0 ? whole : merged,
					  &(IdentityQuestion){FIRST_DAY + below(3) * 31, (IdentityMode) mode, 1 + (uint32_t) below(4), 2 + (uint32_t) below(12)});
	for (int i = 0; i < DAMAGES; i++)
		damage(bytes);
	free(bytes.start);
}

static double
seconds(void)
{
	return (double) clock() / CLOCKS_PER_SEC;
}

/* Three logins and a little for each device; its users are those that a shape says. */
static double
large_graph(const char *what, int n, int (*user_of)(int device, int n))
{
	Graph *graph = identity_graph_create(GRAPH_NUMBERS, GRAPH_NUMBERS);
	double started = seconds();
	double added;
	double made;
	long polls = n_polls;
	IdentityPersons *persons;
	ByteWriter bytes;

	for (int64_t i = 0; i < 10 * (int64_t) n / 3; i++)
		graph = graph_add(graph, &(GraphId){.number = i % n}, &(GraphId){.number = user_of((int) (i % n), n)}, FIRST_DAY + (int) (i / n) * 7);
	added = seconds() - started;
	persons = identity_persons(graph, &(IdentityQuestion){INT32_MAX, IDENTITY_COMPONENTS, 3, 50});
	made = seconds() - started - added;
	CHECK(n_polls - polls > n / 0x10000);
	CHECK((int) persons->devices_met == n);
	bytes = packed(&identity_graph_kind, graph);
	printf("# %s of %d devices: added in %.3f s, persons in %.3f s; %.2f bytes a row stored, %.1f in memory; %u persons, %u over, %u shared\n", what, n, added, made,
		   (double) bytes_written(&bytes) / graph->n_rows, (double) graph->state.capacity / graph->n_rows, persons->persons, persons->over_merged, persons->shared_devices);
	free(bytes.start);
	free(graph);
	identity_persons_free(persons);
	return made;
}

/* Who shares his devices with a few. */
static int
household(int device, int n)
{
	return device / 3 + (below(20) == 0 ? below(n / 1000 + 2) : 0);
}

/* Each device ties two users to each other: one component. */
static int
chain(int device, int n)
{
	return device + below(2);
}

/* One device of all, and the others. */
static int
kiosk(int device, int n)
{
	return below(n);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 100;
	int devices = argc > 3 ? atoi(argv[3]) : 0;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int i = 0; i < rounds; i++)
		round_of();
	printf("# %d rounds, %d shared devices, %d ids of components too large, %d united, %d damaged graphs accepted\n", rounds, n_shared, n_over, n_united, n_accepted);
	CHECK(rounds < 100 || (n_shared > 0 && n_over > 0 && n_united > 0 && n_accepted > 0));
	if (devices > 0)
	{
		double tenth = large_graph("households", devices / 10, household);

		CHECK(large_graph("households", devices, household) < 40 * tenth + 0.2);
		large_graph("chain", devices, chain);
		large_graph("anybody", devices, kiosk);
	}
	return 0;
}
