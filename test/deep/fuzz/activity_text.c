/*
 * activity_text.c: the text of activities.
 */
#include "texts.h"

#include "kernel/activity/activity.h"

static bool
read_text(const char *text, uint8_t which, Stored *stored)
{
	const char *problem = NULL;
	ActivityBuilder *builder = activity_parse(text, &problem);

	if (builder == NULL)
	{
		CHECK(problem != NULL);
		return false;
	}
	builder = activity_builder_finish(builder);
	stored->bytes = host_alloc(activity_builder_bound(builder));
	stored->size = activity_builder_encode(builder, stored->bytes);
	return activity_check(stored->bytes, stored->size) == NULL;
}

static char *
print_text(const Stored *stored)
{
	return activity_print(stored->bytes);
}

static char *
build_text(Input *in, uint8_t which)
{
	size_t size;

	return activity_print(in_activity(in, which & 1, &size));
}
