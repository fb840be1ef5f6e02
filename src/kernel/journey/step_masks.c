/*
 * step_masks.c: what is asked of a journey, in the masks of its rows.
 */
#include "kernel/journey/step_masks.h"

static const NameMasks *
masks_of_names(StepMasks *masks, const Journey *journey)
{
	NameMasks *found = &masks->of[journey->names_id.place];
	const JourneyTexts *names = &journey->names;

	if (found->serial != 0 && found->serial == journey->names_id.serial)
		return found;
	if (names->n > found->capacity)
	{
		if (found->masks != NULL)
			host_free(found->masks);
		found->capacity = names->n + 16;
		found->masks = host_alloc(found->capacity * sizeof(uint64_t));
	}
	found->all = 0;
	for (uint32_t i = 0; i < names->n; i++)
	{
		found->masks[i] = step_mask(masks->table, names->texts[i].bytes, names->texts[i].size);
		found->all |= found->masks[i];
		host_poll_at(i);
	}
	found->serial = journey->names_id.serial;
	return found;
}

const char *
step_masks_meet(StepMasks *masks, Journey *journey, const NameMasks **of_names)
{
	const StepsHead *head = &masks->table->head;

	*of_names = NULL;
	if (head->by_name != journey->by_name)
		return head->by_name ? "the journey is by conditions, and has no names"
							 : "the journey is by name, and has no numbered conditions";
	journey->n_steps = head->n_steps;
	if (!head->by_name)
		return head->n_steps > journey->n_conditions
				   ? "the journey has fewer conditions than steps are asked for"
				   : NULL;
	journey->n_conditions = head->n_conditions;
	*of_names = masks_of_names(masks, journey);
	return NULL;
}

const char *
step_masks_ask(StepMasks *masks, Journey *journey)
{
	JourneyRow *rows = (JourneyRow *) journey->rows; /* whose owner asks */
	const NameMasks *of_names;
	const char *problem = step_masks_meet(masks, journey, &of_names);

	for (uint32_t i = 0; i < journey->n_rows && of_names != NULL; i++)
	{
		rows[i].mask = of_names->masks[rows[i].event];
		host_poll_at(i);
	}
	return problem;
}

void
step_masks_free(StepMasks *masks)
{
	for (int i = 0; i < NAMES_PLACES; i++)
		if (masks->of[i].masks != NULL)
			host_free(masks->of[i].masks);
	*masks = (StepMasks){0};
}
