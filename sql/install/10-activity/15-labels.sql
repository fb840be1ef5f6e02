-- The words for segments, life stages and lifecycle states in another language.

CREATE FUNCTION translate_label(label text, language text) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_translate_label'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION translate_label(text, text) IS
	'Labels: A label of segment, segment8, life_stage or lifecycle_state, given in any language, in english or chinese; any other text as it is. 0A000 for chinese in a database whose encoding lacks it';
