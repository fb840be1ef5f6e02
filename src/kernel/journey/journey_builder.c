/*
 * journey_builder.c: rows of one user in any order, to be a journey.
 */
#include "kernel/journey/journey_builder.h"

#include <string.h>

#include "kernel/base/money.h"
#include "kernel/journey/journey_order.h"

#define FIRST_ROWS 8

JourneyBuilder *
journey_builder(const JourneyKind *kind)
{
	JourneyBuilder *builder = host_alloc(sizeof(JourneyBuilder));

	*builder = (JourneyBuilder){.kind = *kind};
	return builder;
}

static void
make_room(JourneyBuilder *builder, uint32_t n)
{
	uint32_t capacity = builder->capacity == 0 ? FIRST_ROWS : builder->capacity;

	if (n > JOURNEY_ROWS)
		host_fail(KERNEL_JOURNEY_TOO_LONG);
	while (capacity < n)
		capacity *= 2;
	if (capacity == builder->capacity)
		return;
	builder->rows = builder->rows == NULL
						? host_alloc(capacity * sizeof(JourneyRow))
						: host_realloc_large(builder->rows, capacity * sizeof(JourneyRow));
	builder->capacity = capacity;
}

JourneyRow *
journey_add_row(JourneyBuilder *builder, int64_t at)
{
	JourneyRow *row;

	if (builder->n_rows == builder->capacity)
		make_room(builder, builder->n_rows + 1);
	row = &builder->rows[builder->n_rows++];
	*row = (JourneyRow){.at = at, .label = JOURNEY_NONE};
	return row;
}

/* Amounts so far are brought to a greater scale. */
static void
raise_scale(JourneyBuilder *builder, int scale)
{
	for (uint32_t i = 0; i < builder->n_rows; i++)
	{
		JourneyRow *row = &builder->rows[i];

		row->amount = money_rescale(row->amount, builder->scale, scale);
		host_poll_at(i);
	}
	builder->scale = (uint8_t) scale;
}

void
journey_set_amount(JourneyBuilder *builder, JourneyRow *row, int64_t amount, int scale)
{
	if (scale > builder->scale)
		raise_scale(builder, scale);
	row->has_amount = true;
	row->amount = money_rescale(amount, scale, builder->scale);
}

static uint32_t *
numbers_of(Texts *texts, const JourneyTexts *from)
{
	uint32_t *numbers = host_alloc(from->n * sizeof(uint32_t) + 1);

	for (uint32_t i = 0; i < from->n; i++)
	{
		numbers[i] = texts_add(texts, from->texts[i].bytes, from->texts[i].size);
		host_poll_at(i);
	}
	return numbers;
}

void
journey_add_journey(JourneyBuilder *builder, const Journey *journey)
{
	uint32_t *names;
	uint32_t *labels;

	if (builder->kind.by_name != journey->by_name || builder->kind.partial != journey->partial ||
		(!journey->by_name && builder->kind.n_conditions != journey->n_conditions))
		host_fail(KERNEL_ROWS_KIND);
	names = numbers_of(&builder->names, &journey->names);
	labels = numbers_of(&builder->labels, &journey->labels);
	for (uint32_t i = 0; i < journey->n_rows; i++)
	{
		const JourneyRow *from = &journey->rows[i];
		JourneyRow *row = journey_add_row(builder, from->at);

		row->tiebreak = from->tiebreak;
		if (journey->by_name)
			row->event = names[from->event];
		else
			row->mask = from->mask;
		if (from->label != JOURNEY_NONE)
			row->label = labels[from->label];
		if (from->has_amount)
			journey_set_amount(builder, row, from->amount, journey->scale);
		host_poll_at(i);
	}
	host_free(names);
	host_free(labels);
}

static JourneyTexts
sort_texts(const Texts *texts, JourneyText **sorted, uint32_t **places)
{
	*sorted = host_alloc(texts->n * sizeof(JourneyText) + 1);
	*places = texts_places(texts, *sorted);
	return (JourneyTexts){*sorted, texts->n};
}

Journey
journey_built(JourneyBuilder *builder)
{
	size_t size = builder->n_rows * sizeof(JourneyRow);
	uint32_t *names;
	uint32_t *labels;
	Journey journey = {.n_rows = builder->n_rows,
					   .by_name = builder->kind.by_name,
					   .partial = builder->kind.partial,
					   .n_conditions = builder->kind.n_conditions,
					   .scale = builder->scale};

	if (builder->names.n > JOURNEY_NAMES)
		host_fail(KERNEL_TEXTS_RANGE);
	journey.names = sort_texts(&builder->names, &builder->sorted_names, &names);
	journey.labels = sort_texts(&builder->labels, &builder->sorted_labels, &labels);
	builder->sorted = memcpy(host_alloc_large(size), builder->rows, size);
	for (uint32_t i = 0; i < builder->n_rows; i++)
	{
		JourneyRow *row = &builder->sorted[i];

		if (journey.by_name)
			row->event = names[row->event];
		if (row->label != JOURNEY_NONE)
			row->label = labels[row->label];
		journey.amounts |= row->has_amount;
		journey.tiebreaks |= row->tiebreak != 0;
		host_poll_at(i);
	}
	host_free(names);
	host_free(labels);
	journey_sort(builder->sorted, builder->n_rows, journey.by_name);
	journey.rows = builder->sorted;
	return journey;
}

void
journey_give_back(JourneyBuilder *builder)
{
	if (builder->sorted == NULL)
		return;
	host_free(builder->sorted);
	host_free(builder->sorted_names);
	host_free(builder->sorted_labels);
	builder->sorted = NULL;
}

void
journey_builder_free(JourneyBuilder *builder)
{
	journey_give_back(builder);
	texts_free(&builder->names);
	texts_free(&builder->labels);
	if (builder->rows != NULL)
		host_free(builder->rows);
	host_free(builder);
}
