/*
 * names_of_1_0.c: functions by the names that version 1.0 has them under.
 *
 * Between the installation of a library and ALTER EXTENSION user_ops UPDATE, and
 * in a pg_upgrade, a database has the SQL functions of the version before.  Those
 * that are called otherwise now, or were one for each type, go on working.
 */
#include "server/compat.h"

#include "server/call.h"

#define IS_NOW(old, now) \
	extern Datum user_ops_##now(PG_FUNCTION_ARGS); \
	SQL_FUNCTION(old, user_ops_##now(fcinfo))

IS_NOW(activity_send, value_send)
IS_NOW(activity_eq, value_eq)
IS_NOW(activity_ne, value_ne)
IS_NOW(activity_lt, value_lt)
IS_NOW(activity_le, value_le)
IS_NOW(activity_gt, value_gt)
IS_NOW(activity_ge, value_ge)
IS_NOW(activity_cmp, value_cmp)
IS_NOW(activity_hash, value_hash)
IS_NOW(activity_hash_extended, value_hash_extended)

IS_NOW(population_recv, handle_recv)
IS_NOW(population_send, handle_send)
IS_NOW(population_final_finite, population_final_lenient)

IS_NOW(purchase_model_state_in, purchase_sample_in)
IS_NOW(purchase_model_state_out, purchase_sample_out)
IS_NOW(purchase_model_state_recv, purchase_sample_recv)
IS_NOW(purchase_model_state_send, purchase_sample_send)
IS_NOW(purchase_model_state_from_bytea, purchase_sample_from_bytea)
IS_NOW(purchase_model_state_eq, purchase_sample_eq)
IS_NOW(purchase_model_state_ne, purchase_sample_ne)
IS_NOW(purchase_model_state_final, purchase_sample_final)
IS_NOW(purchase_model_state_merge, purchase_sample_merge)
IS_NOW(purchase_model_state_fit, purchase_sample_fit)
