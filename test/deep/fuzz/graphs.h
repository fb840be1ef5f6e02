/*
 * graphs.h: ids of graphs, of the fuzzer's bytes.
 */
#include "states.h"

#include "kernel/graph/graph.h"

static GraphId
in_id(Input *in, GraphIds ids)
{
	if (ids == GRAPH_TEXTS)
	{
		JourneyText name = in_name(in);

		return (GraphId){.bytes = name.bytes, .size = name.size};
	}
	return (GraphId){.number = in_int(in, INT64_MIN, INT64_MAX)};
}
