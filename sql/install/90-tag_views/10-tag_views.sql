-- The add-on tags: tags that people or other systems give, each valid from one day on and before another, in a table of
-- its own; and what a schema says of users, as tags.  Nothing of it is stored: the views read the table itself.
--
--	1. A tag is valid on the days [valid_from, valid_to); NULL is open.  Spans of one user and tag that overlap or touch are
--	   one.  Rows without user or tag, and those that are never valid, are not there.
--	2. As of as_of: what ends on as_of has ended, and what begins on it is not known yet.
--	3. Counts are of users whom the schema knows, so that shares are of them.

CREATE FUNCTION user_ops_internal.tag_attributes() RETURNS TABLE (attribute text, object text, kind text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10 ROWS 6
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	VALUES ('segment', 'users', NULL), ('segment8', 'users', NULL), ('life_stage', 'users', NULL), ('lifecycle_state', 'users', NULL), ('value_tier', 'users', NULL),
		   -- of another add-on
		   ('tier_name', 'tier_users', 'tiers');
END;
COMMENT ON FUNCTION user_ops_internal.tag_attributes() IS
	'What create_tag_views can include as tags: columns of which view, and the kind of add-on that makes it';

CREATE FUNCTION user_ops_internal.tags_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('tag_spans',
		'Who had which tag when: a row for each span of days without a gap',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['tag', 'The tag'],
			['valid_from', 'The first day with it; NULL: always until valid_to'],
			['valid_to', 'The first day without it; NULL: it goes on']],
		body => $view$
			SELECT {g.tenant,} g.user_id, g.tag, lower(span.days) AS valid_from, upper(span.days) AS valid_to
			FROM (
				SELECT {r.tenant,} r.user_id, r.tag, range_agg(daterange(r.valid_from, r.valid_to)) AS spans
				FROM (
					SELECT {own_tenant}{own_user} AS user_id, x.{tag}::text AS tag, {valid_from} AS valid_from, {valid_to} AS valid_to
					FROM {own_table} AS x
					WHERE {tagged}) AS r
				WHERE (r.valid_from < {as_of}) IS NOT FALSE AND (r.valid_from < r.valid_to) IS NOT FALSE
				GROUP BY {r.tenant,} r.user_id, r.tag) AS g
			CROSS JOIN LATERAL unnest(g.spans) AS span (days)$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('tags_now',
		'Who has which tag as of as_of',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['tag', 'The tag; what is included of the views as a word such as "segment: champions"'],
			['valid_from', 'The first day of the span with it; NULL: always, or included'],
			['valid_to', 'The first day without it, if that is known; NULL: it goes on, or included']],
		body => $view$
			SELECT {s.tenant,} s.user_id, s.tag, s.valid_from, s.valid_to
			FROM {schema}.tag_spans AS s
			WHERE (s.valid_to > {as_of}) IS NOT FALSE{included}$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('tag_counts',
		'How many users have each tag, what have they brought, and how many came and went in the last 30 days',
		columns => ARRAY[
			['tag', 'The tag, as in tags_now'],
			['users', 'Users who have it as of as_of, of those in users'],
			['share', 'Share of all users'],
			['revenue', 'Net amount of these users so far; NULL where the source has no amounts'],
			['added_30d', 'Users who have it, and had not as of 30 days before; NULL for what is included, which has no days'],
			['removed_30d', 'Users who had it as of 30 days before, and have it no more; NULL for what is included']],
		body => $view$
			WITH held AS (
				SELECT {s.tenant,} s.user_id, s.tag, bool_or((s.valid_to > {as_of}) IS NOT FALSE) AS is_now,
					bool_or((s.valid_from < {as_of} - 30) IS NOT FALSE AND (s.valid_to > {as_of} - 30) IS NOT FALSE) AS was_then
				FROM {schema}.tag_spans AS s
				GROUP BY {s.tenant,} s.user_id, s.tag)
			SELECT {t.tenant,} t.tag, t.users, t.users::double precision / p.people::double precision AS share, t.revenue, t.added_30d, t.removed_30d
			FROM (
				SELECT {h.tenant,} h.tag,
					count(*) FILTER (WHERE h.is_now) AS users,
					{#amount}coalesce(sum(u.monetary) FILTER (WHERE h.is_now), 0){/amount}{^amount}NULL::numeric{/amount} AS revenue,
					count(*) FILTER (WHERE h.is_now AND NOT h.was_then) AS added_30d,
					count(*) FILTER (WHERE h.was_then AND NOT h.is_now) AS removed_30d
				FROM held AS h
				JOIN {schema}.users AS u ON {u.user = h.user}
				WHERE h.is_now OR h.was_then
				GROUP BY {h.tenant,} h.tag{included_counts}) AS t
			JOIN (
				SELECT {u.tenant,} count(*) AS people FROM {schema}.users AS u {GROUP BY u.tenant}) AS p ON {p.tenant = t.tenant}$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('tag_overlap',
		'Which tags go together: a row for each two that a user has, in both directions',
		columns => ARRAY[
			['tag', 'The tag, as in tags_now'],
			['other', 'The other tag'],
			['users', 'Users who have both, of those in users'],
			['share', 'Share of the users with the tag who have the other one, too'],
			['lift', 'How many times as many that are as if the tags had nothing to do with each other; over few users it means little']],
		body => $view$
			WITH held AS MATERIALIZED (
				SELECT {n.tenant,} n.user_id, n.tag
				FROM {schema}.tags_now AS n
				JOIN {schema}.users AS u ON {u.user = n.user}),
			sizes AS MATERIALIZED (
				SELECT {h.tenant,} h.tag, count(*) AS users FROM held AS h GROUP BY {h.tenant,} h.tag)
			SELECT {b.tenant,} b.tag, b.other, b.users,
				b.users::double precision / s.users::double precision AS share,
				b.users::double precision * p.people::double precision / (s.users::double precision * o.users::double precision) AS lift
			FROM (
				SELECT {h.tenant,} h.tag, k.tag AS other, count(*) AS users
				FROM held AS h
				JOIN held AS k ON {k.user = h.user} AND k.tag <> h.tag
				GROUP BY {h.tenant,} h.tag, k.tag) AS b
			JOIN sizes AS s ON s.tag = b.tag{#tenant} AND {s.tenant = b.tenant}{/tenant}
			JOIN sizes AS o ON o.tag = b.other{#tenant} AND {o.tenant = b.tenant}{/tenant}
			JOIN (
				SELECT {u.tenant,} count(*) AS people FROM {schema}.users AS u {GROUP BY u.tenant}) AS p ON {p.tenant = b.tenant}$view$);
END;
COMMENT ON FUNCTION user_ops_internal.tags_views() IS
	'The views of the add-on tags';

CREATE FUNCTION user_ops_internal.tag_day(s view_settings, relation regclass, column_name name, role text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	day text;
BEGIN
	IF column_name IS NULL THEN
		RETURN 'NULL::date';
	END IF;
	day := user_ops_internal.own_day(s, relation, column_name, role);
	RETURN format('CASE WHEN isfinite(x.%I) THEN %s END', column_name, day);
END $$;
COMMENT ON FUNCTION user_ops_internal.tag_day(view_settings, regclass, name, text) IS
	'SQL for a day that a tag is valid from or to; NULL: open';

CREATE FUNCTION user_ops_internal.tags_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	own CONSTANT regclass := user_ops_internal.own_table(g, 'tags');
	own_rows CONSTANT jsonb := user_ops_internal.own_parts(s, own, g ->> 'user_id', NULL);
	rows_of text := '';
	counts_of text := '';
	i record;
BEGIN
	FOR i IN SELECT quote_ident(t.attribute) AS attribute, t.object, quote_literal(t.attribute || ': ') AS prefix
			 FROM jsonb_array_elements_text(nullif(g -> 'include', 'null')) WITH ORDINALITY AS n (attribute, place)
			 JOIN user_ops_internal.tag_attributes() AS t ON t.attribute = n.attribute
			 ORDER BY n.place LOOP
		rows_of := rows_of || user_ops_internal.render($query$
			UNION ALL
			SELECT {u.tenant,} u.user_id, {prefix} || u.{attribute}, NULL::date, NULL::date
			FROM {schema}.{object} AS u
			WHERE u.{attribute} IS NOT NULL$query$, parts, to_jsonb(i));
		counts_of := counts_of || user_ops_internal.render($query$
				UNION ALL
				SELECT {u.tenant,} {prefix} || u.{attribute}, count(*), sum(u.monetary), NULL::bigint, NULL::bigint
				FROM {people_of}
				WHERE u.{attribute} IS NOT NULL
				GROUP BY {u.tenant,} u.{attribute}$query$, parts, to_jsonb(i) - 'object' || jsonb_build_object('people_of',
					CASE i.object WHEN 'users' THEN user_ops_internal.render('{schema}.users AS u', parts)
					ELSE user_ops_internal.render('(SELECT {n.user}, n.monetary, o.{attribute} FROM {schema}.users AS n JOIN {schema}.{object} AS o ON {o.user = n.user}) AS u', parts, to_jsonb(i) - 'prefix') END));
	END LOOP;
	RETURN own_rows || jsonb_build_object(
		'tag', quote_ident(g ->> 'tag'),
		'valid_from', user_ops_internal.tag_day(s, own, g ->> 'valid_from', 'valid_from'),
		'valid_to', user_ops_internal.tag_day(s, own, g ->> 'valid_to', 'valid_to'),
		'tagged', concat_ws(' AND ',
			own_rows ->> 'own_counts', format('x.%I IS NOT NULL', g ->> 'tag'),
			CASE WHEN g ->> 'valid_from' IS NOT NULL THEN format('(x.%I < ''infinity'') IS NOT FALSE', g ->> 'valid_from') END,
			CASE WHEN g ->> 'valid_to' IS NOT NULL THEN format('(x.%I > ''-infinity'') IS NOT FALSE', g ->> 'valid_to') END),
		'included', rows_of,
		'included_counts', counts_of);
END $$;
COMMENT ON FUNCTION user_ops_internal.tags_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on tags: how its table is read, and what is included of the views';

CREATE FUNCTION user_ops_internal.check_tags(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	own regclass;
	unknown text;
	maker text;
BEGIN
	-- nothing of it is stored, and readers see what its policies let them see
	s.stored := false;
	PERFORM user_ops_internal.check_own_table(s, g, 'tags', jsonb_build_object('user_id', g ->> 'user_id'));
	own := user_ops_internal.own_table(g, 'tags');
	PERFORM user_ops_internal.column_type(own, g ->> 'tag', 'tag'),
			user_ops_internal.tag_day(s, own, g ->> 'valid_from', 'valid_from'), user_ops_internal.tag_day(s, own, g ->> 'valid_to', 'valid_to');
	SELECT n.attribute INTO unknown
	FROM jsonb_array_elements_text(nullif(g -> 'include', 'null')) AS n (attribute)
	WHERE n.attribute IS NULL OR n.attribute NOT IN (SELECT t.attribute FROM user_ops_internal.tag_attributes() AS t);
	IF FOUND THEN
		RAISE EXCEPTION 'include names %', coalesce('"' || unknown || '"', 'NULL')
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('It can name: %s.', (SELECT string_agg(t.attribute, ', ') FROM user_ops_internal.tag_attributes() AS t));
	END IF;
	SELECT t.kind INTO maker
	FROM jsonb_array_elements_text(nullif(g -> 'include', 'null')) AS n (attribute) JOIN user_ops_internal.tag_attributes() AS t ON t.attribute = n.attribute
	WHERE t.kind NOT IN (SELECT o.kind FROM unnest(s.addons) AS o) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'include names what the add-on % makes, and there is none', maker
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Make that first, or do not include it.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_tags(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_tag_views cannot use';

CREATE FUNCTION create_tag_views(target_schema name, tags regclass, user_id name, tag name, valid_from name DEFAULT NULL, valid_to name DEFAULT NULL, include text[] DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
	settings jsonb;
	needs text;
BEGIN
	PERFORM user_ops_internal.require('create_tag_views(''shop'', ''public.tags'', ''customer_id'', ''tag'', ''valid_from'', ''valid_to'', include => ''{segment}'')',
		json_build_object('tags', tags::text, 'user_id', user_id, 'tag', tag));
	settings := jsonb_build_object('tags', user_ops_internal.qualified_name(tags), 'user_id', user_id, 'tag', tag, 'valid_from', valid_from, 'valid_to', valid_to,
		'include', nullif(ARRAY(SELECT n.attribute FROM unnest(include) WITH ORDINALITY AS n (attribute, place) GROUP BY n.attribute ORDER BY min(n.place)), '{}'));
	PERFORM user_ops_internal.notice_of_owners(tags);
	-- what it reads of another add-on
	SELECT t.kind INTO needs FROM user_ops_internal.tag_attributes() AS t WHERE t.attribute = ANY (include) AND t.kind IS NOT NULL LIMIT 1;
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('tags', 'tags', needs, settings)::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_tag_views(name, regclass, name, name, name, name, text[]) IS
	'Views: Adds the views tag_spans, tags_now, tag_counts and tag_overlap to a schema that create_views made. tags: a table or view of users and their tags, each valid on the days [valid_from, valid_to), where NULL, or no such column, is open; with a tenant it has that column too. It is read whenever the views are, and not stored. include: what the views say of users that counts as a tag too: segment, segment8, life_stage, lifecycle_state, value_tier, and tier_name where there are tiers. A row for each view: its name and what it answers';
