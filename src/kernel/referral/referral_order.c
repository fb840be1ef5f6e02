/*
 * referral_order.c: ids and rows in the order in which they are stored and read.
 */
#include <string.h>

#include "kernel/base/rows.h"
#include "kernel/base/sort.h"
#include "kernel/journey/texts.h"
#include "kernel/referral/referrals_private.h"

#define PREFIX 8

static const RowShape row_shape = {.n_keys = REFERRAL_TIMES, .n_counts = 1};

/* A text to be put in order: most differ in their first bytes. */
typedef struct SortedText
{
	uint64_t prefix;
	JourneyText text;
	uint32_t place;
} SortedText;

static int
compare_texts(const void *a, const void *b)
{
	const SortedText *left = a;
	const SortedText *right = b;

	if (left->prefix != right->prefix)
		return left->prefix < right->prefix ? -1 : 1;
	return text_compare(&left->text, &right->text);
}

/* The first bytes as a number, zeros behind a shorter text. */
static uint64_t
prefix_of(const ReferralId *id)
{
	uint64_t prefix = 0;

	for (uint32_t i = 0; i < PREFIX; i++)
		prefix = prefix << 8 | (i < id->size ? (uint8_t) id->bytes[i] : 0);
	return prefix;
}

static void
order_texts(const Referrals *referrals, uint32_t *places)
{
	SortedText *sorted = host_alloc((size_t) referrals->n_ids * sizeof(SortedText));

	for (uint32_t i = 0; i < referrals->n_ids; i++)
	{
		ReferralId id = referrals_id(referrals, i);

		sorted[i] = (SortedText){prefix_of(&id), {id.bytes, id.size}, i};
		host_poll_at(i);
	}
	sort_entries(sorted, referrals->n_ids, sizeof(SortedText), compare_texts);
	for (uint32_t i = 0; i < referrals->n_ids; i++)
	{
		places[i] = sorted[i].place;
		host_poll_at(i);
	}
	host_free(sorted);
}

static void
order_numbers(const Referrals *referrals, uint32_t *places)
{
	int64_t *numbers = host_alloc((size_t) referrals->n_ids * sizeof(int64_t));

	for (uint32_t i = 0; i < referrals->n_ids; i++)
	{
		numbers[i] = referrals_id(referrals, i).number;
		host_poll_at(i);
	}
	sort_int64(numbers, referrals->n_ids);
	for (uint32_t i = 0; i < referrals->n_ids; i++)
	{
		places[i] = referrals_find(referrals, &(ReferralId){.number = numbers[i]});
		host_poll_at(i);
	}
	host_free(numbers);
}

/* Rows by the order of their ids, and the first of their days. */
static void
copy_rows(const Referrals *referrals, ReferralOrder *order)
{
	uint32_t *ranks = host_alloc((size_t) referrals->n_ids * sizeof(uint32_t));

	for (uint32_t i = 0; i < referrals->n_ids; i++)
	{
		ranks[order->ids[i]] = i;
		host_poll_at(i);
	}
	order->first_day = referrals->rows[0].day;
	for (uint32_t i = 1; i < referrals->n_rows; i++)
	{
		if (referrals->rows[i].day < order->first_day)
			order->first_day = referrals->rows[i].day;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < referrals->n_rows; i++)
	{
		const ReferralRow *row = &referrals->rows[i];
		uint64_t *to = order->rows + (size_t) i * REFERRAL_WORDS;

		to[REFERRAL_INVITEE] = ranks[row->invitee];
		to[REFERRAL_DAY] = (uint64_t) ((int64_t) row->day - order->first_day);
		to[REFERRAL_INVITER] = ranks[row->inviter];
		to[REFERRAL_TIMES] = row->times;
		host_poll_at(i);
	}
	host_free(ranks);
}

/* Equal rows, which stand together, become one. */
static void
unite_rows(ReferralOrder *order, uint32_t n)
{
	uint64_t *last = order->rows;

	for (uint32_t i = 1; i < n; i++)
	{
		const uint64_t *row = order->rows + (size_t) i * REFERRAL_WORDS;

		if (rows_compare(&row_shape, last, row) != 0)
			memmove(last += REFERRAL_WORDS, row, REFERRAL_WORDS * sizeof(uint64_t));
		else if ((last[REFERRAL_TIMES] += row[REFERRAL_TIMES]) > UINT32_MAX)
			host_fail(KERNEL_COUNT_RANGE);
		host_poll_at(i);
	}
	order->n_rows = (uint32_t) ((size_t) (last - order->rows) / REFERRAL_WORDS) + 1;
}

ReferralOrder
referrals_order(const Referrals *referrals)
{
	ReferralOrder order = {
		.ids = host_alloc((size_t) referrals->n_ids * sizeof(uint32_t)),
		.rows = host_alloc((size_t) referrals->n_rows * REFERRAL_WORDS * sizeof(uint64_t))};

	if (referrals->n_rows == 0)
		return order;
	if (referrals->ids == REFERRAL_TEXTS)
		order_texts(referrals, order.ids);
	else
		order_numbers(referrals, order.ids);
	copy_rows(referrals, &order);
	rows_sort(&row_shape, order.rows, referrals->n_rows);
	unite_rows(&order, referrals->n_rows);
	return order;
}
