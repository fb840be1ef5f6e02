-- What a schema has beside the views of create_views: docs/internals/add-ons.md.

CREATE TYPE user_ops_internal.addon AS (
	kind text,      -- such as funnel: a row of addon_kinds
	name text,      -- tells those of one kind apart
	needs text,     -- the kind of add-on whose tables it reads; NULL: it has its own, or none
	settings jsonb  -- what its function was asked for: each argument a key, null where it was not given
);
COMMENT ON TYPE user_ops_internal.addon IS 'An add-on of a schema made by create_views';
