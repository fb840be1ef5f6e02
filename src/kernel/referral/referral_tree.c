/*
 * referral_tree.c: inviters, circles, generations and descendants, one pass each.
 */
#include "kernel/referral/referral_tree.h"

#include <math.h>

/* The rows of one invitee, which are as_of's; returns where the next one's begin. */
static uint32_t
choose_inviter(const GraphOrder *order, uint32_t i, int64_t as_of, ReferralTree *tree)
{
	uint64_t invitee = order->rows[(size_t) i * REFERRAL_WORDS + REFERRAL_INVITEE];
	ReferralUser *user = &tree->users[invitee];

	for (; i < order->n_rows; i++)
	{
		const uint64_t *row = order->rows + (size_t) i * REFERRAL_WORDS;
		uint64_t times = row[REFERRAL_TIMES];

		host_poll_at(i);
		if (row[REFERRAL_INVITEE] != invitee)
			break;
		if (order->first_day + (int64_t) row[REFERRAL_DAY] >= as_of)
			continue;
		user->met = tree->users[row[REFERRAL_INVITER]].met = true;
		if (row[REFERRAL_INVITER] == invitee)
		{
			tree->self_invites += times;
			continue;
		}
		tree->duplicates += times;
		if (user->inviter != REFERRAL_NOBODY)
			continue;
		tree->duplicates--;
		user->inviter = (uint32_t) row[REFERRAL_INVITER];
		user->invited_on = (int32_t) (order->first_day + (int64_t) row[REFERRAL_DAY]);
	}
	return i;
}

static inline bool
invited_later(const ReferralUser *users, uint32_t a, uint32_t b)
{
	return users[a].invited_on != users[b].invited_on ? users[a].invited_on > users[b].invited_on : a > b;
}

/* Cut the circle that a user is in. */
static void
cut_circle(ReferralTree *tree, uint32_t user, uint64_t *steps)
{
	ReferralUser *users = tree->users;
	uint32_t last = user;

	for (uint32_t next = users[user].inviter; next != user; next = users[next].inviter)
	{
		if (invited_later(users, next, last))
			last = next;
		host_poll_at((*steps)++);
	}
	users[last].inviter = REFERRAL_NOBODY;
	users[last].cut = true;
	tree->n_cut++;
}

/* Go up from each user, as far as nobody has been; the root says where the walk began. */
static void
cut_circles(ReferralTree *tree)
{
	ReferralUser *users = tree->users;
	uint64_t steps = 0;

	for (uint32_t i = 0; i < tree->n; i++)
	{
		uint32_t user = i;

		host_poll_at(steps++);
		while (user != REFERRAL_NOBODY && users[user].root == REFERRAL_NOBODY)
		{
			users[user].root = i;
			user = users[user].inviter;
			host_poll_at(steps++);
		}
		if (user != REFERRAL_NOBODY && users[user].root == i)
			cut_circle(tree, user, &steps);
	}
}

/* Users behind all their descendants, of which they are told. */
static void
order_upwards(ReferralTree *tree, uint32_t *order, uint32_t *pending)
{
	ReferralUser *users = tree->users;
	uint32_t n = 0;

	for (uint32_t i = 0; i < tree->n; i++)
	{
		if (users[i].inviter != REFERRAL_NOBODY)
			users[users[i].inviter].direct++;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < tree->n; i++)
	{
		pending[i] = users[i].direct;
		if (pending[i] == 0)
			order[n++] = i;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t inviter = users[order[i]].inviter;

		host_poll_at(i);
		if (inviter == REFERRAL_NOBODY)
			continue;
		users[inviter].descendants += users[order[i]].descendants + 1;
		if (--pending[inviter] == 0)
			order[n++] = inviter;
	}
}

/* Roots and generations; next[] has the place for the next one behind each user. */
static void
go_down(ReferralTree *tree, const uint32_t *order, uint32_t *next)
{
	ReferralUser *users = tree->users;
	uint32_t next_root = 1;

	for (uint32_t i = tree->n; i-- > 0;)
	{
		uint32_t at = order[i];
		ReferralUser *user = &users[at];
		uint32_t *place = user->inviter == REFERRAL_NOBODY ? &next_root : &next[user->inviter];

		host_poll_at(i);
		if (!user->met)
			continue;
		user->place = *place;
		*place += user->descendants + 1;
		next[at] = user->place + 1;
		user->root = at;
		if (user->inviter == REFERRAL_NOBODY)
			continue;
		user->root = users[user->inviter].root;
		user->generation = users[user->inviter].generation + 1;
		tree->n_invited++;
		if (user->generation > tree->max_generation)
			tree->max_generation = user->generation;
	}
}

ReferralTree *
referral_tree(const Referrals *referrals, int32_t as_of)
{
	GraphOrder order = graph_order(referrals);
	ReferralTree *tree = host_alloc(sizeof(ReferralTree));
	uint32_t n = referrals_users(referrals);
	uint32_t *upwards;

	*tree = (ReferralTree){.ids = order.ids[0], .n = n};
	tree->users = host_alloc((size_t) n * sizeof(ReferralUser));
	for (uint32_t i = 0; i < n; i++)
	{
		tree->users[i] = (ReferralUser){.inviter = REFERRAL_NOBODY, .root = REFERRAL_NOBODY};
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < order.n_rows;)
		i = choose_inviter(&order, i, as_of, tree);
	host_free(order.rows);
	for (uint32_t i = 0; i < n; i++)
	{
		tree->n_met += tree->users[i].met;
		host_poll_at(i);
	}
	cut_circles(tree);
	upwards = host_alloc(2 * (size_t) n * sizeof(uint32_t));
	order_upwards(tree, upwards, upwards + n);
	go_down(tree, upwards, upwards + n);
	host_free(upwards);
	return tree;
}

double
viral_users(double users, double k, double cycle_days, double days)
{
	double generations = days / cycle_days + 1;
	double growth;

	if (k == 1)
		return users * generations;
	growth = pow(k, generations);
	/* near 1 nothing would be left of the difference */
	return users * ((growth > 0.5 && growth < 2 ? expm1(generations * log(k)) : growth - 1) / (k - 1));
}
