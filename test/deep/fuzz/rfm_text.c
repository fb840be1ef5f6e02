/*
 * rfm_text.c: the text of RFM models.
 */
#include "rfm_values.h"
#include "texts.h"

static bool
read_text(const char *text, uint8_t which, Stored *stored)
{
	RfmModel *model = host_alloc(sizeof(RfmModel));
	ByteWriter out = byte_writer(0);

	memset(model, 0, sizeof(*model));
	if (rfm_parse(text, model) != NULL)
		return false;
	CHECK(rfm_problem(model) == NULL);
	rfm_encode(model, &out);
	*stored = (Stored){out.start, bytes_written(&out)};
	return true;
}

static char *
print_text(const Stored *stored)
{
	RfmModel *model = host_alloc(sizeof(RfmModel));

	CHECK(rfm_decode(stored->bytes, stored->size, model) == NULL);
	return rfm_print(model);
}

static char *
build_text(Input *in, uint8_t which)
{
	RfmModel *model = host_alloc(sizeof(RfmModel));

	memset(model, 0, sizeof(*model));
	return in_rfm_model(in, model) ? rfm_print(model) : NULL;
}
