/*
 * attribution.c: credit of channels, paths of touches, and what comes next, of a journey by name.
 */
#include "asked.h"

#include "kernel/attribution/attribution.h"
#include "kernel/sequence/next.h"

static TouchWindow
in_window(Input *in)
{
	return (TouchWindow){(uint64_t) in_duration(in), in_as_of_time(in), in_bool(in)};
}

static void
ask(Input *in, Input *from)
{
	JourneyKind kind = {.by_name = true};
	AttributionRule rule = {.model = (AttributionModel) in_below(in, 10), .which = (AttributionWhich) in_below(in, 3)};
	JourneyText chain[3];
	const Journey *journey;
	AttributionReader *reader;
	ConversionReader conversions;
	TouchPath path;
	uint8_t *roles;

	rule.window = in_window(in);
	rule.half_life = (uint64_t) in_int(in, 1, INT64_MAX);
	rule.weights[0] = in_int(in, 0, CREDIT_WHOLE);
	rule.weights[1] = in_int(in, 0, CREDIT_WHOLE - rule.weights[0]);
	rule.weights[2] = CREDIT_WHOLE - rule.weights[0] - rule.weights[1];
	rule.non_direct = in_bool(in) || rule.model == MODEL_LAST_NON_DIRECT;
	rule.decimals = in_scale(in);
	for (int i = 0; i < 3; i++)
		chain[i] = in_name(in);
	journey = in_journey(from, &kind);
	roles = host_alloc(journey->names.n);
	memset(roles, 0, journey->names.n);
	roles_set(roles, &journey->names, &chain[0], ROLE_CONVERSION);
	roles_set(roles, &journey->names, &chain[1], ROLE_DIRECT);
	reader = attribution_open(journey, roles, &rule);
	for (const JourneyRow *row = attribution_next(reader); row != NULL; row = attribution_next(reader))
	{
		__int128 credit = 0;
		__int128 amount = 0;

		for (uint32_t i = 0; i < reader->n; i++)
		{
			credit += reader->channels[i].credit;
			amount += reader->channels[i].amount;
		}
		if (rule.model != MODEL_PARTICIPATION)
		{
			CHECK(credit == CREDIT_WHOLE);
			CHECK(!row->has_amount || amount * power_of_ten(MONEY_MAX_SCALE - reader->scale) ==
										  (__int128) row->amount * power_of_ten(MONEY_MAX_SCALE - journey->scale));
		}
	}
	attribution_close(reader);
	rule.window.exclusive = true;
	conversions = conversions_open(journey, roles, &rule.window);
	while (conversions_next_path(&conversions, &path))
		CHECK(path.n <= journey->n_rows);
	conversions_close(&conversions);
	for (uint32_t n = 0; n <= 3; n++)
		(void) sequence_next(journey, (SequenceDirection) in_below(in, 2), (SequenceBase) in_below(in, n == 0 ? 2 : 4), chain, n);
}
