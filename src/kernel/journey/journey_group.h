/*
 * journey_group.h: the events of all users, grouped; read as their journeys.
 *
 * The grouping engine with the rows of journeys, in one stream.  A row's when is the upper
 * half of its time, some 72 minutes, so that rows of neighbouring times share it; what it
 * carries:
 *
 *	+------------+------------------+==========+==========================+
 *	| lower half | mask or name     | amount   | tiebreak and label       |
 *	+------------+------------------+==========+==========================+
 *	  4 bytes      1, 2, 4, 8 bytes   8 and 1    8 and 4, if they are asked for
 *
 * Names and labels are numbers in dictionaries that all groupings of one codec share.
 */
#ifndef USER_OPS_KERNEL_JOURNEY_GROUP_H
#define USER_OPS_KERNEL_JOURNEY_GROUP_H

#include <string.h>

#include "kernel/grouping/grouping.h"
#include "kernel/journey/journey_builder.h"

#define JOURNEY_GROUP_CONDITIONS 0x7F /* options: how many, 0: by name */
#define JOURNEY_GROUP_PARTIAL    0x80
#define JOURNEY_GROUP_AMOUNT     0x100
#define JOURNEY_GROUP_MORE       0x200 /* tiebreak and label */
#define JOURNEY_GROUP_OTHERS     10    /* shift: bits from here on mean nothing here */

/* Where in a row's extra bytes something stands; 0: nowhere. */
typedef struct JourneyLayout
{
	uint8_t what_bytes;
	uint8_t amount;
	uint8_t more;
	uint8_t size;
} JourneyLayout;

typedef struct JourneyCodec
{
	GroupCodec codec;
	JourneyKind kind;
	JourneyLayout layout;
	Texts names;
	Texts labels;
	TextMarks referred_names; /* by the rows that are handed over, if not all */
	TextMarks referred_labels;
	uint32_t *translated_names; /* numbers in the dictionary read last: ours */
	uint32_t *translated_labels;
	struct JourneyRows *encoded; /* what encoding uses */
	ByteWriter bytes;
} JourneyCodec;

/* What one row says beside its user. */
typedef struct JourneyEvent
{
	int64_t at;
	uint64_t what; /* the mask, or the number of the name */
	int64_t amount;
	int64_t tiebreak;
	int32_t scale;  /* of the amount; below 0: none */
	uint32_t label; /* its number, or JOURNEY_NONE */
} JourneyEvent;

extern JourneyCodec *journey_codec(uint32_t options);

static inline int32_t
journey_when(int64_t at)
{
	return (int32_t) (at >> 32);
}

/* The mask or the name of a row, in 1, 2, 4 or 8 bytes. */
static inline void
journey_put_what(uint8_t *to, int bytes, uint64_t what)
{
	uint8_t byte = (uint8_t) what;
	uint16_t two = (uint16_t) what;
	uint32_t four = (uint32_t) what;

	if (bytes == 1)
		memcpy(to, &byte, 1);
	else if (bytes == 2)
		memcpy(to, &two, 2);
	else if (bytes == 4)
		memcpy(to, &four, 4);
	else
		memcpy(to, &what, 8);
}

static inline uint64_t
journey_get_what(const uint8_t *from, int bytes)
{
	uint16_t two;
	uint32_t four;
	uint64_t what;

	if (bytes == 1)
		return *from;
	if (bytes == 2)
		return memcpy(&two, from, 2), two;
	if (bytes == 4)
		return memcpy(&four, from, 4), four;
	memcpy(&what, from, 8);
	return what;
}

/* Write where grouping_add_... says. */
static inline void
journey_write(const JourneyCodec *codec, uint8_t *extra, const JourneyEvent *event)
{
	const JourneyLayout *layout = &codec->layout;
	uint32_t low = (uint32_t) event->at;

	memcpy(extra, &low, sizeof(low));
	journey_put_what(extra + sizeof(low), layout->what_bytes, event->what);
	if (layout->amount != 0)
	{
		int8_t scale = (int8_t) event->scale;

		memcpy(extra + layout->amount, &event->amount, sizeof(event->amount));
		memcpy(extra + layout->amount + sizeof(event->amount), &scale, sizeof(scale));
	}
	if (layout->more != 0)
	{
		memcpy(extra + layout->more, &event->tiebreak, sizeof(event->tiebreak));
		memcpy(extra + layout->more + sizeof(event->tiebreak), &event->label, sizeof(event->label));
	}
}

/* Read the users of a grouping with such a codec; n_left: of partitions, see grouping_open(). */
typedef struct JourneyCursor JourneyCursor;

extern JourneyCursor *journey_open(Grouping *grouping, uint32_t n_left);

/* The next user's journey, without steps; NULL at the end.  Both are valid until the next one. */
extern const Journey *journey_next(JourneyCursor *cursor, const uint8_t **key, uint32_t *key_size);

extern void journey_close(JourneyCursor *cursor);

#endif
