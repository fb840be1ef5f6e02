/*
 * text.c: parts of text forms.
 */
#include "kernel/base/text.h"

#include <string.h>

#include "kernel/base/money.h"

void
skip_spaces(const char **p)
{
	while (**p == ' ' || **p == '\t' || **p == '\n' || **p == '\r')
		(*p)++;
}

bool
skip_word(const char **p, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*p, word, length) != 0)
		return false;
	*p += length;
	return true;
}

char *
print_decimal(char *p, uint64_t magnitude, int decimals)
{
	char reversed[24];
	int n = 0;

	for (; n <= decimals || magnitude > 0; magnitude /= 10)
		reversed[n++] = (char) ('0' + magnitude % 10);
	while (n > 0)
	{
		if (n == decimals)
			*p++ = '.';
		*p++ = reversed[--n];
	}
	return p;
}

char *
print_amount(char *p, int64_t amount, int decimals)
{
	if (amount < 0)
		*p++ = '-';
	return print_decimal(p, amount < 0 ? -(uint64_t) amount : (uint64_t) amount, decimals);
}

bool
parse_amount(const char **p, int64_t *amount, int *decimals)
{
	bool negative = skip_char(p, '-');
	uint64_t max = (uint64_t) INT64_MAX + negative;
	uint64_t magnitude;

	*decimals = 0;
	if (!parse_digits(p, max, &magnitude))
		return false;
	if (skip_char(p, '.'))
	{
		for (; parse_digit(p, max, &magnitude); (*decimals)++)
			continue;
		if (*decimals == 0 || *decimals > MONEY_MAX_SCALE || is_digit(**p))
			return false;
	}
	*amount = negative ? (int64_t) -magnitude : (int64_t) magnitude;
	return true;
}
