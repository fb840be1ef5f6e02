/*
 * ledger_call.c: the ledger that a reading of points asks for: as_of and options.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "activity/activity.h"
#include "points/ledger_call.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

#define HINT_DEFAULT "Omit it to get its default."

/* The attributes of points_options, which are the arguments of its function, too. */
enum
{
	OPTION_SPEND_ORDER,
	OPTION_INACTIVE_DAYS,
	N_OPTIONS
};

static LedgerQuestion
options_of(const Datum *values, const bool *nulls)
{
	static const char *const orders[] = {"expiring_first", "oldest_first"};
	LedgerQuestion question = {.inactive_days = -1};

	if (nulls[OPTION_SPEND_ORDER])
		null_argument("spend_order", HINT_DEFAULT);
	question.oldest_first =
		enum_code(DatumGetObjectId(values[OPTION_SPEND_ORDER]), orders, lengthof(orders)) == 1;
	if (nulls[OPTION_INACTIVE_DAYS])
		return question;
	question.inactive_days = DatumGetInt32(values[OPTION_INACTIVE_DAYS]);
	if (question.inactive_days < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("inactive_days must not be negative"),
						errhint("NULL means that points do not expire with inactivity.")));
	return question;
}

LedgerQuestion
ledger_options(Datum options)
{
	HeapTupleHeader tuple = row_of_datum(options);
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	values_of_row(tuple, N_OPTIONS, values, nulls);
	return options_of(values, nulls);
}

/* points_options(spend_order, inactive_days): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_points_options);
Datum
user_ops_points_options(PG_FUNCTION_ARGS)
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
	*(LedgerQuestion *) question = ledger_options(PG_GETARG_DATUM(n));
}

LedgerQuestion
question_of_call(FunctionCallInfo fcinfo, int as_of, int n)
{
	LedgerQuestion question;

	refuse_null(fcinfo, as_of, "as_of", "Give the first day that is not observed, such as current_date.");
	refuse_null(fcinfo, n, "options", HINT_DEFAULT);
	question = fcinfo->flinfo->fn_retset
				   ? ledger_options(PG_GETARG_DATUM(n))
				   : *(const LedgerQuestion *) kept_arg(fcinfo, n, sizeof(question), make_options);
	question.as_of = finite_as_of(PG_GETARG_DATEADT(as_of));
	return question;
}

const uint8 *
points_bytes_arg(FunctionCallInfo fcinfo, int n, size_t *size)
{
	struct varlena *bytes = packed_arg(fcinfo, n);

	*size = VARSIZE_ANY_EXHDR(bytes);
	return (const uint8 *) VARDATA_ANY(bytes);
}

void
check_points_read(const char *problem)
{
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a stored points is damaged"),
						errdetail_problem(problem)));
}

Ledger
ledger_of_call(FunctionCallInfo fcinfo, int n, const LedgerQuestion *question)
{
	size_t size;
	const uint8 *bytes = points_bytes_arg(fcinfo, n, &size);
	Ledger ledger;

	check_points_read(ledger_read(&ledger, question, bytes, size));
	return ledger;
}
