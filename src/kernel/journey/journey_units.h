/*
 * journey_units.h: what times are counted in, and the bits that they take: how a journey
 * is written, and what its bytes are checked against.
 */
#ifndef USER_OPS_KERNEL_JOURNEY_UNITS_H
#define USER_OPS_KERNEL_JOURNEY_UNITS_H

#include "kernel/journey/journey.h"

#define JOURNEY_UNITS 5

static const int64_t journey_units[JOURNEY_UNITS] = {1, 1000, 1000000, 60000000, INT64_C(86400000000)};

/* A difference of times that the unit divides, in units: divisors are known to the compiler. */
static inline uint64_t
in_units(uint64_t usecs, int unit)
{
	switch (unit)
	{
		case 4:
			return usecs / UINT64_C(86400000000);
		case 3:
			return usecs / 60000000;
		case 2:
			return usecs / 1000000;
		case 1:
			return usecs / 1000;
		default:
			return usecs;
	}
}

/* The last unit, up to this one, that divides a time. */
static inline int
unit_of(int64_t at, int most)
{
	if (most >= 4 && at % INT64_C(86400000000) == 0)
		return 4;
	if (most >= 3 && at % 60000000 == 0)
		return 3;
	if (most >= 2 && at % 1000000 == 0)
		return 2;
	return most >= 1 && at % 1000 == 0 ? 1 : 0;
}

/* That of all rows. */
static inline int
greatest_unit(const Journey *journey)
{
	int unit = JOURNEY_UNITS - 1;

	for (uint32_t i = 0; i < journey->n_rows && unit > 0; i++)
		unit = unit_of(journey->rows[i].at, unit);
	return unit;
}

typedef struct BitWidths
{
	int narrow;
	int wide;
} BitWidths;

/* Of numbers of which so many have each length of bits. */
static inline BitWidths
best_widths(const uint64_t lengths[65])
{
	BitWidths widths = {0};
	uint64_t n = 0;
	uint64_t narrow = 0; /* numbers of at most the length that is tried */
	uint64_t fewest;

	for (int i = 0; i <= 64; i++)
	{
		n += lengths[i];
		if (lengths[i] > 0)
			widths.wide = i;
	}
	widths.narrow = widths.wide;
	fewest = n * (uint64_t) widths.wide;
	for (int i = 0; i < widths.wide; i++)
	{
		uint64_t bits;

		narrow += lengths[i];
		bits = n + narrow * (uint64_t) i + (n - narrow) * (uint64_t) widths.wide;
		/* the greater of two that take the same; one width before two */
		if (bits < fewest || (bits == fewest && widths.narrow < widths.wide))
		{
			fewest = bits;
			widths.narrow = i;
		}
	}
	return widths;
}

#endif
