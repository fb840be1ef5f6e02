/*
 * shared_memory.c: memory that processes of one query share.
 */
#include "server/shared_memory.h"

#include "storage/dsm_impl.h"

#if defined(__linux__)
#include <sys/statvfs.h>
#endif

bool
shared_memory_has(size_t size)
{
#if defined(__linux__)
	struct statvfs room;

	if (dynamic_shared_memory_type == DSM_IMPL_POSIX && statvfs("/dev/shm", &room) == 0)
		return (uint64) room.f_bavail * room.f_frsize / 2 >= size;
#endif
	return true;
}
