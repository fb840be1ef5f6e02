-- Surveys: how many answers each score of a scale got, and what that says.

SELECT user_ops_internal.make_state('survey', 2, 1024,
	'How many answers each score of a scale got: a value that merges; nps, top_box, mean_score and score_shares read it. At most 101 scores, some 2 bytes each');

CREATE FUNCTION user_ops_internal.survey_add(survey, integer, integer, integer) RETURNS survey
	AS 'MODULE_PATHNAME', 'user_ops_survey_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.survey_add(survey, integer, integer, integer) IS 'Transition function of survey';

CREATE AGGREGATE survey(score integer, low integer, high integer) (
	SFUNC = survey_add, STYPE = survey, SSPACE = 1024,
	FINALFUNC = survey_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survey(integer, integer, integer) IS
	'Surveys: The answers to one question, counted by score, on a scale from low to high: 0, 10 for NPS, 1, 5 or 1, 7 for CSAT and CES. Each row is an answer; a NULL score is none. A score outside of the scale is an error (22003). Over rows without an answer an empty survey, over no rows NULL';
