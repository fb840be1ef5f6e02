/*
 * identity_suspects.c: what to look at before ids are united.
 */
#include "kernel/base/sort.h"
#include "kernel/identity/identity_persons.h"

static inline bool
is_shared(const IdentityDevice *device)
{
	return device->n_users > 0 && device->owner == IDENTITY_NOBODY;
}

/* A suspect to be put in order. */
typedef struct Ranked
{
	IdentitySuspect suspect;
	uint32_t rank;
} Ranked;

static int
compare_suspects(const void *a, const void *b)
{
	const Ranked *left = a;
	const Ranked *right = b;

	if (left->suspect.ids != right->suspect.ids)
		return left->suspect.ids > right->suspect.ids ? -1 : 1;
	if (left->suspect.status != right->suspect.status)
		return left->suspect.status < right->suspect.status ? -1 : 1;
	return (left->rank > right->rank) - (left->rank < right->rank);
}

IdentitySuspect *
identity_suspects(const IdentityPersons *persons, const uint32_t *device_ranks, uint32_t *n)
{
	size_t room = (size_t) persons->shared_devices + persons->n_users;
	Ranked *ranked = host_alloc(room * sizeof(Ranked));
	IdentitySuspect *suspects;

	*n = 0;
	for (uint32_t i = 0; i < persons->n_devices; i++)
	{
		const IdentityDevice *device = &persons->devices[i];

		if (is_shared(device))
			ranked[(*n)++] = (Ranked){
				{IDENTITY_SHARED_DEVICE, i, device->n_users + 1, device->n_users, device->logins},
				device_ranks[i]};
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < persons->n_users; i++)
	{
		const IdentityUser *root = &persons->users[i];

		if (root->met && root->up == i && identity_over_merged(persons, root))
			ranked[(*n)++] =
				(Ranked){{IDENTITY_OVER_MERGED, root->canonical, root->n_users + root->n_devices,
						  root->n_users, root->logins},
						 root->canonical};
		host_poll_at(i);
	}
	sort_entries(ranked, *n, sizeof(Ranked), compare_suspects);
	suspects = host_alloc((size_t) *n * sizeof(IdentitySuspect));
	for (uint32_t i = 0; i < *n; i++)
	{
		suspects[i] = ranked[i].suspect;
		host_poll_at(i);
	}
	host_free(ranked);
	return suspects;
}
