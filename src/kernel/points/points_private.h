/*
 * points_private.h: what adding up a ledger and its stored form share.
 */
#ifndef USER_OPS_KERNEL_POINTS_PRIVATE_H
#define USER_OPS_KERNEL_POINTS_PRIVATE_H

#include "kernel/base/sort.h"
#include "kernel/points/points.h"

/* A ledger without an entry, with room for so many. */
extern Points *points_with_room(size_t n);

/* The ledger, or a copy of it, with entries ascending and each key once. */
extern const Points *points_sorted(const Points *points);

extern void points_pack(const void *state, ByteWriter *out);
extern void *points_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif
