/*
 * user_ids.h: the ids of the users that are read, in the type that the caller names.
 */
#ifndef USER_OPS_USER_IDS_H
#define USER_OPS_USER_IDS_H

#include "server/compat.h"

#include "fmgr.h"
#include "grouping/grouped.h"

typedef struct UserIds
{
	const GroupedKind *kind;
	const UserKey *key;
	Oid type;           /* that the caller named by a NULL, or what it is a domain over */
	Oid domain;         /* InvalidOid: none */
	void *domain_check; /* for domain_check() */
	MemoryContext context;
} UserIds;

/*
 * For a function (handle, ..., id_type), in the current memory context.  The type of the
 * ids must be that of the keys, or both integers; else 42804.
 */
extern UserIds user_ids_begin(FunctionCallInfo fcinfo, const Grouped *grouped);
extern Datum user_id_datum(UserIds *ids, const uint8 *key, uint32 size);

#endif
