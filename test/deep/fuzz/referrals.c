/*
 * referrals.c: who invited whom, and the tree of it.
 */
#include "graphs.h"

#include "kernel/referral/referral_tree.h"

FUZZ_STATES(&referrals_kind)

static void *
build(Input *head, Input *rows)
{
	GraphIds ids = (GraphIds) in_bool(head);
	Referrals *referrals = referrals_create(ids);

	while (in_left(rows) > 0)
	{
		GraphId inviter = in_id(rows, ids);
		GraphId invitee = in_id(rows, ids);

		referrals = referrals_add(referrals, &inviter, &invitee, in_day(rows));
	}
	referrals_expect(referrals, ids);
	return referrals->n_rows + referrals->n_pending == 0 ? NULL : referrals;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const Referrals *referrals = state;
	ReferralTree *tree;
	uint32_t roots = 0;

	graph_settle(referrals);
	tree = referral_tree(referrals, in_as_of(in));
	CHECK(tree->n == referrals_users(referrals));
	for (uint32_t i = 0; i < tree->n; i++)
	{
		const ReferralUser *user = &tree->users[i];

		(void) referrals_id(referrals, tree->ids[i]);
		if (!user->met)
			continue;
		roots += user->inviter == REFERRAL_NOBODY;
		CHECK(user->inviter == REFERRAL_NOBODY || tree->users[user->inviter].generation + 1 == user->generation);
		CHECK(user->direct <= user->descendants && user->generation <= tree->max_generation);
	}
	CHECK(roots == tree->n_met - tree->n_invited + tree->n_cut || tree->n_cut > 0 || roots + tree->n_invited == tree->n_met);
	(void) viral_users(in_positive(in), in_positive(in), in_positive(in), in_positive(in));
}
