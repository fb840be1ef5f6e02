/*
 * identity_persons.c: owners of devices, components, and who is known by which user.
 */
#include "kernel/identity/identity_persons.h"

#include <string.h>

#include "kernel/base/sort.h"

/* A row of a device; and then all rows of one user. */
typedef struct Login
{
	uint32_t user;
	int32_t day;
	uint32_t times;
} Login;

typedef struct Edge
{
	uint32_t user;
	int32_t first_day;
	int32_t last_day;
	uint64_t times;
} Edge;

static int
compare_logins(const void *a, const void *b)
{
	const Login *left = a;
	const Login *right = b;

	return (left->user > right->user) - (left->user < right->user);
}

SORT_MOSTLY_FEW(Login, order_logins, compare_logins)

/* The rows of one user, of which the first stands there; returns where the next one's begin. */
static uint32_t
take_edge(const Login *logins, uint32_t i, uint32_t n, Edge *edge)
{
	*edge = (Edge){logins[i].user, logins[i].day, logins[i].day, 0};
	for (; i < n && logins[i].user == edge->user; i++)
	{
		edge->times += logins[i].times;
		if (logins[i].day < edge->first_day)
			edge->first_day = logins[i].day;
		if (logins[i].day > edge->last_day)
			edge->last_day = logins[i].day;
		host_poll_at(i);
	}
	return i;
}

/* Users come in the order of their ids, so the smaller one is there before. */
static inline bool
is_owner(const Edge *edge, const Edge *before, IdentityMode mode)
{
	if (mode == IDENTITY_FIRST && edge->first_day != before->first_day)
		return edge->first_day < before->first_day;
	if (mode != IDENTITY_FIRST && edge->last_day != before->last_day)
		return edge->last_day > before->last_day;
	return edge->times > before->times;
}

static uint32_t
root_of(IdentityUser *users, uint32_t user, uint64_t *steps)
{
	while (users[user].up != user)
	{
		users[user].up = users[users[user].up].up;
		user = users[user].up;
		host_poll_at((*steps)++);
	}
	return user;
}

/* The smaller component hangs below the larger one. */
static void
unite(IdentityUser *users, uint32_t a, uint32_t b, uint64_t *steps)
{
	a = root_of(users, a, steps);
	b = root_of(users, b, steps);
	if (a == b)
		return;
	if (users[a].n_users < users[b].n_users)
	{
		uint32_t other = a;

		a = b;
		b = other;
	}
	users[b].up = a;
	users[a].n_users += users[b].n_users;
}

/* The logins of a device, of which there are some. */
static void
take_device(IdentityPersons *persons, uint32_t at, Login *logins, uint32_t n, uint64_t *steps)
{
	IdentityDevice *device = &persons->devices[at];
	IdentityUser *users = persons->users;
	Edge owner = {.user = IDENTITY_NOBODY};
	Edge edge;

	order_logins(logins, n);
	for (uint32_t i = 0; i < n; device->n_users++)
	{
		i = take_edge(logins, i, n, &edge);
		users[edge.user].met = true;
		device->logins += edge.times;
		if (owner.user == IDENTITY_NOBODY || is_owner(&edge, &owner, persons->question.mode))
			owner = edge;
	}
	persons->devices_met++;
	persons->logins += device->logins;
	device->owner = IDENTITY_NOBODY;
	if (device->n_users > persons->question.max_users)
	{
		persons->shared_devices++;
		return;
	}
	device->owner = owner.user;
	users[owner.user].owned++;
	for (uint32_t i = 0; i < n; i++)
	{
		IdentityUser *user = &users[logins[i].user];

		if (logins[i].day < user->first_day)
			user->first_day = logins[i].day;
		if (i > 0 && logins[i].user != logins[i - 1].user)
			unite(users, logins[i].user, logins[i - 1].user, steps);
		host_poll_at(i);
	}
}

/* Logins before as_of, those of each device together; starts[] gets where those of the next begin.
 */
static Login *
logins_by_device(const IdentityGraph *graph, const IdentityPersons *persons, uint32_t *starts)
{
	uint32_t *ranks = host_alloc((size_t) persons->n_users * sizeof(uint32_t));
	Login *logins;
	uint32_t n = 0;

	memset(starts, 0, (size_t) persons->n_devices * sizeof(uint32_t));
	for (uint32_t i = 0; i < persons->n_users; i++)
	{
		ranks[persons->user_ids[i]] = i;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < graph->n_rows; i++)
	{
		starts[graph->rows[i].first] += graph->rows[i].day < persons->question.as_of;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < persons->n_devices; i++)
	{
		uint32_t of_device = starts[i];

		starts[i] = n;
		n += of_device;
		host_poll_at(i);
	}
	logins = host_alloc_large((size_t) n * sizeof(Login));
	for (uint32_t i = 0; i < graph->n_rows; i++)
	{
		const GraphRow *row = &graph->rows[i];

		host_poll_at(i);
		if (row->day < persons->question.as_of)
			logins[starts[row->first]++] = (Login){ranks[row->second], row->day, row->times};
	}
	host_free(ranks);
	return logins;
}

/* What roots know of their components. */
static void
sum_components(IdentityPersons *persons, uint64_t *steps)
{
	IdentityUser *users = persons->users;

	for (uint32_t i = 0; i < persons->n_users; i++)
	{
		IdentityUser *root = &users[root_of(users, i, steps)];

		host_poll_at(i);
		/* the smaller id comes first */
		if (root->canonical == IDENTITY_NOBODY ||
			users[i].first_day < users[root->canonical].first_day)
			root->canonical = i;
	}
	for (uint32_t i = 0; i < persons->n_devices; i++)
	{
		const IdentityDevice *device = &persons->devices[i];
		IdentityUser *root;

		host_poll_at(i);
		if (device->n_users == 0 || device->owner == IDENTITY_NOBODY)
			continue;
		root = &users[root_of(users, device->owner, steps)];
		root->n_devices++;
		root->logins += device->logins;
	}
}

static void
count_persons(IdentityPersons *persons)
{
	bool components = persons->question.mode == IDENTITY_COMPONENTS;

	persons->largest = persons->devices_met > 0;
	for (uint32_t i = 0; i < persons->n_users; i++)
	{
		const IdentityUser *user = &persons->users[i];
		Identity identity;

		host_poll_at(i);
		if (!user->met)
			continue;
		identity = identity_of_user(persons, i);
		persons->users_met++;
		persons->persons += identity.canonical == i;
		persons->over_merged += components && user->up == i && identity_over_merged(persons, user);
		if (identity.ids > persons->largest)
			persons->largest = identity.ids;
	}
}

IdentityPersons *
identity_persons(const IdentityGraph *graph, const IdentityQuestion *question)
{
	IdentityPersons *persons = host_alloc(sizeof(IdentityPersons));
	uint32_t *starts;
	Login *logins;
	uint64_t steps = 0;
	uint32_t from = 0;

	graph_settle(graph);
	*persons = (IdentityPersons){.question = *question,
								 .n_devices = graph->sets[IDENTITY_DEVICES].n,
								 .n_users = graph->sets[IDENTITY_USERS].n};
	persons->devices = host_alloc((size_t) persons->n_devices * sizeof(IdentityDevice));
	persons->users = host_alloc((size_t) persons->n_users * sizeof(IdentityUser));
	persons->user_ids = graph_order_ids(graph, IDENTITY_USERS);
	for (uint32_t i = 0; i < persons->n_users; i++)
	{
		persons->users[i] = (IdentityUser){
			.up = i, .first_day = INT32_MAX, .n_users = 1, .canonical = IDENTITY_NOBODY};
		host_poll_at(i);
	}
	starts = host_alloc((size_t) persons->n_devices * sizeof(uint32_t));
	logins = logins_by_device(graph, persons, starts);
	for (uint32_t i = 0; i < persons->n_devices; i++)
	{
		persons->devices[i] = (IdentityDevice){0};
		if (starts[i] > from)
			take_device(persons, i, logins + from, starts[i] - from, &steps);
		from = starts[i];
		host_poll_at(i);
	}
	host_free(logins);
	host_free(starts);
	sum_components(persons, &steps);
	count_persons(persons);
	return persons;
}

void
identity_persons_free(IdentityPersons *persons)
{
	host_free(persons->devices);
	host_free(persons->users);
	host_free(persons->user_ids);
	host_free(persons);
}

/* Of all that hangs together; roots are near. */
static const IdentityUser *
component_of(const IdentityPersons *persons, uint32_t user)
{
	while (persons->users[user].up != user)
		user = persons->users[user].up;
	return &persons->users[user];
}

/* Of the person whom a user, or an owner, is. */
static Identity
person_of(const IdentityPersons *persons, uint32_t user)
{
	const IdentityUser *root;

	if (persons->question.mode != IDENTITY_COMPONENTS)
		return (Identity){user, IDENTITY_OK, persons->users[user].owned + 1, 1};
	root = component_of(persons, user);
	if (identity_over_merged(persons, root))
		return (Identity){user, IDENTITY_OVER_MERGED, root->n_users + root->n_devices,
						  root->n_users};
	return (Identity){root->canonical, IDENTITY_OK, root->n_users + root->n_devices, root->n_users};
}

Identity
identity_of_device(const IdentityPersons *persons, uint32_t device)
{
	if (persons->devices[device].owner == IDENTITY_NOBODY)
		return (Identity){IDENTITY_NOBODY, IDENTITY_SHARED_DEVICE, 1, 0};
	return person_of(persons, persons->devices[device].owner);
}

Identity
identity_of_user(const IdentityPersons *persons, uint32_t user)
{
	return person_of(persons, user);
}
