/*
 * attribution.c: who gets the credit for the conversions of one user, and their paths.
 *
 *	1. A NULL journey: no rows.
 *	2. NULL among the other arguments is an error (22004), but for weights and as_of of
 *	   attribution; so is what is out of bounds (22023), and a journey by conditions.
 *	3. Names that the journey does not have are no error: nobody did that.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#include "journey/journey.h"
#include "kernel/attribution/attribution.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/duration.h"

#define HINT_CONVERSION "Name the events that are conversions: '{purchase}'."
#define HINT_DIRECT     "Name the touches that are direct visits; '{}' means none."
#define HINT_WEIGHTS                                                                               \
	"'{0.3,0.2,0.5}' means 0.3 for the first touch, 0.2 for all between, 0.5 for the last."
#define HINT_AS_OF                                                                                 \
	"Give the instant up to which the events are known; paths that reach it are open."
#define HINT_DEFAULT "Omit the argument to get its default."
#define DIRECT       "(direct)"

/* Set a bit in the roles of the events that are named in argument n. */
static void
mark_names(FunctionCallInfo fcinfo, int n, const char *name, const char *hint, uint8 *roles,
		   const JourneyTexts *names, uint8 role)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	Datum *values;
	int size;

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array) ||
		(role == ROLE_CONVERSION && ARR_NDIM(array) == 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a list of names", name), errhint("%s", hint)));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, &size);
	for (int i = 0; i < size; i++)
	{
		struct varlena *text = PG_DETOAST_DATUM_PACKED(values[i]);
		JourneyText event = {VARDATA_ANY(text), (uint32) VARSIZE_ANY_EXHDR(text)};

		roles_set(roles, names, &event, role);
	}
}

/* The weights of custom. */
static void
weights_arg(FunctionCallInfo fcinfo, int n, int64 *weights)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	int64 unit = CREDIT_WHOLE / power_of_ten(MONEY_MAX_SCALE);
	int64 total = 0;
	Datum *values;
	int size = 0;
	bool good = ARR_NDIM(array) == 1 && !array_contains_nulls(array);

	if (good)
		deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &values, NULL, &size);
	good &= size == 3;
	for (int i = 0; good && i < size; i++)
	{
		Decimal weight = decimal_read_numeric(DatumGetNumeric(values[i]), DECIMALS_AS_THEY_ARE);

		good = weight.scale >= 0 && weight.value >= 0 && weight.value <= power_of_ten(weight.scale);
		if (good)
			weights[i] = weight.value * power_of_ten(MONEY_MAX_SCALE - weight.scale) * unit;
		total += weights[i];
	}
	if (!good || total != CREDIT_WHOLE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weights must be three numbers of 0 or more, with at most %d decimals, "
						"that sum to 1",
						MONEY_MAX_SCALE),
				 errhint("%s", HINT_WEIGHTS)));
}

/* The arguments of attribution. */
enum
{
	ARG_JOURNEY,
	ARG_CONVERSION,
	ARG_MODEL,
	ARG_LOOKBACK,
	ARG_HALF_LIFE,
	ARG_WEIGHTS,
	ARG_DIRECT,
	ARG_NON_DIRECT,
	ARG_EXCLUSIVE,
	ARG_WHICH,
	ARG_DECIMALS,
	ARG_AS_OF
};

static void
check_rule(const AttributionRule *rule, bool has_weights)
{
	if (rule->half_life == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("half_life must be more than 0"),
				 errhint("It is the time after which a touch has half the weight.")));
	if (rule->decimals < 0 || rule->decimals > MONEY_MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("decimals must be 0 to %d", MONEY_MAX_SCALE),
				 errhint("Amounts are whole multiples of the last decimal: 2 means cents.")));
	if (rule->model == MODEL_CUSTOM && !has_weights)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model custom needs weights"), errhint("%s", HINT_WEIGHTS)));
	if (rule->model != MODEL_CUSTOM && has_weights)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("weights are for model custom"),
				 errhint("Leave them out, or use model 'custom'.")));
}

static AttributionRule
rule_of_call(FunctionCallInfo fcinfo)
{
	static const char *const models[] = {
		"first",    "last",     "last_non_direct", "linear", "time_decay",
		"u_shaped", "j_shaped", "inverse_j",       "custom", "participation"};
	static const char *const whiches[] = {"each", "first", "last"};
	static const char *const names[] = {"journey",   "conversion", "model",    "lookback",
										"half_life", "weights",    "direct",   "non_direct",
										"exclusive", "which",      "decimals", "as_of"};
	AttributionRule rule = {.window = {.as_of = INT64_MAX}};

	refuse_null(fcinfo, ARG_CONVERSION, names[ARG_CONVERSION], HINT_CONVERSION);
	refuse_null(fcinfo, ARG_MODEL, names[ARG_MODEL], "Give a model, as 'linear'.");
	for (int i = ARG_DIRECT; i <= ARG_DECIMALS; i++)
		refuse_null(fcinfo, i, names[i], HINT_DEFAULT);
	rule.model = enum_code(PG_GETARG_OID(ARG_MODEL), models, lengthof(models));
	rule.which = enum_code(PG_GETARG_OID(ARG_WHICH), whiches, lengthof(whiches));
	rule.window.lookback = (uint64) duration_arg(fcinfo, ARG_LOOKBACK, names[ARG_LOOKBACK]);
	rule.window.exclusive = PG_GETARG_BOOL(ARG_EXCLUSIVE);
	if (!PG_ARGISNULL(ARG_AS_OF))
		rule.window.as_of = JOURNEY_AS_OF_ARG(ARG_AS_OF);
	rule.half_life = (uint64) duration_arg(fcinfo, ARG_HALF_LIFE, names[ARG_HALF_LIFE]);
	if (!PG_ARGISNULL(ARG_WEIGHTS))
		weights_arg(fcinfo, ARG_WEIGHTS, rule.weights);
	rule.non_direct = PG_GETARG_BOOL(ARG_NON_DIRECT);
	rule.decimals = PG_GETARG_INT32(ARG_DECIMALS);
	check_rule(&rule, !PG_ARGISNULL(ARG_WEIGHTS));
	return rule;
}

/* The journey by name that is argument 0. */
static const Journey *
journey_of_call(FunctionCallInfo fcinfo)
{
	const Journey *journey =
		journey_arg(journey_reading(fcinfo, sizeof(JourneyReading)), fcinfo, 0, -1);

	journey_refuse_conditions(journey, "attribution needs");
	return journey;
}

static Datum
name_datum(const Journey *journey, uint32 name)
{
	const JourneyText *text = &journey->names.texts[name];

	return PointerGetDatum(cstring_to_text_with_len(text->bytes, (int) text->size));
}

/* Without zeros at the end. */
static Datum
credit_datum(int64 credit)
{
	int scale = CREDIT_DECIMALS;

	for (; scale > 0 && credit % 10 == 0; scale--)
		credit /= 10;
	return NumericGetDatum(decimal_to_numeric(credit, scale));
}

/* A row for each channel of the conversion that was read. */
static void
put_credits(ReturnSetInfo *result, const AttributionReader *reader, const JourneyRow *conversion)
{
	for (uint32 i = 0; i < reader->n; i++)
	{
		const ChannelCredit *channel = &reader->channels[i];
		Datum values[5];
		bool nulls[5] = {false};

		values[0] = TimestampTzGetDatum(conversion->at);
		values[1] = channel->channel == CHANNEL_DIRECT
						? PointerGetDatum(cstring_to_text(DIRECT))
						: name_datum(reader->conversions.journey, channel->channel);
		values[2] = Int32GetDatum((int32) channel->touches);
		values[3] = credit_datum(channel->credit);
		nulls[4] = !conversion->has_amount;
		values[4] = NumericGetDatum(decimal_to_numeric(channel->amount, reader->scale));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* attribution(journey, conversion, model, ...): a row for each conversion and channel */
PG_FUNCTION_INFO_V1(user_ops_attribution);
Datum
user_ops_attribution(PG_FUNCTION_ARGS)
{
	AttributionRule rule = rule_of_call(fcinfo);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AttributionReader *reader;
	const Journey *journey;
	const JourneyRow *conversion;
	MemoryContext row_context;
	MemoryContext old_context;
	uint8 *roles;

	begin_row_set(fcinfo);
	if (PG_ARGISNULL(ARG_JOURNEY))
		PG_RETURN_NULL();
	journey = journey_of_call(fcinfo);
	roles = palloc0(journey->names.n);
	mark_names(fcinfo, ARG_CONVERSION, "conversion", HINT_CONVERSION, roles, &journey->names,
			   ROLE_CONVERSION);
	mark_names(fcinfo, ARG_DIRECT, "direct", HINT_DIRECT, roles, &journey->names, ROLE_DIRECT);
	reader = attribution_open(journey, roles, &rule);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "attribution", ALLOCSET_SMALL_SIZES);
	old_context = MemoryContextSwitchTo(row_context);
	while ((conversion = attribution_next(reader)) != NULL)
	{
		put_credits(result, reader, conversion);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(row_context);
	attribution_close(reader);
	PG_RETURN_NULL();
}

/* The names of touches, in order. */
static Datum
channels_datum(const Journey *journey, const TouchPath *path)
{
	Datum *channels = palloc(path->n * sizeof(Datum));

	for (uint32 i = 0; i < path->n; i++)
		channels[i] = name_datum(journey, path->touches[i]->event);
	return PointerGetDatum(
		construct_array(channels, (int) path->n, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_path(ReturnSetInfo *result, const Journey *journey, const TouchPath *path)
{
	const JourneyRow *conversion = path->conversion;
	Datum values[4];
	bool nulls[4] = {false};

	values[0] = channels_datum(journey, path);
	values[1] = BoolGetDatum(conversion != NULL);
	nulls[2] = conversion == NULL || !conversion->has_amount;
	if (!nulls[2])
	{
		int spare = money_spare_decimals(conversion->amount, journey->scale);

		values[2] = NumericGetDatum(
			decimal_to_numeric(conversion->amount / power_of_ten(spare), journey->scale - spare));
	}
	values[3] = BoolGetDatum(path->open);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* attribution_paths(journey, conversion, lookback, as_of): a row for each path */
PG_FUNCTION_INFO_V1(user_ops_attribution_paths);
Datum
user_ops_attribution_paths(PG_FUNCTION_ARGS)
{
	TouchWindow window = {.exclusive = true};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ConversionReader reader;
	TouchPath path;
	const Journey *journey;
	MemoryContext row_context;
	MemoryContext old_context;
	uint8 *roles;

	refuse_null(fcinfo, 1, "conversion", HINT_CONVERSION);
	window.lookback = (uint64) duration_arg(fcinfo, 2, "lookback");
	refuse_null(fcinfo, 3, "as_of", HINT_AS_OF);
	window.as_of = JOURNEY_AS_OF_ARG(3);
	begin_row_set(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey = journey_of_call(fcinfo);
	roles = palloc0(journey->names.n);
	mark_names(fcinfo, 1, "conversion", HINT_CONVERSION, roles, &journey->names, ROLE_CONVERSION);
	reader = conversions_open(journey, roles, &window);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "paths", ALLOCSET_SMALL_SIZES);
	old_context = MemoryContextSwitchTo(row_context);
	while (conversions_next_path(&reader, &path))
	{
		put_path(result, journey, &path);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(row_context);
	conversions_close(&reader);
	PG_RETURN_NULL();
}
