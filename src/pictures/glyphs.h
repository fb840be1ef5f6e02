/*
 * glyphs.h: the characters that pictures are made of.
 *
 * Blocks in a database whose encoding is UTF-8, ASCII in any other.  A database
 * keeps its encoding, so that functions over it are immutable.
 */
#ifndef USER_OPS_GLYPHS_H
#define USER_OPS_GLYPHS_H

#include "server/compat.h"

#include "mb/pg_wchar.h"

static inline bool
blocks_drawn(void)
{
	return GetDatabaseEncoding() == PG_UTF8;
}

#endif
