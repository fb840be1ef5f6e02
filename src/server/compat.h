/*
 * compat.h: the only place that knows PostgreSQL's versions (15 to 19).
 */
#ifndef USER_OPS_COMPAT_H
#define USER_OPS_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "user_ops needs PostgreSQL 15 or newer"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#include "access/htup.h"
#include "fmgr.h"

/* What watches a node of a plan had another name before 19. */
#if PG_VERSION_NUM < 190000
#define NodeInstrumentation Instrumentation
#endif

/* What heap_rows.c knows of a scan of a heap holds from 15 to here. */
#define HEAP_ROWS_POSSIBLE (PG_VERSION_NUM < 190000)

/* Intervals are finite before 17. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) false
#endif

/* May the role execute the function? */
#if PG_VERSION_NUM >= 160000
#define function_aclcheck(function, role) object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE)
#else
#define function_aclcheck(function, role) pg_proc_aclcheck(function, role, ACL_EXECUTE)
#endif

/* Begin the rows of a function that returns all of them at once; had another name in 15.0. */
#if PG_VERSION_NUM >= 160000
#define begin_row_set(fcinfo) InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC)
#else
#define begin_row_set(fcinfo) SetSingleFuncCall(fcinfo, SRF_SINGLE_USE_EXPECTED)
#endif

/*
 * The row that a datum holds. Since 15.20 and 17.12 that is a function of the server's, which the
 * minors before them have not: a library that was built for a later one has to load in all.
 */
#ifdef DatumGetHeapTupleHeader
#define row_of_datum(datum) DatumGetHeapTupleHeader(datum)
#else
#pragma weak DatumGetHeapTupleHeader
static inline HeapTupleHeader
row_of_datum(Datum datum)
{
	if (DatumGetHeapTupleHeader != NULL)
		return DatumGetHeapTupleHeader(datum);
	return (HeapTupleHeader) PG_DETOAST_DATUM(datum);
}
#endif
#define ROW_ARG(n) row_of_datum(PG_GETARG_DATUM(n))

/* As pgstat_count_heap_getnext, for n rows. */
#if PG_VERSION_NUM >= 160000
#define pgstat_count_heap_rows(rel, n) \
	do \
	{ \
		if (pgstat_should_count_relation(rel)) \
			(rel)->pgstat_info->counts.tuples_returned += (n); \
	} while (0)
#else
#define pgstat_count_heap_rows(rel, n) \
	do \
	{ \
		if (pgstat_should_count_relation(rel)) \
			(rel)->pgstat_info->t_counts.t_tuples_returned += (n); \
	} while (0)
#endif

#endif
