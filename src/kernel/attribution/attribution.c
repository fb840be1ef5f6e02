/*
 * attribution.c: conversions shared among touches.
 */
#include "kernel/attribution/attribution.h"

#include <math.h>
#include <string.h>

#define NEWEST_BITS                                                                                \
	62 /* the weight of the last touch in time_decay is 2^62: others are rounded                   \
		*/

AttributionReader *
attribution_open(const Journey *journey, const uint8_t *roles, const AttributionRule *rule)
{
	AttributionReader *reader = host_alloc(sizeof(AttributionReader));
	size_t n;

	*reader = (AttributionReader){.rule = *rule};
	reader->conversions = conversions_open(journey, roles, &rule->window);
	n = (size_t) reader->conversions.n_touches + 1; /* or the one row without a touch */
	reader->last = reader->conversions.n_rows;
	while (reader->last > 0 &&
		   (roles[journey->rows[reader->last - 1].event] & ROLE_CONVERSION) == 0)
		host_poll_at(reader->last--);
	reader->touches = host_alloc(n * sizeof(JourneyRow *));
	reader->weights = host_alloc(n * sizeof(MoneySum));
	reader->credits = host_alloc(n * sizeof(MoneySum));
	reader->amounts = host_alloc(n * sizeof(MoneySum));
	reader->rests = host_alloc(n * sizeof(SplitRest));
	reader->places = host_alloc(journey->names.n * sizeof(uint32_t));
	memset(reader->places, 0, journey->names.n * sizeof(uint32_t));
	reader->channels = host_alloc(n * sizeof(ChannelCredit));
	return reader;
}

void
attribution_close(AttributionReader *reader)
{
	conversions_close(&reader->conversions);
	host_free(reader->touches);
	host_free(reader->weights);
	host_free(reader->credits);
	host_free(reader->amounts);
	host_free(reader->rests);
	host_free(reader->places);
	host_free(reader->channels);
	host_free(reader);
}

/* The touches of the conversion that count; returns how many. */
static uint32_t
pick_touches(AttributionReader *reader)
{
	const ConversionReader *from = &reader->conversions;
	bool put_aside = reader->rule.non_direct || reader->rule.model == MODEL_LAST_NON_DIRECT;
	uint32_t n_all = from->end - from->first;
	uint32_t n = 0;

	for (uint32_t i = 0; put_aside && i < n_all; i++)
	{
		const JourneyRow *touch = from->touches[from->first + i];

		if ((from->roles[touch->event] & ROLE_DIRECT) == 0)
			reader->touches[n++] = touch;
		host_poll_at(i);
	}
	if (n > 0)
		return n;
	memcpy(reader->touches, from->touches + from->first, n_all * sizeof(JourneyRow *));
	return n_all;
}

/* The first, all between together, the last. */
static void
weigh_positions(MoneySum *weights, uint32_t n, const int64_t *positions)
{
	__int128 between = (__int128) n - 2;

	if (n <= 2)
	{
		bool nothing = n == 1 || positions[0] + positions[2] == 0;

		weights[0] = nothing ? 1 : positions[0];
		weights[n - 1] = nothing ? 1 : positions[2];
		return;
	}
	for (uint32_t i = 1; i + 1 < n; i++)
		weights[i] = positions[1];
	weights[0] = positions[0] * between;
	weights[n - 1] = positions[2] * between;
}

static void
weigh_times(MoneySum *weights, const JourneyRow *const *touches, uint32_t n, uint64_t half_life)
{
	for (uint32_t i = 0; i < n; i++)
	{
		uint64_t before = (uint64_t) touches[n - 1]->at - (uint64_t) touches[i]->at;

		weights[i] = (int64_t) ldexp(exp2(-((double) before / (double) half_life)), NEWEST_BITS);
		host_poll_at(i);
	}
}

static void
weigh(AttributionReader *reader, uint32_t n)
{
	static const int64_t u_shaped[] = {400000000000, 200000000000, 400000000000};
	static const int64_t j_shaped[] = {200000000000, 200000000000, 600000000000};
	static const int64_t inverse_j[] = {600000000000, 200000000000, 200000000000};
	MoneySum *weights = reader->weights;

	memset(weights, 0, n * sizeof(MoneySum));
	switch (reader->rule.model)
	{
		case MODEL_FIRST:
			weights[0] = 1;
			break;
		case MODEL_LAST:
		case MODEL_LAST_NON_DIRECT:
			weights[n - 1] = 1;
			break;
		case MODEL_LINEAR:
		case MODEL_PARTICIPATION:
			for (uint32_t i = 0; i < n; i++)
				weights[i] = 1;
			break;
		case MODEL_TIME_DECAY:
			weigh_times(weights, reader->touches, n, reader->rule.half_life);
			break;
		case MODEL_U_SHAPED:
			weigh_positions(weights, n, u_shaped);
			break;
		case MODEL_J_SHAPED:
			weigh_positions(weights, n, j_shaped);
			break;
		case MODEL_INVERSE_J:
			weigh_positions(weights, n, inverse_j);
			break;
		case MODEL_CUSTOM:
			weigh_positions(weights, n, reader->rule.weights);
			break;
	}
}

/* The amount of the conversion at a scale that is its own smallest one, or more. */
static __int128
scaled_amount(AttributionReader *reader)
{
	int64_t amount = reader->conversions.conversion->amount;
	int scale = reader->conversions.journey->scale;
	int spare = money_spare_decimals(amount, scale);
	int own = scale - spare;
	int decimals = reader->rule.model == MODEL_PARTICIPATION ? 0 : reader->rule.decimals;

	reader->scale = (uint8_t) (own > decimals ? own : decimals);
	return (__int128) (amount / power_of_ten(spare)) * power_of_ten(reader->scale - own);
}

/* What the touches get goes to their channels. */
static void
sum_channels(AttributionReader *reader, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t name = reader->touches[i]->event;
		ChannelCredit *channel;

		if (reader->places[name] == 0)
		{
			reader->channels[reader->n] = (ChannelCredit){.channel = name};
			reader->places[name] = ++reader->n;
		}
		channel = &reader->channels[reader->places[name] - 1];
		channel->touches++;
		channel->credit += (int64_t) reader->credits[i];
		channel->amount += reader->amounts[i];
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < reader->n; i++)
		reader->places[reader->channels[i].channel] = 0;
}

static void
share_out(AttributionReader *reader)
{
	uint32_t n = pick_touches(reader);
	__int128 amount = scaled_amount(reader);

	reader->n = 0;
	if (n == 0)
	{
		reader->n = 1;
		reader->channels[0] = (ChannelCredit){CHANNEL_DIRECT, 0, CREDIT_WHOLE, amount};
		return;
	}
	weigh(reader, n);
	split_whole(CREDIT_WHOLE, reader->weights, n, reader->credits, reader->rests);
	split_amount(amount, reader->credits, n, reader->amounts, reader->rests);
	sum_channels(reader, n);
	if (reader->rule.model == MODEL_PARTICIPATION)
		for (uint32_t i = 0; i < reader->n; i++)
		{
			reader->channels[i].credit = CREDIT_WHOLE;
			reader->channels[i].amount = amount;
		}
}

const JourneyRow *
attribution_next(AttributionReader *reader)
{
	ConversionReader *from = &reader->conversions;

	while (!reader->at_end && conversions_next(from))
	{
		reader->at_end = reader->rule.which == WHICH_FIRST;
		if (reader->rule.which == WHICH_LAST && from->next != reader->last)
			continue;
		share_out(reader);
		return from->conversion;
	}
	return NULL;
}
