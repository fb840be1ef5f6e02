/*
 * identity.c: the type identity_graph and the aggregates that make it.
 *
 *	1. A row with a NULL is skipped.  No row left: NULL.
 *	2. Anonymous ids and user ids are of type bigint or text, each of them all of one; texts
 *	   have at most 255 bytes (22023), are told apart and put in order by their bytes, whatever
 *	   the collation, and an empty one is an id like any other.
 *	3. An infinite day is 22008.
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "kernel/identity/identity_graph.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

STATE_FUNCTIONS(identity_graph, identity_graph_kind)

enum
{
	ARG_DEVICE = 1,
	ARG_USER,
	ARG_DAY
};

static GraphId
id_arg(FunctionCallInfo fcinfo, int n, GraphIds ids)
{
	struct varlena *text;

	if (ids == GRAPH_NUMBERS)
		return (GraphId){.number = PG_GETARG_INT64(n)};
	text = packed_arg(fcinfo, n);
	if (VARSIZE_ANY_EXHDR(text) > IDENTITY_TEXT_LIMIT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("an id has more than %d bytes", IDENTITY_TEXT_LIMIT),
						errhint("Leave such rows out, or take a hash of the id: md5(id).")));
	return (GraphId){.bytes = VARDATA_ANY(text), .size = VARSIZE_ANY_EXHDR(text)};
}

/* The aggregates: (state, anonymous_id, user_id, day) */
static Datum
add_login(FunctionCallInfo fcinfo, GraphIds devices, GraphIds users)
{
	IdentityGraph *graph;
	GraphId device;
	GraphId user;
	int32 day;

	if (PG_ARGISNULL(ARG_DEVICE) || PG_ARGISNULL(ARG_USER) || PG_ARGISNULL(ARG_DAY))
		return state_as_it_is(fcinfo);
	device = id_arg(fcinfo, ARG_DEVICE, devices);
	user = id_arg(fcinfo, ARG_USER, users);
	day = day_of_date(PG_GETARG_DATEADT(ARG_DAY));
	if (PG_ARGISNULL(0))
		graph = identity_graph_create(devices, users);
	else
		graph = state_to_change(fcinfo, &identity_graph_kind);
	return state_datum(graph_add(graph, &device, &user, day));
}

AGGREGATE_ONLY(user_ops_identity_add_bigint_bigint)
{
	return add_login(fcinfo, GRAPH_NUMBERS, GRAPH_NUMBERS);
}

AGGREGATE_ONLY(user_ops_identity_add_bigint_text)
{
	return add_login(fcinfo, GRAPH_NUMBERS, GRAPH_TEXTS);
}

AGGREGATE_ONLY(user_ops_identity_add_text_bigint)
{
	return add_login(fcinfo, GRAPH_TEXTS, GRAPH_NUMBERS);
}

AGGREGATE_ONLY(user_ops_identity_add_text_text)
{
	return add_login(fcinfo, GRAPH_TEXTS, GRAPH_TEXTS);
}
