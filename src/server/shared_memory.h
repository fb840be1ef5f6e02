/*
 * shared_memory.h: memory that processes of one query share.
 */
#ifndef USER_OPS_SHARED_MEMORY_H
#define USER_OPS_SHARED_MEMORY_H

#include "server/compat.h"

/* Would so much more of it be there?  To ask for too much is an error. */
extern bool shared_memory_has(size_t size);

#endif
