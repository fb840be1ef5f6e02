/*
 * text.h: parts of text forms: numbers, and what stands between them.
 *
 * A parser moves *p behind what it has recognised.
 */
#ifndef USER_OPS_KERNEL_TEXT_H
#define USER_OPS_KERNEL_TEXT_H

#include "kernel/base/host.h"

extern void skip_spaces(const char **p);
extern bool skip_word(const char **p, const char *word);

static inline bool
skip_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One decimal digit behind the others of the value, unless that exceeds max. */
static inline bool
parse_digit(const char **p, uint64_t max, uint64_t *value)
{
	uint64_t digit = (uint64_t) (**p - '0');

	if (!is_digit(**p) || *value > (max - digit) / 10)
		return false;
	*value = *value * 10 + digit;
	(*p)++;
	return true;
}

/* All the digits there are, at least one, up to max, which is 9 or more. */
static inline bool
parse_digits(const char **p, uint64_t max, uint64_t *value)
{
	const char *start = *p;

	*value = 0;
	while (parse_digit(p, max, value))
		continue;
	return *p > start && !is_digit(**p);
}

/* The number with so many decimals; returns the end of what it wrote. */
extern char *print_decimal(char *p, uint64_t magnitude, int decimals);
extern char *print_amount(char *p, int64_t amount, int decimals);

/* An amount with as many decimals as it is written with, up to MONEY_MAX_SCALE. */
extern bool parse_amount(const char **p, int64_t *amount, int *decimals);

#endif
