-- What has another name.  What depends on it stays as it is.

ALTER TYPE purchase_model_state RENAME TO purchase_sample;
DO $$
DECLARE
	renamed record;
BEGIN
	FOR renamed IN
		SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END AS kind, p.oid::regprocedure AS routine,
			   replace(p.proname, 'purchase_model_state', 'purchase_sample') AS name
		FROM pg_proc p
		WHERE p.pronamespace = 'user_ops'::regnamespace AND starts_with(p.proname, 'purchase_model_state')
	LOOP
		EXECUTE format('ALTER %s %s RENAME TO %I', renamed.kind, renamed.routine, renamed.name);
	END LOOP;
END $$;

-- The arguments of aggregates have names only to be shown.
UPDATE pg_proc p
SET proargnames = array_replace(p.proargnames, 'litt', 'sum_log_gaps')
WHERE p.pronamespace = 'user_ops'::regnamespace AND p.prokind = 'a' AND 'litt' = ANY (p.proargnames);

-- The table settings of each schema that create_views made is of this type, and follows.
ALTER TYPE view_settings SET SCHEMA user_ops_internal;
ALTER TYPE user_ops_internal.view_settings RENAME ATTRIBUTE carry TO first_values CASCADE;
CREATE TYPE user_ops_internal.addon AS (kind text, name text, needs text, settings jsonb);
ALTER TYPE user_ops_internal.view_settings
	ADD ATTRIBUTE labels text CASCADE,
	ADD ATTRIBUTE amount_decimals integer CASCADE,
	ADD ATTRIBUTE ignore_before date CASCADE,
	ADD ATTRIBUTE keep_history boolean CASCADE,
	ADD ATTRIBUTE value_by text CASCADE,
	ADD ATTRIBUTE value_shares numeric[] CASCADE,
	ADD ATTRIBUTE source_name text CASCADE,
	ADD ATTRIBUTE addons user_ops_internal.addon[] CASCADE,
	ADD ATTRIBUTE made_tables name[] CASCADE,
	ADD ATTRIBUTE made_views name[] CASCADE,
	ADD ATTRIBUTE spread text CASCADE;
