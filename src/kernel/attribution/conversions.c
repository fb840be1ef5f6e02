/*
 * conversions.c: each conversion with the touches that lead to it.
 */
#include "kernel/attribution/conversions.h"

#include "kernel/journey/texts.h"

void
roles_set(uint8_t *roles, const JourneyTexts *names, const JourneyText *name, uint8_t role)
{
	uint32_t low = 0;
	uint32_t high = names->n;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;
		int sign = text_compare(name, &names->texts[middle]);

		if (sign == 0)
		{
			roles[middle] |= role;
			return;
		}
		if (sign < 0)
			high = middle;
		else
			low = middle + 1;
	}
}

ConversionReader
conversions_open(const Journey *journey, const uint8_t *roles, const TouchWindow *window)
{
	ConversionReader reader = {.journey = journey, .roles = roles, .window = *window};

	reader.n_rows =
		window->as_of == INT64_MAX ? journey->n_rows : journey_rows_before(journey, window->as_of);
	reader.touches = host_alloc(reader.n_rows * sizeof(JourneyRow *));
	for (uint32_t i = 0; i < reader.n_rows; i++)
	{
		const JourneyRow *row = &journey->rows[i];

		if ((roles[row->event] & ROLE_CONVERSION) == 0)
			reader.touches[reader.n_touches++] = row;
		host_poll_at(i);
	}
	return reader;
}

/* Of instants that ascend: what is between them may not fit a signed number. */
static inline uint64_t
microseconds_between(int64_t from, int64_t to)
{
	return (uint64_t) to - (uint64_t) from;
}

static inline bool
too_early(const ConversionReader *reader, const JourneyRow *touch)
{
	return microseconds_between(touch->at, reader->instant) > reader->window.lookback ||
		   (reader->window.exclusive && reader->has_previous && touch->at <= reader->previous);
}

static void
begin_instant(ConversionReader *reader, int64_t at)
{
	reader->has_previous = reader->has_instant;
	reader->previous = reader->instant;
	reader->has_instant = true;
	reader->instant = at;
	while (reader->end < reader->n_touches && reader->touches[reader->end]->at <= at)
		host_poll_at(reader->end++);
	while (reader->first < reader->end && too_early(reader, reader->touches[reader->first]))
		host_poll_at(reader->first++);
}

bool
conversions_next(ConversionReader *reader)
{
	while (reader->next < reader->n_rows)
	{
		const JourneyRow *row = &reader->journey->rows[reader->next++];

		host_poll_at(reader->next);
		if ((reader->roles[row->event] & ROLE_CONVERSION) == 0)
			continue;
		if (!reader->has_instant || row->at != reader->instant)
			begin_instant(reader, row->at);
		host_poll(); /* each may have many touches */
		reader->conversion = row;
		return true;
	}
	return false;
}

void
conversions_close(ConversionReader *reader)
{
	host_free(reader->touches);
}

bool
conversions_next_path(ConversionReader *reader, TouchPath *path)
{
	const TouchWindow *window = &reader->window;

	if (conversions_next(reader))
	{
		*path = (TouchPath){reader->conversion, reader->touches + reader->first,
							reader->end - reader->first, false};
		return true;
	}
	if (reader->end == reader->n_touches)
		return false;
	*path =
		(TouchPath){NULL, reader->touches + reader->end, reader->n_touches - reader->end, false};
	path->open = window->as_of != INT64_MAX &&
				 microseconds_between(reader->touches[reader->n_touches - 1]->at, window->as_of) <=
					 window->lookback;
	reader->end = reader->n_touches;
	return true;
}
