/*
 * identity_graph.h: logins, each of which says that a device had a user: a graph (graph.h) from
 * the anonymous id, by which the device is known, to the user id.
 *
 * The two are different namespaces, even where ids are equal, and each is of numbers or of
 * texts.
 */
#ifndef USER_OPS_KERNEL_IDENTITY_GRAPH_H
#define USER_OPS_KERNEL_IDENTITY_GRAPH_H

#include "kernel/graph/graph.h"

enum
{
	IDENTITY_DEVICES, /* the sets of ids */
	IDENTITY_USERS
};

#define IDENTITY_TEXT_LIMIT 255 /* bytes of an id */

typedef Graph IdentityGraph;

extern IdentityGraph *identity_graph_create(GraphIds devices, GraphIds users);

extern const StateKind identity_graph_kind;

#endif
