/*
 * journey_room.c: a journey from its bytes, and whether bytes are one.
 */
#include <string.h>

#include "kernel/base/money.h"
#include "kernel/journey/bits.h"
#include "kernel/journey/journey_bytes.h"
#include "kernel/journey/journey_order.h"
#include "kernel/journey/journey_units.h"

/* Where reading stands, and what the header says. */
typedef struct Header
{
	const uint8_t *next;
	const uint8_t *end;
	uint32_t n_codes; /* names or masks */
	int64_t unit;
	int64_t first; /* in units */
	int flags;
	BitWidths widths;
	int code_width;
} Header;

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
read_masks(JourneyRoom *room, ByteReader *in, Header *header)
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
	if (block->n == 0)
		return "there are no names or labels";
	return NULL;
}

/* All that stands before the rows. */
static const char *
read_header(JourneyRoom *room, const uint8_t *bytes, size_t size, Header *header)
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
	header->widths.narrow = read_byte(&in);
	header->widths.wide = read_byte(&in);
	if (in.bad || header->widths.wide > 64 || header->widths.narrow > header->widths.wide)
		return "the header is cut off, or its widths are none";
	header->code_width = bit_length(header->n_codes - 1);
	header->next = in.next;
	header->end = in.end;
	return NULL;
}

/* Rows take at least so many bits, and what they carry a byte each. */
static const char *
check_length(const Journey *journey, const Header *header)
{
	bool two = header->widths.narrow < header->widths.wide;
	uint64_t n = journey->n_rows;
	uint64_t bits = n * (uint64_t) header->code_width +
					(n - 1) * (uint64_t) (header->widths.narrow + two);
	uint64_t bytes = (uint64_t) (header->end - header->next);
	uint64_t columns = (uint64_t) journey->amounts + journey->tiebreaks +
					   ((header->flags & JOURNEY_LABELS) != 0);

	return bytes < (bits + 7) / 8 + n * columns ? "rows are cut off" : NULL;
}

/*
 * The time since the row before and the code, without a branch on which width it is: that
 * is as good as chance.  What does not fit the bits of one look is read in parts.
 */
static inline uint64_t
read_head(const Header *header, BitReader *bits, bool one_look, uint64_t *time)
{
	int two = header->widths.narrow < header->widths.wide;
	uint64_t word = peek_bits(bits);
	uint64_t wide = word & (uint64_t) two;
	int width = header->widths.narrow + (int) wide * (header->widths.wide - header->widths.narrow);

	if (__builtin_expect(!one_look, 0))
	{
		bits->place += (uint64_t) two;
		*time += read_bits(bits, width);
		return read_bits(bits, header->code_width);
	}
	word >>= two;
	*time += word & (((uint64_t) 1 << width) - 1);
	bits->place += (uint64_t) (two + width + header->code_width);
	return word >> width & (((uint64_t) 1 << header->code_width) - 1);
}

/* Times and what they are, by the header; returns the end of the bits. */
static const uint8_t *
read_heads(JourneyRoom *room, const Header *header)
{
	const Journey *journey = &room->journey;
	BitReader bits = {.bytes = header->next};
	bool one_look = header->widths.wide + header->code_width + 1 <= PEEKED_BITS;
	uint64_t last = (uint64_t) (header->end - header->next) * 8;
	uint64_t time = (uint64_t) header->first;
	uint64_t code = read_bits(&bits, header->code_width);

	for (uint32_t i = 0;; i++)
	{
		JourneyRow *row = &room->rows[i];

		if (__builtin_expect(bits.place > last || code >= header->n_codes, 0))
			return NULL;
		*row = (JourneyRow){.at = (int64_t) (time * (uint64_t) header->unit), .label = JOURNEY_NONE};
		if (journey->by_name)
			row->event = (uint32_t) code;
		else
			row->mask = room->masks[code];
		host_poll_at(i);
		if (i + 1 == journey->n_rows)
			return header->next + (bits.place + 7) / 8;
		code = read_head(header, &bits, one_look, &time);
	}
}

static bool
read_more(JourneyRoom *room, const Header *header, ByteReader *in)
{
	Journey *journey = &room->journey;

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
	for (uint32_t i = 0; i < journey->n_rows && (header->flags & JOURNEY_LABELS) != 0; i++)
	{
		uint64_t label = read_varint(in, journey->labels.n);

		room->rows[i].label = label == 0 ? JOURNEY_NONE : (uint32_t) label - 1;
		host_poll_at(i);
	}
	return !in->bad;
}

/* The journey; NULL with *problem set if that could be seen without looking at all of it again. */
static const Journey *
read_journey(JourneyRoom *room, const uint8_t *bytes, size_t size, Header *header,
			 const char **problem)
{
	Journey *journey = &room->journey;
	ByteReader in;

	/* bits and prefixes are read by words, also at the end */
	room->bytes = make_room(room->bytes, &room->n_bytes, size + BITS_PADDING, 1);
	memcpy(room->bytes, bytes, size);
	memset(room->bytes + size, 0, BITS_PADDING);
	*problem = read_header(room, room->bytes, size, header);
	if (*problem == NULL)
		*problem = check_length(journey, header);
	if (*problem != NULL)
		return NULL;
	room->rows = make_room(room->rows, &room->n_rows, journey->n_rows, sizeof(JourneyRow));
	in = (ByteReader){.next = read_heads(room, header), .end = header->end};
	if (in.next == NULL || !read_more(room, header, &in) || in.next != in.end)
	{
		*problem = "rows are cut off, too long, or have names that there are not";
		return NULL;
	}
	journey->rows = room->rows;
	return journey;
}

const Journey *
journey_decode(JourneyRoom *room, const uint8_t *bytes, size_t size)
{
	Header header;
	const char *problem;

	return read_journey(room, bytes, size, &header, &problem);
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
	Header header;
	const char *problem;
	const Journey *journey = read_journey(&room, bytes, size, &header, &problem);

	if (journey != NULL)
	{
		problem = NULL;
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
