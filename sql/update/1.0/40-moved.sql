-- What types, operators, casts and aggregates are made of, and is not to be called by hand.

DO $$
DECLARE
	moved regprocedure;
BEGIN
	FOR moved IN
		SELECT p.oid
		FROM pg_proc p
		WHERE p.pronamespace = 'user_ops'::regnamespace AND p.prokind = 'f' AND p.proname = ANY ('{
				activity_cmp, activity_combine, activity_date, activity_date_float8, activity_date_int2,
				activity_date_int4, activity_date_int8, activity_date_numeric, activity_deserialize, activity_eq,
				activity_final, activity_ge, activity_gt, activity_hash, activity_hash_extended, activity_in,
				activity_le, activity_lt, activity_ne, activity_out, activity_recv, activity_rollup, activity_send,
				activity_serialize, activity_timestamp, activity_timestamp_float8, activity_timestamp_int2,
				activity_timestamp_int4, activity_timestamp_int8, activity_timestamp_numeric, activity_zoned,
				activity_zoned_float8, activity_zoned_int2, activity_zoned_int4, activity_zoned_int8,
				activity_zoned_numeric, contract_model_eq, contract_model_in, contract_model_ne, contract_model_out,
				contract_model_recv, contract_model_send, contract_sample_add, contract_sample_eq, contract_sample_final,
				contract_sample_in, contract_sample_ne, contract_sample_out, contract_sample_recv, contract_sample_send,
				engagement_add, engagement_counts_eq, engagement_counts_final, engagement_counts_in,
				engagement_counts_ne, engagement_counts_out, engagement_counts_recv, engagement_counts_send,
				feature_model_eq, feature_model_in, feature_model_ne, feature_model_out, feature_model_recv,
				feature_model_send, feature_sample_add, feature_sample_eq, feature_sample_final, feature_sample_in,
				feature_sample_ne, feature_sample_out, feature_sample_recv, feature_sample_send, gap_counts_add,
				gap_counts_eq, gap_counts_final, gap_counts_in, gap_counts_ne, gap_counts_out, gap_counts_recv,
				gap_counts_send, lifecycle_add, lifecycle_counts_eq, lifecycle_counts_final, lifecycle_counts_in,
				lifecycle_counts_ne, lifecycle_counts_out, lifecycle_counts_recv, lifecycle_counts_send,
				population_combine, population_date, population_date_float8, population_date_int2, population_date_int4,
				population_date_int8, population_date_numeric, population_deserialize, population_final, population_in,
				population_out, population_recv, population_send, population_serialize, population_timestamp,
				population_timestamp_float8, population_timestamp_int2, population_timestamp_int4,
				population_timestamp_int8, population_timestamp_numeric, population_zoned, population_zoned_float8,
				population_zoned_int2, population_zoned_int4, population_zoned_int8, population_zoned_numeric,
				purchase_gaps_add, purchase_model_add, purchase_model_eq, purchase_model_in, purchase_model_ne,
				purchase_model_out, purchase_model_recv, purchase_model_send, purchase_sample_eq, purchase_sample_final,
				purchase_sample_in, purchase_sample_ne, purchase_sample_out, purchase_sample_recv, purchase_sample_send,
				retention_add, retention_between_add, retention_flags_add, retention_flags_combine,
				retention_flags_final, retention_matrix_eq, retention_matrix_final, retention_matrix_in,
				retention_matrix_ne, retention_matrix_out, retention_matrix_recv, retention_matrix_send, rfm_model_eq,
				rfm_model_in, rfm_model_ne, rfm_model_out, rfm_model_recv, rfm_model_send, rfm_sample_add, rfm_sample_eq,
				rfm_sample_final, rfm_sample_in, rfm_sample_ne, rfm_sample_out, rfm_sample_recv, rfm_sample_send,
				second_purchase_add, spend_model_eq, spend_model_in, spend_model_ne, spend_model_out, spend_model_recv,
				spend_model_send, spend_sample_add, spend_sample_eq, spend_sample_final, spend_sample_in,
				spend_sample_ne, spend_sample_out, spend_sample_recv, spend_sample_send, survival_add, survival_eq,
				survival_final, survival_in, survival_ne, survival_out, survival_recv, survival_send
			}'::name[])
	LOOP
		EXECUTE format('ALTER FUNCTION %s SET SCHEMA user_ops_internal', moved);
	END LOOP;
END $$;
