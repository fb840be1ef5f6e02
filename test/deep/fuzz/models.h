/*
 * models.h: what holds of any model, however it was fitted.
 */
#include "fuzz.h"

#include "kernel/models/model.h"

#define FITS 256 /* one in so many executions fits, which takes long */

/* Its bytes and its text say it. */
static inline void
check_model(const Model *model)
{
	ByteWriter out = byte_writer(0);
	ByteWriter again = byte_writer(0);
	Model read;

	CHECK(model_problem(model) == NULL);
	model_encode(model, &out);
	CHECK(model_decode(out.start, bytes_written(&out), &read) == NULL);
	CHECK(model_parse(model_print(&read), read.kind->type, &read) == NULL);
	model_encode(&read, &again);
	CHECK(bytes_written(&out) == bytes_written(&again) && memcmp(out.start, again.start, bytes_written(&out)) == 0);
}
