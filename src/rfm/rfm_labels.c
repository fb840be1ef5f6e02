/*
 * rfm_labels.c: names for the eight segments of three bits.
 *
 * Sources disagree about them, so the caller may bring other labels.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "activity/labels.h"

#define N_LABELS 8

/* The order of all labels. */
static const char *const bit_patterns[N_LABELS] = {"111", "011", "101", "001",
												   "110", "010", "100", "000"};

static const char *const english[N_LABELS] = {
	"important_high_value", "important_keep", "important_develop", "important_win_back",
	"general_high_value",   "general_keep",   "general_develop",   "general_win_back"};

static int
find_bits(const text *bits)
{
	for (int i = 0; i < N_LABELS; i++)
		if (VARSIZE_ANY_EXHDR(bits) == 3 && memcmp(VARDATA_ANY(bits), bit_patterns[i], 3) == 0)
			return i;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("\"%s\" is not three bits", text_to_cstring(bits)),
					errhint("Give what rfm_bits returns, such as 101.")));
}

/* One of the labels the caller brought. */
static Datum
own_label(ArrayType *labels, int which)
{
	Datum *elements;
	int n = 0;

	if (ARR_NDIM(labels) == 1 && !array_contains_nulls(labels))
		deconstruct_array(labels, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	if (n != N_LABELS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("labels must be an array of %d texts without a NULL", N_LABELS),
						errhint("Their order is 111, 011, 101, 001, 110, 010, 100, 000, as "
								"in segment8_labels.")));
	return elements[which];
}

/* segment8(bits, labels) */
PG_FUNCTION_INFO_V1(user_ops_segment8);
Datum
user_ops_segment8(PG_FUNCTION_ARGS)
{
	int which;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	which = find_bits(PG_GETARG_TEXT_PP(0));
	if (PG_ARGISNULL(1))
		return label_datum(english[which], richest_label_language());
	return own_label(PG_GETARG_ARRAYTYPE_P(1), which);
}

PG_FUNCTION_INFO_V1(user_ops_segment8_labels);
Datum
user_ops_segment8_labels(PG_FUNCTION_ARGS)
{
	LabelLanguage language = label_language(PG_GETARG_TEXT_PP(0));
	Datum elements[N_LABELS];

	for (int i = 0; i < N_LABELS; i++)
		elements[i] = label_datum(english[i], language);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, N_LABELS, TEXTOID, -1, false, TYPALIGN_INT));
}
