/*
 * feature_text.c: the text of logistic models.
 */
#include "feature_values.h"
#include "texts.h"

static bool
read_text(const char *text, uint8_t which, Stored *stored)
{
	FeatureModel *model = host_alloc(sizeof(FeatureModel));
	ByteWriter out = byte_writer(0);

	memset(model, 0, sizeof(*model));
	if (feature_model_parse(text, model) != NULL)
		return false;
	CHECK(feature_model_problem(model) == NULL);
	feature_model_encode(model, &out);
	*stored = (Stored){out.start, bytes_written(&out)};
	return true;
}

static char *
print_text(const Stored *stored)
{
	FeatureModel *model = host_alloc(sizeof(FeatureModel));

	CHECK(feature_model_decode(stored->bytes, stored->size, model) == NULL);
	return feature_model_print(model);
}

static char *
build_text(Input *in, uint8_t which)
{
	FeatureModel *model = host_alloc(sizeof(FeatureModel));

	memset(model, 0, sizeof(*model));
	return in_feature_model(in, model) ? feature_model_print(model) : NULL;
}
