/*
 * text.c: parts of text forms.
 */
#include "kernel/text.h"

#include <string.h>

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

bool
parse_digits(const char **p, uint64_t max, uint64_t *value)
{
	*value = 0;
	if (!parse_digit(p, max, value))
		return false;
	while (parse_digit(p, max, value))
		continue;
	return !is_digit(**p);
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
