/*
 * rfm_text.c: the text form of a model.
 *
 *	rfm(bins 5; users 8; amounts 2; recency 3,8+1/5,20,40 mean 17+3/8; frequency 1,1,2,4 mean 2;
 *	monetary 6.90,12.50+0.01/2,20.00,38.25 mean 21.07)
 *
 * on one line.  "users" is there if the model was fitted, "amounts" with the
 * number of decimals if it has monetary cuts, " mean" where it has one.  A
 * fraction reads as the number it is: 12.50+0.01/2 is 12.505, -1+1/2 is -0.5.
 * Money has exactly the stated decimals.  Fractions are brought to lowest terms
 * on the way in; spaces are allowed at both ends and nowhere else.
 */
#include "kernel/rfm/rfm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/base/money.h"
#include "kernel/base/text.h"

/* ",-9223372036854775.808+0.4294967294/4294967295" */
#define FRACTION_CHARS 64

static char *
print_fraction(char *p, const Fraction *fraction, int scale)
{
	bool negative = fraction->whole < 0;

	if (negative)
		*p++ = '-';
	p = print_decimal(p, negative ? -(uint64_t) fraction->whole : (uint64_t) fraction->whole,
					  scale);
	if (fraction->part > 0)
	{
		*p++ = '+';
		p = print_decimal(p, fraction->part, scale);
		p += sprintf(p, "/%" PRIu32, fraction->of);
	}
	return p;
}

char *
rfm_print(const RfmModel *model)
{
	int dimensions = rfm_dimensions(model);
	char *text = host_alloc(128 + (size_t) dimensions * (32 + RFM_MAX_BINS * FRACTION_CHARS));
	char *p = text + sprintf(text, "rfm(bins %d", model->bins);

	if (model->fitted)
		p += sprintf(p, "; users %" PRIu32, model->users);
	if (model->amounts)
		p += sprintf(p, "; amounts %d", model->scale);
	for (int d = 0; d < dimensions; d++)
	{
		int scale = d == RFM_MONETARY ? model->scale : 0;

		p += sprintf(p, "; %s ", rfm_dimension_names[d]);
		for (int i = 0; i < model->bins - 1; i++)
		{
			if (i > 0)
				*p++ = ',';
			p = print_fraction(p, &model->cuts[d][i], scale);
		}
		if (model->has_mean[d])
			p = print_fraction(p + sprintf(p, " mean "), &model->mean[d], scale);
	}
	strcpy(p, ")");
	return text;
}

/* Digits up to max, with exactly so many decimals. */
static bool
parse_decimal(const char **p, uint64_t max, int scale, uint64_t *value)
{
	if (!parse_digits(p, max, value))
		return false;
	if (scale > 0 && !skip_char(p, '.'))
		return false;
	for (int i = 0; i < scale; i++)
		if (!parse_digit(p, max, value))
			return false;
	return !is_digit(**p);
}

static bool
parse_fraction(const char **p, int scale, Fraction *fraction)
{
	bool negative = skip_char(p, '-');
	uint64_t magnitude;
	uint64_t part = 0;
	uint64_t of = 1;

	if (!parse_decimal(p, (uint64_t) INT64_MAX + negative, scale, &magnitude))
		return false;
	if (skip_char(p, '+') &&
		(!parse_decimal(p, UINT32_MAX, scale, &part) || !skip_char(p, '/') ||
		 !parse_digits(p, UINT32_MAX, &of) || part >= of))
		return false;
	*fraction = fraction_make(part, of);
	fraction->whole = negative ? (int64_t) -magnitude : (int64_t) magnitude;
	return true;
}

static bool
parse_dimension(const char **p, RfmModel *model, int d)
{
	int scale = d == RFM_MONETARY ? model->scale : 0;

	if (!skip_word(p, "; ") || !skip_word(p, rfm_dimension_names[d]) || !skip_word(p, " "))
		return false;
	for (int i = 0; i < model->bins - 1; i++)
		if ((i > 0 && !skip_char(p, ',')) || !parse_fraction(p, scale, &model->cuts[d][i]))
			return false;
	model->has_mean[d] = skip_word(p, " mean ");
	return !model->has_mean[d] || parse_fraction(p, scale, &model->mean[d]);
}

const char *
rfm_parse(const char *text, RfmModel *model)
{
	const char *p = text;
	uint64_t value;

	skip_spaces(&p);
	if (!skip_word(&p, "rfm(bins ") || !parse_digits(&p, RFM_MAX_BINS, &value))
		return "expected \"rfm(bins\" and their number, from 2 to 100";
	model->bins = (int) value;
	if (model->bins < RFM_MIN_BINS)
		return "expected \"rfm(bins\" and their number, from 2 to 100";
	model->users = 0;
	model->fitted = skip_word(&p, "; users ");
	if (model->fitted && !parse_digits(&p, UINT32_MAX, &value))
		return "expected the number of users";
	if (model->fitted)
		model->users = (uint32_t) value;
	model->scale = 0;
	model->amounts = skip_word(&p, "; amounts ");
	if (model->amounts && !parse_digits(&p, MONEY_MAX_SCALE, &value))
		return "expected the number of decimals of amounts, from 0 to 9";
	if (model->amounts)
		model->scale = (int) value;
	for (int d = 0; d < rfm_dimensions(model); d++)
		if (!parse_dimension(&p, model, d))
			return "expected the dimensions in order, each with one cut fewer than there are bins";
	if (!skip_char(&p, ')'))
		return "expected \")\" after the last dimension";
	skip_spaces(&p);
	if (*p != '\0')
		return "text after the closing parenthesis";
	return rfm_problem(model);
}
