/*
 * journey_encode.c: a journey as bytes.
 */
#include "kernel/journey/journey_bytes.h"

#include <string.h>

#include "kernel/base/money.h"
#include "kernel/base/sort.h"
#include "kernel/journey/bits.h"
#include "kernel/journey/journey_order.h"
#include "kernel/journey/journey_units.h"

/* What is to be written in place of names, labels and masks. */
typedef struct Codes
{
	uint64_t *masks;  /* that occur, in the order of rows */
	uint32_t n_masks;
	uint32_t *names;  /* by place among the journey's names: that among those which occur */
	uint32_t n_names;
	uint32_t *labels;
	uint32_t n_labels;
} Codes;

static int
compare_masks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *) a;
	uint64_t y = *(const uint64_t *) b;

	return x == y ? 0 : mask_before(x, y) ? -1 : 1;
}

static void
find_masks(const Journey *journey, Codes *codes)
{
	uint64_t *masks = codes->masks = host_alloc(journey->n_rows * sizeof(uint64_t));
	uint32_t n = 0;

	for (uint32_t i = 0; i < journey->n_rows; i++)
	{
		masks[i] = journey->rows[i].mask;
		host_poll_at(i);
	}
	sort_entries(masks, journey->n_rows, sizeof(uint64_t), compare_masks);
	for (uint32_t i = 0; i < journey->n_rows; i++)
		if (i == 0 || masks[i] != masks[n - 1])
			masks[n++] = masks[i];
	codes->n_masks = n;
}

static uint32_t
code_of_mask(const Codes *codes, uint64_t mask)
{
	uint32_t low = 0;
	uint32_t high = codes->n_masks - 1;

	while (low < high)
	{
		uint32_t middle = (low + high) / 2;

		if (mask_before(codes->masks[middle], mask))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Number the texts that were marked, and write those. */
static uint32_t
write_texts(const JourneyTexts *texts, uint32_t *places, ByteWriter *out)
{
	JourneyText *used = host_alloc(texts->n * sizeof(JourneyText) + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < texts->n; i++)
		if (places[i] != JOURNEY_NONE)
		{
			used[n] = texts->texts[i];
			places[i] = n++;
		}
	text_block_write(out, used, n);
	host_free(used);
	return n;
}

static uint32_t *
no_places(const JourneyTexts *texts)
{
	uint32_t *places = host_alloc(texts->n * sizeof(uint32_t) + 1);

	memset(places, 0xFF, texts->n * sizeof(uint32_t));
	return places;
}

static void
write_what(const Journey *journey, bool labels, Codes *codes, ByteWriter *out)
{
	*codes = (Codes){0};
	if (journey->by_name)
	{
		codes->names = no_places(&journey->names);
		for (uint32_t i = 0; i < journey->n_rows; i++)
			codes->names[journey->rows[i].event] = 0;
		codes->n_names = write_texts(&journey->names, codes->names, out);
	}
	else
	{
		find_masks(journey, codes);
		write_byte(out, journey->n_conditions);
		write_varint(out, codes->n_masks);
		for (uint32_t i = 0; i < codes->n_masks; i++)
			write_varint(out, codes->masks[i]);
	}
	if (labels)
	{
		codes->labels = no_places(&journey->labels);
		for (uint32_t i = 0; i < journey->n_rows; i++)
			if (journey->rows[i].label != JOURNEY_NONE)
				codes->labels[journey->rows[i].label] = 0;
		codes->n_labels = write_texts(&journey->labels, codes->labels, out);
	}
}

/* The smallest scale that is exact, of at most the journey's. */
static int
smallest_scale(const Journey *journey)
{
	int spare = journey->scale;

	for (uint32_t i = 0; i < journey->n_rows && spare > 0; i++)
		if (journey->rows[i].has_amount)
			spare = money_spare_decimals(journey->rows[i].amount, spare);
	return journey->scale - spare;
}

static uint8_t
flags_of(const Journey *journey)
{
	int flags = (journey->by_name ? JOURNEY_BY_NAME : 0) |
				(journey->partial ? JOURNEY_PARTIAL : 0);

	for (uint32_t i = 0; i < journey->n_rows; i++)
	{
		const JourneyRow *row = &journey->rows[i];

		flags |= (row->has_amount ? JOURNEY_AMOUNTS : 0) |
				 (row->tiebreak != 0 ? JOURNEY_TIEBREAKS : 0) |
				 (row->label != JOURNEY_NONE ? JOURNEY_LABELS : 0);
		host_poll_at(i);
	}
	return (uint8_t) (flags | greatest_unit(journey) << JOURNEY_UNIT);
}

static inline uint64_t
units_between(const JourneyRow *row, int unit)
{
	return in_units((uint64_t) row->at - (uint64_t) row[-1].at, unit);
}

/* The rows' times and what they are. */
static void
write_heads(const Journey *journey, int unit, const Codes *codes, ByteWriter *out)
{
	uint64_t lengths[65] = {0};
	BitWriter bits = {.out = out};
	BitWidths widths;
	int code_width = bit_length((journey->by_name ? codes->n_names : codes->n_masks) - 1);

	for (uint32_t i = 1; i < journey->n_rows; i++)
	{
		lengths[bit_length(units_between(&journey->rows[i], unit))]++;
		host_poll_at(i);
	}
	widths = best_widths(lengths);
	write_byte(out, (uint8_t) widths.narrow);
	write_byte(out, (uint8_t) widths.wide);
	for (uint32_t i = 0; i < journey->n_rows; i++)
	{
		const JourneyRow *row = &journey->rows[i];

		if (i > 0)
		{
			uint64_t time = units_between(row, unit);
			bool wide = bit_length(time) > widths.narrow;

			if (widths.narrow < widths.wide)
				write_bits(&bits, wide, 1);
			write_bits(&bits, time, wide ? widths.wide : widths.narrow);
		}
		write_bits(&bits,
				   journey->by_name ? codes->names[row->event] : code_of_mask(codes, row->mask),
				   code_width);
		host_poll_at(i);
	}
	end_bits(&bits);
}

static void
write_more(const Journey *journey, int flags, int scale, const Codes *codes, ByteWriter *out)
{
	int64_t divisor = power_of_ten(journey->scale - scale);

	for (uint32_t i = 0; i < journey->n_rows && (flags & JOURNEY_TIEBREAKS) != 0; i++)
	{
		write_zigzag(out, journey->rows[i].tiebreak);
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < journey->n_rows && (flags & JOURNEY_AMOUNTS) != 0; i++)
	{
		const JourneyRow *row = &journey->rows[i];
		__int128 amount = row->amount / divisor;

		write_wide(out, !row->has_amount ? 0 : amount < 0 ? amount : amount + 1);
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < journey->n_rows && (flags & JOURNEY_LABELS) != 0; i++)
	{
		uint32_t label = journey->rows[i].label;

		write_varint(out, label == JOURNEY_NONE ? 0 : (uint64_t) codes->labels[label] + 1);
		host_poll_at(i);
	}
}

void
journey_encode(const Journey *journey, ByteWriter *out)
{
	uint8_t flags = flags_of(journey);
	int scale = smallest_scale(journey);
	int unit = flags >> JOURNEY_UNIT;
	Codes codes;

	write_byte(out, JOURNEY_VERSION);
	write_byte(out, flags);
	if ((flags & JOURNEY_AMOUNTS) != 0)
		write_byte(out, (uint8_t) scale);
	write_varint(out, journey->n_rows);
	write_what(journey, (flags & JOURNEY_LABELS) != 0, &codes, out);
	write_zigzag(out, journey->rows[0].at / journey_units[unit]);
	write_heads(journey, unit, &codes, out);
	write_more(journey, flags, scale, &codes, out);
	if (codes.masks != NULL)
		host_free(codes.masks);
	if (codes.names != NULL)
		host_free(codes.names);
	if (codes.labels != NULL)
		host_free(codes.labels);
}
