# Who may do what: hostile objects, readers, row-level security, and the marks
# and comments that every object of the extension carries.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('privileges');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$node->start;

my $database = 'postgres';

# As a role: a connection of its own, not SET ROLE.
sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql($database, $sql, extra_params => [ '-U', $role ], on_error_stop => 1);
	return wantarray ? ($out, $err) : $out;
}
sub sql { return $node->safe_psql($database, $_[0]) }

sub fails
{
	my ($role, $sql, $expected, $name) = @_;
	my (undef, $err) = as($role, $sql);
	like($err, $expected, $name);
}

sql('CREATE ROLE evil LOGIN; CREATE ROLE owner LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE nobody LOGIN');
sql('CREATE DATABASE trusting OWNER owner');
sql('CREATE DATABASE trapped OWNER owner');

# --- installing --------------------------------------------------------------

# a schema that another role made first, either of the two
$database = 'trapped';
sql('GRANT CREATE ON DATABASE trapped TO evil');
for my $schema (qw(user_ops user_ops_internal))
{
	as('evil', "CREATE SCHEMA $schema; CREATE FUNCTION $schema.made_by_create_views(name) RETURNS boolean LANGUAGE sql AS 'SELECT true'");
	fails('owner', 'CREATE EXTENSION user_ops', qr/there is a schema $schema already/, "an owner of the database does not install beside a schema $schema of another role");
	fails('postgres', 'CREATE EXTENSION user_ops', qr/there is a schema $schema already/, 'nor does a superuser');
	is(sql(q{SELECT count(*) FROM pg_extension WHERE extname = 'user_ops'}), 0, '... and nothing is installed');
	sql("DROP SCHEMA $schema CASCADE");
}
is((as('owner', 'CREATE EXTENSION user_ops'))[1], '', 'without the trap it is installed');

# trusted: the owner of the database installs, while traps stand in public
$database = 'trusting';
sql('GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT CREATE ON DATABASE trusting TO evil');
as('evil', <<'SQL');
CREATE TABLE public.trapped (by text);
GRANT ALL ON public.trapped TO PUBLIC;
CREATE FUNCTION public.spring(by text) RETURNS boolean LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO public.trapped VALUES (by || ' ' || current_user); RETURN true; END $$;
CREATE SCHEMA lair;
GRANT USAGE ON SCHEMA lair TO PUBLIC;
SQL
for my $place (qw(public lair))
{
	as('evil', $_) for
		map({ "CREATE FUNCTION $place.$_->[0]($_->[1]) RETURNS $_->[2] LANGUAGE plpgsql AS \$\$ BEGIN PERFORM public.spring('$_->[0]'); RETURN NULL; END \$\$" }
			[ 'made_by_create_views', 'name', 'boolean' ], [ 'isfinite', 'timestamptz', 'boolean' ], [ 'isfinite', 'date', 'boolean' ],
			[ 'now', '', 'timestamptz' ], [ 'clock_timestamp', '', 'timestamptz' ], [ 'format', 'text, text', 'text' ],
			[ 'format', 'text, name', 'text' ], [ 'quote_ident', 'name', 'text' ], [ 'md5', 'text', 'text' ],
			[ 'hashtextextended', 'text, integer', 'bigint' ], [ 'equality_operator', 'regtype', 'text' ],
			[ 'to_regclass', 'text', 'regclass' ], [ 'refresh', 'name, boolean', 'boolean' ],
			[ 'log_failure', 'name, boolean, timestamptz, text, text, text', 'text' ], [ 'concat_ws', 'text, text, text', 'text' ], [ 'labels', 'text', 'text' ], [ 'check_settings', 'user_ops_no_type', 'text' ]),
		map({ my ($f, $t) = @$_; (
			"CREATE FUNCTION $place.$f(a $t, b $t) RETURNS boolean LANGUAGE plpgsql AS \$\$ BEGIN PERFORM public.spring('$f'); RETURN false; END \$\$",
			"CREATE OPERATOR $place.= (LEFTARG = $t, RIGHTARG = $t, FUNCTION = $place.$f)",
			"CREATE OPERATOR $place.<> (LEFTARG = $t, RIGHTARG = $t, FUNCTION = $place.$f)",
			"CREATE OPERATOR $place.> (LEFTARG = $t, RIGHTARG = $t, FUNCTION = $place.$f)") }
			[ 'eq_bigint', 'bigint' ], [ 'eq_text', 'text' ], [ 'eq_name', 'name' ], [ 'eq_oid', 'oid' ], [ 'eq_char', '"char"' ]),
		"CREATE TABLE $place.pg_class (oid oid, relname name, relnamespace oid, relkind \"char\")",
		"CREATE TABLE $place.settings (x int); CREATE TABLE $place.activity (user_id int, activity text); CREATE TABLE $place.fitted (as_of date)",
		"CREATE TYPE $place.view_settings AS (x int)";
}
is((as('owner', 'SET search_path = public, pg_catalog; CREATE EXTENSION user_ops'))[1], '', 'a database owner without superuser rights installs it');
is(sql(q{SELECT extowner::regrole FROM pg_extension WHERE extname = 'user_ops'}), 'owner', '... and owns it');
fails('owner', 'CREATE FUNCTION user_ops.f() RETURNS int LANGUAGE sql RETURN 1', qr/permission denied for schema user_ops/,
	'... but cannot put anything into its schema');
fails('nobody', 'CREATE FUNCTION user_ops.f() RETURNS int LANGUAGE sql RETURN 1', qr/permission denied for schema user_ops/,
	'others can make nothing in its schema');

# --- making and refreshing amid traps ----------------------------------------

as('owner', <<'SQL');
CREATE SCHEMA store;
CREATE TABLE store.orders (customer bigint, at timestamptz, total numeric);
INSERT INTO store.orders SELECT i % 50, '2024-01-01 UTC'::timestamptz + i * interval '5 hours', CASE WHEN i % 2 = 0 THEN i END FROM generate_series(1, 1000) AS i;
CREATE TABLE store.arms AS SELECT c::bigint AS customer, (ARRAY['control', 'mail'])[1 + c % 2] AS variant, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(0, 49) AS c;
CREATE TABLE store.moves AS SELECT c % 50 AS customer, date '2024-02-01' + c AS day, c % 7 - 2 AS points FROM generate_series(0, 199) AS c;
CREATE TABLE store.invited AS SELECT (c / 2)::bigint AS inviter, c::bigint AS customer, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(1, 49) AS c;
CREATE TABLE store.reads AS SELECT (c % 20)::bigint AS customer, c * n % 7 AS post, date '2024-02-01' + n * 9 AS day, (1 + c * n % 7)::bigint AS author, (ARRAY['view', 'react', 'contribute'])[1 + n % 3] AS role FROM generate_series(1, 20) AS c, generate_series(1, 8) AS n;
CREATE TABLE store.logins AS SELECT 'device ' || c / 2 AS device, c::bigint AS customer, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(0, 60) AS c;
CREATE TABLE store.answers AS SELECT c % 11 AS score, timestamp '2024-02-01' + c % 60 * interval '1 day' AS at, (ARRAY['a', 'b'])[1 + c % 2] AS kind FROM generate_series(0, 199) AS c;
SQL
# How an add-on of each kind is made, how many rows that gives, views of it that have rows, how it is dropped, and what that gives.
my @addons = (
	[ "create_session_view('shop', 'n', event => 'customer')", 3, 'sessions sessions_day', "'session', 'n'", 2 ],
	[ "create_path_view('shop', 'n')", 2, 'paths path_transitions', "'path', 'n'", 2 ],
	[ "create_attribution_view('shop', 'n', '{7}', models => '{last,markov}')", 1, 'attribution', "'attribution', 'n'", 1 ],
	[ "create_funnel_view('shop', 'n', '{7,7}', '1 day')", 2, 'funnels', "'funnel', 'n'", 0 ],
	[ "create_funnel_view('shop', 'c', within => '1 day', conditions => '{total > 5}')", 3, 'funnel_users', "'funnel', 'c'", 3 ],
	[ undef, undef, '', "'journeys'", 1 ],
	[ "create_experiment_views('shop', 'n', 'store.arms', 'customer', 'variant', 'at', 'control', winsorize => 0.9)", 6,
		'experiment_arms experiment_results experiment_days campaign_lift', "'experiment', 'n'", 6 ],
	[ "create_points_views('shop', 'store.moves', 'customer', 'day', 'points', inactive_days => 90)", 5, 'points_users points_month points_expiring points_liability', "'points'", 5 ],
	[ "create_tier_views('shop', 'store.arms', 'customer', 'at', 'customer', user_ops.make_tier_rules('{silver,gold}', '{10,40}', 60))", 5,
		'tier_users tier_counts tier_moves_month tier_due', "'tiers'", 5 ],
	[ "create_referral_views('shop', 'store.invited', 'inviter', 'customer', 'at')", 4, 'referral_users referral_generations referral_month', "'referral'", 4 ],
	[ "create_identity_views('shop', 'store.logins', 'device', 'customer', 'at', max_users => 1)", 7, 'identity_map identity_counts identity_suspects', "'identity'", 7 ],
	[ "create_survey_views('shop', 'n', 'store.answers', 'score', 'at', segments => '{kind}')", 5, 'survey_month survey_scores survey_segments survey_month_segments', "'survey', 'n'", 5 ],
	[ "create_alert_views('shop')", 1, 'kpi_alerts', "'alerts'", 1 ],
	[ "set_goal('shop', 'purchases', 100, '2024-03-01', '2024-04-01')", 1, 'goals', "'goals'", 1 ],
	[ "create_propensity_views('shop')", 4, 'propensity propensity_fit', "'propensity'", 4 ],
	[ "create_tag_views('shop', 'store.arms', 'customer', 'variant', 'at', include => '{segment,value_tier}')", 4, 'tags_now tag_spans tag_counts tag_overlap', "'tags'", 4 ],
	[ "create_content_views('shop', 'store.reads', 'customer', 'post', 'day', 'author', 'role')", 6, 'content_items content_creators contribution_month', "'content'", 6 ],
	[ "create_item_views('shop', 'store.reads', 'customer', 'post', 'day', 'n', min_users => 1, backtest_days => 200, stored_recommendations => true)", 11,
		'item_stats item_pairs user_favourites recommendations recommendation_quality', "'items', 'n'", 11 ]);
my $of_addons = 68;
is(sql("SELECT string_agg(k.kind, ' ') FROM user_ops_internal.addon_kinds() AS k WHERE k.kind <> 'forgotten' AND k.kind NOT IN (" . join(', ', map { $_->[3] =~ /^('\w+')/ } @addons) . ')'), '', 'an add-on of each kind');
my $traps = 'SET search_path = lair, public, pg_catalog, pg_temp';
my $arguments = q{'store.orders', 'customer', 'at', 'total', 'shop', as_of => '2024-09-01', rfm_ntile => true};
my $made = "SELECT pg_catalog.count(*) FROM user_ops.create_views($arguments)";
# all that can be made: views, and five tables
my $tables = 6;
my $objects = sql("SELECT count(DISTINCT object) FROM user_ops.view_catalog()");
for my $path ($traps, "SET search_path = ''")
{
	my ($out, $err) = as('owner', "$path; $made");
	is("$out$err", $objects, "create_views under $path");
	($out, $err) = as('owner', "INSERT INTO store.orders VALUES (7, '2024-05-05', 1); $path; SELECT updated FROM user_ops.refresh('shop')");
	is("$out$err", '1', "refresh under $path");
	($out, $err) = as('owner', "$path; CALL user_ops.scheduled_refresh('shop')");
	is("$out$err", '', "scheduled_refresh under $path");
	as('owner', "INSERT INTO store.orders VALUES (7, '2024-05-05', 999999999999999), (7, '2024-05-05', 0.000000001)");
	fails('owner', "$path; CALL user_ops.scheduled_refresh('shop')", qr/amount out of range.*shop\.refresh_log/s, '... that fails');
	as('owner', "DELETE FROM store.orders WHERE total IN (999999999999999, 0.000000001)");
	($out, $err) = as('owner', "$path; SELECT pg_catalog.count(*) FROM shop.users; SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 FROM shop.retention_week;
		SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 FROM shop.rfm_segments; SELECT pg_catalog.count(*) FROM shop.rfm_ntile");
	is("$out$err", "50\nt\nt\n26", "views under $path");
	my @made = grep { $_->[0] } @addons;
	my @views = map { split ' ', $_->[2] } @addons;
	($out, $err) = as('owner', join('; ', $path, map { "SELECT pg_catalog.count(*) FROM user_ops.$_" } (map { $_->[0] } @made), "create_views($arguments)")
		. "; SELECT updated FROM user_ops.refresh('shop', true); SELECT pg_catalog.count(*) FROM user_ops.verify('shop')");
	is("$out$err", join("\n", (map { $_->[1] } @made), $objects + $of_addons, 0, 0), "add-ons under $path");
	($out, $err) = as('owner', join('; ', $path, map { "SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 FROM shop.$_" } @views));
	is("$out$err", join("\n", ('t') x @views), "... and their views");
	($out, $err) = as('owner', join('; ', $path, map { "SELECT pg_catalog.count(*) FROM user_ops.drop_addon('shop', $_->[3])" } @addons));
	is("$out$err", join("\n", map { $_->[4] } @addons), "... and dropped");
}
{
	my ($out, $err) = as('owner', "$traps; SELECT pg_catalog.count(*) FROM user_ops.drop_views('shop'); $made");
	is("$out$err", ($objects + 2) . "\n$objects", 'drop_views, with the settings and the schema, and again');
}
is(sql('SELECT string_agg(by, $$, $$) FROM public.trapped'), '', 'no trap was sprung');
as('owner', "$traps; SELECT 1::bigint = 1::bigint");
isnt(sql('SELECT count(*) FROM public.trapped'), 0, '(they are set: a query of one\'s own springs one)');
# temporary objects come last
is((as('owner', q{CREATE TEMP TABLE pg_class (x int); CREATE TEMP TABLE settings (x int); CREATE TEMP TABLE activity (x int); SELECT users FROM user_ops.refresh('shop')}))[0],
	50, 'temporary tables of the same names do no harm');

# --- readers -----------------------------------------------------------------

my @views = split /\n/, sql(q{SELECT c.relname FROM pg_class c WHERE relnamespace = 'shop'::regnamespace AND relkind = 'v' ORDER BY 1});
is(scalar @views, $objects - $tables, scalar(@views) . ' views');
fails('reader', "SELECT count(*) FROM shop.$_", qr/permission denied for schema shop/, "without grants $_ cannot be read") for @views;
as('owner', 'GRANT USAGE ON SCHEMA shop TO reader');
fails('reader', "SELECT count(*) FROM shop.$_", qr/permission denied for view $_/, "with the schema alone $_ neither") for @views;
as('owner', 'GRANT SELECT ON shop.users TO reader');
fails('reader', 'SELECT count(*) FROM shop.users', qr/permission denied for table/, 'a view is read with the rights of the reader');
as('owner', 'GRANT SELECT ON ALL TABLES IN SCHEMA shop TO reader');
for my $view (@views)
{
	my ($out, $err) = as('reader', "SELECT count(*) > 0 FROM shop.$view");
	is("$out$err", $view eq 'transitions' ? 'f' : 't',   # nobody moved
		 "with both grants $view can be read");
}
fails('reader', q{SELECT user_ops.refresh('shop')}, qr/permission denied/, 'a reader cannot refresh');
fails('reader', q{SELECT user_ops.drop_views('shop')}, qr/was made by role owner, who alone may remake or drop it/, '... nor drop');
fails('reader', $made, qr/permission denied/, '... nor make them anew');
is(sql('SELECT count(*) FROM shop.users'), 50, 'and all is as it was');

# --- row-level security ------------------------------------------------------

as('owner', <<'SQL');
CREATE TABLE store.shared (tenant text, customer bigint, at timestamptz, total numeric);
INSERT INTO store.shared SELECT t, n + i % 10, '2024-01-01 UTC'::timestamptz + i * interval '5 hours', i FROM (VALUES ('evil', 0), ('reader', 100)) AS v (t, n), generate_series(1, 200) AS i;
GRANT USAGE ON SCHEMA store TO PUBLIC;
GRANT SELECT ON store.shared TO PUBLIC;
SELECT user_ops.create_views('store.shared', 'customer', 'at', 'total', 'kept');
CREATE POLICY own ON store.shared USING (tenant = current_user OR current_user = 'owner');
ALTER TABLE store.shared ENABLE ROW LEVEL SECURITY;
SQL
fails('owner', q{SELECT user_ops.create_views('store.shared', 'customer', 'at', 'total', 'spot')}, qr/has row-level security, which a stored copy would bypass/,
	'a stored copy of a guarded source is refused');
is((as('owner', q{SELECT count(*) FROM user_ops.create_views('store.shared', 'customer', 'at', 'total', 'spot', stored => false, as_of => '2024-09-01');
	GRANT USAGE ON SCHEMA spot TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA spot TO PUBLIC}))[0], $objects - 6, 'read on the spot it is fine: neither rfm_ntile nor what refreshes write');
is(as('owner', 'SELECT count(*), sum(events), min(user_id), max(user_id) FROM spot.users'), '20|400|0|109', 'who may see all sees all');
is(as('evil', 'SELECT count(*), sum(events), min(user_id), max(user_id) FROM spot.users'), '10|200|0|9', 'one tenant sees its users');
is(as('reader', 'SELECT count(*), sum(events), min(user_id), max(user_id) FROM spot.users'), '10|200|100|109', 'the other its own');
is(as('nobody', 'SELECT count(*) FROM spot.users'), 0, 'who has none sees none');
my %counted = (retention_week => 'cohort_size', retention_curve_week => 'eligible_users', lifecycle_week => 'active_users', rfm_segments => 'users',
	kpis_day => 'mau', ltv_month => 'cohort_size');
for my $view (sort keys %counted)
{
	my $column = $counted{$view};
	my $all = as('owner', "SELECT max($column) FROM spot.$view");
	cmp_ok(as('evil', "SELECT max($column) FROM spot.$view"), '<=', 10, "$view counts the users of the tenant");
	cmp_ok($all, '>', 0, '... and has rows');
	is(as('nobody', "SELECT count(*) FROM spot.$view"), 0, '... but none for nobody');
}
# these have all their rows, whoever looks
for my $view (qw(churn_bands rfm_grid))
{
	is(join(' ', map { scalar as($_, "SELECT sum(users) FROM spot.$view") } qw(owner evil reader nobody)), '20 10 10 0',
		"$view counts the users of the tenant");
}

fails('reader', q{SELECT user_ops.create_views('store.shared', 'customer', 'at', target_schema => 'mine', stored => false)}, qr/permission denied for database/,
	'a schema is made only by those who may');

# a refresher who would see a part of the rows
sub kept { return sql('SELECT count(*) || md5(string_agg(user_id || activity::text, $$,$$ ORDER BY user_id)) FROM kept.activity') }
my $kept = kept();
as('owner', 'GRANT USAGE ON SCHEMA kept TO reader; GRANT ALL ON ALL TABLES IN SCHEMA kept TO reader; REVOKE ALL ON kept.settings FROM reader; GRANT SELECT ON kept.settings TO reader');
fails('reader', q{SELECT user_ops.refresh('kept')}, qr/row-level security/, 'a refresh by a role that sees a part of the rows fails');
is(kept(), $kept, '... and deletes nothing');
as('owner', 'ALTER TABLE store.shared FORCE ROW LEVEL SECURITY');
fails('owner', q{SELECT user_ops.refresh('kept')}, qr/row-level security/, 'by its owner, too');
fails('postgres', q{SELECT user_ops.refresh('kept')}, qr/row-level security/, 'and by a superuser: the copy would bypass it');
is(kept(), $kept, '... and deletes nothing');
as('owner', 'ALTER TABLE store.shared DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY');
my ($delegated, $why) = as('reader', q{SELECT users FROM user_ops.refresh('kept')});
is("$delegated$why", '20', 'without it a role with the grants can refresh, and hears no warning');
# policies that no catalogue entry tells of: inside a function that a view calls
as('owner', <<'SQL');
ALTER TABLE store.shared ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION store.all_of_it() RETURNS TABLE (customer bigint, at timestamptz, total numeric) LANGUAGE sql STABLE AS 'SELECT customer, at, total FROM store.shared';
CREATE VIEW store.hidden AS SELECT * FROM store.all_of_it();
GRANT SELECT ON store.hidden TO PUBLIC;
SELECT user_ops.create_views('store.hidden', 'customer', 'at', 'total', 'hidden');
GRANT USAGE ON SCHEMA hidden TO reader; GRANT ALL ON ALL TABLES IN SCHEMA hidden TO reader; REVOKE ALL ON hidden.settings FROM reader; GRANT SELECT ON hidden.settings TO reader;
SQL
fails('reader', q{SELECT user_ops.refresh('hidden')}, qr/query would be affected by row-level security policy/, 'a hidden policy makes an error, not a deletion');
is(sql('SELECT count(*) FROM hidden.activity'), 20, '... all users are there');

# a materialized view of one's own: no policy stands between it and its readers
as('owner', q{CREATE MATERIALIZED VIEW store.own AS SELECT customer, user_ops.activity_agg(at, total) AS activity FROM store.shared GROUP BY customer;
	CREATE UNIQUE INDEX ON store.own (customer); GRANT SELECT ON store.own TO reader});
is(as('reader', 'SELECT count(DISTINCT customer) FROM store.shared'), 10, 'who sees a part of the source');
is(as('reader', 'SELECT count(*) FROM store.own'), 20, '... sees all of a materialized view over it');
as('owner', q{ALTER TABLE store.shared FORCE ROW LEVEL SECURITY; DROP POLICY own ON store.shared; CREATE POLICY own ON store.shared USING (tenant = 'evil')});
is((as('owner', 'REFRESH MATERIALIZED VIEW CONCURRENTLY store.own'))[1], '', 'it is refreshed concurrently');
is(as('reader', 'SELECT count(*) FROM store.own'), 10, '... with the rows its owner sees');
fails('owner', 'ALTER MATERIALIZED VIEW store.own ENABLE ROW LEVEL SECURITY', qr/cannot be performed|not supported|is not a table/, '... and can have no policy itself');

# --- the objects of the extension --------------------------------------------

my $members = q{FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'user_ops' AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'};
my $functions = "$members JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass JOIN pg_language l ON l.oid = p.prolang";
sub none { return is(sql($_[0]), '', $_[1]) }

cmp_ok(sql("SELECT count(*) $functions"), '>', 80, 'the extension has functions');
none("SELECT p.oid::regprocedure $functions WHERE p.prosecdef OR p.proleakproof", 'no function is SECURITY DEFINER or LEAKPROOF');
none("SELECT p.oid::regprocedure $functions WHERE l.lanname IN ('plpgsql', 'sql') AND p.prosqlbody IS NULL AND p.prokind <> 'p'
	AND NOT coalesce(p.proconfig @> ARRAY['search_path=pg_catalog, user_ops, pg_temp'], false)",
	'every function in plpgsql or text form sets its own search_path');
none("SELECT p.oid::regprocedure $functions WHERE l.lanname IN ('plpgsql', 'sql') AND p.proconfig::text LIKE '%search_path%'
	AND NOT p.proconfig @> ARRAY['search_path=pg_catalog, user_ops, pg_temp']", '... with pg_temp last');
is(sql("SELECT p.oid::regprocedure $functions WHERE p.prokind = 'p'"), 'user_ops.scheduled_refresh(name,boolean)',
	'... but for a procedure, which could not commit then, and was called amid traps above');
none("SELECT p.oid::regprocedure $functions WHERE l.lanname NOT IN ('plpgsql', 'sql', 'c', 'internal')", 'no other language');
none("SELECT pg_describe_object(d.classid, d.objid, d.objsubid) $members
	WHERE obj_description(d.objid, (SELECT relname FROM pg_class WHERE oid = d.classid)) IS NULL
	AND d.classid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass, 'pg_cast'::regclass, 'pg_class'::regclass, 'pg_opclass'::regclass)
	AND NOT EXISTS (SELECT FROM pg_type t WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid AND t.typelem <> 0 AND t.typcategory = 'A')
	AND NOT EXISTS (SELECT FROM pg_class c WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'c')",
	'every function, type, aggregate, operator and cast has a comment');
is(sql(q{SELECT obj_description('user_ops'::regnamespace) IS NOT NULL}), 't', '... and the schema');
none("SELECT a.attrelid::regclass || '.' || a.attname $members JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relkind IN ('v', 'r') AND col_description(c.oid, a.attnum) IS NULL",
	'... and columns of relations');
none("SELECT p.oid::regprocedure $functions WHERE l.lanname = 'c' AND p.provolatile <> 'i' AND p.proargtypes[0] NOT IN ('user_ops.population'::regtype, 'user_ops.journeys'::regtype, 'user_ops.baskets'::regtype)",
	'every function in C is IMMUTABLE, but for the readers of a handle');
none("SELECT p.oid::regprocedure $functions WHERE p.proargtypes[0] = 'user_ops.population'::regtype
	AND (p.provolatile, p.proparallel) IS DISTINCT FROM ('s', 'r') AND p.proname NOT LIKE 'population\\_%'", '... which are STABLE and PARALLEL RESTRICTED');
none("SELECT p.oid::regprocedure $functions WHERE (p.provolatile = 'v') <> (p.proparallel = 'u')", 'VOLATILE functions are PARALLEL UNSAFE, and no others');
# what stands in functions, without comments and literals
my $bodies = "WITH f AS (SELECT p.oid::regprocedure AS function, p.proname, p.provolatile = 'v' AS volatile,
	regexp_replace(regexp_replace(p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), ''), '--[^\\n]*', '', 'g'), '''([^'']|'''')*''', '''''', 'g') AS body
	$functions AND l.lanname IN ('plpgsql', 'sql'))";
my $calls = q{f.body ~ ('\m' || w.proname || '\(')};
my $effects = q{\m(EXECUTE|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|COMMENT ON|GRANT|LOCK|COMMIT|RAISE (NOTICE|WARNING)|set_config|pg_sleep|random|clock_timestamp|pg_(try_)?advisory_\w+)\M};
cmp_ok(sql("$bodies SELECT count(*) FROM f WHERE volatile"), '>', 10, 'some functions are VOLATILE');
none("$bodies SELECT f.function || ' calls ' || w.function FROM f JOIN f AS w ON w.volatile AND $calls WHERE NOT f.volatile", '... as are those that call them');
none("$bodies SELECT f.function FROM f WHERE f.volatile AND f.body !~ '$effects' AND NOT EXISTS (SELECT FROM f AS w WHERE w.volatile AND w.function <> f.function AND $calls)",
	'... and none without an effect');
none("SELECT p.oid::regprocedure $functions JOIN pg_aggregate g ON g.aggfnoid = p.oid WHERE p.proparallel <> 's' OR g.aggcombinefn = 0 AND p.proname <> 'sparkline' -- whose rows have an order
	OR g.aggtranstype = 'internal'::regtype AND (g.aggserialfn = 0 OR g.aggdeserialfn = 0)", 'every aggregate is PARALLEL SAFE and can be combined');

$node->stop;
done_testing();
