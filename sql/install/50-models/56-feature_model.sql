-- The probability of an outcome from features: logistic regression.

SELECT user_ops_internal.make_state('feature_sample', 100, 1024,
	'How many rows have which features, weight and outcome: a value that merges, for feature_model. 8 bytes a feature and 24 more for each row that differs while it is counted, at most 512 MB');

SELECT user_ops_internal.make_type('feature_model', 10, 'STORAGE = extended',
	'The probability of an outcome from features: a logistic model fitted over many rows, to be applied to one', '{NULL,NULL,NULL,value_send}');
SELECT user_ops_internal.make_equality('feature_model', 'The same features, fit and coefficients, bit for bit', 'Other features, another fit or other coefficients');

-- Fitting.

CREATE FUNCTION user_ops_internal.feature_sample_add(feature_sample, boolean, double precision[])
	RETURNS feature_sample
	AS 'MODULE_PATHNAME', 'user_ops_feature_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.feature_sample_add(feature_sample, boolean, double precision[]) IS
	'Transition function of feature_model and feature_sample';

CREATE FUNCTION user_ops_internal.feature_sample_add(feature_sample, boolean, double precision[], text[])
	RETURNS feature_sample
	AS 'MODULE_PATHNAME', 'user_ops_feature_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.feature_sample_add(feature_sample, boolean, double precision[], text[]) IS
	'Transition function of feature_model and feature_sample';

CREATE FUNCTION user_ops_internal.feature_sample_add(feature_sample, boolean, double precision[], text[], double precision, double precision)
	RETURNS feature_sample
	AS 'MODULE_PATHNAME', 'user_ops_feature_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.feature_sample_add(feature_sample, boolean, double precision[], text[], double precision, double precision) IS
	'Transition function of feature_model and feature_sample';

CREATE FUNCTION feature_model(sample feature_sample) RETURNS feature_model
	AS 'MODULE_PATHNAME', 'user_ops_feature_sample_fit'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION feature_model(feature_sample) IS 'Feature model: The model fitted over the sample';

CREATE AGGREGATE feature_model(outcome boolean, features double precision[]) (
	SFUNC = feature_sample_add, STYPE = feature_sample, SSPACE = 1024,
	FINALFUNC = feature_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_model(boolean, double precision[]) IS
	'Feature model: Logistic regression of the outcome on 1 to 31 features and an intercept, by maximum likelihood; the parameters are called x1, x2 and so on. Rows with a NULL are skipped';

CREATE AGGREGATE feature_sample(outcome boolean, features double precision[]) (
	SFUNC = feature_sample_add, STYPE = feature_sample, SSPACE = 1024,
	FINALFUNC = feature_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_sample(boolean, double precision[]) IS
	'Feature model: What feature_model(boolean, double precision[]) is fitted over, to be merged with others first';

CREATE AGGREGATE feature_model(outcome boolean, features double precision[], names text[]) (
	SFUNC = feature_sample_add, STYPE = feature_sample, SSPACE = 1024,
	FINALFUNC = feature_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_model(boolean, double precision[], text[]) IS
	'Feature model: Logistic regression of the outcome on 1 to 31 features that have these names (up to 63 bytes; the same for all rows), and an intercept';

CREATE AGGREGATE feature_sample(outcome boolean, features double precision[], names text[]) (
	SFUNC = feature_sample_add, STYPE = feature_sample, SSPACE = 1024,
	FINALFUNC = feature_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_sample(boolean, double precision[], text[]) IS
	'Feature model: What feature_model(boolean, double precision[], text[]) is fitted over, to be merged with others first';

CREATE AGGREGATE feature_model(outcome boolean, features double precision[], names text[], weight double precision, ridge double precision) (
	SFUNC = feature_sample_add, STYPE = feature_sample, SSPACE = 1024,
	FINALFUNC = feature_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_model(boolean, double precision[], text[], double precision, double precision) IS
	'Feature model: Logistic regression with a weight for each row (a row of weight 2 counts as two) and a ridge, which takes ridge / 2 times the sum of squares of the coefficients of the standardised features off the log-likelihood and so keeps them finite where features determine each other or the outcome; names NULL: x1, x2 and so on';

CREATE AGGREGATE feature_sample(outcome boolean, features double precision[], names text[], weight double precision, ridge double precision) (
	SFUNC = feature_sample_add, STYPE = feature_sample, SSPACE = 1024,
	FINALFUNC = feature_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_sample(boolean, double precision[], text[], double precision, double precision) IS
	'Feature model: What feature_model(boolean, double precision[], text[], double precision, double precision) is fitted over, to be merged with others first';

CREATE FUNCTION make_feature_model(coefficients double precision[], names text[] DEFAULT NULL)
	RETURNS feature_model
	AS 'MODULE_PATHNAME', 'user_ops_make_feature_model'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION make_feature_model(double precision[], text[]) IS
	'Feature model: A logistic model with known coefficients: the intercept, then one for each feature';

-- Accessors.

CREATE FUNCTION predict(model feature_model, features double precision[]) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_feature_predict'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION predict(feature_model, double precision[]) IS
	'Feature model: The probability of the outcome for these features; NULL where one of them is';

CREATE FUNCTION model_parameters(model feature_model)
	RETURNS TABLE (parameter text, value double precision, std_error double precision)
	AS 'MODULE_PATHNAME', 'user_ops_feature_parameters'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION model_parameters(feature_model) IS
	'Feature model: The intercept and the coefficients of the features; std_error NULL where there is none: the features separate the outcomes, others determine this feature, or given by hand. No rows after a fit over too few rows';

CREATE FUNCTION status(model feature_model) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_feature_status'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION status(feature_model) IS
	'Feature model: How the fit ended: ok; boundary (the features separate the outcomes, so that coefficients grow without end: predictions are good, the coefficients are not to be read); not_identifiable (some features are determined by those before them, or constant: their coefficients are 0, predictions are good); too_few (fewer rows than coefficients). A ridge mends the middle two. NULL if given by hand';

CREATE FUNCTION loglik(model feature_model) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_feature_loglik'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION loglik(feature_model) IS
	'Feature model: The weighted log-likelihood of the rows, without the ridge; NULL if given by hand';

CREATE FUNCTION n_rows(model feature_model) RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_feature_n_rows'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION n_rows(feature_model) IS
	'Feature model: How many rows the model was fitted over; NULL if given by hand';

CREATE FUNCTION cells(sample feature_sample)
	RETURNS TABLE (features double precision[], weight double precision, n_false bigint, n_true bigint)
	AS 'MODULE_PATHNAME', 'user_ops_feature_sample_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 1000;
COMMENT ON FUNCTION cells(feature_sample) IS
	'Feature model: How many rows with these features and this weight had the outcome false, and true';

-- Features of one user.

CREATE FUNCTION churn_features(activity activity, as_of date) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'user_ops_churn_features'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION churn_features(activity, date) IS
	'Feature model: Four features of a user for a model of churn, named by churn_feature_names(): ln(1 + idle weeks), ln(1 + repeat purchase days), age in weeks, and the trend ln((1 + purchase days in the later half of age) / (1 + those in the earlier half)); times end the day before as_of, and active days count where the source has no amounts. NULL without such a day';

CREATE FUNCTION churn_feature_names() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
	RETURN ARRAY['idle', 'repeats', 'age', 'trend'];
COMMENT ON FUNCTION churn_feature_names() IS
	'Feature model: The names of what churn_features returns, for feature_model';

CREATE FUNCTION visit_features(activity activity, as_of date) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'user_ops_visit_features'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION visit_features(activity, date) IS
	'Feature model: Four features of a user for a model of a purchase to come, named by visit_feature_names(): ln(1 + idle weeks), ln(1 + active days), age in weeks, and the trend ln((1 + active days in the later half of age) / (1 + those in the earlier half)), whether anything was bought or not; times end the day before as_of. NULL without an active day';

CREATE FUNCTION visit_feature_names() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
	RETURN ARRAY['idle', 'visits', 'age', 'trend'];
COMMENT ON FUNCTION visit_feature_names() IS
	'Feature model: The names of what visit_features returns, for feature_model';
