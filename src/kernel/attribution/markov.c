/*
 * markov.c: removal effects of the channels of a Markov chain of the first order.
 *
 * What removing c takes away is what goes through c: P - P_c is the probability to come to
 * c at all, times that of a conversion from there.  So no chain without c has to be
 * solved: with A, the weights out of each channel in the diagonal less those between
 * channels, and s, the weights from the start, it takes
 *
 *	conversion from c	h = A^-1 (weights into the conversion)
 *	coming to c			(s A^-1)_c / (A^-1)_cc
 *
 * A is factored as Grassmann, Taksar and Heyman do it: a channel's weights go to where it
 * leads, the diagonal is the sum of what is left, and nothing is subtracted, nor is it
 * behind the factors, whose inverses have no negative numbers.  So every number is right to
 * n roundings, however rarely the chain ends.
 */
#include "kernel/attribution/channel_shares.h"

#include <math.h>
#include <string.h>

typedef struct Chain
{
	uint32_t n;
	double *weights;    /* n * n between channels; after factoring above the diagonal the other
						 * factor, less its sign, below it what of each channel goes where */
	double *out;        /* the diagonal */
	double *start;      /* from the start */
	double *conversion; /* into the conversion */
	double *nothing;    /* into nothing */
	double *inverse;    /* the diagonal of A^-1 */
	double *work;       /* 2 n */
} Chain;

static double *
zeros(size_t n)
{
	double *numbers = host_alloc(n * sizeof(double));

	memset(numbers, 0, n * sizeof(double));
	return numbers;
}

static Chain
read_chain(const ChannelTable *table)
{
	uint32_t n = table->n_names;
	Chain chain = {n,        zeros((size_t) n * n), zeros(n), zeros(n), zeros(n), zeros(n),
				   zeros(n), zeros(2 * n)};

	for (uint32_t i = 0; i < table->n_cells; i++)
	{
		const ChannelCell *cell = &table->cells[i];
		double count = (double) cell->count;
		uint32_t from = cell->from - STEP_CHANNEL;

		if (cell->from == STEP_START)
			chain.start[cell->to - STEP_CHANNEL] = count;
		else if (cell->to == STEP_CONVERSION)
			chain.conversion[from] = count;
		else if (cell->to == STEP_NOTHING)
			chain.nothing[from] = count;
		else
			chain.weights[(size_t) from * n + cell->to - STEP_CHANNEL] = count;
		host_poll_at(i);
	}
	return chain;
}

static void
free_chain(Chain *chain)
{
	host_free(chain->weights);
	host_free(chain->out);
	host_free(chain->start);
	host_free(chain->conversion);
	host_free(chain->nothing);
	host_free(chain->inverse);
	host_free(chain->work);
}

/* Add a multiple of numbers to others, from the first to the last. */
static inline void
add_multiple(double *to, const double *numbers, double factor, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
		to[i] += factor * numbers[i];
}

/* Leave out one channel after the other: what leads into it goes to where it leads. */
static void
factor(Chain *chain)
{
	uint32_t n = chain->n;

	for (uint32_t k = 0; k < n; k++)
	{
		double *row = chain->weights + (size_t) k * n;
		double out = chain->conversion[k] + chain->nothing[k];

		for (uint32_t j = k + 1; j < n; j++)
			out += row[j];
		/* of paths some always goes out; of numbers that only look like them, nothing comes in */
		chain->out[k] = out > 0 ? out : 1;
		for (uint32_t i = k + 1; i < n; i++)
		{
			double *other = chain->weights + (size_t) i * n;

			if (other[k] == 0)
				continue;
			other[k] /= chain->out[k];
			add_multiple(other, row, other[k], k + 1, n);
			chain->conversion[i] += other[k] * chain->conversion[k];
			chain->nothing[i] += other[k] * chain->nothing[k];
		}
		host_poll();
	}
}

/* The probability of a conversion from each channel, in place of the weights into it. */
static void
solve_conversion(Chain *chain)
{
	uint32_t n = chain->n;

	for (uint32_t k = n; k-- > 0;)
	{
		const double *row = chain->weights + (size_t) k * n;

		for (uint32_t j = k + 1; j < n; j++)
			chain->conversion[k] += row[j] * chain->conversion[j];
		chain->conversion[k] /= chain->out[k];
	}
}

/* s A^-1, in place of s. */
static void
solve_start(Chain *chain)
{
	uint32_t n = chain->n;

	for (uint32_t k = 0; k < n; k++)
	{
		chain->start[k] /= chain->out[k];
		add_multiple(chain->start, chain->weights + (size_t) k * n, chain->start[k], k + 1, n);
	}
	for (uint32_t k = n; k-- > 0;)
		add_multiple(chain->start, chain->weights + (size_t) k * n, chain->start[k], 0, k);
}

/* Of each channel a row of the inverse of one factor times a column of that of the other. */
static void
solve_inverse(Chain *chain)
{
	uint32_t n = chain->n;
	double *upper = chain->work;
	double *lower = chain->work + n;

	for (uint32_t c = 0; c < n; c++)
	{
		memset(chain->work, 0, 2 * n * sizeof(double));
		upper[c] = lower[c] = 1;
		for (uint32_t k = c; k < n; k++)
		{
			const double *row = chain->weights + (size_t) k * n;

			for (uint32_t i = c; i < k; i++)
				lower[k] += row[i] * lower[i];
			upper[k] /= chain->out[k];
			if (upper[k] > 0)
				add_multiple(upper, row, upper[k], k + 1, n);
			chain->inverse[c] += upper[k] * lower[k];
		}
		host_poll();
	}
}

void
markov_shares(const ChannelTable *table, ChannelShare *shares)
{
	Chain chain = read_chain(table);
	double conversion = 0; /* what of all that starts ends in one */
	double effects = 0;

	factor(&chain);
	solve_conversion(&chain);
	for (uint32_t i = 0; i < chain.n; i++)
		conversion += chain.start[i] * chain.conversion[i];
	solve_start(&chain);
	solve_inverse(&chain);
	for (uint32_t i = 0; i < chain.n; i++)
	{
		double through = chain.start[i] / chain.inverse[i] * chain.conversion[i];

		shares[i].removal_effect = fmin(through / conversion, 1);
		effects += shares[i].removal_effect;
	}
	for (uint32_t i = 0; i < chain.n; i++)
		shares[i].share = shares[i].removal_effect / effects;
	free_chain(&chain);
}
