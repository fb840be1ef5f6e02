/*
 * call.h: what functions of several topics do with their arguments and results.
 */
#ifndef USER_OPS_CALL_H
#define USER_OPS_CALL_H

#include "server/compat.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"

/* The SQL function user_ops_<name> that is no more than this. */
#define SQL_FUNCTION(name, body) \
	PG_FUNCTION_INFO_V1(user_ops_##name); \
	Datum user_ops_##name(PG_FUNCTION_ARGS) \
	{ \
		return body; \
	}

extern _Noreturn void null_argument(const char *name, const char *hint);

/* Raise 22004 if argument n is NULL. */
static inline void
refuse_null(FunctionCallInfo fcinfo, int n, const char *name, const char *hint)
{
	if (PG_ARGISNULL(n))
		null_argument(name, hint);
}

/* Raise 22023 if a value is refused. */
static inline void
refuse_value(bool refused, const char *what, const char *hint)
{
	if (refused)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", what),
						errhint("%s", hint)));
}

/* Raise 22003 if a result is no number any more. */
static inline void
refuse_size(bool refused, const char *what, const char *hint)
{
	if (refused)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("%s", what),
						errhint("%s", hint)));
}

#define HINT_CONFIDENCE "0.95 is usual."

/* Argument n, not NULL (22004), above 0 and below 1 (22023). */
extern float8 between_0_and_1(FunctionCallInfo fcinfo, int n, const char *name, const char *hint);

/* The same, a finite number above 0. */
extern float8 positive_number(FunctionCallInfo fcinfo, int n, const char *name, const char *hint);

/* Is one of the first n arguments NULL? */
extern bool any_null(FunctionCallInfo fcinfo, int n);

/* Argument n, an array of numbers in one dimension; NULLs among them are NaN. */
extern float8 *numbers_arg(FunctionCallInfo fcinfo, int n, const char *name, int *size);

/* Argument n, not NULL, detoasted; most are short, and need no call. */
static inline struct varlena *
packed_arg(FunctionCallInfo fcinfo, int n)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(n);

	return VARATT_IS_SHORT(value) && !VARATT_IS_EXTERNAL(value) ? value : PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n));
}

/* Raise 0A000 unless an aggregate calls. */
extern void refuse_outside_aggregate(FunctionCallInfo fcinfo);

/*
 * Begins a function that makes the state of an aggregate, of which what it returns is
 * not for anybody else: that is no value of its type as others read and store it.
 */
#define AGGREGATE_ONLY(name) \
	static Datum name##_inside(FunctionCallInfo fcinfo); \
	PG_FUNCTION_INFO_V1(name); \
	Datum name(PG_FUNCTION_ARGS) \
	{ \
		refuse_outside_aggregate(fcinfo); \
		return name##_inside(fcinfo); \
	} \
	static Datum name##_inside(FunctionCallInfo fcinfo)

/*
 * A value made of argument n, 0 to 3, and kept until a call with other bytes: a
 * query applies one model to all users.  With kept_row_type it has fn_extra for itself.
 */
typedef void (*MakeOfArg)(FunctionCallInfo fcinfo, int n, void *value);
extern const void *kept_arg(FunctionCallInfo fcinfo, int n, Size size, MakeOfArg make);

/* The row type of the result, in the current memory context. */
extern TupleDesc result_row_type(FunctionCallInfo fcinfo);

/* The same, looked up once: for functions of many calls that return no sets. */
extern TupleDesc kept_row_type(FunctionCallInfo fcinfo);

/* The first n attributes of a row such as one of options, or arguments of a call. */
extern void values_of_row(HeapTupleHeader row, int n, Datum *values, bool *nulls);
extern void values_of_call(FunctionCallInfo fcinfo, int n, Datum *values, bool *nulls);

/* A row of the result's type. */
extern Datum row_of_values(FunctionCallInfo fcinfo, Datum *values, bool *nulls);

/* Datums of numbers, of which NaN is NULL. */
extern void numbers_or_null(const float8 *numbers, int n, Datum *values, bool *nulls);

/* A row of nothing but these. */
extern Datum row_of_numbers(FunctionCallInfo fcinfo, const float8 *numbers, int n);

/* What a function that returns rows gives for NULL: none. */
extern Datum no_rows(FunctionCallInfo fcinfo);

/*
 * The first call of a function that returns rows: sets *call and its row type,
 * and switches to the memory of all calls.  Returns the context to go back to.
 */
extern MemoryContext begin_rows(FunctionCallInfo fcinfo, FuncCallContext **call);

#endif
