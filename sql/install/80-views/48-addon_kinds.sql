-- The kinds of add-ons: a family of views that create_views does not make by itself is
-- one row here, and the functions that it names.

CREATE TYPE user_ops_internal.addon_kind AS (
	kind text,
	many boolean,  -- whether a schema has several, told apart by name
	views name,    -- () -> SETOF view_definition
	checks name,   -- (s view_settings, a addon) -> void: an error, with a hint, where it cannot be made
	parts name,    -- (s view_settings, a addon, parts jsonb) -> jsonb: the parts that its templates have beside those of views
	reads name,    -- (s view_settings, a addon, parts jsonb, condition text) -> addon_read: how its tables with a value for each user are filled; NULL: it has none
	sums name,     -- (s view_settings, a addon, parts jsonb) -> addon_sum: how its other tables are written; NULL: it has none
	taken name[],  -- names that its SQL gives to columns of its own, which a tenant cannot have
	own boolean,   -- whether what it checks may change without us, as a table of its own does: refresh then asks checks anew
	holders text[] -- where users stand other than in a column user_id: tables of sums that forget_user writes anew, and table.column, texts by which it deletes rows
);
COMMENT ON TYPE user_ops_internal.addon_kind IS 'A kind of add-ons: hooks are names of internal functions';

CREATE TYPE user_ops_internal.addon_read AS (
	stored name,  -- a table with a value for each user
	value name,   -- its column
	query text,   -- what it should be: the columns of the table, by a scan of the source
	between text, -- a function that cuts a value at two moments, as keep_history needs it
	own boolean   -- whether the query reads a table of the add-on's own, and not the source
);
COMMENT ON TYPE user_ops_internal.addon_read IS 'How a table of an add-on is filled';

CREATE TYPE user_ops_internal.addon_sum AS (
	stored name,  -- a table about all users
	query text,   -- what it should be: the columns of the table, read from what is stored
	stays text    -- a condition over rows k of it that are kept as they are, in which as_of is $1; NULL: none is
);
COMMENT ON TYPE user_ops_internal.addon_sum IS 'How a table of an add-on is written anew by each refresh';

CREATE FUNCTION user_ops_internal.addon_kinds() RETURNS SETOF addon_kind
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10 ROWS 17
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- a kind stands behind the one that it needs
	VALUES ('journeys', false, 'journeys_views', 'check_journeys', 'journeys_parts', 'journeys_reads', NULL, NULL, false, NULL),
		   ('funnel', true, 'funnel_views', 'check_funnel', 'funnel_parts', 'funnel_reads', NULL, NULL, false, NULL),
		   ('path', true, 'path_views', 'check_path', 'path_parts', NULL, NULL, NULL, false, NULL),
		   ('attribution', true, 'attribution_views', 'check_attribution', 'attribution_parts', NULL, NULL, NULL, false, NULL),
		   ('session', true, 'session_views', 'check_session', 'session_parts', NULL, NULL, NULL, false, NULL),
		   ('experiment', true, 'experiment_views', 'check_experiment', 'experiment_parts', NULL, 'experiment_sums',
			'{variant,day,crossed,experiments,highest,assigned,known,ratio,control_users,effects,std_errors,lowest_p,active_days,events,retained,converted,purchases,revenue,revenue_per_purchase}'::name[], true, NULL),
		   ('points', false, 'points_views', 'check_points', 'points_parts', 'points_reads', NULL, '{points,flow,movers,lots,losers,unused,decimals,net,first_day,day,kind,month}'::name[], true, NULL),
		   ('tiers', false, 'tiers_views', 'check_tiers', 'tiers_parts', 'tiers_reads', NULL, '{growth,activity,held,keeps}'::name[], true, NULL),
		   ('survey', true, 'survey_views', 'check_survey', 'survey_parts', NULL, 'survey_sums', '{score,counted,others,p}'::name[], true, NULL),
		   ('alerts', false, 'alert_views', 'check_alerts', 'alert_parts', NULL, NULL, '{excepted,same_weekday,off,were_off}'::name[], false, NULL),
		   ('goals', false, 'goal_views', 'check_goals', 'goal_parts', NULL, NULL, '{goal,for_tenant,weekday,usual,days_before,days_all,days_over,as_of,share,value}'::name[], false, NULL),
		   ('referral', false, 'referral_views', 'check_referral', 'referral_parts', NULL, 'referral_sums', '{joined,so_far,eligible,active,purchases}'::name[], true, '{referral_states}'::text[]),
		   ('identity', false, 'identity_views', 'check_identity', 'identity_parts', NULL, 'identity_sums', '{found,graph}'::name[], true,
			'{identity_states,identity_ids,identity_moves.old_canonical,identity_moves.new_canonical}'::text[]),
		   ('propensity', false, 'propensity_views', 'check_propensity', 'propensity_parts', NULL, 'propensity_sums',
			'{gap,model,usable,histories,users,purchases,risk,expected,unit,decile,of_all,up_to,alike,buyers,purchase_model,frequency}'::name[], false, NULL),
		   ('items', true, 'item_views', 'check_items', 'item_parts', 'item_reads', 'item_sums', '{basket,affinity,taken,hit,hits,total}'::name[], true, NULL),
		   ('content', false, 'content_views', 'check_content', 'content_parts', NULL, 'content_sums',
			'{day,moment,creator,turn,eligible,is_over,returned,revenue,stayed,total,shown,hide,role,roles,retained}'::name[], true, NULL),
		   -- behind tiers, which it can include
		   ('tags', false, 'tags_views', 'check_tags', 'tags_parts', NULL, NULL, '{days,spans,is_now,was_then,people}'::name[], false, NULL),
		   ('forgotten', false, 'forgotten_views', 'check_forgotten', 'forgotten_parts', NULL, NULL, NULL, true, NULL);
END;
COMMENT ON FUNCTION user_ops_internal.addon_kinds() IS
	'The kinds of add-ons, in the order in which they are made';
