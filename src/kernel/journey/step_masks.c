/*
 * step_masks.c: what is asked of a journey, in the masks of its rows.
 */
#include "kernel/journey/step_masks.h"

static const uint64_t *
masks_of_names(StepMasks *masks, const Journey *journey)
{
	NameMasks *found = &masks->of[journey->names_id.place];
	const JourneyTexts *names = &journey->names;

	if (found->serial != 0 && found->serial == journey->names_id.serial)
		return found->masks;
	if (names->n > found->capacity)
	{
		if (found->masks != NULL)
			host_free(found->masks);
		found->capacity = names->n + 16;
		found->masks = host_alloc(found->capacity * sizeof(uint64_t));
	}
	for (uint32_t i = 0; i < names->n; i++)
	{
		found->masks[i] = step_mask(masks->table, names->texts[i].bytes, names->texts[i].size);
		host_poll_at(i);
	}
	found->serial = journey->names_id.serial;
	return found->masks;
}

const char *
step_masks_ask(StepMasks *masks, Journey *journey)
{
	const StepsHead *head = &masks->table->head;
	const uint64_t *of_names;
	JourneyRow *rows = (JourneyRow *) journey->rows; /* whose owner asks */

	if (head->by_name != journey->by_name)
		return head->by_name ? "the journey is by conditions, and has no names"
							 : "the journey is by name, and has no numbered conditions";
	journey->n_steps = head->n_steps;
	if (!head->by_name)
		return head->n_steps > journey->n_conditions
				   ? "the journey has fewer conditions than steps are asked for"
				   : NULL;
	journey->n_conditions = head->n_conditions;
	of_names = masks_of_names(masks, journey);
	for (uint32_t i = 0; i < journey->n_rows; i++)
	{
		rows[i].mask = of_names[rows[i].event];
		host_poll_at(i);
	}
	return NULL;
}

void
step_masks_free(StepMasks *masks)
{
	for (int i = 0; i < NAMES_PLACES; i++)
		if (masks->of[i].masks != NULL)
			host_free(masks->of[i].masks);
	*masks = (StepMasks){0};
}
