/*
 * model_text.c: the text of models of every kind.
 */
#include "model_values.h"
#include "texts.h"

static bool
read_text(const char *text, uint8_t which, Stored *stored)
{
	static const char *const types[] = {PURCHASE_MODEL_TYPE, SPEND_MODEL_TYPE, CONTRACT_MODEL_TYPE};
	ByteWriter out = byte_writer(0);
	Model model = {0};
	int type = which >= 0xC0 ? 2 : which >= 0x80 ? 1 : 0;

	/* of whichever type it is one */
	if (model_parse(text, types[type], &model) != NULL && model_parse(text, types[(type + 1) % 3], &model) != NULL &&
		model_parse(text, types[(type + 2) % 3], &model) != NULL)
		return false;
	CHECK(model_problem(&model) == NULL);
	model_encode(&model, &out);
	*stored = (Stored){out.start, bytes_written(&out)};
	return true;
}

static char *
print_text(const Stored *stored)
{
	Model model;

	CHECK(model_decode(stored->bytes, stored->size, &model) == NULL);
	return model_print(&model);
}

static char *
build_text(Input *in, uint8_t which)
{
	Model model = {0};

	return in_model(in, &model) ? model_print(&model) : NULL;
}
