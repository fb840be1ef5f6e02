/*
 * referrals.c: a graph of users.
 */
#include "kernel/referral/referrals.h"

Referrals *
referrals_create(GraphIds ids)
{
	return graph_create(GRAPH_WITHIN, ids, ids);
}

void
referrals_expect(const Referrals *referrals, GraphIds ids)
{
	graph_expect(referrals, ids, ids);
}

Referrals *
referrals_add(Referrals *referrals, const GraphId *inviter, const GraphId *invitee, int32_t day)
{
	return graph_add(referrals, invitee, inviter, day);
}

static void *
referrals_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	return graph_unpack(GRAPH_WITHIN, bytes, size, problem);
}

const StateKind referrals_kind = {.type = "referrals",
								  .pack = graph_pack,
								  .unpack = referrals_unpack,
								  .checked_by_packing = true,
								  .merge = graph_merge};
