/*
 * channel_models.c: the types markov_attribution and shapley_attribution, and the
 * aggregates that make them of counted paths.
 *
 *	1. NULL channels: the row is skipped.  No row left: NULL.
 *	2. A NULL count or worth is an error (22004); so are (22023) a count below 0, NULL among
 *	   the channels, another worth than that of the other rows.
 *	3. Amounts are those of the conversions: a row that has none adds no amount.  The amount
 *	   is NULL where no row has one.
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The states are the types themselves, in their working form.
 */
#include "server/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "kernel/attribution/channel_shares.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

#define HINT_COUNTS                                                                                \
	"Count the paths with these channels: those that converted, and those that did not."
#define DIRECT "(direct)"

STATE_FUNCTIONS(markov_attribution, markov_kind)
STATE_FUNCTIONS(shapley_attribution, shapley_kind)

/* The channels of a path that is argument n, in its bytes. */
static JourneyText *
channels_arg(FunctionCallInfo fcinfo, int n, uint32 *n_channels)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	Datum *values;
	JourneyText *channels;
	int size;

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("channels must be a list of names"),
				 errhint("Give the channels of a path in order, without NULL; '{}' is a path "
						 "without any.")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, &size);
	channels = palloc(size * sizeof(JourneyText));
	for (int i = 0; i < size; i++)
	{
		struct varlena *text = PG_DETOAST_DATUM_PACKED(values[i]);

		channels[i] = (JourneyText){VARDATA_ANY(text), (uint32) VARSIZE_ANY_EXHDR(text)};
	}
	*n_channels = (uint32) size;
	return channels;
}

/* A number of paths that is argument n. */
static uint64
count_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	int64 count;

	refuse_null(fcinfo, n, name, HINT_COUNTS);
	count = PG_GETARG_INT64(n);
	if (count < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must not be negative", name), errhint(HINT_COUNTS)));
	return (uint64) count;
}

/* (state, channels, conversions, others, ... [, amount]), the amount being argument n. */
static Datum
add_path(FunctionCallInfo fcinfo, const StateKind *kind, ChannelQuestion question, int n)
{
	uint64 conversions = count_arg(fcinfo, 2, "conversions");
	uint64 others = count_arg(fcinfo, 3, "others");
	ChannelPath path = {.conversions = conversions, .others = others};
	ChannelCounts *counts;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	path.channels = channels_arg(fcinfo, 1, &path.n);
	if (PG_NARGS() > n && !PG_ARGISNULL(n))
	{
		Decimal amount = decimal_from_numeric(PG_GETARG_NUMERIC(n));

		path.has_amount = true;
		path.amount = amount.value;
		path.scale = amount.scale;
	}
	counts = PG_ARGISNULL(0) ? channel_counts_create(question) : state_to_change(fcinfo, kind);
	if (counts->question != question)
		host_fail(KERNEL_PARAMETERS);
	return state_datum(channel_counts_add(counts, &path));
}

/* Transition function: (state, channels, conversions, others [, amount]) */
AGGREGATE_ONLY(user_ops_markov_attribution_add)
{
	return add_path(fcinfo, &markov_kind, CHANNELS_MARKOV, 4);
}

/* Transition function: (state, channels, conversions, others, worth [, amount]) */
AGGREGATE_ONLY(user_ops_shapley_attribution_add)
{
	static const char *const labels[] = {"rate", "conversions"};

	refuse_null(fcinfo, 4, "worth", "Give 'rate' or 'conversions'.");
	return add_path(fcinfo, &shapley_kind,
					CHANNELS_BY_RATE + enum_code(PG_GETARG_OID(4), labels, lengthof(labels)), 5);
}

/* Rows that are read one after the other: the channels, then what has none. */
typedef struct ChannelRows
{
	const ChannelCounts *counts;
	ChannelShares *shares;
} ChannelRows;

static ChannelRows *
open_rows(FunctionCallInfo fcinfo, const StateKind *kind)
{
	ChannelRows *rows = palloc(sizeof(ChannelRows));
	int32 decimals = PG_GETARG_INT32(1);

	if (decimals < 0 || decimals > MONEY_MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("decimals must be 0 to %d", MONEY_MAX_SCALE),
				 errhint("Amounts are whole multiples of the last decimal: 2 means cents.")));
	rows->counts = state_copy(state_arg(fcinfo, 0, kind));
	rows->shares = channel_shares(rows->counts, decimals);
	return rows;
}

/* Channel, then effect (of markov), share, conversions, amount. */
static HeapTuple
form_channel(const ChannelRows *rows, uint32 i, TupleDesc descriptor)
{
	static const ChannelShare nothing = {NAN, NAN, 0, 0};
	const ChannelCounts *counts = rows->counts;
	bool direct = i == rows->shares->n;
	const ChannelShare *share = direct ? &nothing : &rows->shares->shares[i];
	const JourneyText *name = &rows->shares->table.names[i];
	Datum values[5];
	bool nulls[5] = {false};
	int n = 0;

	if (!direct)
		pg_verifymbstr(name->bytes, (int) name->size, false);
	values[n++] = PointerGetDatum(direct ? cstring_to_text(DIRECT)
										 : cstring_to_text_with_len(name->bytes, (int) name->size));
	if (counts->question == CHANNELS_MARKOV)
	{
		nulls[n] = isnan(share->removal_effect);
		values[n++] = Float8GetDatum(share->removal_effect);
	}
	nulls[n] = isnan(share->share);
	values[n++] = Float8GetDatum(share->share);
	values[n++] = Float8GetDatum(direct ? (double) counts->direct : share->conversions);
	nulls[n] = !(direct ? counts->direct_amount.known : counts->amount.known);
	if (!nulls[n])
		values[n] = NumericGetDatum(decimal_to_numeric(
			direct ? rows->shares->direct_amount : share->amount, rows->shares->scale));
	return heap_form_tuple(descriptor, values, nulls);
}

static Datum
next_channel(FunctionCallInfo fcinfo, const StateKind *kind)
{
	FuncCallContext *call;
	const ChannelRows *rows;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_rows(fcinfo, kind);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	rows = call->user_fctx;
	if (call->call_cntr >= rows->shares->n + (uint64) (rows->counts->direct > 0))
		SRF_RETURN_DONE(call);
	tuple = form_channel(rows, (uint32) call->call_cntr, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* cells(markov_attribution, decimals): a row for each channel */
SQL_FUNCTION(markov_attribution_cells, next_channel(fcinfo, &markov_kind))

/* cells(shapley_attribution, decimals): a row for each channel */
SQL_FUNCTION(shapley_attribution_cells, next_channel(fcinfo, &shapley_kind))
