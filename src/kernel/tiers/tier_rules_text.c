/*
 * tier_rules_text.c: the text form of rules of tiers.
 *
 *	tiers(names "silver","gold"; thresholds 1000,2500.5; validity_days 365; window_days 365;
 *	window_period year; round_up year; grace_days 30; downgrade one_step)
 *
 * on one line.  What is NULL is left out, and grace_days may be where it is 0.  A quote
 * in a name is doubled.  Thresholds are written with equally many decimals, and read with any
 * number up to 9; spaces are allowed at both ends and nowhere else.
 */
#include "kernel/tiers/tier_rules.h"

#include <stdio.h>
#include <string.h>

#include "kernel/base/text.h"

/* a name of quotes, and ",-9223372036.854775808" */
#define TIER_CHARS  (2 * TIER_NAME_BYTES + 3 + 24)
#define OTHER_CHARS 256

static char *
print_name(char *p, const TierName *name)
{
	*p++ = '"';
	for (int k = 0; k < name->size; k++)
	{
		if (name->bytes[k] == '"')
			*p++ = '"';
		*p++ = name->bytes[k];
	}
	*p++ = '"';
	return p;
}

static char *
print_days(char *p, const char *name, int32_t days)
{
	return days == TIER_NONE ? p : p + sprintf(p, "; %s %d", name, (int) days);
}

static char *
print_period(char *p, const char *name, int period)
{
	return period == TIER_NONE ? p : p + sprintf(p, "; %s %s", name, period_names[period - PERIOD_DAY]);
}

char *
tier_rules_print(const TierRules *rules)
{
	char *text = host_alloc(OTHER_CHARS + (size_t) rules->n * TIER_CHARS);
	char *p = text + sprintf(text, "tiers(names ");

	for (int i = 0; i < rules->n; i++)
	{
		if (i > 0)
			*p++ = ',';
		p = print_name(p, &rules->names[i]);
	}
	p += sprintf(p, "; thresholds ");
	for (int i = 0; i < rules->n; i++)
	{
		if (i > 0)
			*p++ = ',';
		p = print_amount(p, rules->thresholds[i], rules->scale);
	}
	p = print_days(p, "validity_days", rules->validity_days);
	p = print_days(p, "window_days", rules->window_days);
	p = print_period(p, "window_period", rules->window_period);
	p = print_period(p, "round_up", rules->round_up);
	sprintf(p, "; grace_days %d; downgrade %s)", (int) rules->grace_days,
			tier_downgrade_names[rules->downgrade]);
	return text;
}

static bool
parse_name(const char **p, TierName *name)
{
	name->size = 0;
	if (!skip_char(p, '"'))
		return false;
	for (; **p != '\0'; (*p)++)
	{
		if (**p == '"' && *++*p != '"')
			return true;
		if (name->size == TIER_NAME_BYTES)
			return false;
		name->bytes[name->size++] = **p;
	}
	return false;
}

static bool
parse_names(const char **p, TierRules *rules)
{
	if (!skip_word(p, "names "))
		return false;
	rules->n = 0;
	do
	{
		if (rules->n == TIERS_MAX || !parse_name(p, &rules->names[rules->n++]))
			return false;
	} while (skip_char(p, ','));
	return true;
}

static bool
parse_thresholds(const char **p, TierRules *rules)
{
	int scales[TIERS_MAX];

	if (!skip_word(p, "; thresholds "))
		return false;
	for (int i = 0; i < rules->n; i++)
		if ((i > 0 && !skip_char(p, ',')) || !parse_amount(p, &rules->thresholds[i], &scales[i]))
			return false;
	return tier_rules_scale(rules, scales);
}

/* "; NAME " before a parameter that is there. */
static bool
skip_parameter(const char **p, const char *name)
{
	const char *start = *p;

	if (skip_word(p, "; ") && skip_word(p, name) && skip_char(p, ' '))
		return true;
	*p = start;
	return false;
}

/* Days, where they are given: at least so many. */
static bool
parse_days(const char **p, const char *name, int32_t least, int32_t *days)
{
	uint64_t value;

	*days = TIER_NONE;
	if (!skip_parameter(p, name))
		return true;
	if (!parse_digits(p, INT32_MAX, &value) || value < (uint64_t) least)
		return false;
	*days = (int32_t) value;
	return true;
}

/* One of the words; its number, or -1. */
static int
parse_word(const char **p, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (skip_word(p, words[i]))
			return i;
	return -1;
}

static bool
parse_period(const char **p, const char *name, int *period)
{
	*period = TIER_NONE;
	if (!skip_parameter(p, name))
		return true;
	*period = PERIOD_DAY + parse_word(p, period_names, PERIODS);
	return *period >= PERIOD_DAY;
}

const char *
tier_rules_parse(const char *text, TierRules *rules)
{
	const char *p = text;
	int downgrade;

	skip_spaces(&p);
	if (!skip_word(&p, "tiers(") || !parse_names(&p, rules))
		return "expected \"tiers(names\" and their names, each between quotes";
	if (!parse_thresholds(&p, rules))
		return "expected a threshold for each name, with at most 9 decimals";
	if (!parse_days(&p, "validity_days", 1, &rules->validity_days) ||
		!parse_days(&p, "window_days", 1, &rules->window_days) ||
		!parse_period(&p, "window_period", &rules->window_period) ||
		!parse_period(&p, "round_up", &rules->round_up) ||
		!parse_days(&p, "grace_days", 0, &rules->grace_days) || !skip_parameter(&p, "downgrade"))
		return "expected the other parameters in order: validity_days, window_days, window_period, "
			   "round_up, grace_days, downgrade";
	downgrade = parse_word(&p, tier_downgrade_names, TIER_DOWNGRADES);
	if (downgrade < 0 || !skip_char(&p, ')'))
		return "expected a kind of downgrade and \")\"";
	rules->downgrade = (TierDowngrade) downgrade;
	skip_spaces(&p);
	if (*p != '\0')
		return "text after the closing parenthesis";
	return tier_rules_problem(rules);
}
