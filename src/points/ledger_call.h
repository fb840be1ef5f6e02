/*
 * ledger_call.h: the ledger that a reading of points asks for.
 */
#ifndef USER_OPS_LEDGER_CALL_H
#define USER_OPS_LEDGER_CALL_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/points/ledger.h"
#include "server/decimal.h"

/* By PointsKind, the labels of points_kind. */
static const char *const points_kind_labels[POINTS_KINDS] = {"earn", "reverse", "spend", "expire"};

/* Options as they are, or were made by ROW(...): checked here. */
extern LedgerQuestion ledger_options(Datum options);

/*
 * The question of a call: as_of is argument as_of, the options are argument n, at most 3; a
 * NULL raises 22004.  It has fn_extra for itself, unless the function returns rows.
 */
extern LedgerQuestion question_of_call(FunctionCallInfo fcinfo, int as_of, int n);

/* The bytes of the points that are argument n, and what is said where they are none. */
extern const uint8 *points_bytes_arg(FunctionCallInfo fcinfo, int n, size_t *size);
extern void check_points_read(const char *problem);

/* What argument n says; only its lots and moves need memory. */
extern Ledger ledger_of_call(FunctionCallInfo fcinfo, int n, const LedgerQuestion *question);

static inline Datum
points_datum(const Ledger *ledger, __int128 points)
{
	return NumericGetDatum(decimal_to_numeric(points, ledger->scale));
}

#endif
