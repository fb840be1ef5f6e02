/*
 * survey.c: count the answers to each score.
 */
#include "kernel/survey/survey.h"

Survey *
survey_create(int32_t low, uint32_t span)
{
	Survey *survey = state_create(sizeof(Survey) + (span + 1) * sizeof(uint64_t));

	survey->low = low;
	survey->span = span;
	return survey;
}

void
survey_expect(const Survey *survey, int32_t low, uint32_t span)
{
	if (survey->low != low || survey->span != span)
		host_fail(KERNEL_SURVEY_SCALES);
}

static void
add_answers(Survey *survey, uint32_t above_low, uint64_t answers)
{
	if (answers > SURVEY_MAX_ANSWERS - survey->n)
		host_fail(KERNEL_ANSWERS_RANGE);
	survey->n += answers;
	survey->answers[above_low] += answers;
}

void
survey_add(Survey *survey, uint32_t above_low)
{
	add_answers(survey, above_low, 1);
}

static void *
merge(void *state, const void *from_state)
{
	Survey *survey = state;
	const Survey *other = from_state;

	survey_expect(survey, other->low, other->span);
	for (uint32_t i = 0; i <= other->span; i++)
		add_answers(survey, i, other->answers[i]);
	return survey;
}

static void
pack(const void *state, ByteWriter *out)
{
	const Survey *survey = state;

	write_byte(out, SURVEY_VERSION);
	write_zigzag(out, survey->low);
	write_varint(out, survey->span);
	for (uint32_t i = 0; i <= survey->span; i++)
		write_varint(out, survey->answers[i]);
}

/* Read the answers; what is wrong with them, or NULL. */
static const char *
read_answers(ByteReader *in, Survey *survey)
{
	for (uint32_t i = 0; i <= survey->span; i++)
	{
		survey->answers[i] = read_varint(in, SURVEY_MAX_ANSWERS - survey->n);
		survey->n += survey->answers[i];
	}
	if (in->bad)
		return "truncated or bad answers";
	return in->next == in->end ? NULL : "bytes after the last score";
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	int64_t low = read_zigzag(&in);
	uint64_t span = read_varint(&in, SURVEY_MAX_SPAN);
	Survey *survey;

	*problem = "unknown format version";
	if (version != SURVEY_VERSION)
		return NULL;
	*problem = "truncated or bad scale";
	if (in.bad || span == 0 || low < INT32_MIN || low > INT32_MAX - (int64_t) span)
		return NULL;

	survey = survey_create((int32_t) low, (uint32_t) span);
	*problem = read_answers(&in, survey);
	if (*problem == NULL)
		return survey;
	host_free(survey);
	return NULL;
}

const StateKind survey_kind = {.type = "survey", .pack = pack, .unpack = unpack, .merge = merge};
