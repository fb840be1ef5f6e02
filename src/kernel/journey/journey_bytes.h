/*
 * journey_bytes.h: one user's ordered events as a compact, canonical byte string.
 *
 *	+---------+-------+-------+--------+------+======+==+========+===========+=========+========+
 *	| version | flags | scale | n rows | what | time | widths | rows ... | tiebreaks | amounts | labels |
 *	+---------+-------+-------+--------+------+======+==+========+===========+=========+========+
 *	  1 byte    1 byte  1 byte  varint          zigzag  2 bytes  bits
 *
 *	flags	bit 0: by name; bit 1: partial; bits 2, 3, 4: some row has an amount, a tiebreak other
 *			than 0, a label; bits 5-7: the unit of the times: microsecond, millisecond, second, minute, day
 *	scale	of the amounts, 0 to 9: only if there are some
 *	what	by name: the names (text_block.h)
 *			by conditions: how many, a byte; how many masks, varint; the masks, varints, in the order of rows
 *			then the labels (text_block.h), if there are some
 *	time	of the first row, in units
 *	widths	narrow, wide: bits of the time between two rows
 *	rows	of each: the time since the row before, but for the first, and which name or mask, in as
 *			many bits as tell all of them apart.  If narrow < wide, a bit comes first that
 *			says which of the two widths follows.  Zeros to the end of the byte
 *	tiebreaks	zigzag each
 *	amounts		as write_wide: 0 none; amount + 1 from 0 on; negative ones as they are
 *	labels		varint: 0 none; place + 1
 *
 * The form is canonical: equal multisets of rows, of one kind, give equal bytes.  Rows are
 * in the order of journey.h; names, masks and labels are those that occur; the unit is the
 * greatest that divides all times, the scale the smallest that is exact; wide is the
 * length of the longest time, and narrow makes the rows as short as can be, the greater of
 * two that do.
 *
 * Times are in two classes, those within a visit and those between visits: so two widths
 * come close to what each would take, and are read without a branch for each byte.
 */
#ifndef USER_OPS_KERNEL_JOURNEY_BYTES_H
#define USER_OPS_KERNEL_JOURNEY_BYTES_H

#include "kernel/base/bytes.h"
#include "kernel/journey/journey.h"
#include "kernel/journey/text_block.h"

#define JOURNEY_VERSION 1

#define JOURNEY_BY_NAME   1 /* flags */
#define JOURNEY_PARTIAL   2
#define JOURNEY_AMOUNTS   4
#define JOURNEY_TIEBREAKS 8
#define JOURNEY_LABELS    16
#define JOURNEY_UNIT      5 /* shift */

/* Append the bytes of a journey, whose scale may be greater than it has to be. */
extern void journey_encode(const Journey *journey, ByteWriter *out);

/* What stands before the rows, and where they do. */
typedef struct JourneyHeader
{
	const uint8_t *next;
	const uint8_t *end;
	uint32_t n_codes; /* names or masks */
	int64_t unit;
	int64_t first; /* in units */
	int flags;
	int narrow;
	int wide;
	int code_width;
} JourneyHeader;

/* What rows are decoded to, used again for the next journey; all 0 at first. */
typedef struct JourneyRoom
{
	Journey journey; /* decoded last */
	JourneyHeader header;
	JourneyRow *rows;
	size_t n_rows;   /* that there is room for */
	uint8_t *bytes;  /* of the journey, with padding */
	size_t n_bytes;
	uint64_t *masks; /* of a journey by conditions, by code */
	size_t n_masks;
	TextBlocks names;
	TextBlocks labels;
} JourneyRoom;

/* Of bytes that were checked: valid until the next one is decoded in this room.  Fails (KERNEL_JOURNEY_BYTES) if they are damaged. */
extern const Journey *journey_decode(JourneyRoom *room, const uint8_t *bytes, size_t size);

/*
 * The same in two steps, for who asks: all but the rows, and the rows with the masks of
 * names, by their places, or those that they have, if masks is NULL.  With only_asked, rows
 * whose mask is 0 may be left out.
 */
extern Journey *journey_decode_head(JourneyRoom *room, const uint8_t *bytes, size_t size);
extern void journey_decode_rows(JourneyRoom *room, const uint64_t *masks, bool only_asked);

/* Why the bytes are no journey, or NULL if they are a canonical one. */
extern const char *journey_check(const uint8_t *bytes, size_t size);

extern void journey_room_free(JourneyRoom *room);

#endif
