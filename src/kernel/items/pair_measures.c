/*
 * pair_measures.c: how much two items go together.
 */
#include "kernel/items/pair_measures.h"

#include <math.h>

#include "kernel/base/sort.h"

/* Below it, f(t) is a series; above it, differences lose at most two digits of it. */
#define SMALL_T 0.01

/* (1 + t) ln(1 + t) - t = t^2/2 - t^3/6 + t^4/12 - ...: t^k / (k (k - 1)) with changing signs */
static double
series(double t)
{
	double sum = 0;

	for (int k = 11; k >= 2; k--)
		sum = 1.0 / (k * (k - 1)) - t * sum;
	return t * t * sum;
}

/*
 * What one cell o of row sum r and column sum k adds, E * f(t) with E = r * k / n and
 * t = o / E - 1 = difference / (r * k): never below 0, so that nothing cancels in the sum.
 */
static double
cell(uint64_t o, uint64_t r, uint64_t k, double difference, double n)
{
	double product = (double) r * (double) k;
	double expected = product / n;
	double t = difference / product;

	if (r == 0 || k == 0)
		return 0;
	if (o == 0)
		return expected;
	if (fabs(t) < SMALL_T)
		return expected * series(t);
	return (double) o * log1p(t) - difference / n;
}

double
log_likelihood_ratio(const PairTable *table)
{
	uint64_t a = table->both + table->only_a;
	uint64_t b = table->both + table->only_b;
	uint64_t not_a = table->only_b + table->neither;
	uint64_t not_b = table->only_a + table->neither;
	double n = (double) (a + not_a);
	double difference = (double) ((__int128) table->both * table->neither -
								  (__int128) table->only_a * table->only_b);

	if (difference == 0)
		return 0;
	/* in this order it is the same from both sides */
	return 2 * ((cell(table->both, a, b, difference, n) +
				 cell(table->neither, not_a, not_b, difference, n)) +
				(cell(table->only_a, a, not_b, -difference, n) +
				 cell(table->only_b, not_a, b, -difference, n)));
}

bool
pair_is_positive(const AffinityModel *model, const PairCounts *counts)
{
	unsigned __int128 observed = (unsigned __int128) counts->users * model->users;

	return observed >
		   (unsigned __int128) model->items[counts->item].users * model->items[counts->other].users;
}

/* A whole number as the sum of two doubles, of which the first one is the nearest. */
typedef struct TwoDoubles
{
	double high;
	double low;
} TwoDoubles;

static inline TwoDoubles
two_doubles(unsigned __int128 value)
{
	double high = (double) value;

	return (TwoDoubles){high, (double) (__int128) (value - (unsigned __int128) high)};
}

/*
 * c / sqrt(a * b), as the root of the nearest double to c^2 / (a * b): what is equal is not told
 * apart by how it was rounded, and neighbours are in the order that is said.
 */
static double
cosine_of(uint64_t c, uint64_t a, uint64_t b)
{
	TwoDoubles square = two_doubles((unsigned __int128) c * c);
	TwoDoubles product = two_doubles((unsigned __int128) a * b);
	double ratio = square.high / product.high;
	double times = ratio * product.high;
	double error = fma(ratio, product.high, -times);
	double rest = ((square.high - times) - error) + (square.low - ratio * product.low);

	return sqrt(ratio + rest / product.high);
}

static double
cosine(const AffinityModel *model, const PairCounts *counts)
{
	const ModelItem *item = &model->items[counts->item];
	const ModelItem *other = &model->items[counts->other];

	if (model->products == NULL)
		return cosine_of(counts->users, item->users, other->users);
	return counts->products == 0 ? 0 : cosine_of(counts->products, item->squares, other->squares);
}

double
pair_measure(const AffinityModel *model, const PairCounts *counts, ItemMeasure measure)
{
	uint64_t a = model->items[counts->item].users;
	uint64_t b = model->items[counts->other].users;
	uint64_t c = counts->users;

	switch (measure)
	{
		case MEASURE_COSINE:
			return cosine(model, counts);
		case MEASURE_LIFT:
			return (double) c * (double) model->users / ((double) a * (double) b);
		case MEASURE_CONFIDENCE:
			return (double) c / (double) a;
		case MEASURE_JACCARD:
			return (double) c / (double) (a + b - c);
		case MEASURE_LLR:
			break;
	}
	return log_likelihood_ratio(&(PairTable){c, a - c, b - c, model->users - a - b + c});
}

static int
compare_neighbours(const void *a, const void *b)
{
	const Neighbour *left = a;
	const Neighbour *right = b;

	if (left->score != right->score)
		return left->score > right->score ? -1 : 1;
	if (left->users != right->users)
		return left->users > right->users ? -1 : 1;
	return (left->other > right->other) - (left->other < right->other);
}

/* A heap of the nearest ones, the farthest of them first: it sinks to where it belongs. */
static void
sink(Neighbour *heap, uint32_t n, const Neighbour *neighbour)
{
	uint32_t at = 0;

	for (uint32_t child = 1; child < n; child = 2 * at + 1)
	{
		if (child + 1 < n && compare_neighbours(&heap[child], &heap[child + 1]) < 0)
			child++;
		if (compare_neighbours(neighbour, &heap[child]) >= 0)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = *neighbour;
}

static void
rise(Neighbour *heap, uint32_t at, const Neighbour *neighbour)
{
	for (; at > 0 && compare_neighbours(&heap[(at - 1) / 2], neighbour) < 0; at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = *neighbour;
}

void
nearest_add(Neighbour *nearest, uint32_t *n, uint32_t top, const Neighbour *neighbour)
{
	if (*n < top)
		rise(nearest, (*n)++, neighbour);
	else if (compare_neighbours(neighbour, nearest) < 0)
		sink(nearest, *n, neighbour);
}

void
nearest_sort(Neighbour *nearest, uint32_t n)
{
	sort_entries(nearest, n, sizeof(Neighbour), compare_neighbours);
}

uint32_t
item_neighbours(const AffinityEdges *edges, uint32_t item, ItemMeasure measure, uint32_t top,
				Neighbour *neighbours)
{
	uint32_t n = 0;

	for (uint64_t edge = edges->starts[item]; edge < edges->starts[item + 1]; edge++)
	{
		PairCounts counts = edge_counts(edges, item, edge);
		Neighbour neighbour = {0, counts.other, counts.users};

		host_poll_at(edge);
		if ((measure == MEASURE_LLR || measure == MEASURE_LIFT) &&
			!pair_is_positive(edges->model, &counts))
			continue;
		neighbour.score = pair_measure(edges->model, &counts, measure);
		if (neighbour.score > 0)
			nearest_add(neighbours, &n, top, &neighbour);
	}
	nearest_sort(neighbours, n);
	return n;
}
