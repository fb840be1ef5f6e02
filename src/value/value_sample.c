/*
 * value_sample.c: the type value_sample, the aggregates that make it, and its quantiles.
 *
 *	1. NULL: the row is skipped.  No row left: NULL.  Zeros count.  Of an activity it is the
 *	   net amount of the days before as_of; without amounts, or such a day, the row is skipped.
 *	2. At most 9 decimals and 64 bits (22003).
 *	3. A quantile is an amount: rounded to 9 decimals, half away from zero, so that it can be
 *	   a limit of amounts.
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "activity/activity.h"
#include "kernel/activity/summary.h"
#include "kernel/value/value_sample.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

#define HINT_FRACTION "0.5 gives the median, 0.999 what one in a thousand exceeds."

STATE_FUNCTIONS(value_sample, value_sample_kind.state)

/* Transition function: (state, metric) */
AGGREGATE_ONLY(user_ops_value_sample_add)
{
	Decimal value;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	value = decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(1));
	return state_datum(value_sample_add(
		PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &value_sample_kind.state), value.value,
		value.scale));
}

/* Transition function: (state, activity, as_of) */
AGGREGATE_ONLY(user_ops_value_sample_add_user)
{
	Summary user;
	int spare;

	refuse_null(fcinfo, 2, "as_of", "Give the first day that is not counted.");
	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	user = summary_read(ACTIVITY_BYTES_ARG(1), AS_OF_ARG(2));
	if (!user.amounts || user.active_days == 0)
		return state_as_it_is(fcinfo);
	spare = money_sum_spare_decimals(user.amount, user.scale);
	user.amount /= power_of_ten(spare);
	if (user.amount < INT64_MIN || user.amount > INT64_MAX)
		host_fail(KERNEL_AMOUNT_RANGE);
	return state_datum(value_sample_add(
		PG_ARGISNULL(0) ? NULL : state_to_change(fcinfo, &value_sample_kind.state),
		(int64) user.amount, user.scale - spare));
}

/* A fraction from 0 to 1 that is argument n, times 10^9. */
static int64
fraction_arg(FunctionCallInfo fcinfo, int n)
{
	float8 fraction;
	Decimal decimal;

	refuse_null(fcinfo, n, "fraction", HINT_FRACTION);
	fraction = PG_GETARG_FLOAT8(n);
	if (!(fraction >= 0 && fraction <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("fraction must be from 0 to 1"), errhint(HINT_FRACTION)));
	decimal = decimal_read_float8(fraction, MONEY_MAX_SCALE);
	return money_rescale(decimal.value, decimal.scale, MONEY_MAX_SCALE);
}

/* quantile(value_sample, fraction, kind) */
PG_FUNCTION_INFO_V1(user_ops_value_sample_quantile);
Datum
user_ops_value_sample_quantile(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {"interpolated", "lowest"};
	int64 fraction = fraction_arg(fcinfo, 1);
	const Tally *sample;
	QuantileKind kind;
	__int128 value;
	int spare;

	refuse_null(fcinfo, 2, "kind", "Give 'interpolated' or 'lowest'.");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sample = state_arg(fcinfo, 0, &value_sample_kind.state);
	if (sample->total == 0)
		PG_RETURN_NULL();
	kind = QUANTILE_INTERPOLATED + enum_code(PG_GETARG_OID(2), kinds, lengthof(kinds));
	value = value_sample_quantile(sample, fraction, kind);
	spare = money_sum_spare_decimals(value, QUANTILE_SCALE);
	PG_RETURN_NUMERIC(decimal_to_numeric(value / power_of_ten(spare), QUANTILE_SCALE - spare));
}
