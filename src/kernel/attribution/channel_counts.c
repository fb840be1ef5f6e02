/*
 * channel_counts.c: names of channels and cells in one chunk.
 */
#include "kernel/attribution/channel_counts.h"

#include <string.h>

#include "kernel/base/sort.h"
#include "kernel/journey/texts.h"

#define FIRST_NAMES 8
#define FIRST_BYTES 128
#define FIRST_CELLS 32

static inline ChannelName *
names_of(const ChannelCounts *counts)
{
	return (ChannelName *) (counts->cells + counts->cell_room);
}

static inline uint32_t *
buckets_of(const ChannelCounts *counts)
{
	return (uint32_t *) (names_of(counts) + counts->name_room);
}

static inline char *
bytes_of(const ChannelCounts *counts)
{
	return (char *) (buckets_of(counts) + 2 * (size_t) counts->name_room);
}

static inline JourneyText
name_at(const ChannelCounts *counts, uint32_t place)
{
	ChannelName name = names_of(counts)[place];

	return (JourneyText){bytes_of(counts) + name.offset, name.size};
}

static inline uint64_t
hash_number(uint64_t value)
{
	value = (value ^ value >> 31) * UINT64_C(0x9E3779B97F4A7C15);
	return value ^ value >> 32;
}

/* A power of two that leaves a quarter of the cells free. */
static uint32_t
room_for_cells(uint32_t n)
{
	uint32_t room = FIRST_CELLS;

	while (room / 4 * 3 < n)
		room *= 2;
	return room;
}

ChannelCounts *
channel_counts_with_room(ChannelQuestion question, uint32_t names, size_t bytes, uint32_t cells)
{
	uint32_t cell_room = room_for_cells(cells);
	size_t size = sizeof(ChannelCounts) + cell_room * sizeof(ChannelCell) +
				  names * (sizeof(ChannelName) + 2 * sizeof(uint32_t)) + bytes;
	ChannelCounts *counts;

	if (size > STATE_LIMIT)
		host_fail(KERNEL_STATE_TOO_BIG);
	counts = state_create(size);
	counts->question = (uint8_t) question;
	counts->name_room = names;
	counts->byte_room = (uint32_t) bytes;
	counts->cell_room = cell_room;
	return counts;
}

ChannelCounts *
channel_counts_create(ChannelQuestion question)
{
	return channel_counts_with_room(question, FIRST_NAMES, FIRST_BYTES, 0);
}

/* The cell of these numbers, or a free one for it. */
static ChannelCell *
find_cell(ChannelCounts *counts, uint32_t from, uint32_t to)
{
	uint32_t mask = counts->cell_room - 1;
	uint32_t i = (uint32_t) hash_number((uint64_t) from << 32 | to) & mask;

	while (counts->cells[i].count > 0 &&
		   (counts->cells[i].from != from || counts->cells[i].to != to))
		i = (i + 1) & mask;
	return &counts->cells[i];
}

/* The bucket that has the name's place and 1, or a free one for it. */
static uint32_t *
find_name(const ChannelCounts *counts, const JourneyText *name)
{
	uint32_t *buckets = buckets_of(counts);
	uint32_t n = 2 * counts->name_room;
	uint32_t i = (uint32_t) (text_hash(name->bytes, name->size) % n);

	for (; buckets[i] > 0; i = (i + 1) % n)
	{
		JourneyText other = name_at(counts, buckets[i] - 1);

		if (text_equal(&other, name->bytes, name->size))
			break;
	}
	return &buckets[i];
}

static void
put_name(ChannelCounts *counts, const JourneyText *name)
{
	ChannelName *to = &names_of(counts)[counts->n_names];

	*to = (ChannelName){counts->n_bytes, name->size};
	memcpy(bytes_of(counts) + to->offset, name->bytes, name->size);
	counts->n_bytes += name->size;
	*find_name(counts, name) = ++counts->n_names;
}

/* A larger copy, with room for so many more. */
static ChannelCounts *
grow(const ChannelCounts *counts, uint32_t names, size_t bytes, uint32_t cells)
{
	uint32_t more_names = names > 0 ? names + counts->name_room : 0;
	size_t more_bytes = bytes > 0 ? bytes + counts->byte_room : 0;
	uint32_t more_cells = cells > 0 ? cells + counts->n_cells : 0;
	ChannelCounts *grown =
		channel_counts_with_room(counts->question, counts->name_room + more_names,
								 counts->byte_room + more_bytes, counts->n_cells + more_cells);

	grown->scale = counts->scale;
	grown->amount = counts->amount;
	grown->direct_amount = counts->direct_amount;
	grown->direct = counts->direct;
	grown->conversions = counts->conversions;
	grown->total = counts->total;
	grown->n_cells = counts->n_cells;
	for (uint32_t i = 0; i < counts->cell_room; i++)
	{
		const ChannelCell *cell = &counts->cells[i];

		if (cell->count > 0)
			*find_cell(grown, cell->from, cell->to) = *cell;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < counts->n_names; i++)
	{
		JourneyText name = name_at(counts, i);

		put_name(grown, &name);
		host_poll_at(i);
	}
	return grown;
}

ChannelCounts *
channel_counts_add_name(ChannelCounts *counts, const JourneyText *name, uint32_t *place)
{
	uint32_t found = *find_name(counts, name);

	*place = found > 0 ? found - 1 : counts->n_names;
	if (found > 0)
		return counts;
	if (counts->n_names == channels_max(counts->question))
		host_fail(counts->question == CHANNELS_MARKOV ? KERNEL_MARKOV_CHANNELS
													  : KERNEL_SHAPLEY_CHANNELS);
	if (counts->n_names == counts->name_room || name->size > counts->byte_room - counts->n_bytes)
		counts = grow(counts, counts->n_names == counts->name_room ? 1 : 0,
					  name->size > counts->byte_room - counts->n_bytes ? name->size : 0, 0);
	put_name(counts, name);
	return counts;
}

ChannelCounts *
channel_counts_add_cell(ChannelCounts *counts, const ChannelCell *cell)
{
	ChannelCell *found = find_cell(counts, cell->from, cell->to);

	if (cell->count == 0)
		return counts;
	if (cell->count > PATHS_MAX - counts->total)
		host_fail(KERNEL_USERS_RANGE);
	if (found->count == 0)
	{
		if (counts->n_cells == counts->cell_room / 4 * 3)
		{
			counts = grow(counts, 0, 0, 1);
			found = find_cell(counts, cell->from, cell->to);
		}
		counts->n_cells++;
		*found = (ChannelCell){cell->from, cell->to, 0};
	}
	found->count += cell->count;
	counts->total += cell->count;
	return counts;
}

void
channel_counts_add_amount(ChannelCounts *counts, ChannelAmount *to, __int128 amount, int scale)
{
	int larger = scale > counts->scale ? scale : counts->scale;

	counts->amount.sum = money_sum_rescale(counts->amount.sum, counts->scale, larger);
	counts->direct_amount.sum = money_sum_rescale(counts->direct_amount.sum, counts->scale, larger);
	counts->scale = (uint8_t) larger;
	to->sum = money_sum_add(to->sum, money_sum_rescale(amount, scale, larger));
	to->known = true;
}

void
channel_counts_add_conversions(uint64_t *to, uint64_t conversions)
{
	if (conversions > PATHS_MAX - *to)
		host_fail(KERNEL_USERS_RANGE);
	*to += conversions;
}

int
channel_counts_scale(const ChannelCounts *counts)
{
	int spare = money_sum_spare_decimals(counts->amount.sum, counts->scale);

	return counts->scale - money_sum_spare_decimals(counts->direct_amount.sum, spare);
}

/* What the first number of a cell becomes where channels have other places. */
static uint32_t
other_places(ChannelQuestion question, uint32_t number, const uint32_t *places)
{
	uint32_t bits = 0;

	switch (question)
	{
		case CHANNELS_MARKOV:
			return number < STEP_CHANNEL ? number : STEP_CHANNEL + places[number - STEP_CHANNEL];
		case CHANNELS_BY_RATE:
			for (uint32_t i = 0; i < SHAPLEY_CHANNELS; i++)
				if (number >> i & 1)
					bits |= (uint32_t) 1 << places[i];
			return bits;
		case CHANNELS_BY_CONVERSIONS:
			break;
	}
	return places[number];
}

static ChannelCell
moved_cell(ChannelQuestion question, const ChannelCell *cell, const uint32_t *places)
{
	ChannelCell moved = {other_places(question, cell->from, places), cell->to, cell->count};

	if (question == CHANNELS_MARKOV)
		moved.to = other_places(question, cell->to, places);
	return moved;
}

void *
channel_counts_merge(void *state, const void *from)
{
	ChannelCounts *counts = state;
	const ChannelCounts *other = from;
	uint32_t *places;

	if (counts->question != other->question)
		host_fail(KERNEL_PARAMETERS);
	places = host_alloc(other->n_names * sizeof(uint32_t));
	if (other->amount.known)
		channel_counts_add_amount(counts, &counts->amount, other->amount.sum, other->scale);
	if (other->direct_amount.known)
		channel_counts_add_amount(counts, &counts->direct_amount, other->direct_amount.sum,
								  other->scale);
	channel_counts_add_conversions(&counts->direct, other->direct);
	channel_counts_add_conversions(&counts->conversions, other->conversions);
	for (uint32_t i = 0; i < other->n_names; i++)
	{
		JourneyText name = name_at(other, i);

		counts = channel_counts_add_name(counts, &name, &places[i]);
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < other->cell_room; i++)
		if (other->cells[i].count > 0)
		{
			ChannelCell cell = moved_cell(other->question, &other->cells[i], places);

			counts = channel_counts_add_cell(counts, &cell);
			host_poll_at(i);
		}
	host_free(places);
	return counts;
}

/* A name, and its place in the counts. */
typedef struct PlacedName
{
	JourneyText name;
	uint32_t place;
} PlacedName;

static int
compare_names(const void *a, const void *b)
{
	return text_compare(&((const PlacedName *) a)->name, &((const PlacedName *) b)->name);
}

static int
compare_cells(const void *a, const void *b)
{
	const ChannelCell *x = a;
	const ChannelCell *y = b;

	if (x->from != y->from)
		return x->from > y->from ? 1 : -1;
	return (x->to > y->to) - (x->to < y->to);
}

/* The names in order; returns their places by those that they have in the counts. */
static uint32_t *
sort_names(const ChannelCounts *counts, JourneyText *names)
{
	PlacedName *placed = host_alloc(counts->n_names * sizeof(PlacedName));
	uint32_t *places = host_alloc(counts->n_names * sizeof(uint32_t));

	for (uint32_t i = 0; i < counts->n_names; i++)
		placed[i] = (PlacedName){name_at(counts, i), i};
	sort_entries(placed, counts->n_names, sizeof(PlacedName), compare_names);
	for (uint32_t i = 0; i < counts->n_names; i++)
	{
		names[i] = placed[i].name;
		places[placed[i].place] = i;
	}
	host_free(placed);
	return places;
}

ChannelTable
channel_table_make(const ChannelCounts *counts)
{
	ChannelTable table = {.n_names = counts->n_names};
	uint32_t *places;

	table.names = host_alloc(counts->n_names * sizeof(JourneyText));
	table.cells = host_alloc(counts->n_cells * sizeof(ChannelCell));
	places = sort_names(counts, table.names);
	for (uint32_t i = 0; i < counts->cell_room; i++)
	{
		if (counts->cells[i].count > 0)
			table.cells[table.n_cells++] = moved_cell(counts->question, &counts->cells[i], places);
		host_poll_at(i);
	}
	host_free(places);
	sort_entries(table.cells, table.n_cells, sizeof(ChannelCell), compare_cells);
	return table;
}

void
channel_table_free(ChannelTable *table)
{
	host_free(table->names);
	host_free(table->cells);
}
