/*
 * conversions.h: the conversions of one user, each with the touches that lead to it.
 *
 * Of a journey by name: events of some names are conversions, all others touches.  A
 * touch leads to a conversion unless it comes later, or earlier by more than the
 * lookback; exclusively: nor unless it comes after the previous instant with a conversion.
 * So conversions at one instant share their touches.  Times alone decide, not tiebreaks.
 */
#ifndef USER_OPS_KERNEL_CONVERSIONS_H
#define USER_OPS_KERNEL_CONVERSIONS_H

#include "kernel/journey/journey.h"

/* What a name stands for: bits. */
#define ROLE_CONVERSION 1
#define ROLE_DIRECT     2

/* Set a bit in the role of the name, if the journey has it. */
extern void roles_set(uint8_t *roles, const JourneyTexts *names, const JourneyText *name,
					  uint8_t role);

/* Which touches lead to which conversions. */
typedef struct TouchWindow
{
	uint64_t lookback; /* microseconds */
	int64_t as_of;     /* rows before it exist; INT64_MAX: all */
	bool exclusive;
} TouchWindow;

typedef struct ConversionReader
{
	const Journey *journey;
	const uint8_t *roles; /* by name */
	TouchWindow window;
	const JourneyRow **touches; /* all of them, in order */
	uint32_t n_touches;
	uint32_t n_rows;
	uint32_t next; /* row */
	bool has_instant;
	bool has_previous;
	int64_t instant;  /* of the conversion read last */
	int64_t previous; /* the last instant before it with a conversion */
	/* Read last: */
	const JourneyRow *conversion;
	uint32_t first; /* of its touches */
	uint32_t end;   /* behind its touches; at last behind those of all conversions */
} ConversionReader;

extern ConversionReader conversions_open(const Journey *journey, const uint8_t *roles,
										 const TouchWindow *window);
extern bool conversions_next(ConversionReader *reader);
extern void conversions_close(ConversionReader *reader);

/*
 * Paths: the touches of each conversion, exclusively; and those behind the last one,
 * which lead to none.  Those are open while the lookback behind the last of them reaches as_of.
 */
typedef struct TouchPath
{
	const JourneyRow *conversion; /* or NULL */
	const JourneyRow *const *touches;
	uint32_t n;
	bool open;
} TouchPath;

/* Of a reader that is exclusive; false after the last path. */
extern bool conversions_next_path(ConversionReader *reader, TouchPath *path);

#endif
