-- What a survey says: net promoter score, satisfaction, effort, shares.

CREATE TYPE nps_band AS ENUM ('adjusted_wald', 'wald');
COMMENT ON TYPE nps_band IS
	'How the interval of a net promoter score is made: adjusted_wald, as if three answers more had been given (Rocks 2016), which holds for few answers, too; wald, without them';

CREATE FUNCTION nps(survey survey, confidence double precision DEFAULT 0.95, band nps_band DEFAULT 'adjusted_wald',
					OUT nps double precision, OUT n bigint, OUT promoters bigint, OUT passives bigint, OUT detractors bigint,
					OUT std_error double precision, OUT lower double precision, OUT upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_survey_nps'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION nps(survey, double precision, nps_band) IS
	'Surveys: The net promoter score, from -100 to 100: the share of promoters (9, 10) less that of detractors (0 to 6) among n answers, times 100, with its standard error and its interval. Without answers NULLs but for the counts. A survey that is not from 0 to 10 is an error (22023)';

CREATE FUNCTION nps_difference(before survey, after survey, confidence double precision DEFAULT 0.95,
							   OUT difference double precision, OUT std_error double precision, OUT lower double precision, OUT upper double precision, OUT p_value double precision)
	AS 'MODULE_PATHNAME', 'user_ops_survey_nps_difference'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION nps_difference(survey, survey, double precision) IS
	'Surveys: The net promoter score after less that before, of two waves or two groups of different people, with its interval and the p_value of no difference, by both standard errors. NULL bounds where neither survey varies; NULLs where one has no answer';

CREATE FUNCTION top_box(survey survey, boxes integer DEFAULT 2, confidence double precision DEFAULT 0.95,
						OUT n bigint, OUT top bigint, OUT share double precision, OUT lower double precision, OUT upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_survey_top_box'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION top_box(survey, integer, double precision) IS
	'Surveys: The customer satisfaction score (CSAT): how many of n answers gave one of the highest scores, boxes of them, and their share with Wilson''s interval. NULLs but for the counts without answers';

CREATE FUNCTION mean_score(survey survey, confidence double precision DEFAULT 0.95,
						   OUT n bigint, OUT mean double precision, OUT std_error double precision, OUT lower double precision, OUT upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_survey_mean_score'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mean_score(survey, double precision) IS
	'Surveys: The mean of n answers, as the customer effort score (CES) is, with its standard error and the interval by Student''s t; NULL below two answers';

CREATE FUNCTION score_shares(survey survey, confidence double precision DEFAULT 0.95)
	RETURNS TABLE (score integer, answers bigint, share double precision, lower double precision, upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_survey_score_shares'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 ROWS 11;
COMMENT ON FUNCTION score_shares(survey, double precision) IS
	'Surveys: A row for each score of the scale, with its answers and their share. The intervals hold for all scores at once (Goodman 1965). NULL: no rows';

CREATE FUNCTION wilson(successes bigint, n bigint, confidence double precision DEFAULT 0.95,
					   OUT share double precision, OUT lower double precision, OUT upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_wilson'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION wilson(bigint, bigint, double precision) IS
	'Surveys: Any share, successes of n, with Wilson''s score interval, which holds for few and for rare ones, too. NULLs of none';
