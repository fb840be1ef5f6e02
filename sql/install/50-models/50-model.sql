-- Fitted models: types of one form, one for each family of kinds.  A value says
-- its kind, its parameters, and how well they were found.

DO $do$
DECLARE
	family record;
BEGIN
	FOR family IN
		SELECT *
		FROM (VALUES
			('purchase_model',
			 'How often users buy and when they leave for good: a model fitted over many users, to be applied to one'),
			('spend_model',
			 'What users spend a purchase day: a model fitted over many users, to be applied to one'),
			('contract_model',
			 'How long contracts are renewed: a model fitted over a life table')
			) AS f (type, says)
	LOOP
		PERFORM user_ops_internal.make_type(family.type, 10, 'STORAGE = extended', family.says, '{NULL,model_out,NULL,value_send}');
		PERFORM user_ops_internal.make_equality(family.type, 'The same kind, fit and parameters, bit for bit', 'Another kind, fit or other parameters');
		EXECUTE format($sql$
			CREATE FUNCTION model_parameters(model %1$I)
				RETURNS TABLE (parameter text, value double precision, std_error double precision)
				AS 'MODULE_PATHNAME', 'user_ops_model_parameters'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 4;
			COMMENT ON FUNCTION model_parameters(%1$I) IS
				'Models: The parameters in their order; std_error NULL where there is none: status is not ok, or given by hand. No rows after a fit over nobody';

			CREATE FUNCTION model_kind(model %1$I) RETURNS text
				AS 'MODULE_PATHNAME', 'user_ops_model_kind'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION model_kind(%1$I) IS 'Models: The kind of model';

			CREATE FUNCTION status(model %1$I) RETURNS text
				AS 'MODULE_PATHNAME', 'user_ops_model_status'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION status(%1$I) IS
				'Models: How the fit ended: ok; boundary (some parameter goes to 0 or infinity: predictions are good, the parameters are not to be read); not_identifiable (the data do not tell some parameters); too_few (fewer users than parameters). The last three are mended by more users, those of a purchase model also by a weak prior. NULL if given by hand';

			CREATE FUNCTION loglik(model %1$I) RETURNS double precision
				AS 'MODULE_PATHNAME', 'user_ops_model_loglik'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION loglik(%1$I) IS
				'Models: The log-likelihood of the data in the unit of the model, with nothing dropped and without a prior; NULL if given by hand';

			CREATE FUNCTION n_users(model %1$I) RETURNS bigint
				AS 'MODULE_PATHNAME', 'user_ops_model_n_users'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION n_users(%1$I) IS
				'Models: How many users the model was fitted over; NULL if given by hand';

			CREATE FUNCTION unit_days(model %1$I) RETURNS double precision
				AS 'MODULE_PATHNAME', 'user_ops_model_unit_days'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION unit_days(%1$I) IS
				'Models: The unit of time in days: 7 where the model was fitted over activities; NULL if unknown';

			CREATE FUNCTION with_unit(model %1$I, unit_days double precision) RETURNS %1$I
				AS 'MODULE_PATHNAME', 'user_ops_model_with_unit'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
			COMMENT ON FUNCTION with_unit(%1$I, double precision) IS
				'Models: The same model, said to be in a unit of so many days, so that it can be applied to activities; no number in it changes'
			$sql$, family.type);
	END LOOP;
END $do$;
