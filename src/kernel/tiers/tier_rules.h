/*
 * tier_rules.h: what growth brings which tier, and how long it is kept.
 *
 *	+---------+--------+-------+--------+-------+--+------------+-----------+
 *	| version | flags  | scale | number | tier  |  | durations  | calendar  |
 *	+---------+--------+-------+--------+-------+--+------------+-----------+
 *	  1 byte    1 byte   1 byte  1 byte   so many    varints      bytes
 *
 *	flags		bits 0-1: downgrade, 0 to 2
 *				bit 2: tiers have a validity, and so a due date
 *				bit 3: growth of the last window_days counts
 *				bit 4: growth of the calendar's window_period counts
 *				bit 5: valid_until is rounded up to the end of a period
 *	scale		of the thresholds, 0 to 9, the smallest that is exact
 *	tier		threshold * 10^scale, zigzag in the first, then a varint of how much it is
 *				above the one before, less 1; varint size of the name; the name
 *	durations	validity_days, window_days, where there are some; grace_days
 *	calendar	window_period, round_up, where there are some: 1 (day) to 5 (year)
 *
 * The form is canonical: equal rules have equal bytes.  Weeks begin on Monday.
 */
#ifndef USER_OPS_KERNEL_TIER_RULES_H
#define USER_OPS_KERNEL_TIER_RULES_H

#include "kernel/base/bytes.h"
#include "kernel/base/civil.h"

#define TIER_RULES_VERSION 1
#define TIERS_MAX          100
#define TIER_NAME_BYTES    63
#define TIER_MAX_DAYS      36525 /* a hundred years */

typedef enum TierDowngrade
{
	TIER_TO_QUALIFIED,
	TIER_ONE_STEP,
	TIER_NEVER
} TierDowngrade;

#define TIER_DOWNGRADES 3
extern const char *const tier_downgrade_names[TIER_DOWNGRADES];

#define TIER_NONE 0 /* no such duration or period */

typedef struct TierName
{
	uint8_t size;
	char bytes[TIER_NAME_BYTES];
} TierName;

typedef struct TierRules
{
	int n;                         /* tiers above 0 */
	int scale;
	int64_t thresholds[TIERS_MAX]; /* times 10^scale; tier t begins at t - 1 */
	int32_t validity_days;         /* TIER_NONE: a tier once reached is kept */
	int32_t window_days;           /* TIER_NONE with window_period: all growth counts */
	int window_period;
	int round_up;
	int32_t grace_days;
	TierDowngrade downgrade;
	TierName names[TIERS_MAX];
} TierRules;

/* A name of too many bytes becomes empty, which no name may be. */
extern void tier_name_set(TierName *name, const char *bytes, size_t size);

/* Why there are no such rules, or NULL. */
extern const char *tier_rules_problem(const TierRules *rules);

extern void tier_rules_encode(const TierRules *rules, ByteWriter *out);
/* Why the bytes are no canonical rules, or NULL with *rules filled. */
extern const char *tier_rules_decode(const uint8_t *bytes, size_t size, TierRules *rules);

/* Thresholds at the scales given, all brought to the smallest one; false if they do not fit. */
extern bool tier_rules_scale(TierRules *rules, const int *scales);

/* The text form, tier_rules_text.c. */
extern char *tier_rules_print(const TierRules *rules);
extern const char *tier_rules_parse(const char *text, TierRules *rules);

#endif
