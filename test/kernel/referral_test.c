/*
 * referral_test.c: who invited whom, and the tree of it, outside the server.
 *
 *	referral_test [SEED [ROUNDS [USERS]]]
 *
 * Invitations at random are added at once, and in parts that are packed, unpacked and merged:
 * the bytes must be equal.  The tree is compared with one that is made the slow way: an
 * inviter is looked for among all rows, a circle by going up from everybody, descendants by
 * going up from each.  The bytes are then damaged: what is still a state is written as it was read, and
 * has a tree.  USERS: at the end a chain, a star and circles of so many, each in linear
 * time.
 */
#include "kernel/referral/referral_tree.h"

#include <time.h>

#include "merged_states.h"

#define MAX_ROWS  400
#define MAX_USERS 60
#define MAX_PARTS 6
#define DAMAGES   60
#define FIRST_DAY 8766

typedef struct Invitation
{
	int inviter; /* users by number, in the order of their ids */
	int invitee;
	int day;
} Invitation;

typedef struct Crowd
{
	GraphIds kind;
	int n_users;
	int n_rows;
	GraphId ids[MAX_USERS];
	char texts[MAX_USERS][24];
	Invitation rows[MAX_ROWS];
} Crowd;

/* What the slow way finds out. */
typedef struct Slow
{
	int inviter[MAX_USERS]; /* -1: none */
	int day[MAX_USERS];
	bool cut[MAX_USERS];
	bool met[MAX_USERS];
	uint64_t self_invites;
	uint64_t duplicates;
} Slow;

static int n_accepted;
static int n_cut;

/* Ids in ascending order: of numbers around 0, far from it, or at the ends; of texts that begin alike. */
static void
make_ids(Crowd *crowd)
{
	int64_t number = below(3) == 0 ? INT64_MIN : (int64_t) (random_bits() >> below(64)) / -2;
	int wide = below(3) == 0 ? 1 << 20 : 3;

	for (int i = 0; i < crowd->n_users; i++)
	{
		if (crowd->kind == GRAPH_NUMBERS)
		{
			crowd->ids[i] = (GraphId){.number = number};
			number += 1 + below(wide);
			continue;
		}
		/* a beginning of others comes before them, bytes above 127 behind all */
		snprintf(crowd->texts[i], sizeof(crowd->texts[i]), "%s%s%03d", i < 40 ? "" : "\xe7\x94", i % 2 ? "user_" : "user", i);
		if (i == 0)
			crowd->texts[0][0] = '\0';
	}
	if (crowd->kind == GRAPH_NUMBERS)
		return;
	qsort(crowd->texts, (size_t) crowd->n_users, sizeof(crowd->texts[0]), (int (*)(const void *, const void *)) strcmp);
	for (int i = 0; i < crowd->n_users; i++)
		crowd->ids[i] = (GraphId){.bytes = crowd->texts[i], .size = (uint32_t) strlen(crowd->texts[i])};
}

static void
make_crowd(Crowd *crowd)
{
	int days = 1 + below(below(2) == 0 ? 4 : 90);
	int shape = below(4);

	crowd->kind = below(2) == 0 ? GRAPH_NUMBERS : GRAPH_TEXTS;
	crowd->n_users = 1 + below(below(3) == 0 ? 4 : MAX_USERS);
	crowd->n_rows = 1 + below(below(10) == 0 ? MAX_ROWS : below(2) == 0 ? 12 : 2 * crowd->n_users);
	make_ids(crowd);
	for (int i = 0; i < crowd->n_rows; i++)
	{
		int a = below(crowd->n_users);
		int b = below(crowd->n_users);

		/* anybody; a circle of neighbours; no circles; few inviters */
		if (shape == 1)
			b = (a + 1) % crowd->n_users;
		if (shape == 2)
			a = below(b + 1);
		if (shape == 3)
			a = below(1 + crowd->n_users / 8);
		crowd->rows[i] = (Invitation){a, b, FIRST_DAY + below(days)};
	}
}

static Referrals *
add(Referrals *referrals, const Crowd *crowd, int i)
{
	const Invitation *row = &crowd->rows[i];

	if (referrals == NULL)
		referrals = referrals_create(crowd->kind);
	return referrals_add(referrals, &crowd->ids[row->inviter], &crowd->ids[row->invitee], row->day);
}

/* The user who is looked for among those above him, with him: the last invited of a circle. */
static int
last_of_circle(const Slow *slow, int user)
{
	int last = user;

	for (int next = slow->inviter[user]; next != user; next = slow->inviter[next])
		if (slow->day[next] > slow->day[last] || (slow->day[next] == slow->day[last] && next > last))
			last = next;
	return last;
}

static bool
in_circle(const Slow *slow, const Crowd *crowd, int user)
{
	int next = slow->inviter[user];

	for (int i = 0; i < crowd->n_users && next != -1; i++, next = slow->inviter[next])
		if (next == user)
			return true;
	return false;
}

static void
go_slowly(const Crowd *crowd, int as_of, Slow *slow)
{
	*slow = (Slow){0};
	for (int u = 0; u < crowd->n_users; u++)
		slow->inviter[u] = -1;
	for (int u = 0; u < crowd->n_users; u++)
		for (int i = 0; i < crowd->n_rows; i++)
		{
			const Invitation *row = &crowd->rows[i];

			if (row->day >= as_of || row->invitee != u)
				continue;
			slow->met[u] = slow->met[row->inviter] = true;
			if (row->inviter == u)
				slow->self_invites++;
			else
			{
				slow->duplicates += slow->inviter[u] != -1;
				if (slow->inviter[u] == -1 || row->day < slow->day[u] ||
					(row->day == slow->day[u] && row->inviter < slow->inviter[u]))
				{
					slow->inviter[u] = row->inviter;
					slow->day[u] = row->day;
				}
			}
		}
	for (int u = 0; u < crowd->n_users; u++)
		if (in_circle(slow, crowd, u))
		{
			int last = last_of_circle(slow, u);

			slow->inviter[last] = -1;
			slow->cut[last] = true;
		}
}

/* The number of the user at a place of the tree. */
static int
user_at(const Crowd *crowd, const Referrals *referrals, const ReferralTree *tree, uint32_t place)
{
	GraphId id = referrals_id(referrals, tree->ids[place]);

	for (int u = 0; u < crowd->n_users; u++)
		if (crowd->kind == GRAPH_NUMBERS ? crowd->ids[u].number == id.number
											: crowd->ids[u].size == id.size && memcmp(crowd->ids[u].bytes, id.bytes, id.size) == 0)
			return u;
	CHECK(false);
	return -1;
}

/* Descendants stand behind their user, and nobody else does. */
static void
check_places(const ReferralTree *tree)
{
	for (uint32_t i = 0; i < tree->n; i++)
	{
		const ReferralUser *user = &tree->users[i];
		const ReferralUser *inviter = &tree->users[user->inviter == REFERRAL_NOBODY ? i : user->inviter];

		if (!user->met)
			continue;
		CHECK(user->place >= 1 && user->place + user->descendants <= tree->n_met);
		CHECK(user->place >= inviter->place && user->place + user->descendants <= inviter->place + inviter->descendants);
	}
}

static void
check_tree(const Crowd *crowd, const Referrals *referrals, int as_of)
{
	Slow slow;
	ReferralTree *tree = referral_tree(referrals, as_of);
	int before = -1;
	uint32_t met = 0;
	uint32_t cut = 0;

	go_slowly(crowd, as_of, &slow);
	CHECK(tree->self_invites == slow.self_invites && tree->duplicates == slow.duplicates);
	check_places(tree);
	for (uint32_t i = 0; i < tree->n; i++)
	{
		const ReferralUser *user = &tree->users[i];
		int u = user_at(crowd, referrals, tree, i);
		int root = u;
		uint32_t generation = 0;
		uint32_t direct = 0;
		uint32_t descendants = 0;

		CHECK(u > before);
		before = u;
		CHECK(user->met == slow.met[u]);
		if (!user->met)
			continue;
		met++;
		cut += user->cut;
		for (; slow.inviter[root] != -1; root = slow.inviter[root])
			generation++;
		for (int other = 0; other < crowd->n_users; other++)
		{
			direct += slow.inviter[other] == u;
			for (int up = slow.inviter[other]; up != -1; up = slow.inviter[up])
				descendants += up == u;
		}
		CHECK(user->cut == slow.cut[u]);
		CHECK(slow.inviter[u] == -1 ? user->inviter == REFERRAL_NOBODY
									: user_at(crowd, referrals, tree, user->inviter) == slow.inviter[u] && user->invited_on == slow.day[u]);
		CHECK(user_at(crowd, referrals, tree, user->root) == root && user->generation == generation);
		CHECK(user->generation <= tree->max_generation);
		CHECK(user->direct == direct && user->descendants == descendants);
	}
	CHECK(met == tree->n_met && cut == tree->n_cut);
	n_cut += (int) cut;
	free(tree->users);
	free(tree->ids);
	free(tree);
}

static void
damage(ByteWriter bytes)
{
	Referrals *state = of_damaged(&referrals_kind, &bytes);
	ReferralTree *tree;

	if (state == NULL)
		return;
	tree = referral_tree(state, INT32_MAX);
	CHECK(tree->n_met == referrals_users(state));
	check_places(tree);
	n_accepted++;
}

static void
round_of(void)
{
	static Crowd crowd;
	Referrals *whole = NULL;
	void *merged;
	Referrals *parts[MAX_PARTS] = {NULL};
	ByteWriter bytes;

	make_crowd(&crowd);
	for (int i = 0; i < crowd.n_rows; i++)
	{
		int part = below(MAX_PARTS);

		whole = add(whole, &crowd, i);
		parts[part] = add(parts[part], &crowd, i);
	}
	bytes = same_as_merged(&referrals_kind, whole, (void **) parts, MAX_PARTS, &merged);
	for (int i = 0; i < 3; i++)
		check_tree(&crowd, i == 0 ? whole : merged, FIRST_DAY + below(92));
	for (int i = 0; i < DAMAGES; i++)
		damage(bytes);
	free(bytes.start);
}

static double
seconds(void)
{
	return (double) clock() / CLOCKS_PER_SEC;
}

/* A tree of n users in which each has the inviter that a shape says. */
static double
large_tree(const char *what, int n, int64_t (*inviter_of)(int user, int n))
{
	Referrals *referrals = referrals_create(GRAPH_NUMBERS);
	double started;
	double added;
	double made;
	long polls = n_polls;
	ByteWriter bytes;
	ReferralTree *tree;

	started = seconds();
	for (int i = 1; i < n; i++)
		referrals = referrals_add(referrals, &(GraphId){.number = inviter_of(i, n)}, &(GraphId){.number = i}, FIRST_DAY + i % 400);
	added = seconds() - started;
	tree = referral_tree(referrals, INT32_MAX);
	made = seconds() - started - added;
	CHECK(n_polls - polls > n / 0x10000);
	bytes = packed(&referrals_kind, referrals);
	printf("# %s of %d: added in %.3f s, a tree in %.3f s; %.2f bytes a row stored, %.1f in memory; %u generations, %u circles\n", what, n, added, made,
		   (double) bytes_written(&bytes) / n, (double) referrals->state.capacity / n, tree->max_generation, tree->n_cut);
	CHECK(tree->n_invited + tree->n_cut + tree->self_invites + tree->duplicates == (uint32_t) n - 1);
	return made;
}

static int64_t
above(int user, int n)
{
	return user - 1;
}

static int64_t
centre(int user, int n)
{
	return 0;
}

static int64_t
anybody(int user, int n)
{
	return (int64_t) (random_bits() % (uint64_t) n);
}

/* Each has a circle with his neighbour. */
static int64_t
neighbour(int user, int n)
{
	return user ^ 1;
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 20;
	int users = argc > 3 ? atoi(argv[3]) : 0;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int i = 0; i < rounds; i++)
		round_of();
	if (users > 0)
	{
		double tenth = large_tree("anybody", users / 10, anybody);

		CHECK(large_tree("chain", users, above) < 2);
		CHECK(large_tree("star", users, centre) < 2);
		CHECK(large_tree("circles", users, neighbour) < 2);
		CHECK(large_tree("anybody", users, anybody) < 25 * tenth + 0.1);
	}
	printf("# %d rounds, %d circles, %d damaged states accepted\n", rounds, n_cut, n_accepted);
	return 0;
}
