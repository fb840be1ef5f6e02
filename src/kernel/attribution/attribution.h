/*
 * attribution.h: the credit of channels for the conversions of one user, by a rule.
 *
 * Each conversion is shared among its touches (conversions.h), of which direct ones are
 * put aside where that is asked for and another one is left.  Of n touches, in order,
 * they get
 *
 *	first, last			one of them all
 *	linear				1/n each
 *	time_decay			in proportion to 2^(-time before the last touch / half life)
 *	u_shaped ...		the first, all between together, and the last: .4 .2 .4, j_shaped .2 .2 .6,
 *						inverse_j .6 .2 .2, custom as given; 1 of a single touch; of two what the
 *						first and the last have, or halves if that is nothing
 *	participation		each distinct channel 1
 *
 * Credits are whole multiples of 10^-12 and sum to 1, amounts are split by them and sum to
 * the amount (split.h; participation: each the whole).  A channel, the name of its
 * touches, gets what they get.  Without a touch all goes to nobody in particular.
 */
#ifndef USER_OPS_KERNEL_ATTRIBUTION_H
#define USER_OPS_KERNEL_ATTRIBUTION_H

#include "kernel/attribution/conversions.h"
#include "kernel/attribution/split.h"

#define CREDIT_DECIMALS 12
#define CREDIT_WHOLE    INT64_C(1000000000000)
#define CHANNEL_DIRECT  UINT32_MAX /* no touch */

typedef enum AttributionModel
{
	MODEL_FIRST,
	MODEL_LAST,
	MODEL_LAST_NON_DIRECT,
	MODEL_LINEAR,
	MODEL_TIME_DECAY,
	MODEL_U_SHAPED,
	MODEL_J_SHAPED,
	MODEL_INVERSE_J,
	MODEL_CUSTOM,
	MODEL_PARTICIPATION
} AttributionModel;

typedef enum AttributionWhich
{
	WHICH_EACH,
	WHICH_FIRST,
	WHICH_LAST
} AttributionWhich;

typedef struct AttributionRule
{
	AttributionModel model;
	AttributionWhich which; /* conversions of the user */
	TouchWindow window;
	uint64_t half_life; /* microseconds, 1 or more */
	int64_t weights[3]; /* of custom: 0 or more, in units of a credit, and sum to 1 */
	bool non_direct;
	int decimals; /* of amounts at least, 0 to MONEY_MAX_SCALE */
} AttributionRule;

/* What a channel gets of a conversion. */
typedef struct ChannelCredit
{
	uint32_t channel; /* its place among the names, or CHANNEL_DIRECT */
	uint32_t touches;
	int64_t credit;  /* times 10^-CREDIT_DECIMALS */
	MoneySum amount; /* times 10^-scale of the reader; 0 where there is none */
} ChannelCredit;

typedef struct AttributionReader
{
	ConversionReader conversions;
	AttributionRule rule;
	uint32_t last; /* conversion, as a row */
	bool at_end;
	const JourneyRow **touches; /* of the conversion, without those put aside */
	MoneySum *weights;          /* of them; and what they get: */
	MoneySum *credits;
	MoneySum *amounts;
	SplitRest *rests;
	uint32_t *places; /* by name: 1 and the place of the channel, or 0 */
	/* Of the conversion read last, its channels in the order of their first touches: */
	ChannelCredit *channels;
	uint32_t n;
	uint8_t scale; /* of the amounts */
} AttributionReader;

/* The roles are by name. */
extern AttributionReader *attribution_open(const Journey *journey, const uint8_t *roles,
										   const AttributionRule *rule);

/* The conversion that is next, with its credits in the reader; NULL after the last one. */
extern const JourneyRow *attribution_next(AttributionReader *reader);

extern void attribution_close(AttributionReader *reader);

#endif
