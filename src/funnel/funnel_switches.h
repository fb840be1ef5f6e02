/*
 * funnel_switches.h: the switches of a funnel, which are arguments of functions as well as
 * the attributes of funnel_options, in the same order.
 */
#ifndef USER_OPS_FUNNEL_SWITCHES_H
#define USER_OPS_FUNNEL_SWITCHES_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/funnel/question_check.h"

enum
{
	SWITCH_IN_BETWEEN,
	SWITCH_REPEATS,
	SWITCH_TIES,
	SWITCH_ENTRY,
	SWITCH_UNORDERED,
	SWITCH_OPTIONAL,
	SWITCH_EXCLUDE,
	SWITCH_EXCLUDE_FROM,
	SWITCH_EXCLUDE_TO,
	SWITCH_ON_EXCLUSION,
	SWITCH_MIN_GAP,
	SWITCH_MAX_GAP,
	SWITCH_ENTRY_FROM,
	SWITCH_ENTRY_TO,
	N_SWITCHES,
	OPTION_PICK = N_SWITCHES, /* of funnel_options, behind them */
	N_OPTIONS
};

/* How switches are given, for those that are asked again and again whether they are the same. */
typedef enum SwitchKind
{
	SWITCH_BY_VALUE,
	SWITCH_ARRAY
} SwitchKind;

extern SwitchKind switch_kind(int which);

/* Numbers in an array; NULL is fewer than none. */
typedef struct SwitchNumbers
{
	int n;
	const int32 *numbers;
} SwitchNumbers;

/* Gaps in an array, in microseconds; less than 0: NULL. */
typedef struct SwitchGaps
{
	int n;
	const int64 *usecs;
} SwitchGaps;

typedef struct FunnelSwitches
{
	FunnelQuestion question; /* what does not depend on the number of steps */
	SwitchNumbers optional;
	SwitchNumbers exclude;
	SwitchNumbers exclude_from;
	SwitchNumbers exclude_to;
	SwitchGaps min_gap;
	SwitchGaps max_gap;
} FunnelSwitches;

/* The defaults. */
extern FunnelSwitches switches_default(void);

/*
 * From the values of those that are given (bit i: switch i), the others being their defaults;
 * 22023 or 22004 for what means nothing whatever the steps are.
 */
extern FunnelSwitches switches_read(const Datum *values, const bool *nulls, uint32 given);
#define ALL_SWITCHES ((UINT32_C(1) << N_SWITCHES) - 1)

/* The pick of chains, by its enum. */
extern FunnelPick pick_from_enum(Oid enum_value);

/*
 * The question of so many steps, with conditions up to n_conditions; 22023 if the switches do
 * not fit them or each other.
 */
extern FunnelQuestion switches_question(const FunnelSwitches *switches, int n_steps,
										int n_conditions);

#endif
