/*
 * tally_test.c: what survival, spend, contract and feature models are fitted over,
 * outside the server.
 *
 *	tally_test [SEED [ROUNDS]]
 *
 * Rows at random are counted at once, and in parts that are packed, unpacked and
 * merged: the bytes and every reading must be equal.  The bytes are then damaged:
 * what is still a state must be written as it was read, and be readable.
 */
#include "kernel/models/contract_model.h"
#include "kernel/models/feature_model.h"
#include "kernel/models/log_rank.h"
#include "kernel/models/spend_model.h"
#include "kernel/models/survival.h"

#include <math.h>

#include "simple_host.h"

#define PARTS     4
#define DAMAGES   60

typedef struct Subject
{
	const TallyKind *kind;
	Tally *(*add)(Tally *state);            /* one row at random */
	void (*read)(const Tally *state, ByteWriter *out); /* all that it says */
} Subject;

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

static Tally *
add_survival(Tally *state)
{
	return survival_add(state, below(3) == 0 ? uniform() : below(20), (uint64_t) below(2), (uint64_t) below(3));
}

static void
read_survival(const Tally *state, ByteWriter *out)
{
	SurvivalReader reader = survival_read(state);
	const Tally *groups[2] = {state, state};
	KnownTime quantile[3];
	double std_error;
	LogRank test;

	while (survival_next(&reader))
	{
		double lower;
		double upper;

		if (survival_band(&reader.point, below(3), 1.96, &lower, &upper))
			CHECK(lower >= 0 && lower <= upper && upper <= 1);
		CHECK(reader.point.events + reader.point.censored <= reader.point.at_risk);
		write_double(out, exp(reader.point.log_survival));
	}
	survival_quantile(state, 0.5, BAND_LOG, 1.96, quantile);
	write_double(out, quantile[0].at_time);
	write_double(out, survival_area(state, 3, &std_error) + 0.0);
	CHECK(!log_rank(groups, 2, &test) || fabs(test.chi_square) < 1e-6);
}

static Tally *
add_spend(Tally *state)
{
	RepeatSpend spend = {.buyer = below(9) > 0, .repeats = (uint64_t) below(6), .total = below(200) / 4.0 - 2};

	spend.settled = (SettledSpend){(uint64_t) below(6), below(200) / 4.0 - 2, below(2) * below(99) / 4.0};
	return spend_sample_add(state, 9000, &spend);
}

static void
write_model(const Model *model, ByteWriter *out)
{
	CHECK(model_problem(model) == NULL);
	model_encode(model, out);
}

static void
read_spend(const Tally *state, ByteWriter *out)
{
	Model model;

	spend_fit(state, &model);
	write_model(&model, out);
}

static Tally *
add_contract(Tally *state)
{
	return contract_sample_add(state, 1 + below(9), (uint64_t) below(3), (uint64_t) below(5));
}

static void
read_contract(const Tally *state, ByteWriter *out)
{
	Model model;

	contract_fit(state, &model);
	write_model(&model, out);
}

static Tally *
add_features(Tally *state)
{
	FeatureSampleParams params = {
		.n_features = 3, .ridge = 0.25, .named = true, .names = {"a", "b", "c d"}};
	double features[3] = {below(9), uniform(), below(3) / 2.0 - 0.5};

	return feature_sample_add(state, &params, below(3) == 0, 1 + below(2) / 2.0, features);
}

static void
read_features(const Tally *state, ByteWriter *out)
{
	FeatureModel model;
	FeatureModel again;
	char *text;

	feature_fit(state, &model);
	CHECK(feature_model_problem(&model) == NULL);
	feature_model_encode(&model, out);
	text = feature_model_print(&model);
	CHECK(feature_model_parse(text, &again) == NULL);
	CHECK(memcmp(&model, &again, sizeof(model)) == 0);
	free(text);
}

static const Subject subjects[] = {{&survival_kind, add_survival, read_survival},
								   {&spend_sample_kind, add_spend, read_spend},
								   {&contract_sample_kind, add_contract, read_contract},
								   {&feature_sample_kind, add_features, read_features}};

static ByteWriter
packed(const Tally *state)
{
	ByteWriter out = byte_writer(0);

	tally_pack(state, &out);
	return out;
}

static void
check_equal(ByteWriter a, ByteWriter b)
{
	CHECK(bytes_written(&a) == bytes_written(&b));
	CHECK(memcmp(a.start, b.start, bytes_written(&a)) == 0);
	free(b.start);
}

static void
damage(const Subject *subject, ByteWriter bytes)
{
	size_t size = bytes_written(&bytes);
	uint8_t *damaged = malloc(size);

	memcpy(damaged, bytes.start, size);
	for (int i = below(3); i >= 0; i--)
		damaged[random_bits() % size] = (uint8_t) random_bits();
	size -= below(4) == 0 ? random_bits() % size : 0;
	if (state_check(&subject->kind->state, damaged, size) == NULL)
	{
		const char *problem;
		Tally *state = subject->kind->state.unpack(damaged, size, &problem);
		ByteWriter again = packed(state);
		ByteWriter readings = byte_writer(0);

		CHECK(bytes_written(&again) == size && memcmp(again.start, damaged, size) == 0);
		subject->read(state, &readings);
		free(readings.start);
		free(again.start);
	}
	free(damaged);
}

static void
round_of(const Subject *subject)
{
	Tally *whole = NULL;
	Tally *merged = NULL;
	Tally *parts[PARTS] = {NULL};
	uint64_t start = random_state;
	int rows = 1 + below(below(10) == 0 ? 3000 : 60);
	ByteWriter bytes;
	ByteWriter readings = byte_writer(0);
	ByteWriter of_merged = byte_writer(0);

	for (int i = 0; i < rows; i++)
		whole = subject->add(whole);
	random_state = start;
	below(below(10) == 0 ? 3000 : 60);
	for (int i = 0; i < rows; i++)
		parts[i % PARTS] = subject->add(parts[i % PARTS]);
	for (int i = PARTS - 1; i >= 0; i--)
		if (parts[i] != NULL)
		{
			const char *problem;
			ByteWriter part = packed(parts[i]);
			Tally *state = subject->kind->state.unpack(part.start, bytes_written(&part), &problem);

			CHECK(state != NULL);
			merged = merged == NULL ? state : tally_merge(merged, state);
			free(part.start);
		}
	bytes = packed(whole);
	check_equal(bytes, packed(merged));
	subject->read(whole, &readings);
	subject->read(merged, &of_merged);
	check_equal(readings, of_merged);
	for (int i = 0; i < DAMAGES; i++)
		damage(subject, bytes);
	free(bytes.start);
	free(readings.start);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 20;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int i = 0; i < rounds; i++)
		for (size_t s = 0; s < sizeof(subjects) / sizeof(subjects[0]); s++)
			round_of(&subjects[s]);
	printf("# %d rounds\n", rounds);
	return 0;
}
