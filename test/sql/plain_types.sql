-- What views hand out: types that BI tools know, whatever the columns of the source are.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;

CREATE TYPE plan AS ENUM ('free', 'basic', 'pro');
CREATE DOMAIN plan_name AS plan;
CREATE DOMAIN code AS text;
CREATE DOMAIN short_code AS code CHECK (length(VALUE) < 9);
CREATE DOMAIN number AS integer;
CREATE DOMAIN money_amount AS numeric;
CREATE DOMAIN moment AS timestamptz;

CREATE TABLE bought AS
SELECT i % 7 AS plain_id, ((i % 7)::text)::short_code AS domain_id, (i % 7)::number AS number_id,
	   (enum_range(NULL::plan))[1 + i % 3] AS enum_id, ((enum_range(NULL::plan))[1 + i % 3])::plan_name AS enum_domain_id,
	   (timestamptz '2024-01-01 10:00Z' + i * interval '1 day')::moment AS at, (i % 5 * 10)::money_amount AS amount
FROM generate_series(1, 90) AS i;

-- every column of every view that is of a type BI tools need not know
CREATE FUNCTION strange_columns() RETURNS TABLE (view_name name, column_name name, type regtype)
LANGUAGE sql AS $$
	SELECT c.relname, a.attname, a.atttypid::regtype
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	JOIN pg_type t ON t.oid = a.atttypid
	WHERE c.relnamespace = to_regnamespace('plain') AND c.relkind = 'v' AND c.relname NOT IN ('activity', 'fitted')
	  AND (t.typtype <> 'b' OR t.typcategory NOT IN ('N', 'D', 'S', 'B'))
$$;

CREATE TABLE tried (role text, kind text, stored boolean, views bigint, strange bigint, unread text);
DO $$
DECLARE
	role text;
	kind text;
	stored boolean;
	made record;
	unread text;
BEGIN
	FOR role, kind, stored IN
		SELECT r, k, s FROM unnest('{user_id,tenant,first_values}'::text[]) AS r,
			unnest('{domain_id,number_id,enum_id,enum_domain_id}'::text[]) AS k, unnest('{true,false}'::boolean[]) AS s
	LOOP
		PERFORM user_ops.create_views('bought', CASE role WHEN 'user_id' THEN kind ELSE 'plain_id' END::name, 'at', 'amount', 'plain',
			as_of => '2024-04-01', stored => stored, rfm_ntile => true,
			tenant => CASE role WHEN 'tenant' THEN kind END::name, first_values => CASE role WHEN 'first_values' THEN ARRAY[kind]::name[] END,
			breakdown => CASE role WHEN 'first_values' THEN ARRAY[kind]::name[] END);
		unread := NULL;
		FOR made IN SELECT c.oid::regclass AS view FROM pg_class c WHERE c.relnamespace = to_regnamespace('plain') AND c.relkind = 'v' LOOP
			BEGIN
				EXECUTE format('SELECT count(*) FROM (SELECT * FROM %s OFFSET 0) AS v', made.view);
			EXCEPTION WHEN OTHERS THEN
				unread := concat_ws(', ', unread, made.view || ': ' || SQLERRM);
			END;
		END LOOP;
		IF stored THEN
			PERFORM user_ops.refresh('plain');
		END IF;
		INSERT INTO tried
		SELECT role, kind, stored, (SELECT count(*) FROM pg_class c WHERE c.relnamespace = to_regnamespace('plain') AND c.relkind = 'v'),
			   (SELECT count(*) FROM strange_columns()), unread;
		PERFORM user_ops.drop_views('plain');
	END LOOP;
END $$;
SELECT role, count(*) AS tried, min(views) > 20 AS all_views, sum(strange) AS strange, string_agg(unread, '; ') AS unread
FROM tried GROUP BY role ORDER BY role;
SELECT * FROM tried WHERE strange > 0;

-- the values, and not only the types
SELECT count(*) > 0 AS made FROM user_ops.create_views('bought', 'enum_id', 'at', 'amount', 'plain', as_of => '2024-04-01');
SELECT user_id, pg_typeof(user_id), active_days FROM plain.users ORDER BY user_id;
DROP TABLE bought, tried CASCADE;
