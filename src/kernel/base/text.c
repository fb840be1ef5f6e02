/*
 * text.c: parts of text forms.
 */
#include "kernel/base/text.h"

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
