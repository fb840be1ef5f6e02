-- create_survey_views, and what it demands of its arguments.

CREATE FUNCTION user_ops_internal.check_scale(g jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	low bigint := g ->> 'low';
	high bigint := g ->> 'high';
	fault text := CASE WHEN low >= high THEN format('low is %s and high is %s, and low must be below high', low, high)
				  WHEN high - low > 100 THEN format('the scale from %s to %s has more than 101 scores', low, high)
				  WHEN (g ->> 'boxes')::integer NOT BETWEEN 1 AND high - low THEN format('boxes is %s, and must be 1 to %s', g ->> 'boxes', high - low)
				  WHEN (g ->> 'months')::integer NOT BETWEEN 1 AND 1200 THEN format('months is %s, and must be 1 to 1200', g ->> 'months') END;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION '%', fault
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'A scale is all that one can answer, such as 0 to 10 or 1 to 5; boxes are how many of its highest scores mean satisfied.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_scale(jsonb) IS
	'22023, with a hint, for a scale that is none';

CREATE FUNCTION user_ops_internal.check_answers(s view_settings, g jsonb) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	answers regclass;
	type regtype;
	segment name;
	condition CONSTANT text := g ->> 'condition';
BEGIN
	PERFORM user_ops_internal.check_own_table(s, g, 'answers', '{}');
	answers := to_regclass(g ->> 'answers');
	type := user_ops_internal.column_type(answers, g ->> 'score', 'score');
	IF type NOT IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN
		RAISE EXCEPTION 'column "%" of % has type %', g ->> 'score', answers, type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'A score is a whole number: give a view in which it is an integer, and NULL where somebody did not answer.';
	END IF;
	PERFORM user_ops_internal.own_day(s, answers, g ->> 'answered_at', 'answered_at');
	FOREACH segment IN ARRAY coalesce(user_ops_internal.array_of(g -> 'segments'), '{}') LOOP
		type := user_ops_internal.column_type(answers, coalesce(segment, ''), 'segments');
		IF NOT user_ops_internal.has_text_of_its_own(type) THEN
			RAISE EXCEPTION 'column "%" of % has type %', segment, answers, type
				USING ERRCODE = 'datatype_mismatch',
					  HINT = 'segments are texts, enums, whole or decimal numbers, uuid or boolean; a view over the answers can convert it.';
		END IF;
	END LOOP;
	IF condition IS NOT NULL THEN
		BEGIN
			EXECUTE format(E'SELECT NOT (%s\n) FROM %s AS x LIMIT 0', condition, answers);
		EXCEPTION WHEN OTHERS THEN
			RAISE EXCEPTION '% is no condition over a row of %: %', quote_literal(condition), answers, SQLERRM
				USING ERRCODE = SQLSTATE,
					  HINT = 'Give boolean SQL over its columns, such as ''x.question = 1''; functions that are not PostgreSQL''s own need the name of their schema.';
		END;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_answers(view_settings, jsonb) IS
	'Errors, with a hint, for a table of answers that a survey cannot read';

CREATE FUNCTION user_ops_internal.check_survey(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF octet_length('survey_states_' || a.name) > 63 THEN
		RAISE EXCEPTION 'the name "%" is too long for a survey, which has a table of its own', a.name
			USING ERRCODE = 'name_too_long',
				  HINT = 'Give a name of at most 49 bytes.';
	END IF;
	PERFORM user_ops_internal.check_scale(a.settings);
	PERFORM user_ops_internal.check_answers(s, a.settings);
END $$;
COMMENT ON FUNCTION user_ops_internal.check_survey(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_survey_views cannot use';

CREATE FUNCTION user_ops_internal.survey_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT ('survey_states_' || (a).name)::name, user_ops_internal.survey_parts(s, a, parts) ->> 'states_query', NULL::text;
END;
COMMENT ON FUNCTION user_ops_internal.survey_sums(view_settings, addon, jsonb) IS
	'How the table of an add-on survey is written';

CREATE FUNCTION create_survey_views(target_schema name, name text, source regclass, score name, answered_at name, low integer DEFAULT 0, high integer DEFAULT 10,
		boxes integer DEFAULT 2, segments name[] DEFAULT NULL, condition text DEFAULT NULL, months integer DEFAULT 12)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
	settings jsonb;
BEGIN
	PERFORM user_ops_internal.require('create_survey_views(''shop'', ''recommend'', ''public.answers'', ''score'', ''answered_at'')',
		json_build_object('name', name, 'source', source, 'score', score, 'answered_at', answered_at, 'low', low, 'high', high, 'boxes', boxes));
	settings := jsonb_build_object('answers', user_ops_internal.qualified_name(source), 'score', score, 'answered_at', answered_at, 'low', low, 'high', high,
		'boxes', boxes, 'segments', nullif(ARRAY(SELECT n.name FROM unnest(segments) WITH ORDINALITY AS n (name, place) GROUP BY n.name ORDER BY min(n.place)), '{}'), 'condition', nullif(condition, ''), 'months', months);
	PERFORM user_ops_internal.notice_of_owners(source);
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('survey', name, NULL, settings)::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_survey_views(name, text, regclass, name, name, integer, integer, integer, name[], text, integer) IS
	'Views: Adds a survey under a name to the views survey_month and survey_scores of a schema that create_views made; with segments also to survey_segments and survey_month_segments. source: a table of answers to one question, a row each; with a tenant it has that column too. score: a whole number from low to high, 0 to 10 for NPS, 1 to 5 or 1 to 7 for CSAT and CES; answers outside are counted apart. boxes: how many of the highest scores mean satisfied. segments: columns of the source to compare answers by. condition: SQL over a row x of the source, such as x.question = ''recommend'', where it has several questions. months: of how many months before the running one survey_segments takes the answers; NULL: of all. A row for each table or view that they are in: its name and what it answers';
