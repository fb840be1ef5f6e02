/*
 * referral_tree.h: who brought whom, as of a day.
 *
 *	1. Rows before as_of count, and users who are in one.
 *	2. A user's inviter is that of the earliest row in which another one invites him, of one
 *	   day the smaller one by the order of ids.
 *	3. Of the users of a circle, the one who was invited last, of one day the largest, has
 *	   no inviter: his invitation is cut.
 *	4. So each user hangs on one root, in a generation that counts from 0.
 *
 * Linear in rows and users, without recursion: a chain may be as long as there are users.
 * 40 bytes a user while it is made, 32 when it is done, and what referrals_order() takes.
 */
#ifndef USER_OPS_KERNEL_REFERRAL_TREE_H
#define USER_OPS_KERNEL_REFERRAL_TREE_H

#include "kernel/referral/referrals.h"

#define REFERRAL_NOBODY UINT32_MAX

/* Users are told by their places in the order of ids. */
typedef struct ReferralUser
{
	uint32_t inviter; /* REFERRAL_NOBODY: a root */
	int32_t invited_on;
	uint32_t root;
	uint32_t generation;
	uint32_t direct;
	uint32_t descendants;
	uint32_t place; /* from 1, in an order in which descendants stand behind their user */
	bool met;       /* in a row before as_of */
	bool cut;
} ReferralUser;

typedef struct ReferralTree
{
	uint32_t *ids; /* places of users in the state */
	ReferralUser *users;
	uint32_t n;    /* with those that were not met */
	uint32_t n_met;
	uint32_t n_invited;
	uint32_t n_cut;
	uint32_t max_generation;
	uint64_t self_invites;
	uint64_t duplicates; /* rows of users whose inviter another row says */
} ReferralTree;

extern ReferralTree *referral_tree(const Referrals *referrals, int32_t as_of);

/* Users after so much time, if each brings k others a cycle (Skok, 2009). */
extern double viral_users(double users, double k, double cycle_days, double days);

#endif
