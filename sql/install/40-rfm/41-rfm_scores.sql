-- A model applied: scores, segments, bits.

CREATE FUNCTION r_score(model rfm_model, recency_days integer) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_r_score'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION r_score(rfm_model, integer) IS
	'RFM: 1 + the number of cuts that are not below recency_days, so that recent is high';

CREATE FUNCTION r_score(model rfm_model, activity activity, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_activity_r_score'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION r_score(rfm_model, activity, date) IS
	'RFM: The r_score of a user; NULL without a purchase day before as_of, or an active day where the source has no amounts';

CREATE FUNCTION f_score(model rfm_model, frequency bigint) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_f_score'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION f_score(rfm_model, bigint) IS 'RFM: 1 + the number of cuts below frequency';

CREATE FUNCTION f_score(model rfm_model, activity activity, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_activity_f_score'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION f_score(rfm_model, activity, date) IS
	'RFM: The f_score of a user; NULL without a purchase day before as_of, or an active day where the source has no amounts';

CREATE FUNCTION m_score(model rfm_model, monetary numeric) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_m_score'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION m_score(rfm_model, numeric) IS
	'RFM: 1 + the number of cuts below monetary; NULL if the model has none';

CREATE FUNCTION m_score(model rfm_model, activity activity, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_activity_m_score'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION m_score(rfm_model, activity, date) IS
	'RFM: The m_score of a user; NULL without amounts or without a purchase before as_of';

CREATE FUNCTION rfm_score(model rfm_model, activity activity, as_of date) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_rfm_score'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION rfm_score(rfm_model, activity, date) IS
	'RFM: The three scores of a user such as 545, with more than 9 bins such as 10-9-10; NULL without amounts or without a purchase before as_of';

CREATE FUNCTION segment(r_score integer, f_score integer) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_segment'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION segment(integer, integer) IS
	'RFM: The named segment of scores from 1 to 5, such as champions or at_risk; 22023 for other scores';

CREATE FUNCTION segment(model rfm_model, activity activity, as_of date) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_activity_segment'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION segment(rfm_model, activity, date) IS
	'RFM: The named segment of a user; no_purchase where the source has amounts but the user no purchase; NULL without a day before as_of or if the model has not 5 bins';

-- One value with all of it.

CREATE TYPE rfm_scores AS (
	recency_days integer,
	frequency bigint,
	monetary numeric,
	r_score integer,
	f_score integer,
	m_score integer,
	rfm_score text,
	segment text
);
COMMENT ON TYPE rfm_scores IS 'The RFM values, scores and segment of a user';
COMMENT ON COLUMN rfm_scores.recency_days IS 'Days from the last purchase day to as_of';
COMMENT ON COLUMN rfm_scores.frequency IS 'Number of purchase days';
COMMENT ON COLUMN rfm_scores.monetary IS 'Net amount, refunds included; NULL where the source has no amounts';
COMMENT ON COLUMN rfm_scores.r_score IS 'Score of recency, recent is high; NULL without a purchase';
COMMENT ON COLUMN rfm_scores.f_score IS 'Score of frequency; NULL without a purchase';
COMMENT ON COLUMN rfm_scores.m_score IS 'Score of the net amount; NULL without amounts or a purchase';
COMMENT ON COLUMN rfm_scores.rfm_score IS 'The three scores side by side; NULL without amounts or a purchase';
COMMENT ON COLUMN rfm_scores.segment IS 'Named segment of r_score and f_score, or no_purchase';

CREATE FUNCTION rfm(model rfm_model, activity activity, as_of date) RETURNS rfm_scores
	AS 'MODULE_PATHNAME', 'user_ops_rfm'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION rfm(rfm_model, activity, date) IS
	'RFM: The RFM values, scores and segment of a user; NULL without a day before as_of';

-- Eight segments of two levels each.

CREATE FUNCTION rfm_bits(model rfm_model, activity activity, as_of date) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_rfm_bits'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION rfm_bits(rfm_model, activity, date) IS
	'RFM: Three bits R F M such as 101: 1 = at or better than the mean (recency: not above it); NULL without amounts, a purchase, or means in the model';

CREATE FUNCTION segment8(bits text, labels text[] DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_segment8'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION segment8(text, text[]) IS
	'RFM: The label of three bits; labels in the order 111, 011, 101, 001, 110, 010, 100, 000, by default the Chinese ones, or the English ones where the encoding of the database lacks those';

CREATE FUNCTION segment8_labels(language text) RETURNS text[]
	AS 'MODULE_PATHNAME', 'user_ops_segment8_labels'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION segment8_labels(text) IS
	'RFM: The eight labels that segment8 takes, in chinese or english; 0A000 for chinese in a database whose encoding lacks it';

-- Directly over a population: the same kernel, and so the same answer.

CREATE FUNCTION rfm_scores(population population, model rfm_model, as_of date, id_type anyelement)
	RETURNS TABLE (user_id anyelement, recency_days integer, frequency bigint, monetary numeric,
				   r_score integer, f_score integer, m_score integer)
	AS 'MODULE_PATHNAME', 'user_ops_population_rfm_scores'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000;
COMMENT ON FUNCTION rfm_scores(population, rfm_model, date, anyelement) IS
	'RFM: values and scores of each user of a population with a day before as_of; id_type: a NULL of the type of the user ids';
