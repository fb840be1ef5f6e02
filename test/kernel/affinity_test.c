/*
 * affinity_test.c: what goes together, and what is offered, outside the server.
 *
 *	affinity_test [SEED [ROUNDS]]
 *
 * Over the baskets of users with items at random an affinity is counted, whole and in parts that
 * are packed, unpacked and merged, and compared with a table of all items by all items.
 * Neighbours and offers are looked for among everything, too.  The bytes are damaged: what is
 * still a value is written as it was read.
 */
#include "items_shop.h"

#include "kernel/items/recommend.h"

typedef struct Counts
{
	int users;
	int cut;
	int of[MOST_ITEMS];
	uint64_t weights[MOST_ITEMS];
	uint64_t squares[MOST_ITEMS];
	int both[MOST_ITEMS][MOST_ITEMS];
	uint64_t products[MOST_ITEMS][MOST_ITEMS];
} Counts;

static void
tell_user(const Shop *shop, int u, const AffinityQuestion *question, Counts *counts)
{
	int items[MOST_ITEMS];
	int last[MOST_ITEMS];
	uint64_t weight[MOST_ITEMS];
	int n = 0;

	for (int i = 0; i < shop->n_items; i++)
	{
		Told told = told_item(shop, u, i, question->as_of, 0);

		if (told.events == 0 || told.last_day < question->items_from)
			continue;
		items[n] = i;
		last[n++] = told.last_day;
	}
	counts->users += n > 0;
	counts->cut += n > question->max_items;
	while (n > question->max_items)
	{
		int first = 0; /* to go: the earliest, of these the largest */

		for (int i = 1; i < n; i++)
			if (last[i] <= last[first])
				first = i;
		memmove(items + first, items + first + 1, (size_t) (n - first - 1) * sizeof(int));
		memmove(last + first, last + first + 1, (size_t) (n - first - 1) * sizeof(int));
		n--;
	}
	for (int i = 0; i < n; i++)
	{
		weight[i] =
			question->half_life_days == 0
				? 65536
				: (uint64_t) floor(65536 * pow(2, -(double) (question->as_of - 1 - last[i]) /
													  question->half_life_days) +
								   0.5);
		counts->of[items[i]]++;
		counts->weights[items[i]] += weight[i];
		counts->squares[items[i]] += weight[i] * weight[i];
		for (int k = 0; k < i; k++)
		{
			counts->both[items[k]][items[i]]++;
			counts->both[items[i]][items[k]]++;
			counts->products[items[k]][items[i]] += weight[i] * weight[k];
			counts->products[items[i]][items[k]] += weight[i] * weight[k];
		}
	}
}

/* Of users u of which u % n_parts is part; NULL if none has a basket. */
static Affinity *
affinity_of(const Shop *shop, const AffinityQuestion *question, int part, int n_parts)
{
	Affinity *affinity = NULL;

	for (int u = part; u < shop->n_users; u += n_parts)
	{
		BasketReader reader;
		Affinity *larger;

		if (shop->n_rows[u] == 0)
			continue;
		CHECK(basket_open(&reader, shop->baskets[u].start, bytes_written(&shop->baskets[u])) ==
			  NULL);
		if (affinity == NULL)
			affinity = affinity_create(shop->kind, question);
		larger = affinity_add(affinity, &reader);
		CHECK(!reader.in.bad);
		if (larger != affinity)
			host_free(affinity);
		affinity = larger;
	}
	return affinity;
}

static ByteWriter
packed_affinity(const Affinity *affinity)
{
	ByteWriter out = byte_writer(0);

	affinity_kind.pack(affinity, &out);
	CHECK(state_check(&affinity_kind, out.start, bytes_written(&out)) == NULL);
	return out;
}

static ByteWriter
affinity_of_parts(const Shop *shop, const AffinityQuestion *question)
{
	Affinity *merged = NULL;
	ByteWriter out;

	for (int part = PARTS - 1; part >= 0; part--)
	{
		Affinity *affinity = affinity_of(shop, question, part, PARTS);
		Affinity *larger;
		const char *problem;

		if (affinity == NULL)
			continue;
		if (below(2))
		{
			out = packed_affinity(affinity);
			host_free(affinity);
			affinity = affinity_kind.unpack(out.start, bytes_written(&out), &problem);
			CHECK(affinity != NULL);
			host_free(out.start);
		}
		if (merged == NULL)
		{
			merged = affinity;
			continue;
		}
		larger = affinity_kind.merge(merged, affinity);
		if (larger != merged)
			host_free(merged);
		merged = larger;
		host_free(affinity);
	}
	out = packed_affinity(merged);
	host_free(merged);
	return out;
}

/* The items of the counts, by their places in the model. */
static int
known_items(const Shop *shop, const Counts *counts, const AffinityModel *model, int *items)
{
	int n = 0;

	for (int i = 0; i < shop->n_items; i++)
	{
		if (counts->of[i] == 0)
		{
			CHECK(affinity_find(model, &shop->keys[i]) == UINT32_MAX);
			continue;
		}
		CHECK(affinity_find(model, &shop->keys[i]) == (uint32_t) n);
		CHECK(model->items[n].users == (uint32_t) counts->of[i] &&
			  model->items[n].weights == counts->weights[i] &&
			  model->items[n].squares == counts->squares[i]);
		items[n++] = i;
	}
	return n;
}

/* Sum of 2 O ln(O / E), as it stands. */
static double
told_llr(double a, double b, double c, double n)
{
	long double o[4] = {c, a - c, b - c, n - a - b + c};
	long double r[4] = {a, a, n - a, n - a};
	long double k[4] = {b, n - b, b, n - b};
	long double sum = 0;

	for (int i = 0; i < 4; i++)
		if (o[i] > 0)
			sum += 2 * o[i] * logl(o[i] * n / (r[i] * k[i]));
	return (double) sum;
}

static double
told_measure(const Counts *counts, bool weighted, int i, int k, ItemMeasure measure)
{
	double a = counts->of[i];
	double b = counts->of[k];
	double c = counts->both[i][k];
	double n = counts->users;

	switch (measure)
	{
		case MEASURE_CONFIDENCE:
			return c / a;
		case MEASURE_LIFT:
			return c * n / (a * b);
		case MEASURE_JACCARD:
			return c / (a + b - c);
		case MEASURE_COSINE:
			if (!weighted)
				return c / sqrt(a * b);
			return counts->products[i][k] == 0
					   ? 0
					   : (double) counts->products[i][k] /
							 sqrt((double) counts->squares[i] * (double) counts->squares[k]);
		case MEASURE_LLR:
			break;
	}
	return told_llr(a, b, c, n);
}

static void
check_pairs(const Counts *counts, const AffinityModel *model, const int *items, int n,
			uint32_t min_users)
{
	AffinityEdges edges = affinity_edges(model, min_users);

	for (int i = 0; i < n; i++)
	{
		uint64_t edge = edges.starts[i];

		for (int k = 0; k < n; k++)
		{
			PairCounts pair;

			if (k == i || counts->both[items[i]][items[k]] < (int) min_users)
				continue;
			CHECK(edge < edges.starts[i + 1]);
			pair = edge_counts(&edges, (uint32_t) i, edge++);
			CHECK(pair.other == (uint32_t) k &&
				  pair.users == (uint32_t) counts->both[items[i]][items[k]]);
			CHECK(model->products == NULL || pair.products == counts->products[items[i]][items[k]]);
			for (int measure = 0; measure < ITEM_MEASURES; measure++)
				CHECK(fabs(pair_measure(model, &pair, (ItemMeasure) measure) -
						   told_measure(counts, model->products != NULL, items[i], items[k],
										(ItemMeasure) measure)) < 1e-11);
			CHECK(pair_is_positive(model, &pair) ==
				  ((int) pair.users * counts->users > counts->of[items[i]] * counts->of[items[k]]));
		}
		CHECK(edge == edges.starts[i + 1]);
	}
	affinity_edges_free(&edges);
}

/* Is the second one to come behind the first one? */
static bool
in_order(const Neighbour *a, const Neighbour *b)
{
	if (a->score != b->score)
		return a->score > b->score;
	return a->users != b->users ? a->users > b->users : a->other < b->other;
}

/* All others of an item that may be its neighbours, in their order. */
static int
told_neighbours(const AffinityEdges *edges, uint32_t item, ItemMeasure measure, Neighbour *told)
{
	int n = 0;

	for (uint64_t edge = edges->starts[item]; edge < edges->starts[item + 1]; edge++)
	{
		PairCounts pair = edge_counts(edges, item, edge);
		Neighbour new = {pair_measure(edges->model, &pair, measure), pair.other, pair.users};
		int at = n;

		if (((measure == MEASURE_LLR || measure == MEASURE_LIFT) &&
			 !pair_is_positive(edges->model, &pair)) ||
			new.score <= 0)
			continue;
		for (; at > 0 && in_order(&new, &told[at - 1]); at--)
			told[at] = told[at - 1];
		told[at] = new;
		n++;
	}
	return n;
}

static void
check_neighbours(const AffinityEdges *edges, ItemMeasure measure, uint32_t top)
{
	Neighbour told[MOST_ITEMS];
	Neighbour nearest[MOST_ITEMS];

	for (uint32_t item = 0; item < edges->model->n_items; item++)
	{
		int n_told = told_neighbours(edges, item, measure, told);
		uint32_t n = item_neighbours(edges, item, measure, top, nearest);

		CHECK(n == (n_told < (int) top ? (uint32_t) n_told : top));
		for (uint32_t i = 0; i < n; i++)
			CHECK(nearest[i].other == told[i].other && nearest[i].score == told[i].score &&
				  nearest[i].users == told[i].users);
	}
}

static void
check_offers(const Shop *shop, Recommender *recommender, const AffinityEdges *edges,
			 const RecommendRules *rules, int u, int as_of, uint32_t top, bool keep_own)
{
	const AffinityModel *model = edges->model;
	Neighbour told[MOST_ITEMS];
	Neighbour best[MOST_ITEMS];
	double scores[MOST_ITEMS];
	bool met[MOST_ITEMS] = {false};
	bool own[MOST_ITEMS] = {false};
	Offer offers[MOST_ITEMS];
	BasketReader reader;
	uint32_t n_best = 0;
	uint32_t n;
	uint32_t at = 0;
	bool nothing = shop->n_rows[u] == 0;

	for (int i = 0; i < shop->n_items; i++)
	{
		uint32_t place = affinity_find(model, &shop->keys[i]);

		if (place != UINT32_MAX)
			own[place] = told_item(shop, u, i, as_of, 0).events > 0;
	}
	for (uint32_t item = 0; item < model->n_items; item++)
	{
		int n_told = own[item] ? told_neighbours(edges, item, rules->measure, told) : 0;

		for (int i = 0; i < n_told && i < (int) rules->neighbours; i++)
		{
			if (!met[told[i].other])
				scores[told[i].other] = 0;
			met[told[i].other] = true;
			scores[told[i].other] += told[i].score;
		}
	}
	for (uint32_t item = 0; item < model->n_items; item++)
	{
		Neighbour new = {scores[item], item, model->items[item].users};
		uint32_t place = n_best;

		if (!met[item] || (own[item] && !keep_own))
			continue;
		for (; place > 0 && in_order(&new, &best[place - 1]); place--)
			best[place] = best[place - 1];
		best[place] = new;
		n_best++;
	}
	if (!nothing)
		CHECK(basket_open(&reader, shop->baskets[u].start, bytes_written(&shop->baskets[u])) ==
			  NULL);
	n = recommend(recommender, nothing ? NULL : &reader, as_of, top, keep_own, offers);
	for (; at < n_best && at < top; at++)
	{
		CHECK(at < n && offers[at].similar && offers[at].item == best[at].other &&
			  offers[at].score == best[at].score);
		own[offers[at].item] = true; /* not once more */
	}
	if (keep_own && !nothing)
		for (uint32_t item = 0; item < model->n_items; item++)
		{
			bool chosen = false;

			for (uint32_t i = 0; i < at; i++)
				chosen |= offers[i].item == item;
			own[item] = chosen;
		}
	for (; at < n; at++)
	{
		uint32_t popular = UINT32_MAX;

		for (uint32_t item = 0; item < model->n_items; item++)
			if (!own[item] &&
				(popular == UINT32_MAX || model->items[item].users > model->items[popular].users))
				popular = item;
		CHECK(!offers[at].similar && offers[at].item == popular);
		own[popular] = true;
	}
	for (uint32_t item = 0; item < model->n_items && n < top; item++)
		CHECK(own[item]);
}

static void
check_affinity(const Shop *shop)
{
	AffinityQuestion question = {.as_of = FIRST_DAY + 10 + below(DAYS),
								 .half_life_days = below(2) ? 0 : 1 + below(20),
								 .max_items = below(3) == 0 ? 1 + below(5) : AFFINITY_MAX_ITEMS,
								 .items_from = INT32_MIN};
	static Counts counts;
	Affinity *affinity;
	AffinityModel model;
	ByteWriter whole;
	ByteWriter parts;
	int items[MOST_ITEMS];
	int n;

	if (below(3) == 0)
		question.items_from = question.as_of - 1 - below(DAYS);
	affinity = affinity_of(shop, &question, 0, 1);
	if (affinity == NULL)
		return;
	memset(&counts, 0, sizeof(counts));
	for (int u = 0; u < shop->n_users; u++)
		tell_user(shop, u, &question, &counts);
	whole = packed_affinity(affinity);
	parts = affinity_of_parts(shop, &question);
	CHECK(same_bytes(&whole, &parts));
	CHECK(affinity_decode(&model, whole.start, bytes_written(&whole)) == NULL);
	CHECK(model.users == (uint64_t) counts.users && model.users_cut == (uint64_t) counts.cut);
	n = known_items(shop, &counts, &model, items);
	CHECK(model.n_items == (uint32_t) n);
	check_pairs(&counts, &model, items, n, 1 + (uint32_t) below(3));
	for (int i = 0; i < 3; i++)
	{
		RecommendRules rules = {(ItemMeasure) below(ITEM_MEASURES),
								1 + (uint32_t) below(below(2) ? 3 : MOST_ITEMS),
								1 + (uint32_t) below(3)};
		AffinityEdges edges = affinity_edges(&model, rules.min_users);
		Recommender recommender;
		AffinityModel own;

		CHECK(affinity_decode(&own, whole.start, bytes_written(&whole)) == NULL);
		recommender_make(&recommender, &own, &rules);
		recommender.call = below(2) ? UINT32_MAX - 2 : 0; /* and what comes behind the last one */
		check_neighbours(&edges, rules.measure, rules.neighbours);
		for (int u = 0; u < shop->n_users; u++)
			check_offers(shop, &recommender, &edges, &rules, u, question.as_of - below(3),
						 1 + (uint32_t) below(below(2) ? 4 : MOST_ITEMS), below(3) == 0);
		host_free(recommender.starts);
		host_free(recommender.others);
		host_free(recommender.measures);
		host_free(recommender.popular);
		host_free(recommender.own);
		host_free(recommender.scored);
		host_free(recommender.chosen);
		host_free(recommender.scores);
		host_free(recommender.met);
		affinity_model_free(&recommender.model);
		affinity_edges_free(&edges);
	}
	damage(&affinity_kind, &whole);
	affinity_model_free(&model);
	host_free(whole.start);
	host_free(parts.start);
	host_free(affinity);
}

int
main(int argc, char **argv)
{
	long rounds = argc > 2 ? atol(argv[2]) : 100;
	static Shop shop;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (long round = 0; round < rounds; round++)
	{
		make_shop(&shop);
		make_baskets(&shop);
		check_affinity(&shop);
		free_baskets(&shop);
	}
	CHECK(rounds < 50 || n_accepted > 0);
	printf("# %ld shops, %d damaged values were values\n", rounds, n_accepted);
	return 0;
}
