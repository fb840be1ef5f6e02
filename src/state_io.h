/*
 * state_io.h: values and states that travel as bytes: text, binary, changing in place.
 */
#ifndef USER_OPS_STATE_IO_H
#define USER_OPS_STATE_IO_H

#include "compat.h"

#include "fmgr.h"
#include "kernel/bytes.h"
#include "lib/stringinfo.h"

/* Bytes and how many they are. */
typedef struct Bytes
{
	uint8 *data;
	size_t used;
} Bytes;

#define WRITTEN_BYTES(writer) ((Bytes){(writer).start, bytes_written(&(writer))})

/* Hexadecimal text of bytes, as bytea has it, and back; 22P02 for other text. */
extern char *state_to_hex(const Bytes *bytes);
extern Bytes state_from_hex(const char *text, const char *type_name);

/* A varlena of the bytes. */
extern struct varlena *state_from_bytes(const Bytes *bytes);

/* All that is left of a message. */
extern Bytes state_from_message(StringInfo message);

/* Raise 22P02 for text, 22P03 for binary input, unless problem is NULL. */
extern void state_check_text(const char *problem, const char *type_name);
extern void state_check_binary(const char *problem, const char *type_name);

/*
 * A transition state as argument n.  To change: the aggregate's own, or a copy
 * where there is no aggregate.  To read: with a full header, aligned.
 */
extern struct varlena *state_to_change(FunctionCallInfo fcinfo, int n);
extern struct varlena *state_to_read(FunctionCallInfo fcinfo, int n);

#endif
