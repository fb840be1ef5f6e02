/*
 * recommend.c: what to offer a user, by the affinity of items.
 *
 *	1. NULL for the affinity: no rows.  NULL for the basket: a user with nothing.  Another NULL:
 *22004.
 *	2. A number below 1: 22023.  Items of another type than the one that is asked for: 42804; a
 *	   basket of another type than the affinity: 22023.
 *	3. as_of is about the basket; infinite: all of it.
 *
 * An affinity is decoded, and the neighbours of all its items looked for, when it is first met:
 * it is known again by where it is stored, or by its size and fingerprint.
 */
#include "server/compat.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "items/affinity_call.h"
#include "kernel/items/recommend.h"
#include "server/call.h"

#define OFFER_COLUMNS 4

/* (item_affinity, basket, as_of, item_type, top, measure, neighbours, min_users, keep_own) */
enum
{
	ARG_AFFINITY,
	ARG_BASKET,
	ARG_AS_OF,
	ARG_ITEM_TYPE,
	ARG_TOP,
	ARG_MEASURE,
	ARG_NEIGHBOURS,
	ARG_MIN_USERS,
	ARG_KEEP_OWN
};

/* What a call keeps for the next one: its fn_extra. */
typedef struct KeptRecommender
{
	MemoryContext context; /* of the recommender */
	bool made;
	RecommendRules rules;
	struct varatt_external stored; /* where the affinity is stored; va_valueid 0: nowhere */
	Size size;
	char head[AFFINITY_HEAD];
	Recommender recommender;
	TupleDesc row_type;
	Datum similar; /* the reasons */
	Datum popular;
	Offer *offers;
	uint32 room;
} KeptRecommender;

static KeptRecommender *
kept_of_call(FunctionCallInfo fcinfo)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	KeptRecommender *kept = fcinfo->flinfo->fn_extra;
	MemoryContext old_context;

	if (kept != NULL)
		return kept;
	old_context = MemoryContextSwitchTo(context);
	kept = palloc0(sizeof(KeptRecommender));
	kept->context = AllocSetContextCreate(context, "recommender", ALLOCSET_DEFAULT_SIZES);
	kept->row_type = result_row_type(fcinfo);
	kept->similar = CStringGetTextDatum("similar");
	kept->popular = CStringGetTextDatum("popular");
	MemoryContextSwitchTo(old_context);
	fcinfo->flinfo->fn_extra = kept;
	return kept;
}

/* Is it stored where the last one was? */
static bool
is_stored_there(const struct varlena *value, const KeptRecommender *kept)
{
	struct varatt_external stored;

	if (!VARATT_IS_EXTERNAL_ONDISK(value) || kept->stored.va_valueid == InvalidOid)
		return false;
	VARATT_EXTERNAL_GET_POINTER(stored, value);
	return stored.va_valueid == kept->stored.va_valueid &&
		   stored.va_toastrelid == kept->stored.va_toastrelid &&
		   stored.va_rawsize == kept->stored.va_rawsize;
}

/* Remember where it is stored. */
static void
set_stored(const struct varlena *value, KeptRecommender *kept)
{
	memset(&kept->stored, 0, sizeof(kept->stored));
	if (VARATT_IS_EXTERNAL_ONDISK(value))
		VARATT_EXTERNAL_GET_POINTER(kept->stored, value);
}

/* Has it the size and the fingerprint of the last one? */
static bool
has_same_head(struct varlena *value, const KeptRecommender *kept)
{
	struct varlena *head;

	if (toast_raw_datum_size(PointerGetDatum(value)) - VARHDRSZ != kept->size)
		return false;
	head = PG_DETOAST_DATUM_SLICE(PointerGetDatum(value), 0, AFFINITY_HEAD);
	return VARSIZE_ANY_EXHDR(head) == AFFINITY_HEAD &&
		   memcmp(VARDATA_ANY(head), kept->head, AFFINITY_HEAD) == 0;
}

static void
make_recommender(FunctionCallInfo fcinfo, KeptRecommender *kept, const RecommendRules *rules,
				 ItemKind kind)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(ARG_AFFINITY);
	MemoryContext old_context;
	AffinityModel *model;

	kept->made = false;
	kept->offers = NULL;
	kept->room = 0;
	MemoryContextReset(kept->context);
	old_context = MemoryContextSwitchTo(kept->context);
	model = affinity_model_arg(fcinfo, ARG_AFFINITY, kind);
	recommender_make(&kept->recommender, model, rules);
	MemoryContextSwitchTo(old_context);
	kept->rules = *rules;
	kept->size = toast_raw_datum_size(PointerGetDatum(value)) - VARHDRSZ;
	memcpy(kept->head,
		   VARDATA_ANY(PG_DETOAST_DATUM_SLICE(PointerGetDatum(value), 0, AFFINITY_HEAD)),
		   AFFINITY_HEAD);
	set_stored(value, kept);
	kept->made = true;
}

static KeptRecommender *
recommender_of_call(FunctionCallInfo fcinfo, const RecommendRules *rules, ItemKind kind)
{
	KeptRecommender *kept = kept_of_call(fcinfo);
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(ARG_AFFINITY);

	if (kept->made && rules->measure == kept->rules.measure &&
		rules->neighbours == kept->rules.neighbours && rules->min_users == kept->rules.min_users)
	{
		if (is_stored_there(value, kept))
			return kept;
		if (has_same_head(value, kept))
		{
			set_stored(value, kept);
			return kept;
		}
	}
	make_recommender(fcinfo, kept, rules, kind);
	return kept;
}

static uint32
offers_of_call(FunctionCallInfo fcinfo, KeptRecommender *kept, uint32 top)
{
	DateADT as_of = as_of_of_call(fcinfo, ARG_AS_OF);
	bool keep_own = PG_GETARG_BOOL(ARG_KEEP_OWN);
	BasketReader reader;
	uint32 n;

	top = Min(top, kept->recommender.model.n_items);
	if (top > kept->room)
	{
		if (kept->offers != NULL)
			pfree(kept->offers);
		kept->offers = MemoryContextAllocHuge(kept->context, (Size) top * sizeof(Offer));
		kept->room = top;
	}
	if (PG_ARGISNULL(ARG_BASKET))
		return recommend(&kept->recommender, NULL, as_of, top, keep_own, kept->offers);
	reader = basket_arg(fcinfo, ARG_BASKET);
	if (reader.kind != kept->recommender.model.kind)
		host_fail(KERNEL_ITEM_KINDS);
	n = recommend(&kept->recommender, &reader, as_of, top, keep_own, kept->offers);
	check_basket_end(&reader);
	return n;
}

static void
put_offers(Tuplestorestate *store, const KeptRecommender *kept, uint32 n)
{
	for (uint32 i = 0; i < n; i++)
	{
		const Offer *offer = &kept->offers[i];
		bool nulls[OFFER_COLUMNS] = {false};
		Datum values[OFFER_COLUMNS];

		values[0] = item_datum(&kept->recommender.model.items[offer->item].key);
		values[1] = Int32GetDatum((int32) i + 1);
		values[2] = Float8GetDatum(offer->score);
		nulls[2] = !offer->similar;
		values[3] = offer->similar ? kept->similar : kept->popular;
		tuplestore_putvalues(store, kept->row_type, values, nulls);
		host_poll_at(i);
	}
}

/* All rows at once: what returns them one by one has fn_extra for itself. */
static Datum
return_offers(FunctionCallInfo fcinfo, const KeptRecommender *kept, uint32 n)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old_context = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);

	result->returnMode = SFRM_Materialize;
	result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	result->setDesc = CreateTupleDescCopy(kept->row_type);
	MemoryContextSwitchTo(old_context);
	put_offers(result->setResult, kept, n);
	PG_RETURN_NULL();
}

static Datum
offer_rows(FunctionCallInfo fcinfo, ItemKind kind)
{
	uint32 top = (uint32) at_least_1(fcinfo, ARG_TOP, "top", false);
	RecommendRules rules = {
		.measure = item_measure_arg(fcinfo, ARG_MEASURE),
		.neighbours = (uint32) at_least_1(fcinfo, ARG_NEIGHBOURS, "neighbours", false),
		.min_users = (uint32) at_least_1(fcinfo, ARG_MIN_USERS, "min_users", false)};
	KeptRecommender *kept;

	(void) as_of_of_call(fcinfo, ARG_AS_OF);
	refuse_null(fcinfo, ARG_KEEP_OWN, "keep_own", "Omit it to get its default.");
	if (PG_ARGISNULL(ARG_AFFINITY))
		return no_rows(fcinfo);
	kept = recommender_of_call(fcinfo, &rules, kind);
	return return_offers(fcinfo, kept, offers_of_call(fcinfo, kept, top));
}

SQL_FUNCTION(recommend_number, offer_rows(fcinfo, ITEM_NUMBERS))
SQL_FUNCTION(recommend_text, offer_rows(fcinfo, ITEM_TEXTS))
