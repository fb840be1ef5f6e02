-- Purchase models: how often users buy, and when they leave for good.

SELECT user_ops_internal.make_state('purchase_sample', 100, 4096,
	'How many users have which purchase history: a value that merges, for purchase_model. Collecting takes 43 to 85 bytes for each distinct history and at most 512 MB (15 million of them, then 54000)');

CREATE TYPE purchase_model_kind AS ENUM ('bg_nbd', 'mbg_nbd', 'pareto_nbd', 'bg_cnbd', 'mbg_cnbd', 'auto');
COMMENT ON TYPE purchase_model_kind IS
	'Kinds of purchase models: users leave after a purchase (bg), or also at their first (mbg), or at any time (pareto); they buy at random (nbd), or regularly (cnbd); auto is the likeliest';

CREATE TYPE purchase_prior AS ENUM ('none', 'weak');
COMMENT ON TYPE purchase_prior IS
	'What holds the parameters of a purchase model besides the data: nothing, or a wide prior without a unit that keeps them finite';

CREATE TYPE purchase_options AS (prior purchase_prior, regularity integer);
COMMENT ON TYPE purchase_options IS
	'The options of purchase_model; made by the function of the same name';
COMMENT ON COLUMN purchase_options.prior IS 'What holds the parameters besides the data';
COMMENT ON COLUMN purchase_options.regularity IS 'The k of bg_cnbd and mbg_cnbd, from 1 (at random) to 12; NULL: the likeliest';

CREATE FUNCTION purchase_options(prior purchase_prior DEFAULT 'none', regularity integer DEFAULT NULL)
	RETURNS purchase_options
	AS 'MODULE_PATHNAME', 'user_ops_purchase_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION purchase_options(purchase_prior, integer) IS
	'Purchase model: Options of purchase_model, to be given by name: purchase_options(prior => ''weak'') for few users, or users without a maximum of the likelihood; 22023 or 22004 for bad ones';

CREATE FUNCTION make_purchase_model(kind purchase_model_kind, VARIADIC parameters double precision[])
	RETURNS purchase_model
	AS 'MODULE_PATHNAME', 'user_ops_make_purchase_model'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION make_purchase_model(purchase_model_kind, double precision[]) IS
	'Purchase model: A model with these parameters: r, alpha, a, b [, k], or r, alpha, s, beta for pareto_nbd. Its unit is unknown until with_unit says it';

-- Fitting.  purchase_sample is the aggregates' state, for those who merge by hand.

CREATE FUNCTION purchase_model(state purchase_sample) RETURNS purchase_model
	AS 'MODULE_PATHNAME', 'user_ops_purchase_sample_fit'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION purchase_model(purchase_sample) IS 'Purchase model: The model fitted over these users';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, activity, date) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_activity'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, activity, date) IS
	'Transition function of purchase_model and purchase_sample';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, activity, date, purchase_model_kind) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_activity'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, activity, date, purchase_model_kind) IS
	'Transition function of purchase_model and purchase_sample';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, activity, date, purchase_model_kind, purchase_options) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_activity'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, activity, date, purchase_model_kind, purchase_options) IS
	'Transition function of purchase_model and purchase_sample';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_numbers'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision) IS
	'Transition function of purchase_model and purchase_sample';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, purchase_model_kind) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_numbers'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, purchase_model_kind) IS
	'Transition function of purchase_model and purchase_sample';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, purchase_model_kind, purchase_options) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_numbers'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, purchase_model_kind, purchase_options) IS
	'Transition function of purchase_model and purchase_sample';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, double precision, purchase_model_kind) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_gaps'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, double precision, purchase_model_kind) IS
	'Transition function of purchase_model and purchase_sample';

CREATE FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, double precision, bigint, purchase_model_kind, purchase_options) RETURNS purchase_sample
	AS 'MODULE_PATHNAME', 'user_ops_purchase_add_users'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.purchase_model_add(purchase_sample, bigint, double precision, double precision, double precision, bigint, purchase_model_kind, purchase_options) IS
	'Transition function of purchase_model and purchase_sample';

CREATE AGGREGATE purchase_model(activity, as_of date) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(activity, date) IS
	'Purchase model: MBG/NBD in weeks over all users with a purchase day before as_of; with an active day where the source has no amounts. One activity for each user';

CREATE AGGREGATE purchase_sample(activity, as_of date) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(activity, date) IS
	'Purchase model: What purchase_model(activity, date) is fitted over, for merging with others before the fit';

CREATE AGGREGATE purchase_model(activity, as_of date, kind purchase_model_kind) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(activity, date, purchase_model_kind) IS
	'Purchase model: The given kind of model in weeks over all users with a purchase day before as_of; with an active day where the source has no amounts. One activity for each user';

CREATE AGGREGATE purchase_sample(activity, as_of date, kind purchase_model_kind) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(activity, date, purchase_model_kind) IS
	'Purchase model: What purchase_model(activity, date, purchase_model_kind) is fitted over, for merging with others before the fit';

CREATE AGGREGATE purchase_model(activity, as_of date, kind purchase_model_kind, options purchase_options) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(activity, date, purchase_model_kind, purchase_options) IS
	'Purchase model: The given kind of model in weeks, fitted with options over all users with a purchase day before as_of; with an active day where the source has no amounts. One activity for each user';

CREATE AGGREGATE purchase_sample(activity, as_of date, kind purchase_model_kind, options purchase_options) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(activity, date, purchase_model_kind, purchase_options) IS
	'Purchase model: What purchase_model(activity, date, purchase_model_kind, purchase_options) is fitted over, for merging with others before the fit';

CREATE AGGREGATE purchase_model(x bigint, t_x double precision, t double precision) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(bigint, double precision, double precision) IS
	'Purchase model: MBG/NBD over rows of one user each, in their unit of time: x purchases after the first, the last of them t_x after the first, observed until t after it';

CREATE AGGREGATE purchase_sample(x bigint, t_x double precision, t double precision) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(bigint, double precision, double precision) IS
	'Purchase model: What purchase_model(bigint, double precision, double precision) is fitted over, for merging with others before the fit';

CREATE AGGREGATE purchase_model(x bigint, t_x double precision, t double precision, kind purchase_model_kind) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(bigint, double precision, double precision, purchase_model_kind) IS
	'Purchase model: The given kind of model except (m)bg_cnbd, which needs sum_log_gaps, over rows of one user each, in their unit of time: x purchases after the first, the last of them t_x after the first, observed until t after it';

CREATE AGGREGATE purchase_sample(x bigint, t_x double precision, t double precision, kind purchase_model_kind) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(bigint, double precision, double precision, purchase_model_kind) IS
	'Purchase model: What purchase_model(bigint, double precision, double precision, purchase_model_kind) is fitted over, for merging with others before the fit';

CREATE AGGREGATE purchase_model(x bigint, t_x double precision, t double precision, kind purchase_model_kind, options purchase_options) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(bigint, double precision, double precision, purchase_model_kind, purchase_options) IS
	'Purchase model: The given kind of model except (m)bg_cnbd, which needs sum_log_gaps, fitted with options over rows of one user each, in their unit of time: x purchases after the first, the last of them t_x after the first, observed until t after it';

CREATE AGGREGATE purchase_sample(x bigint, t_x double precision, t double precision, kind purchase_model_kind, options purchase_options) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(bigint, double precision, double precision, purchase_model_kind, purchase_options) IS
	'Purchase model: What purchase_model(bigint, double precision, double precision, purchase_model_kind, purchase_options) is fitted over, for merging with others before the fit';

CREATE AGGREGATE purchase_model(x bigint, t_x double precision, t double precision, sum_log_gaps double precision, kind purchase_model_kind) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(bigint, double precision, double precision, double precision, purchase_model_kind) IS
	'Purchase model: The given kind of model over rows of one user each, in their unit of time: x purchases after the first, the last of them t_x after the first, observed until t after it; sum_log_gaps is the sum of the logarithms of the x gaps, and may be NULL if x is 0 or the kind is neither auto nor (m)bg_cnbd';

CREATE AGGREGATE purchase_sample(x bigint, t_x double precision, t double precision, sum_log_gaps double precision, kind purchase_model_kind) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(bigint, double precision, double precision, double precision, purchase_model_kind) IS
	'Purchase model: What purchase_model(bigint, double precision, double precision, double precision, purchase_model_kind) is fitted over, for merging with others before the fit';

CREATE AGGREGATE purchase_model(x bigint, t_x double precision, t double precision, sum_log_gaps double precision, users bigint, kind purchase_model_kind, options purchase_options) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_model(bigint, double precision, double precision, double precision, bigint, purchase_model_kind, purchase_options) IS
	'Purchase model: The given kind of model, fitted with options over rows that each stand for several users with the same history, in their unit of time: x purchases after the first, the last of them t_x after the first, observed until t after it; sum_log_gaps is the sum of the logarithms of the x gaps, and may be NULL if x is 0 or the kind is neither auto nor (m)bg_cnbd';

CREATE AGGREGATE purchase_sample(x bigint, t_x double precision, t double precision, sum_log_gaps double precision, users bigint, kind purchase_model_kind, options purchase_options) (
	SFUNC = purchase_model_add, STYPE = purchase_sample, SSPACE = 4096,
	FINALFUNC = purchase_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_sample(bigint, double precision, double precision, double precision, bigint, purchase_model_kind, purchase_options) IS
	'Purchase model: What purchase_model(bigint, double precision, double precision, double precision, bigint, purchase_model_kind, purchase_options) is fitted over, for merging with others before the fit';

CREATE FUNCTION purchase_model(population population, as_of date) RETURNS purchase_model
	AS 'MODULE_PATHNAME', 'user_ops_population_purchase_model'
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION purchase_model(population, date) IS
	'Purchase model: MBG/NBD in weeks over all users of a population, as the aggregate over activity fits it';

CREATE FUNCTION purchase_model(population population, as_of date, kind purchase_model_kind) RETURNS purchase_model
	AS 'MODULE_PATHNAME', 'user_ops_population_purchase_model'
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION purchase_model(population, date, purchase_model_kind) IS
	'Purchase model: The given kind of model in weeks over all users of a population, as the aggregate over activity fits it';

CREATE FUNCTION purchase_model(population population, as_of date, kind purchase_model_kind, options purchase_options) RETURNS purchase_model
	AS 'MODULE_PATHNAME', 'user_ops_population_purchase_model'
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION purchase_model(population, date, purchase_model_kind, purchase_options) IS
	'Purchase model: The given kind of model in weeks over all users of a population, with options';
