/*
 * durations.c: how long many users took.
 */
#include "kernel/funnel/durations.h"

#include <math.h>
#include <string.h>

#include "kernel/base/sort.h"

#define CLASS_BITS	7 /* of a duration, behind the first one: 128 classes to an octave */
#define LEAST_ROOM	16

static bool
in_classes(const Durations *durations)
{
	return durations->room == DURATION_CLASS_WORDS;
}

/* The octaves begin at 2^7; what is below has classes of one value, as the first of them. */
static uint32_t
class_of(uint64_t duration)
{
	int shift = 64 - CLASS_BITS - 1 - __builtin_clzll(duration | (1 << CLASS_BITS));

	return ((uint32_t) shift << CLASS_BITS) + (uint32_t) (duration >> shift);
}

static int
shift_of_class(uint32_t class)
{
	return class < 2 << CLASS_BITS ? 0 : (int) (class >> CLASS_BITS) - 1;
}

/* The first duration of a class; it has 2^shift. */
static uint64_t
first_of_class(uint32_t class)
{
	int shift = shift_of_class(class);

	return (uint64_t) (class - ((uint32_t) shift << CLASS_BITS)) << shift;
}

uint32_t
durations_room(uint64_t n)
{
	uint32_t room = LEAST_ROOM;

	if (n > DURATIONS_EXACT)
		return DURATION_CLASS_WORDS;
	while (room < n)
		room *= 2;
	return room;
}

/* Where a half has its durations: half 1 from the end backwards, which is where they end. */
static uint64_t *
exact_block(const Durations *durations, uint64_t *block, int half)
{
	return half == 0 ? block : block + durations->room - durations->n[1];
}

static void
note(Durations *durations, int half, uint64_t n, uint64_t least, uint64_t greatest, __int128 sum)
{
	if (durations->n[half] == 0 || least < durations->least[half])
		durations->least[half] = least;
	if (durations->n[half] == 0 || greatest > durations->greatest[half])
		durations->greatest[half] = greatest;
	durations->n[half] += n;
	durations->sum[half] += sum;
}

static void
put(const Durations *durations, uint64_t *block, int half, uint64_t duration)
{
	if (in_classes(durations))
		block[half * DURATION_CLASSES + class_of(duration)]++;
	else if (half == 0)
		block[durations->n[0]] = duration;
	else
		block[durations->room - 1 - durations->n[1]] = duration;
}

void
durations_add(Durations *durations, uint64_t *block, int half, uint64_t duration)
{
	put(durations, block, half, duration);
	note(durations, half, 1, duration, duration, duration);
}

void
durations_merge(Durations *durations, uint64_t *block, const Durations *other,
				const uint64_t *of_other)
{
	for (int half = 0; half < DURATION_HALVES; half++)
	{
		const uint64_t *from = exact_block(other, (uint64_t *) of_other, half);

		if (other->n[half] == 0)
			continue;
		if (!in_classes(other))
		{
			for (uint64_t i = 0; i < other->n[half]; i++)
				durations_add(durations, block, half, from[i]);
			continue;
		}
		for (uint32_t class = 0; class < DURATION_CLASSES; class ++)
			block[half * DURATION_CLASSES + class] += of_other[half * DURATION_CLASSES + class];
		note(durations, half, other->n[half], other->least[half], other->greatest[half],
			 other->sum[half]);
	}
}

void
durations_move(const Durations *from, const uint64_t *from_block, Durations *to, uint64_t *to_block)
{
	memset(to->n, 0, sizeof(to->n));
	memset(to->sum, 0, sizeof(to->sum));
	durations_merge(to, to_block, from, from_block);
}

/* A half's durations, ascending, to be freed by the host. */
static int64_t *
sorted_half(const Durations *durations, const uint64_t *block, int half)
{
	int64_t *sorted = host_alloc((durations->n[half] + 1) * sizeof(int64_t));

	memcpy(sorted, exact_block(durations, (uint64_t *) block, half),
		   durations->n[half] * sizeof(int64_t));
	sort_int64(sorted, durations->n[half]);
	return sorted;
}

static void
write_classes(ByteWriter *out, const Durations *durations, const uint64_t *counts, int half)
{
	uint32_t previous = class_of(durations->least[half]);

	write_varint(out, durations->least[half]);
	write_varint(out, durations->greatest[half] - durations->least[half]);
	write_wide(out, durations->sum[half]);
	write_varint(out, counts[previous]);
	for (uint32_t class = previous + 1; class < DURATION_CLASSES; class ++)
		if (counts[class] > 0)
		{
			write_varint(out, class - previous - 1);
			write_varint(out, counts[class]);
			previous = class;
		}
}

void
durations_write(ByteWriter *out, const Durations *durations, const uint64_t *block)
{
	for (int half = 0; half < DURATION_HALVES; half++)
		if (durations->n[half] == 0)
			continue;
		else if (in_classes(durations))
			write_classes(out, durations, block + half * DURATION_CLASSES, half);
		else
		{
			int64_t *sorted = sorted_half(durations, block, half);

			for (uint64_t i = 0; i < durations->n[half]; i++)
				write_varint(out, (uint64_t) (sorted[i] - (i > 0 ? sorted[i - 1] : 0)));
			host_free(sorted);
		}
}

static const char *
read_exact(ByteReader *in, Durations *durations, uint64_t *block, int half, uint64_t n,
		   uint64_t longest)
{
	uint64_t duration = 0;

	for (uint64_t i = 0; i < n; i++)
	{
		duration += read_varint(in, longest - duration);
		if (in->bad)
			return "truncated or bad durations";
		durations_add(durations, block, half, duration);
	}
	return NULL;
}

static const char *
read_classes(ByteReader *in, Durations *durations, uint64_t *counts, int half, uint64_t n,
			 uint64_t longest)
{
	uint64_t least = read_varint(in, longest);
	uint64_t greatest = least + read_varint(in, longest - least);
	__int128 sum = read_wide(in);
	__int128 at_least = 0;
	__int128 at_most = 0;
	uint64_t left = n;
	uint64_t class = class_of(least);

	for (bool first = true; left > 0; first = false)
	{
		if (!first)
			class += 1 + read_varint(in, DURATION_CLASSES);
		if (in->bad || class > class_of(greatest))
			return "truncated or bad classes of durations";
		counts[class] = read_varint(in, left);
		if (counts[class] == 0)
			return "an empty class of durations";
		left -= counts[class];
		at_least += (__int128) counts[class] * first_of_class((uint32_t) class);
		at_most +=
			(__int128) counts[class] * (first_of_class((uint32_t) class) +
										((uint64_t) 1 << shift_of_class((uint32_t) class)) - 1);
	}
	/* the least and the greatest are among them; where they are one, all are equal */
	if (class != class_of(greatest) || (n == 1 && least != greatest))
		return "classes that do not end with the greatest duration";
	if (sum < at_least || sum > at_most || sum < (__int128) least * (n - 1) + greatest ||
		sum > (__int128) greatest * (n - 1) + least)
		return "a sum that durations in these classes cannot have";
	note(durations, half, n, least, greatest, sum);
	return NULL;
}

const char *
durations_read(ByteReader *in, Durations *durations, uint64_t *block, const uint64_t *n,
			   uint64_t longest)
{
	const char *problem = NULL;

	for (int half = 0; half < DURATION_HALVES && problem == NULL; half++)
		if (n[half] == 0)
			continue;
		else if (in_classes(durations))
			problem = read_classes(in, durations, block + half * DURATION_CLASSES, half, n[half],
								   longest);
		else
			problem = read_exact(in, durations, block, half, n[half], longest);
	return problem;
}

static void
open_exact(DurationReader *reader, const Durations *durations, const uint64_t *block, bool both)
{
	int64_t *sorted = host_alloc((durations_n(durations) + 1) * sizeof(int64_t));
	uint64_t n = durations->n[0];

	memcpy(sorted, exact_block(durations, (uint64_t *) block, 0), n * sizeof(int64_t));
	if (both)
	{
		memcpy(sorted + n, exact_block(durations, (uint64_t *) block, 1),
			   durations->n[1] * sizeof(int64_t));
		n += durations->n[1];
	}
	sort_int64(sorted, n);
	for (uint64_t i = 0; i < n; i++)
		reader->runs[reader->n_runs++] = (DurationRun){2 * (uint64_t) sorted[i], 1};
	host_free(sorted);
}

/* The middle of a class, but none that is out of bounds. */
static uint64_t
twice_middle(const DurationReader *reader, uint32_t class)
{
	uint64_t twice = 2 * first_of_class(class) + ((uint64_t) 1 << shift_of_class(class)) - 1;

	if (twice < 2 * reader->least)
		return 2 * reader->least;
	return twice > 2 * reader->greatest ? 2 * reader->greatest : twice;
}

DurationReader
durations_open(const Durations *durations, const uint64_t *block, bool both)
{
	DurationReader reader = {0};

	for (int half = 0; half <= (both ? 1 : 0); half++)
	{
		if (durations->n[half] == 0)
			continue;
		if (reader.n == 0 || durations->least[half] < reader.least)
			reader.least = durations->least[half];
		if (durations->greatest[half] > reader.greatest)
			reader.greatest = durations->greatest[half];
		reader.n += durations->n[half];
		reader.sum += durations->sum[half];
	}
	reader.runs =
		host_alloc((in_classes(durations) ? DURATION_CLASSES : reader.n + 1) * sizeof(DurationRun));
	if (!in_classes(durations))
		open_exact(&reader, durations, block, both);
	for (uint32_t class = 0; in_classes(durations) && class < DURATION_CLASSES; class ++)
	{
		uint64_t n = block[class] + (both ? block[DURATION_CLASSES + class] : 0);

		if (n > 0)
			reader.runs[reader.n_runs++] = (DurationRun){twice_middle(&reader, class), n};
	}
	return reader;
}

void
durations_close(DurationReader *reader)
{
	host_free(reader->runs);
}

double
durations_quantile(const DurationReader *reader, double p)
{
	double at = (double) (reader->n - 1) * p;
	double below = floor(at);
	uint64_t n = 0;
	uint32_t run = 0;
	double value;
	double next;

	/* the ends are exact, and behind the last duration there is none */
	if (p >= 1)
		return (double) reader->greatest;
	if (p <= 0)
		return (double) reader->least;
	while (run + 1 < reader->n_runs && (double) (n + reader->runs[run].n) <= below)
		n += reader->runs[run++].n;
	value = (double) reader->runs[run].twice / 2;
	if (run + 1 < reader->n_runs && (double) (n + reader->runs[run].n) <= below + 1)
		run++;
	next = (double) reader->runs[run].twice / 2;
	return value + (at - below) * (next - value);
}

void
durations_histogram(const DurationReader *reader, uint32_t n_bins, uint64_t *bins)
{
	unsigned __int128 range = (unsigned __int128) 2 * (reader->greatest - reader->least);

	memset(bins, 0, n_bins * sizeof(uint64_t));
	for (uint32_t i = 0; i < reader->n_runs; i++)
	{
		unsigned __int128 from_least = reader->runs[i].twice - 2 * reader->least;
		unsigned __int128 bin = range == 0 ? 0 : from_least * n_bins / range;

		bins[bin < n_bins ? bin : n_bins - 1] += reader->runs[i].n;
	}
}
