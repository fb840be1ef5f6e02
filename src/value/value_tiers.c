/*
 * value_tiers.c: tiers of users by what they are worth, and how unequal that is spread: read
 * of a value_sample, and of what rfm_model is fitted over.
 *
 *	1. Shares ascend between 0 and 1, at most 25 of them with at most 9 decimals (22023).
 *	2. The largest first, a value belongs to the first tier before which less than its share
 *	   of all value above 0 stands; equal values share a tier.  The last tier has the rest.
 *	3. Values of 0 and less are in none, and count as 0 for gini.
 *	4. No value above 0: no cuts and no gini, but NULL.
 *
 * Cuts are values: the lowest of each tier but the last.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "kernel/value/value_tiers.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"
#include "value/value_cuts.h"

#define HINT_SHARES "Give ascending numbers between 0 and 1, at most 25, such as ARRAY[0.8, 0.95]."
#define COLUMNS     7

/* The elements of argument n. */
static Datum *
numerics_arg(FunctionCallInfo fcinfo, int n, const char *name, const char *hint, int *n_elements)
{
	ArrayType *array;
	Datum *elements;

	refuse_null(fcinfo, n, name, hint);
	array = PG_GETARG_ARRAYTYPE_P(n);
	if (ARR_NDIM(array) != 1 || array_contains_nulls(array) ||
		ArrayGetNItems(1, ARR_DIMS(array)) > VALUE_MAX_CUTS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a list of 1 to %d numbers", name, VALUE_MAX_CUTS),
						errhint("%s", hint)));
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, NULL, n_elements);
	return elements;
}

int
value_shares_arg(FunctionCallInfo fcinfo, int n, int64 *shares)
{
	int n_shares;
	Datum *elements = numerics_arg(fcinfo, n, "shares", HINT_SHARES, &n_shares);

	for (int i = 0; i < n_shares; i++)
	{
		Decimal share = decimal_from_numeric(DatumGetNumeric(elements[i]));
		int64 after = i > 0 ? shares[i - 1] : 0;

		shares[i] = share.value;
		if (!money_try_rescale(&shares[i], share.scale, MONEY_MAX_SCALE) || shares[i] <= after ||
			shares[i] >= VALUE_WHOLE)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("shares must ascend between 0 and 1"),
							errhint("%s", HINT_SHARES)));
	}
	return n_shares;
}

/* An amount at a scale, with no more decimals than it needs. */
static Datum
amount_datum(__int128 value, int scale)
{
	int spare = money_sum_spare_decimals(value, scale);

	return NumericGetDatum(decimal_to_numeric(value / power_of_ten(spare), scale - spare));
}

Datum
value_cuts_result(FunctionCallInfo fcinfo, const CountedValue *ascending, uint32 n, int scale,
				  const int64 *shares, int n_shares)
{
	MoneySum cuts[VALUE_MAX_CUTS];
	Datum elements[VALUE_MAX_CUTS];

	if (!value_cuts(ascending, n, shares, n_shares, cuts))
		PG_RETURN_NULL();
	for (int i = 0; i < n_shares; i++)
		elements[i] = amount_datum(cuts[i], scale);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, n_shares, NUMERICOID, -1, false,
										  TYPALIGN_INT));
}

/* Argument 0, a value_sample, ascending; none of them for NULL. */
static CountedValue *
values_arg(FunctionCallInfo fcinfo, uint32 *n)
{
	*n = 0;
	return PG_ARGISNULL(0)
			   ? NULL
			   : value_sample_ascending(state_arg(fcinfo, 0, &value_sample_kind.state), n);
}

/* value_cuts(value_sample, shares) */
PG_FUNCTION_INFO_V1(user_ops_value_cuts);
Datum
user_ops_value_cuts(PG_FUNCTION_ARGS)
{
	int64 shares[VALUE_MAX_CUTS];
	int n_shares = value_shares_arg(fcinfo, 1, shares);
	uint32 n;
	const CountedValue *values = values_arg(fcinfo, &n);

	return value_cuts_result(fcinfo, values, n, MONEY_MAX_SCALE, shares, n_shares);
}

/* gini(value_sample) */
PG_FUNCTION_INFO_V1(user_ops_gini);
Datum
user_ops_gini(PG_FUNCTION_ARGS)
{
	uint32 n;
	const CountedValue *values = values_arg(fcinfo, &n);
	float8 gini;

	if (!value_gini(values, n, &gini))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(gini);
}

static Datum
tier_name(int tier, int n_cuts)
{
	char letter[] = {(char) ('A' + tier), '\0'};

	return CStringGetTextDatum(tier > n_cuts ? "none" : letter);
}

/* value_tier(value, cuts) */
PG_FUNCTION_INFO_V1(user_ops_value_tier);
Datum
user_ops_value_tier(PG_FUNCTION_ARGS)
{
	Datum value;
	Datum *cuts;
	int n_cuts;
	int tier = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value = PG_GETARG_DATUM(0);
	if (DatumGetBool(
			DirectFunctionCall2(numeric_le, value, NumericGetDatum(int64_to_numeric(0)))))
		PG_RETURN_DATUM(tier_name(1, 0));
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	cuts = numerics_arg(fcinfo, 1, "cuts", "Give what value_cuts returns.", &n_cuts);
	while (tier < n_cuts && DatumGetBool(DirectFunctionCall2(numeric_lt, value, cuts[tier])))
		tier++;
	PG_RETURN_DATUM(tier_name(tier, n_cuts));
}

/* What is in each tier, A first and none last. */
typedef struct Tiers
{
	int n_cuts;
	uint64 users;
	MoneySum value;
	struct
	{
		uint64 users;
		MoneySum value;
		MoneySum lowest;
		MoneySum highest;
	} of[VALUE_MAX_CUTS + 2];
} Tiers;

static void
count_tiers(Tiers *tiers, const CountedValue *values, uint32 n, const MoneySum *cuts)
{
	for (uint32 i = n; i > 0; i--)
	{
		const CountedValue *counted = &values[i - 1];
		uint64 users = counted->up_to - (i > 1 ? values[i - 2].up_to : 0);
		int tier = value_tier(counted->value, cuts, tiers->n_cuts);
		__int128 value;

		if (__builtin_mul_overflow((__int128) counted->value, users, &value))
			host_fail(KERNEL_AMOUNT_RANGE);
		if (tiers->of[tier].users == 0)
			tiers->of[tier].highest = counted->value;
		tiers->of[tier].lowest = counted->value;
		tiers->of[tier].users += users;
		tiers->of[tier].value = money_sum_add(tiers->of[tier].value, value);
		tiers->users += users;
		tiers->value = money_sum_add(tiers->value, value);
		tally_poll(i);
	}
}

/* value_tiers(value_sample, shares): a row for each tier, and one for none */
PG_FUNCTION_INFO_V1(user_ops_value_tiers);
Datum
user_ops_value_tiers(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Tiers *tiers;
	int tier;
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		int64 shares[VALUE_MAX_CUTS];
		MoneySum cuts[VALUE_MAX_CUTS] = {0};
		MemoryContext old_context;
		const CountedValue *sample;
		uint32 n;
		int n_shares = value_shares_arg(fcinfo, 1, shares);

		if (PG_ARGISNULL(0))
			return no_rows(fcinfo);
		sample = values_arg(fcinfo, &n);
		value_cuts(sample, n, shares, n_shares, cuts);
		old_context = begin_rows(fcinfo, &call);
		tiers = palloc0(sizeof(Tiers));
		tiers->n_cuts = n_shares;
		count_tiers(tiers, sample, n, cuts);
		call->user_fctx = tiers;
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	tiers = call->user_fctx;
	tier = (int) call->call_cntr;
	if (tier > tiers->n_cuts + 1)
		SRF_RETURN_DONE(call);
	values[0] = tier_name(tier, tiers->n_cuts);
	values[1] = Int64GetDatum((int64) tiers->of[tier].users);
	values[2] = Float8GetDatum((float8) tiers->of[tier].users / (float8) tiers->users);
	nulls[2] = tiers->users == 0;
	values[3] = amount_datum(tiers->of[tier].value, MONEY_MAX_SCALE);
	values[4] = Float8GetDatum((float8) tiers->of[tier].value / (float8) tiers->value);
	nulls[4] = tiers->value == 0;
	nulls[5] = nulls[6] = tiers->of[tier].users == 0;
	if (!nulls[5])
	{
		values[5] = amount_datum(tiers->of[tier].lowest, MONEY_MAX_SCALE);
		values[6] = amount_datum(tiers->of[tier].highest, MONEY_MAX_SCALE);
	}
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
