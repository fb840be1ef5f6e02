/*
 * bytes_text.h: bytes as text.
 *
 * They are written in base64 (RFC 4648, filled up with =, in one line): a third longer than
 * the bytes, where hex doubles them, and nothing in it has to be quoted.  Read are that,
 * and hex behind \x, as bytea writes it.  Neither has a second way to say the same bytes.
 */
#ifndef USER_OPS_BYTES_TEXT_H
#define USER_OPS_BYTES_TEXT_H

#include "server/compat.h"

/* The bytes of a text, or NULL. */
extern struct varlena *bytes_of_text(const char *text);

extern char *text_of_bytes(const uint8 *bytes, size_t size);

#endif
