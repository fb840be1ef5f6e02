/*
 * basket.c: baskets, what is read of them, and how they are grouped.
 */
#include "items.h"
#include "states.h"

FUZZ_STATES(&basket_state)

static void *
build(Input *head, Input *rows)
{
	ItemKind kind = (ItemKind) in_bool(head);
	Basket *basket = in_basket(rows, kind, in_bool(head));

	basket_expect(basket, kind);
	return basket->n == 0 ? NULL : basket;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	int32_t as_of = in_as_of(in);
	int32_t half_life_days = in_bool(in) ? 0 : (int32_t) in_int(in, 1, INT32_MAX);
	BasketReader reader;
	BasketItem item;
	Favourite favourite;
	uint64_t n = 0;

	CHECK(basket_open(&reader, bytes, size) == NULL);
	while (basket_next(&reader, as_of, half_life_days, &item))
	{
		CHECK(item.events > 0 && item.first_day <= item.last_day && item.last_day < as_of);
		n++;
	}
	CHECK(!reader.in.bad);
	CHECK(basket_favourite(bytes, size, as_of, half_life_days, &favourite) == NULL);
	CHECK(favourite.items == n);
	CHECK(n == 0 || !(favourite.share < 0 || favourite.share > 1));
}
