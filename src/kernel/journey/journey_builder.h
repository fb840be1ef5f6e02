/*
 * journey_builder.h: rows of one user in any order, and other journeys, to be one.
 */
#ifndef USER_OPS_KERNEL_JOURNEY_BUILDER_H
#define USER_OPS_KERNEL_JOURNEY_BUILDER_H

#include "kernel/journey/journey_bytes.h"
#include "kernel/journey/texts.h"

/* What is the same in all journeys that become one. */
typedef struct JourneyKind
{
	bool by_name;
	bool partial;
	uint8_t n_conditions; /* 0 by name */
} JourneyKind;

typedef struct JourneyBuilder
{
	JourneyKind kind;
	JourneyRow *rows; /* events and labels by their numbers in these: */
	uint32_t n_rows;
	uint32_t capacity;
	uint8_t scale;
	Texts names;
	Texts labels;
	JourneyRow *sorted; /* what was asked for, with its texts; NULL: nothing */
	JourneyText *sorted_names;
	JourneyText *sorted_labels;
} JourneyBuilder;

extern JourneyBuilder *journey_builder(const JourneyKind *kind);

/*
 * One more row; its event, label and amount are set behind it: by texts_add() with the
 * builder's sets, and journey_set_amount().
 */
extern JourneyRow *journey_add_row(JourneyBuilder *builder, int64_t at);

/* Fails (KERNEL_AMOUNT_RANGE) if the amounts do not fit 64 bits at the largest scale in use. */
extern void journey_set_amount(JourneyBuilder *builder, JourneyRow *row, int64_t amount, int scale);

/* All rows of a journey; fails (KERNEL_ROWS_KIND) if it is of another kind. */
extern void journey_add_journey(JourneyBuilder *builder, const Journey *journey);

/*
 * What was added so far, in order: at least one row.  Valid until that is given back.  Fails
 * (KERNEL_TEXTS_RANGE) if there are too many names.
 */
extern Journey journey_built(JourneyBuilder *builder);
extern void journey_give_back(JourneyBuilder *builder);

extern void journey_builder_free(JourneyBuilder *builder);

static inline JourneyKind
journey_kind(const Journey *journey)
{
	return (JourneyKind){journey->by_name, journey->partial,
						 journey->by_name ? 0 : journey->n_conditions};
}

#endif
