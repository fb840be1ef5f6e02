/*
 * affinity.c: the type item_affinity and the aggregates that make it.
 *
 *	1. NULL for the basket: the row is skipped.  No row left: NULL.  Another NULL: 22004.
 *	2. A user counts who has an item on a day before as_of, and from items_from on; and once
 *	   each such item, and each pair of them.
 *	3. Of more than max_items those with the latest last day count, of one day the smaller ones.
 *	4. A user's item weighs 65536 * 2^(-age / half_life_days), rounded, by the age of its last day
 *	   before as_of: 0 on the day before it.  Without a half-life 65536.
 *	5. Rows and states of another as_of, other options, or another type of items: 22023.
 *	6. The order of users, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "utils/date.h"
#include "activity/activity.h"
#include "items/affinity_call.h"
#include "scan/agg_states.h"
#include "server/call.h"
#include "server/state_io.h"

#define HINT_DEFAULT "Omit it to get its default."

STATE_FUNCTIONS(item_affinity, affinity_kind)

/* The attributes of affinity_options, which are the arguments of its function, too. */
enum
{
	OPTION_HALF_LIFE,
	OPTION_MAX_ITEMS,
	OPTION_ITEMS_FROM,
	N_OPTIONS
};

static AffinityQuestion
options_of(const Datum *values, const bool *nulls)
{
	AffinityQuestion question = {.items_from = PG_INT32_MIN};

	if (!nulls[OPTION_HALF_LIFE])
		question.half_life_days = DatumGetInt32(values[OPTION_HALF_LIFE]);
	refuse_value(!nulls[OPTION_HALF_LIFE] && question.half_life_days < 1,
				 "half_life_days must be 1 or more", "NULL means that all days weigh the same.");
	if (nulls[OPTION_MAX_ITEMS])
		null_argument("max_items", HINT_DEFAULT);
	question.max_items = DatumGetInt32(values[OPTION_MAX_ITEMS]);
	refuse_value(question.max_items < 1, "max_items must be 1 or more", HINT_DEFAULT);
	if (!nulls[OPTION_ITEMS_FROM])
		question.items_from = DatumGetDateADT(values[OPTION_ITEMS_FROM]);
	if (!nulls[OPTION_ITEMS_FROM] && DATE_NOT_FINITE(question.items_from))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("items_from must be finite"),
				 errhint("NULL means that all days before as_of count.")));
	return question;
}

static AffinityQuestion
options_of_tuple(HeapTupleHeader tuple)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	values_of_row(tuple, N_OPTIONS, values, nulls);
	return options_of(values, nulls);
}

/* affinity_options(half_life_days, max_items, items_from): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_affinity_options);
Datum
user_ops_affinity_options(PG_FUNCTION_ARGS)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	values_of_call(fcinfo, N_OPTIONS, values, nulls);
	(void) options_of(values, nulls);
	return row_of_values(fcinfo, values, nulls);
}

static void
make_options(FunctionCallInfo fcinfo, int n, void *question)
{
	*(AffinityQuestion *) question = options_of_tuple(ROW_ARG(n));
}

AffinityQuestion
affinity_question_of_call(FunctionCallInfo fcinfo, int n)
{
	AffinityQuestion question = {.max_items = AFFINITY_MAX_ITEMS, .items_from = PG_INT32_MIN};

	refuse_null(fcinfo, n, "as_of", HINT_AS_OF);
	if (PG_NARGS() > n + 1)
	{
		refuse_null(fcinfo, n + 1, "options", HINT_DEFAULT);
		question =
			*(const AffinityQuestion *) kept_arg(fcinfo, n + 1, sizeof(question), make_options);
	}
	question.as_of = finite_as_of(AS_OF_ARG(n));
	refuse_value(question.items_from >= question.as_of, "items_from must be before as_of",
				 "Days from items_from on and before as_of count.");
	return question;
}

/* Adds the basket that is argument 1. */
static pg_attribute_always_inline void *
add_basket_arg(FunctionCallInfo fcinfo, void *state, MemoryContext row_context,
			   const void *question)
{
	MemoryContext state_context = MemoryContextSwitchTo(row_context);
	BasketReader reader = basket_arg(fcinfo, 1);
	Affinity *affinity = state;

	MemoryContextSwitchTo(state_context);
	affinity_expect(affinity, reader.kind, question);
	affinity = affinity_add(affinity, &reader);
	check_basket_end(&reader);
	return affinity;
}

/* Transition function: (state, basket, as_of [, options]) */
AGGREGATE_ONLY(user_ops_item_affinity_add)
{
	AffinityQuestion question = affinity_question_of_call(fcinfo, 2);

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
	{
		BasketReader reader = basket_arg(fcinfo, 1);

		return state_add_args(fcinfo, affinity_create(reader.kind, &question), add_basket_arg,
							  &question);
	}
	return state_add_arg(fcinfo, state_to_change(fcinfo, &affinity_kind), add_basket_arg,
						 &question);
}

void
check_affinity_read(const char *problem)
{
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a stored item_affinity is damaged"), errdetail_problem(problem)));
}

AffinityModel *
affinity_model_arg(FunctionCallInfo fcinfo, int n, ItemKind kind)
{
	AffinityModel *model = palloc(sizeof(AffinityModel));
	struct varlena *value = packed_arg(fcinfo, n);
	size_t size = VARSIZE_ANY_EXHDR(value);
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(value);

	/* the caller's need not last; what was stored aside has been copied already */
	if ((Pointer) value == PG_GETARG_POINTER(n))
		bytes = memcpy(MemoryContextAllocHuge(CurrentMemoryContext, size), bytes, size);
	check_affinity_read(affinity_decode(model, bytes, size));
	expect_item_kind("item_affinity", model->kind, kind);
	return model;
}

/* users_cut(item_affinity) */
PG_FUNCTION_INFO_V1(user_ops_users_cut);
Datum
user_ops_users_cut(PG_FUNCTION_ARGS)
{
	struct varlena *value = packed_arg(fcinfo, 0);
	AffinityModel model;

	check_affinity_read(
		affinity_decode_head(&model, (uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
	PG_RETURN_INT64((int64) model.users_cut);
}
