/*
 * tier_rules.c: the type tier_rules: text, binary, and what it is made of.
 *
 *	1. Names and thresholds are lists of the same length, 1 to 100, without NULLs; thresholds
 *	   ascend; names differ, and have 1 to 63 bytes.
 *	2. validity_days NULL: a tier is kept for good.  window_days and window_period NULL: all
 *	   growth counts.  round_up NULL: valid_until is not rounded up.
 *	3. names, thresholds, grace_days or downgrade NULL: 22004; anything else: 22023.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"
#include "tiers/tiers.h"

#define HINT_RULES \
	"Give each tier a name and a threshold: make_tier_rules('{silver,gold}', '{1000,5000}')."

void
tier_rules_arg(FunctionCallInfo fcinfo, int n, TierRules *rules)
{
	struct varlena *bytes = PG_GETARG_VARLENA_PP(n);
	const char *problem =
		tier_rules_decode((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), rules);

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a stored " TIER_RULES_TYPE " is damaged"),
						errdetail_problem(problem)));
}

Datum
tier_name_datum(const TierRules *rules, int tier)
{
	const TierName *name = &rules->names[tier - 1];

	return PointerGetDatum(cstring_to_text_with_len(name->bytes, name->size));
}

static Datum
rules_datum(const TierRules *rules)
{
	ByteWriter out = byte_writer(VARHDRSZ);

	tier_rules_encode(rules, &out);
	PG_RETURN_POINTER(written_varlena(&out));
}

PG_FUNCTION_INFO_V1(user_ops_tier_rules_in);
Datum
user_ops_tier_rules_in(PG_FUNCTION_ARGS)
{
	TierRules rules;

	check_text(TIER_RULES_TYPE, tier_rules_parse(PG_GETARG_CSTRING(0), &rules));
	return rules_datum(&rules);
}

PG_FUNCTION_INFO_V1(user_ops_tier_rules_out);
Datum
user_ops_tier_rules_out(PG_FUNCTION_ARGS)
{
	TierRules rules;

	tier_rules_arg(fcinfo, 0, &rules);
	PG_RETURN_CSTRING(tier_rules_print(&rules));
}

/* Names become text, which has to be valid in the encoding of the database. */
static const char *
check_rules(const uint8 *bytes, size_t size)
{
	TierRules rules;
	const char *problem = tier_rules_decode(bytes, size, &rules);

	if (problem != NULL)
		return problem;
	for (int i = 0; i < rules.n; i++)
		if (!pg_verifymbstr(rules.names[i].bytes, rules.names[i].size, true))
			return "a name is not valid in the encoding of the database";
	return NULL;
}

SQL_FUNCTION(tier_rules_recv, value_from_bytes(message_arg(fcinfo), TIER_RULES_TYPE, check_rules))

static void
bad_rules(const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid rules of tiers"),
					errdetail_problem(problem), errhint(HINT_RULES)));
}

/* The elements of argument n, a list. */
static Datum *
list_arg(FunctionCallInfo fcinfo, int n, const char *name, Oid type, int *n_elements)
{
	ArrayType *array;
	Datum *elements;

	refuse_null(fcinfo, n, name, HINT_RULES);
	array = PG_GETARG_ARRAYTYPE_P(n);
	if (ARR_NDIM(array) > 1)
		bad_rules(psprintf("%s must have one dimension", name));
	if (array_contains_nulls(array))
		bad_rules(psprintf("%s must not have a NULL inside", name));
	deconstruct_array(array, type, -1, false, TYPALIGN_INT, &elements, NULL, n_elements);
	return elements;
}

static void
read_names(FunctionCallInfo fcinfo, TierRules *rules)
{
	Datum *names = list_arg(fcinfo, 0, "names", TEXTOID, &rules->n);

	for (int i = 0; i < Min(rules->n, TIERS_MAX); i++)
	{
		text *name = DatumGetTextPP(names[i]);

		tier_name_set(&rules->names[i], VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
}

static void
read_thresholds(FunctionCallInfo fcinfo, TierRules *rules)
{
	int scales[TIERS_MAX];
	int n;
	Datum *thresholds = list_arg(fcinfo, 1, "thresholds", NUMERICOID, &n);

	if (n != rules->n)
		bad_rules(psprintf("there are %d names and %d thresholds", rules->n, n));
	if (n > TIERS_MAX)
		return;
	for (int i = 0; i < n; i++)
	{
		Decimal threshold = decimal_from_numeric(DatumGetNumeric(thresholds[i]));

		rules->thresholds[i] = threshold.value;
		scales[i] = threshold.scale;
	}
	if (!tier_rules_scale(rules, scales))
		host_fail(KERNEL_AMOUNT_RANGE);
}

/* Argument n, NULL being none; less than 1 is no number of days. */
static int32
days_or_none(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return TIER_NONE;
	return PG_GETARG_INT32(n) < 1 ? -1 : PG_GETARG_INT32(n);
}

static int
period_or_none(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? TIER_NONE : (int) period_from_enum(PG_GETARG_OID(n));
}

/* make_tier_rules(names, thresholds, validity_days, window_days, window_period, round_up, grace_days, downgrade) */
PG_FUNCTION_INFO_V1(user_ops_make_tier_rules);
Datum
user_ops_make_tier_rules(PG_FUNCTION_ARGS)
{
	TierRules rules = {0};
	const char *problem;

	read_names(fcinfo, &rules);
	read_thresholds(fcinfo, &rules);
	refuse_null(fcinfo, 6, "grace_days", "Give 0 where a tier that is due is lost at once.");
	refuse_null(fcinfo, 7, "downgrade", "Omit it, and a tier becomes the one qualified for.");
	rules.validity_days = days_or_none(fcinfo, 2);
	rules.window_days = days_or_none(fcinfo, 3);
	rules.window_period = period_or_none(fcinfo, 4);
	rules.round_up = period_or_none(fcinfo, 5);
	rules.grace_days = PG_GETARG_INT32(6);
	rules.downgrade =
		enum_code(PG_GETARG_OID(7), tier_downgrade_names, lengthof(tier_downgrade_names));
	problem = tier_rules_problem(&rules);
	if (problem != NULL)
		bad_rules(problem);
	return rules_datum(&rules);
}

/* tier_levels(rules): a row for each tier */
PG_FUNCTION_INFO_V1(user_ops_tier_levels);
Datum
user_ops_tier_levels(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const TierRules *rules;
	int tier;
	Datum values[3];
	bool nulls[3] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = palloc(sizeof(TierRules));
		tier_rules_arg(fcinfo, 0, call->user_fctx);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	rules = call->user_fctx;
	tier = (int) call->call_cntr + 1;
	if (tier > rules->n)
		SRF_RETURN_DONE(call);

	values[0] = Int32GetDatum(tier);
	values[1] = tier_name_datum(rules, tier);
	values[2] = NumericGetDatum(decimal_to_numeric(rules->thresholds[tier - 1], rules->scale));
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
