/*
 * items.h: items and baskets of the fuzzer's bytes.
 */
#include "builders.h"

#include "kernel/items/basket.h"

static inline ItemKey
in_item(Input *in, ItemKind kind)
{
	if (kind == ITEM_TEXTS)
	{
		JourneyText name = in_name(in);

		return (ItemKey){.bytes = name.bytes, .size = name.size};
	}
	return (ItemKey){.number = in_int(in, INT64_MIN, INT64_MAX)};
}

/* All rows that are left, or some. */
static inline Basket *
in_basket(Input *in, ItemKind kind, bool all)
{
	Basket *basket = basket_create(kind);
	uint32_t n = all ? UINT32_MAX : in_below(in, 16);

	for (uint32_t i = 0; i < n && in_left(in) > 0; i++)
	{
		ItemKey item = in_item(in, kind);

		basket = basket_add(basket, &item, in_day(in));
	}
	return basket;
}
