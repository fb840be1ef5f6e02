/*
 * journey_room.c: a journey from its bytes, and whether bytes are one.
 */
#include <string.h>

#include "kernel/base/money.h"
#include "kernel/journey/bits.h"
#include "kernel/journey/journey_bytes.h"
#include "kernel/journey/journey_order.h"
#include "kernel/journey/journey_units.h"

/* Room for so many more, of which nothing is kept. */
static inline void *
make_room(void *chunk, size_t *capacity, size_t needed, size_t size)
{
	if (__builtin_expect(needed <= *capacity, 1))
		return chunk;
	if (chunk != NULL)
		host_free(chunk);
	*capacity = needed + needed / 2 + 16;
	return host_alloc(*capacity * size);
}

static const char *
read_masks(JourneyRoom *room, ByteReader *in, JourneyHeader *header)
{
	Journey *journey = &room->journey;
	uint64_t n;
	uint64_t all;

	journey->n_conditions = read_byte(in);
	if (in->bad || journey->n_conditions == 0 || journey->n_conditions > JOURNEY_CONDITIONS)
		return "a journey has 1 to 64 conditions";
	n = read_varint(in, journey->n_rows);
	if (in->bad || n == 0 || n > (uint64_t) (in->end - in->next))
		return "the masks are cut off, or more than the rows";
	all = low_bits(UINT64_MAX, journey->n_conditions);
	room->masks = make_room(room->masks, &room->n_masks, (size_t) n, sizeof(uint64_t));
	for (uint32_t i = 0; i < n; i++)
	{
		room->masks[i] = read_varint(in, all);
		if (in->bad)
			return "a mask is cut off, or has conditions that there are not";
		if (i > 0 && !mask_before(room->masks[i - 1], room->masks[i]))
			return "masks do not ascend";
		host_poll_at(i);
	}
	header->n_codes = (uint32_t) n;
	return NULL;
}

static const char *
read_texts(TextBlocks *blocks, ByteReader *in, uint32_t most, JourneyTexts *texts, NamesId *id)
{
	const TextBlock *block = text_block_read(blocks, &in->next, in->end, most);

	if (block == NULL)
		return "the names or labels are cut off, too many or not canonical";
	*texts = (JourneyTexts){block->texts, block->n};
	*id = (NamesId){(uint32_t) (block - blocks->blocks), block->serial};
	return NULL;
}

/* All that stands before the rows. */
static const char *
read_header(JourneyRoom *room, const uint8_t *bytes, size_t size, JourneyHeader *header)
{
	Journey *journey = &room->journey;
	ByteReader in = byte_reader(bytes, size);
	NamesId labels_id;
	const char *problem;

	if (read_byte(&in) != JOURNEY_VERSION)
		return "unknown version";
	header->flags = read_byte(&in);
	if (header->flags >> JOURNEY_UNIT >= JOURNEY_UNITS)
		return "unknown unit of times";
	header->unit = journey_units[header->flags >> JOURNEY_UNIT];
	*journey = (Journey){.by_name = (header->flags & JOURNEY_BY_NAME) != 0,
						 .partial = (header->flags & JOURNEY_PARTIAL) != 0,
						 .amounts = (header->flags & JOURNEY_AMOUNTS) != 0,
						 .tiebreaks = (header->flags & JOURNEY_TIEBREAKS) != 0};
	if (journey->amounts)
		journey->scale = read_byte(&in);
	if (journey->scale > MONEY_MAX_SCALE)
		return "more than 9 decimals";
	journey->n_rows = (uint32_t) read_varint(&in, JOURNEY_ROWS);
	if (in.bad || journey->n_rows == 0)
		return "a journey has 1 to 16,777,216 rows";
	if (!journey->by_name)
		problem = read_masks(room, &in, header);
	else
	{
		problem = read_texts(&room->names, &in, JOURNEY_NAMES, &journey->names,
							 &journey->names_id);
		header->n_codes = journey->names.n;
	}
	if (problem == NULL && (header->flags & JOURNEY_LABELS) != 0)
		problem = read_texts(&room->labels, &in, UINT32_MAX >> 1, &journey->labels, &labels_id);
	if (problem != NULL)
		return problem;
	header->first = read_zigzag(&in);
	header->narrow = read_byte(&in);
	header->wide = read_byte(&in);
	if (in.bad || header->wide > 64 || header->narrow > header->wide)
		return "the header is cut off, or its widths are none";
	header->code_width = bit_length(header->n_codes - 1);
	header->next = in.next;
	header->end = in.end;
	return NULL;
}

/* Rows take at least so many bits, and what they carry a byte each. */
static const char *
check_length(const Journey *journey, const JourneyHeader *header)
{
	bool two = header->narrow < header->wide;
	uint64_t n = journey->n_rows;
	uint64_t bits = n * (uint64_t) header->code_width +
					(n - 1) * (uint64_t) (header->narrow + two);
	uint64_t bytes = (uint64_t) (header->end - header->next);
	uint64_t columns = (uint64_t) journey->amounts + journey->tiebreaks +
					   ((header->flags & JOURNEY_LABELS) != 0);

	return bytes < (bits + 7) / 8 + n * columns ? "rows are cut off" : NULL;
}

/* How the bits of a row are taken apart. */
typedef struct RowBits
{
	const uint8_t *bytes;
	int two; /* 1: a bit says which of two widths */
	int narrow;
	int wide;
	int code_width;
} RowBits;

/* The time since the row before and the code, read in parts. */
static uint64_t
read_long_row(const RowBits *row, BitReader *bits, uint64_t *time)
{
	bool wide = read_bits(bits, row->two) != 0;

	*time += read_bits(bits, wide ? row->wide : row->narrow);
	return read_bits(bits, row->code_width);
}

/*
 * Rows whose bits fit one look, without a branch on which width it is: that is as good as
 * chance.
 */
static inline uint64_t
read_short_row(const RowBits *row, BitReader *bits, uint64_t *time)
{
	uint64_t word = peek_bits(bits);
	uint64_t wide = -(word & (uint64_t) row->two); /* all bits or none: a condition would be a branch */
	int width = row->narrow + (int) (wide & (uint64_t) (row->wide - row->narrow));

	word >>= row->two;
	bits->place += (uint64_t) (row->two + width + row->code_width);
	*time += word & (((uint64_t) 1 << width) - 1);
	return word >> width & (((uint64_t) 1 << row->code_width) - 1);
}

/*
 * Times and what they are, by the header; returns the end of the bits, NULL if they have
 * codes that there are not, or too few of them.
 */
static inline __attribute__((always_inline)) const uint8_t *
read_rows(JourneyRoom *room, const uint64_t *masks, bool by_name, bool only_asked)
{
	const JourneyHeader *header = &room->header;
	Journey *journey = &room->journey;
	RowBits row_bits = {.bytes = header->next,
						.two = header->narrow < header->wide,
						.narrow = header->narrow,
						.wide = header->wide,
						.code_width = header->code_width};
	bool one_look = header->wide + header->code_width + 1 <= PEEKED_BITS;
	uint64_t last = (uint64_t) (header->end - header->next) * 8;
	uint64_t time = (uint64_t) header->first;
	uint64_t unit = (uint64_t) header->unit;
	uint32_t n_codes = header->n_codes;
	uint32_t n = journey->n_rows;
	uint32_t kept = 0;
	JourneyRow *rows = room->rows;
	BitReader bits = {.bytes = header->next};
	uint64_t code = read_bits(&bits, header->code_width);

	for (uint32_t i = 0;; i++)
	{
		JourneyRow *row = &rows[kept];

		if (__builtin_expect(bits.place > last || code >= n_codes, 0))
			return NULL;
		*row = (JourneyRow){.at = (int64_t) (time * unit), .label = JOURNEY_NONE};
		if (by_name)
			row->event = (uint32_t) code;
		if (masks != NULL)
			row->mask = masks[code];
		kept += !only_asked || row->mask != 0;
		host_poll_at(i);
		if (i + 1 == n)
			break;
		code = one_look ? read_short_row(&row_bits, &bits, &time)
						: read_long_row(&row_bits, &bits, &time);
	}
	journey->n_rows = kept;
	return header->next + (bits.place + 7) / 8;
}

/* What a row has beside its heads goes by its number. */
static const uint8_t *
read_heads(JourneyRoom *room, const uint64_t *masks, bool only_asked)
{
	if (!room->journey.by_name)
		masks = room->masks;
	if (masks == NULL)
		return read_rows(room, NULL, true, false);
	/* compiled apart */
	return only_asked ? read_rows(room, masks, room->journey.by_name, true)
					  : read_rows(room, masks, room->journey.by_name, false);
}

static bool
read_more(JourneyRoom *room, ByteReader *in)
{
	Journey *journey = &room->journey;
	bool labels = (room->header.flags & JOURNEY_LABELS) != 0;

	for (uint32_t i = 0; i < journey->n_rows && journey->tiebreaks; i++)
	{
		room->rows[i].tiebreak = read_zigzag(in);
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < journey->n_rows && journey->amounts; i++)
	{
		__int128 amount = read_wide(in);

		room->rows[i].has_amount = amount != 0;
		room->rows[i].amount = (int64_t) (amount > 0 ? amount - 1 : amount);
		if (room->rows[i].amount != (amount > 0 ? amount - 1 : amount))
			in->bad = true;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < journey->n_rows && labels; i++)
	{
		uint64_t label = read_varint(in, journey->labels.n);

		room->rows[i].label = label == 0 ? JOURNEY_NONE : (uint32_t) label - 1;
		host_poll_at(i);
	}
	return !in->bad;
}

/* All that stands before the rows; what is wrong with it, or NULL. */
static const char *
read_head(JourneyRoom *room, const uint8_t *bytes, size_t size)
{
	const char *problem;

	/* bits and prefixes are read by words, also at the end */
	room->bytes = make_room(room->bytes, &room->n_bytes, size + BITS_PADDING, 1);
	memcpy(room->bytes, bytes, size);
	memset(room->bytes + size, 0, BITS_PADDING);
	problem = read_header(room, room->bytes, size, &room->header);
	if (problem == NULL)
		problem = check_length(&room->journey, &room->header);
	return problem;
}

/* The rows behind it; false if something is wrong that could be seen without looking at all of it again. */
static bool
read_body(JourneyRoom *room, const uint64_t *masks, bool only_asked)
{
	Journey *journey = &room->journey;
	bool more = journey->tiebreaks || journey->amounts || (room->header.flags & JOURNEY_LABELS) != 0;
	ByteReader in;

	room->rows = make_room(room->rows, &room->n_rows, journey->n_rows, sizeof(JourneyRow));
	/* what more a row has is found by its number, so that no row may be left out */
	in = (ByteReader){.next = read_heads(room, masks, only_asked && !more), .end = room->header.end};
	journey->rows = room->rows;
	return in.next != NULL && read_more(room, &in) && in.next == in.end;
}

Journey *
journey_decode_head(JourneyRoom *room, const uint8_t *bytes, size_t size)
{
	if (read_head(room, bytes, size) != NULL)
		host_fail(KERNEL_JOURNEY_BYTES);
	return &room->journey;
}

void
journey_decode_rows(JourneyRoom *room, const uint64_t *masks, bool only_asked)
{
	if (!read_body(room, masks, only_asked))
		host_fail(KERNEL_JOURNEY_BYTES);
}

const Journey *
journey_decode(JourneyRoom *room, const uint8_t *bytes, size_t size)
{
	journey_decode_head(room, bytes, size);
	journey_decode_rows(room, NULL, false);
	return &room->journey;
}

static bool
in_range(const Journey *journey)
{
	for (uint32_t i = 0; i < journey->n_rows; i++)
	{
		if (journey->rows[i].at < JOURNEY_FIRST_TIME || journey->rows[i].at >= JOURNEY_END_OF_TIME)
			return false;
		host_poll_at(i);
	}
	return true;
}

/* Times that wrapped around are not what was read. */
static bool
same_bytes(const Journey *journey, const uint8_t *bytes, size_t size)
{
	ByteWriter out = byte_writer(0);
	bool same;

	journey_encode(journey, &out);
	same = bytes_written(&out) == size && memcmp(out.start, bytes, size) == 0;
	host_free(out.start);
	return same;
}

const char *
journey_check(const uint8_t *bytes, size_t size)
{
	JourneyRoom room = {0};
	const Journey *journey = &room.journey;
	const char *problem = read_head(&room, bytes, size);

	if (problem == NULL && !read_body(&room, NULL, false))
		problem = "rows are cut off, too long, or have names that there are not";
	if (problem == NULL)
	{
		if (!in_range(journey))
			problem = "a time is out of range";
		else if (!journey_in_order(journey))
			problem = "rows are not in order";
		else if (!same_bytes(journey, bytes, size))
			problem = "the form is not canonical";
	}
	journey_room_free(&room);
	return problem;
}

void
journey_room_free(JourneyRoom *room)
{
	if (room->rows != NULL)
		host_free(room->rows);
	if (room->bytes != NULL)
		host_free(room->bytes);
	if (room->masks != NULL)
		host_free(room->masks);
	text_blocks_free(&room->names);
	text_blocks_free(&room->labels);
	*room = (JourneyRoom){0};
}
