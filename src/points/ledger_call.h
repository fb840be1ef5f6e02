/*
 * ledger_call.h: the ledger that a reading of points asks for.
 */
#ifndef USER_OPS_LEDGER_CALL_H
#define USER_OPS_LEDGER_CALL_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/points/ledger.h"
#include "server/decimal.h"

/* Options as they are, or were made by ROW(...): checked here. */
extern LedgerQuestion ledger_options(Datum options);

/*
 * The question of a call: as_of is argument 1, the options are argument n; a NULL raises
 * 22004.  It has fn_extra for itself, unless the function returns rows.
 */
extern LedgerQuestion question_of_call(FunctionCallInfo fcinfo, int n);

/* What argument 0 says; only its lots and moves need memory. */
extern Ledger ledger_of_call(FunctionCallInfo fcinfo, const LedgerQuestion *question);

static inline Datum
points_datum(const Ledger *ledger, __int128 points)
{
	return NumericGetDatum(decimal_to_numeric(points, ledger->scale));
}

#endif
