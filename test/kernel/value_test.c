/*
 * value_test.c: tiers of value and their inequality, outside the server.
 *
 *	value_test [SEED [ROUNDS]]
 *
 * Values at random are counted at once, and in parts that are packed, unpacked and merged:
 * the bytes must be equal.  Each value's tier is that of a loop over all other ones, and the
 * Gini coefficient the mean difference of all pairs.
 */
#include "kernel/value/value_tiers.h"

#include <math.h>

#include "simple_host.h"

#define MAX_USERS 120
#define PARTS     3

typedef struct User
{
	int64_t value;
	int scale;
} User;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

/* Alike, of few digits, or as large as they get. */
static User
random_user(int kind)
{
	User user = {below(3) == 0 ? 0 : 1 + below(kind == 0 ? 4 : 100000), kind == 0 ? 0 : below(4)};

	if (kind == 2)
		user = (User){(int64_t) (random_bits() >> (1 + below(63))), below(10)};
	for (; user.scale > 0 && user.value % 10 == 0; user.scale--)
		user.value /= 10;
	if (below(6) == 0)
		user.value = -user.value;
	return user;
}

static __int128
worth(const User *user)
{
	return (__int128) user->value * power_of_ten(QUANTILE_SCALE - user->scale);
}

static Tally *
sample_of(const User *users, int n, int every, int from)
{
	Tally *sample = NULL;

	for (int i = from; i < n; i += every)
		sample = value_sample_add(sample, users[i].value, users[i].scale);
	return sample;
}

static ByteWriter
packed(const Tally *sample)
{
	ByteWriter out = byte_writer(0);

	tally_pack(sample, &out);
	return out;
}

static void
check_parts(const User *users, int n, const Tally *whole)
{
	Tally *merged = NULL;
	ByteWriter all = packed(whole);
	ByteWriter of_parts;

	for (int part = 0; part < PARTS && part < n; part++)
	{
		const char *problem;
		ByteWriter bytes = packed(sample_of(users, n, PARTS, part));
		Tally *read = value_sample_kind.state.unpack(bytes.start, bytes_written(&bytes), &problem);

		CHECK(read != NULL);
		merged = merged == NULL ? read : tally_merge(merged, read);
	}
	of_parts = packed(merged);
	CHECK(bytes_written(&of_parts) == bytes_written(&all) &&
		  memcmp(of_parts.start, all.start, bytes_written(&all)) == 0);
}

/* The sum of what is above 0, and of it what is above the value. */
static __int128
sum_above(const User *users, int n, __int128 value)
{
	__int128 sum = 0;

	for (int i = 0; i < n; i++)
		if (worth(&users[i]) > value && worth(&users[i]) > 0)
			sum += worth(&users[i]);
	return sum;
}

static void
check_tiers(const User *users, int n, const CountedValue *values, uint32_t n_values)
{
	int n_shares = 1 + below(5);
	int64_t shares[5] = {1 + below(VALUE_WHOLE - 10)};
	MoneySum cuts[5];
	__int128 whole = sum_above(users, n, 0);

	for (int i = 1; i < n_shares; i++)
		shares[i] = shares[i - 1] + 1 + below((int) (VALUE_WHOLE - shares[i - 1] - 9 + i));
	CHECK(value_cuts(values, n_values, shares, n_shares, cuts) == (whole > 0));
	for (int i = 0; i < n && whole > 0; i++)
	{
		__int128 value = worth(&users[i]);
		long double before = (long double) sum_above(users, n, value);
		int tier = value_tier(value, cuts, n_shares);

		if (value <= 0)
			CHECK(tier == n_shares + 1);
		for (int k = 0; k < n_shares && value > 0; k++)
		{
			long double end = (long double) whole * shares[k] / VALUE_WHOLE;

			/* the last bits of a long double decide nothing */
			if (fabsl(before - end) > end * 1e-15L)
				CHECK((tier <= k) == (before < end));
		}
	}
}

static void
check_gini(const User *users, int n, const CountedValue *values, uint32_t n_values)
{
	double gini;
	long double differences = 0;
	long double sum = (long double) sum_above(users, n, 0);

	CHECK(value_gini(values, n_values, &gini) == (sum > 0));
	for (int i = 0; i < n; i++)
		for (int k = 0; k < n; k++)
			differences += fabsl((long double) (worth(&users[i]) > 0 ? worth(&users[i]) : 0) -
								 (long double) (worth(&users[k]) > 0 ? worth(&users[k]) : 0));
	if (sum > 0)
		CHECK(fabsl(gini - differences / (2 * n * sum)) < 1e-14L);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 300;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int round = 0; round < rounds; round++)
	{
		User users[MAX_USERS];
		int n = 1 + below(below(2) == 0 ? 5 : MAX_USERS);
		int kind = below(3);
		Tally *sample;
		CountedValue *values;
		uint32_t n_values;

		for (int i = 0; i < n; i++)
			users[i] = random_user(kind);
		sample = sample_of(users, n, 1, 0);
		values = value_sample_ascending(sample, &n_values);
		CHECK(values[n_values - 1].up_to == (uint64_t) n);
		check_parts(users, n, sample);
		check_tiers(users, n, values, n_values);
		check_gini(users, n, values, n_values);
	}
	printf("# %d rounds\n", rounds);
	return 0;
}
