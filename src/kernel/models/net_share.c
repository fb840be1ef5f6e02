/*
 * net_share.c: what is left of purchases when refunds on later days are deducted.
 */
#include "kernel/models/net_share.h"

#include <math.h>

#define MONEY_BITS     30
#define EXPONENT_ABOVE 128 /* so that it is a number from 0 to MAX_EXPONENT */
#define MAX_EXPONENT   511

enum
{
	WHAT,
	PART,
	COUNT,
	ROW_WORDS
};

/* The part of what was bought that was refunded. */
static double
refunded_part(const SettledSpend *user)
{
	if (!(user->refunds > 0))
		return 0;
	return user->gross > user->refunds ? user->refunds / user->gross : 1;
}

/* How many equal days tell as much. */
static double
equal_days(const NetShare *net, double n)
{
	return net->shaped ? (net->shape * n + 1) / (net->shape + 1) : n;
}

static uint64_t
row_key(int kind, uint64_t number)
{
	return (uint64_t) kind << SHARE_ROW_BITS | number;
}

static uint64_t
number_of(const uint64_t *row)
{
	return row[WHAT] & (((uint64_t) 1 << SHARE_ROW_BITS) - 1);
}

static Tally *
add_money(Tally *tally, int kind, double money)
{
	uint64_t row[ROW_WORDS] = {0};
	int exponent;

	if (!(money > 0))
		return tally;
	row[COUNT] = (uint64_t) ldexp(frexp(money, &exponent), MONEY_BITS);
	row[WHAT] = row_key(kind, (uint64_t) (exponent + EXPONENT_ABOVE));
	return tally_add(tally, row);
}

Tally *
net_share_add(Tally *tally, const SettledSpend *user)
{
	uint64_t row[ROW_WORDS] = {row_key(SHARE_OF_USER, user->days),
							   bits_of_real(refunded_part(user)), 1};

	/* days that took more than they brought are refunds */
	tally = add_money(tally, GROSS, user->gross);
	tally = add_money(tally, REFUNDS, user->refunds - fmin(user->gross, 0));
	return tally_add(tally, row);
}

bool
net_share_row_valid(const uint64_t *row)
{
	switch (row[WHAT] >> SHARE_ROW_BITS)
	{
		case SHARE_OF_USER:
			return number_of(row) > 0 && row[PART] <= bits_of_real(1);
		case GROSS:
		case REFUNDS:
			return number_of(row) <= MAX_EXPONENT && row[PART] == 0;
		default:
			return false;
	}
}

/* How many days the common share counts as, for the share of a user; negative: users do not differ. */
static double
days_of_common_share(double users, double days, double refunded, double square)
{
	double mean = refunded / days;
	double apart = square - refunded * mean;
	double unlike = (apart / (mean * (1 - mean)) - users) / (days - users);

	return days > users && unlike > 1e-9 ? (1 - fmin(unlike, 1)) / unlike : -1;
}

void
net_share_fit(const Tally *tally, uint32_t first, NetShare *net)
{
	double money[SHARE_ROW_KINDS] = {0};
	double users = 0;
	double days = 0;
	double refunded = 0;
	double square = 0;
	double strength;

	for (uint32_t i = first; i < tally->n; i++)
	{
		const uint64_t *row = tally_row(tally, i);
		int kind = (int) (row[WHAT] >> SHARE_ROW_BITS);
		double n = (double) row[COUNT];

		tally_poll(i);
		if (kind == SHARE_OF_USER)
		{
			double equal = n * equal_days(net, (double) number_of(row));
			double part = real_of_bits(row[PART]);

			users += n;
			days += equal;
			refunded += equal * part;
			square += equal * part * part;
		}
		else
			money[kind] += ldexp(n, (int) number_of(row) - EXPONENT_ABOVE - MONEY_BITS);
	}
	if (!(money[REFUNDS] > 0))
		return;
	net->known = true;
	net->share = fmax(1 - money[REFUNDS] / money[GROSS], 0);
	strength = days_of_common_share(users, days, refunded, square);
	net->differs = strength >= 0;
	net->days = fmax(strength, 0);
}

double
net_share_of(const NetShare *net, const SettledSpend *user)
{
	double k = net->days;
	double n = equal_days(net, (double) user->days);

	if (!net->known)
		return 1;
	if (!net->differs || user->days == 0)
		return net->share;
	return (k * net->share + n * (1 - refunded_part(user))) / (k + n);
}
