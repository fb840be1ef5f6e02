-- What an experiment says: its arms, and each of them against the control.

CREATE TYPE experiment_adjust AS ENUM ('none', 'cuped');
COMMENT ON TYPE experiment_adjust IS
	'What becomes of what users were before: none, nothing; cuped, means are adjusted by the covariate, which makes their standard errors smaller';

CREATE TYPE experiment_inference AS ENUM ('fixed', 'sequential');
COMMENT ON TYPE experiment_inference IS
	'How often one may look: fixed, once, at a time that was settled before; sequential, at any time, as often as one likes, for wider intervals';

CREATE FUNCTION arms(experiment experiment, confidence double precision DEFAULT 0.95)
	RETURNS TABLE (variant text, users bigint, total numeric, mean double precision, variance double precision, std_error double precision,
				   lower double precision, upper double precision, no_covariate bigint)
	AS 'MODULE_PATHNAME', 'user_ops_experiment_arms'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50 ROWS 3;
COMMENT ON FUNCTION arms(experiment, double precision) IS
	'Experiments: A row for each arm, by the bytes of its label: total, the sum of the metric (of a ratio, of its numerator; of a rate, who converted); mean, or ratio, or rate, with the variance of a user, its standard error and its interval (by t; Wilson for rates), NULL where there is none; no_covariate, users whose covariate was NULL, NULL without a covariate. NULL: no rows';

CREATE FUNCTION compare(experiment experiment, control text, adjust experiment_adjust DEFAULT 'none', inference experiment_inference DEFAULT 'fixed',
						confidence double precision DEFAULT 0.95, tightest_at bigint DEFAULT NULL)
	RETURNS TABLE (variant text, users bigint, mean double precision, control_mean double precision, effect double precision, std_error double precision,
				   df double precision, lower double precision, upper double precision, p_value double precision, lift double precision,
				   lift_std_error double precision, lift_lower double precision, lift_upper double precision, theta double precision, variance_ratio double precision)
	AS 'MODULE_PATHNAME', 'user_ops_experiment_compare'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 2;
COMMENT ON FUNCTION compare(experiment, text, experiment_adjust, experiment_inference, double precision, bigint) IS
	'Experiments: A row for each arm but the control: effect, mean less control_mean, with Welch''s interval and p_value (of rates Newcombe''s interval, and the p_value of the pooled z-test); lift, effect by control_mean, with the interval of the delta method (of rates Katz''s), NULL where the control is not clearly above 0; theta and variance_ratio, what the covariate took away, with adjust => ''cuped''. inference => ''sequential'' holds at every look, tightest at tightest_at users of both arms (5000), from 30 users an arm on. Ratios by the delta method. NULL: no rows. Look at sample_ratio first: under a mismatch nothing of it is to be read';

CREATE FUNCTION sample_ratio(experiment experiment, variants text[] DEFAULT NULL, weights double precision[] DEFAULT NULL,
							 OUT chi_square double precision, OUT df integer, OUT p_value double precision, OUT mismatch boolean)
	AS 'MODULE_PATHNAME', 'user_ops_sample_ratio'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION sample_ratio(experiment, text[], double precision[]) IS
	'Experiments: Are as many users in each arm as were meant to be: the chi-square test of their numbers against the weights of the variants, equal ones by default. mismatch, p_value below 0.001: then something is wrong with the assignment or the data, and no effect is to be read; NULL below 100 users. A variant without users counts as 0; every arm must be among the variants';
