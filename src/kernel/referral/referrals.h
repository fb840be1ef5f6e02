/*
 * referrals.h: who invited whom, on which day and how often: a graph (graph.h) of users, from
 * the invitee to the inviter.
 *
 * So the rows of an invitee stand together, the earliest first.
 */
#ifndef USER_OPS_KERNEL_REFERRALS_H
#define USER_OPS_KERNEL_REFERRALS_H

#include "kernel/graph/graph.h"

typedef Graph Referrals;

/* Users are known by numbers or by texts, all in one way. */
extern Referrals *referrals_create(GraphIds ids);

/* Fails unless its users are known in this way. */
extern void referrals_expect(const Referrals *referrals, GraphIds ids);

extern Referrals *referrals_add(Referrals *referrals, const GraphId *inviter,
								const GraphId *invitee, int32_t day);

static inline GraphId
referrals_id(const Referrals *referrals, uint32_t place)
{
	return graph_id(referrals, 0, place);
}

static inline uint32_t
referrals_users(const Referrals *referrals)
{
	return referrals->sets[0].n;
}

extern const StateKind referrals_kind;

/* Of an ordered row. */
enum
{
	REFERRAL_INVITEE = GRAPH_FIRST,
	REFERRAL_DAY = GRAPH_DAY,
	REFERRAL_INVITER = GRAPH_SECOND,
	REFERRAL_TIMES = GRAPH_TIMES,
	REFERRAL_WORDS = GRAPH_WORDS
};

#endif
