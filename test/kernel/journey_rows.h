/*
 * journey_rows.h: random rows of one journey, and their order as the words at the top of
 * kernel/journey/journey.h have it, where amounts have 9 decimals.
 */
#include "journey_model.h"

#include "kernel/journey/journey_units.h"

#define MOST_MODEL_ROWS 400
#define POOL            40

static JourneyText pool[POOL]; /* texts of a round, all distinct */
static uint32_t n_pool;
static bool model_by_name;

/* Only letters that are packed, or others, too; one of them may be empty. */
static void
make_pool(void)
{
	bool plain = one_in(2);
	uint32_t most = one_in(3) ? 1 : one_in(2) ? 5 : POOL;

	for (n_pool = 0; n_pool < most;)
	{
		JourneyText text = random_text(plain);
		bool found = false;

		for (uint32_t i = 0; i < n_pool; i++)
			found |= same_text(&pool[i], &text);
		if (!found)
			pool[n_pool++] = text;
	}
}

static JourneyKind
random_kind(void)
{
	static const uint8_t numbers[] = {1, 2, 5, 8, 9, 16, 17, 32, 33, 63, 64};
	JourneyKind kind = {.by_name = one_in(2), .partial = one_in(3)};

	if (!kind.by_name)
		kind.n_conditions = numbers[chance(11)];
	return kind;
}

static int64_t
random_time(int64_t unit, int kind, int64_t base)
{
	static const int64_t spans[] = {1, 4, 40, 100000, INT64_C(1) << 40};
	int64_t last = JOURNEY_END_OF_TIME - 1 - (JOURNEY_END_OF_TIME - 1) % unit;
	int64_t at = base;

	if (kind == 5) /* from end to end: its beginning is a whole day */
		return one_in(3) ? JOURNEY_FIRST_TIME + unit * chance(3) : one_in(2) ? last - unit * chance(3) : 0;
	if (kind == 4)
		unit = 1;
	else if (kind == 3 && one_in(5)) /* visits */
		at += unit * chance(10000);
	at += unit * (int64_t) (chance64() % (uint64_t) spans[kind]);
	return at > last ? last : at;
}

/* Rows of one kind; returns how many. */
static uint32_t
make_rows(ModelRow *rows, const JourneyKind *kind)
{
	static const uint32_t most[] = {1, 2, 12, 60, MOST_MODEL_ROWS};
	uint32_t n = 1 + chance(most[chance(5)]);
	int64_t unit = journey_units[chance(JOURNEY_UNITS)];
	int times = (int) chance(6);
	int64_t base = ((int64_t) chance(20000) - 5000) * INT64_C(86400000000);
	bool tiebreaks = one_in(3);
	bool labels = one_in(3);
	bool amounts = one_in(3);
	int scale = one_in(2) ? (int) chance(10) : -1;
	uint32_t n_masks = 1 + chance(one_in(2) ? 4 : 100);
	uint64_t all = kind->n_conditions == 64 ? UINT64_MAX : (UINT64_C(1) << kind->n_conditions) - 1;
	uint64_t masks[101];

	model_by_name = kind->by_name;
	for (uint32_t i = 0; i < n_masks; i++)
		masks[i] = (one_in(3) ? UINT64_C(1) << chance(64) : one_in(2) ? chance64() : UINT64_MAX) & all;
	for (uint32_t i = 0; i < n; i++)
	{
		ModelRow *row = &rows[i];

		*row = (ModelRow){.at = random_time(unit, times, base)};
		if (kind->by_name)
			row->name = &pool[chance(n_pool)];
		else
			row->mask = masks[chance(n_masks)];
		if (tiebreaks)
			row->tiebreak = one_in(9) ? (one_in(2) ? INT64_MAX : INT64_MIN) : (int64_t) chance(3) - 1;
		if (labels && one_in(2))
			row->label = &pool[chance(n_pool)];
		if (amounts)
			random_amount(row, scale);
		if (i > 0 && one_in(10))
			*row = rows[i - 1];
	}
	return n;
}

static int
compare_texts(const JourneyText *a, const JourneyText *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	for (uint32_t i = 0; i < a->size && i < b->size; i++)
		if (a->bytes[i] != b->bytes[i])
			return (uint8_t) a->bytes[i] < (uint8_t) b->bytes[i] ? -1 : 1;
	return (a->size > b->size) - (a->size < b->size);
}

static int
lowest_condition(uint64_t mask)
{
	int i = 0;

	while (i < 64 && (mask >> i & 1) == 0)
		i++;
	return i;
}

static __int128
nano_amount(const ModelRow *row)
{
	__int128 amount = row->amount;

	for (int i = row->scale; i < 9; i++)
		amount *= 10;
	return amount;
}

#define BY(x, y) \
	if ((x) != (y)) \
		return (x) < (y) ? -1 : 1

static int
compare_model(const void *left, const void *right)
{
	const ModelRow *a = left;
	const ModelRow *b = right;
	int by_name;

	BY(a->at, b->at);
	BY(a->tiebreak, b->tiebreak);
	by_name = model_by_name ? compare_texts(a->name, b->name) : 0;
	BY(by_name, 0);
	BY(lowest_condition(a->mask), lowest_condition(b->mask));
	BY(a->mask, b->mask);
	BY(a->has_amount, b->has_amount);
	BY(nano_amount(a), nano_amount(b));
	return compare_texts(a->label, b->label);
}

static inline void
shuffle(ModelRow *rows, uint32_t n)
{
	for (uint32_t i = n; i > 1; i--)
	{
		uint32_t with = chance(i);
		ModelRow row = rows[i - 1];

		rows[i - 1] = rows[with];
		rows[with] = row;
	}
}
