# Tenants: through every view, stored and on the spot, a role sees the tenants
# that the policies of the source let it see, and no row of another.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('tenants');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$node->start;

# As a role: a connection of its own, not SET ROLE.
sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SET client_min_messages = warning; $sql", extra_params => [ '-U', $role ], on_error_stop => 1);
	return wantarray ? ($out, $err) : $out;
}
sub sql { return $node->safe_psql('postgres', $_[0]) }

sub fails
{
	my ($role, $sql, $expected, $name) = @_;
	like((as($role, "\\set VERBOSITY verbose\n$sql"))[1], $expected, $name);
}

# anna and bob are tenants, cleo is a member of a and of one that is closed, the
# boss sees all by a policy, the auditor by BYPASSRLS, and nobody nothing
sql("CREATE ROLE $_ LOGIN") for qw(owner anna bob cleo boss nobody);
sql('CREATE ROLE auditor LOGIN BYPASSRLS; GRANT CREATE ON DATABASE postgres TO owner; CREATE EXTENSION user_ops');
as('owner', <<'SQL');
CREATE SCHEMA store;
CREATE TABLE store.orders (org text, customer bigint, at timestamptz, total numeric, country text);
INSERT INTO store.orders SELECT o, i % 20 + length(o), '2024-01-01 UTC'::timestamptz + (i * i % 97) * interval '23 hours' + length(o) * interval '1 day',
	CASE WHEN i % 3 > 0 THEN i END, CASE WHEN i % 4 > 0 THEN 'fr' END
FROM unnest('{anna,bob,closed,empty-handed}'::text[]) AS o, generate_series(1, 300) AS i;
CREATE TABLE store.arms AS SELECT DISTINCT org, customer, (ARRAY['control', 'mail'])[1 + customer % 2] AS variant, date '2024-02-01' AS day, customer % 3 = 0 AS old FROM store.orders;
CREATE TABLE store.points AS SELECT org, customer, date '2024-01-01' + n * 7 AS day, customer * n % 30 - 5 AS points FROM store.arms, generate_series(1, 9) AS n;
CREATE TABLE store.invited AS SELECT DISTINCT org, customer / 2 AS inviter, customer, date '2024-01-05' + customer::int AS day FROM store.orders;
CREATE TABLE store.logins AS SELECT DISTINCT org, 'device ' || customer / 2 AS device, customer, date '2024-01-05' + customer::int AS day FROM store.orders;
CREATE TABLE store.answers AS SELECT org, customer % 11 AS score, at, country FROM store.orders;
CREATE TABLE store.reads AS SELECT org, customer, customer * n % 7 AS post, date '2024-01-05' + n * 9 AS day, (1 + customer * n % 7)::bigint AS author, (ARRAY['view', 'react', 'contribute'])[1 + n % 3] AS role FROM store.arms, generate_series(1, 8) AS n;
CREATE TABLE store.members (who name, org text);
INSERT INTO store.members VALUES ('cleo', 'anna'), ('cleo', 'closed'), ('bob', 'bob');
GRANT USAGE ON SCHEMA store TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA store TO PUBLIC;
ALTER TABLE store.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON store.orders FOR SELECT TO anna, nobody USING (org = current_user);
CREATE POLICY members ON store.orders USING (org IN (SELECT m.org FROM store.members AS m WHERE m.who = current_user)) WITH CHECK (customer > 0);
CREATE POLICY "all of it" ON store.orders FOR SELECT TO boss USING (true);
CREATE POLICY closed ON store.orders AS RESTRICTIVE USING (org <> 'closed' OR current_user = 'boss');
CREATE POLICY writing ON store.orders FOR INSERT WITH CHECK (country <> 'xx');
-- on the spot assignments are read as the reader may read them
ALTER TABLE store.arms ENABLE ROW LEVEL SECURITY;
CREATE POLICY as_orders ON store.arms USING (org IN (SELECT o.org FROM store.orders AS o));
ALTER TABLE store.points ENABLE ROW LEVEL SECURITY;
CREATE POLICY as_orders ON store.points USING (org IN (SELECT o.org FROM store.orders AS o));
ALTER TABLE store.invited ENABLE ROW LEVEL SECURITY;
CREATE POLICY as_orders ON store.invited USING (org IN (SELECT o.org FROM store.orders AS o));
ALTER TABLE store.logins ENABLE ROW LEVEL SECURITY;
CREATE POLICY as_orders ON store.logins USING (org IN (SELECT o.org FROM store.orders AS o));
ALTER TABLE store.answers ENABLE ROW LEVEL SECURITY;
CREATE POLICY as_orders ON store.answers USING (org IN (SELECT o.org FROM store.orders AS o));
ALTER TABLE store.reads ENABLE ROW LEVEL SECURITY;
CREATE POLICY as_orders ON store.reads USING (org IN (SELECT o.org FROM store.orders AS o));
SQL

my %may_see = (owner => 'anna,bob,closed,empty-handed', auditor => 'anna,bob,closed,empty-handed', boss => 'anna,bob,closed,empty-handed',
	anna => 'anna', bob => 'bob', cleo => 'anna', nobody => '');
is(as($_, q{SELECT string_agg(DISTINCT org, ',' ORDER BY org) FROM store.orders}), $may_see{$_}, "what the source shows to $_") for sort keys %may_see;

my $options = q{'store.orders', 'customer', 'at', 'total', as_of => '2024-03-20', horizon_days => 30, rfm_ntile => true, tenant => 'org', first_values => '{country}', breakdown => '{country}'};
is((as('owner', "SELECT count(*) FROM user_ops.create_views($options, target_schema => 'shop')"))[1], '', 'the owner makes stored views');
is((as('owner', "SELECT count(*) FROM user_ops.create_views($options, target_schema => 'live', stored => false)"))[1], '', '... and others on the spot');
is((as('owner', "SELECT user_ops.create_session_view('$_', 'visits', event => 'country'), user_ops.create_path_view('$_', 'ways'),
	user_ops.create_attribution_view('$_', 'france', '{fr}', models => '{last,markov}'), user_ops.create_funnel_view('$_', 'twice', '{fr,fr}', '30 days', breakdown => 'country'),
	user_ops.create_funnel_view('$_', 'large', within => '30 days', conditions => '{total > 100,total > 200}'),
	user_ops.create_experiment_views('$_', 'e', 'store.arms', 'customer', 'variant', 'day', 'control', breakdown => '{country,old}'),
	user_ops.create_points_views('$_', 'store.points', 'customer', 'day', 'points', valid_days => 30),
	user_ops.create_tier_views('$_', 'store.arms', 'customer', 'day', 'customer', user_ops.make_tier_rules('{silver,gold}', '{5,15}', 30)),
	user_ops.create_referral_views('$_', 'store.invited', 'inviter', 'customer', 'day'),
	user_ops.create_identity_views('$_', 'store.logins', 'device', 'customer', 'day', max_users => 1),
	user_ops.create_survey_views('$_', 's', 'store.answers', 'score', 'at', segments => '{country}'),
	user_ops.create_alert_views('$_'), user_ops.set_goal('$_', 'purchases', 100, '2024-03-01', '2024-04-01'),
	user_ops.create_propensity_views('$_'), user_ops.create_tag_views('$_', 'store.arms', 'customer', 'variant', 'day', include => '{segment,value_tier}'),
	user_ops.create_content_views('$_', 'store.reads', 'customer', 'post', 'day', 'author', 'role', min_users => 2),
	user_ops.create_item_views('$_', 'store.reads', 'customer', 'post', 'day', 'posts', min_users => 1, stored_recommendations => true)"))[1], '', "... with the add-ons of $_") for qw(shop live);
is(sql("SELECT string_agg(k.kind, ' ') FROM user_ops_internal.addon_kinds() AS k WHERE k.kind NOT IN (SELECT a.kind FROM user_ops.addons('$_') AS a) AND k.kind <> 'forgotten'"), '', '... of each kind') for qw(shop live);
as('owner', q{GRANT USAGE ON SCHEMA shop, live TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA shop, live TO PUBLIC;
	INSERT INTO store.orders SELECT org, 1000, '2024-03-19', 5 FROM unnest('{anna,bob,closed,empty-handed}'::text[]) AS org;
	INSERT INTO store.logins SELECT DISTINCT org, device, 999, date '2024-03-01' FROM store.logins WHERE org <> 'anna'; DELETE FROM store.logins WHERE org = 'anna' AND customer % 4 = 0});
is(as('owner', q{SELECT inserted FROM user_ops.refresh('shop')}), 4, 'a refresh by the owner');

# --- every view, every role --------------------------------------------------

sub relations
{
	return split /\n/, sql("SELECT c.relname FROM pg_class c WHERE relnamespace = '$_[0]'::regnamespace AND relkind IN ('r', 'v')
		AND relname NOT IN ('settings', 'refresh_log') ORDER BY 1");
}
for my $schema (qw(shop live))
{
	my @relations = relations($schema);
	cmp_ok(scalar @relations, '>=', $schema eq 'shop' ? 78 : 76, scalar(@relations) . " relations in $schema");
	# each relation's rows, but for the time at which they are read, of some tenants
	my $rows = sub
	{
		my $which = shift;
		return join ' UNION ALL ', map { "SELECT '$_', count(*), md5(string_agg(r.said, ',' ORDER BY r.said))
			FROM (SELECT (to_jsonb(v) - '{refreshed_at,fitted_at}'::text[])::text COLLATE \"C\" AS said FROM $schema.$_ AS v $which) AS r" } @relations;
	};
	for my $role (sort keys %may_see)
	{
		my $orgs = join ', ', map { "'$_'" } split(/,/, $may_see{$role}), '';
		# what the owner, who sees all, sees of these tenants
		my @due = split /\n/, as('owner', $rows->("WHERE v.org IN ($orgs)"));
		my @seen = split /\n/, as($role, $rows->(''));
		is_deeply(\@seen, \@due, "$schema: $role sees of every view what is of the tenants it may see");
		is(scalar(grep { !/\|0\|/ } @seen), $may_see{$role} eq '' ? 0 : scalar @relations, '... rows of each');
	}
}
is(join(' ', map { scalar as($_, 'SELECT count(*) FROM shop.refresh_log') } qw(owner auditor boss anna nobody)), '2 2 0 0 0',
	'the log is about all tenants: only who is not subject to policies sees it');
is(as('anna', 'SELECT count(DISTINCT as_of), count(DISTINCT org) FROM shop.fitted'), '1|1', 'a tenant sees its own row of the basis');

# --- refreshing --------------------------------------------------------------

sub kept { return sql('SELECT count(*) || md5(string_agg(org || user_id || activity::text, $$,$$ ORDER BY org, user_id)) FROM shop.activity') }
my $kept = kept();
sql('GRANT ALL ON ALL TABLES IN SCHEMA shop TO anna, auditor, boss; REVOKE ALL ON shop.settings FROM anna, auditor, boss; GRANT SELECT ON shop.settings TO anna, auditor, boss');
fails($_, q{SELECT user_ops.refresh('shop')}, qr/42501.*row-level security/s, "a refresh by $_, who is subject to policies, is refused") for qw(anna boss);
fails('anna', q{CALL user_ops.scheduled_refresh('shop')}, qr/42501.*row-level security/s, '... a scheduled one too');
fails('anna', q{SELECT user_ops.verify('shop')}, qr/42501.*row-level security/s, '... and verify');
is(kept(), $kept, '... and nothing is written');
as('anna', q{UPDATE shop.activity SET country = 'mine'; DELETE FROM shop.activity; INSERT INTO shop.activity SELECT 'bob', 7000, activity FROM shop.activity});
is(kept(), $kept, 'a tenant cannot write to the stored tables even with grants');
is((as('auditor', q{SELECT updated FROM user_ops.refresh('shop')}))[0], 0, 'who bypasses policies refreshes');
sql('ALTER TABLE store.orders FORCE ROW LEVEL SECURITY');
fails('owner', q{SELECT user_ops.refresh('shop')}, qr/42501.*row-level security/s, 'where the source forces policies on its owner, he cannot');
is((as('auditor', q{SELECT updated FROM user_ops.refresh('shop')}))[1], '', '... but who bypasses them can');
sql('ALTER TABLE store.orders NO FORCE ROW LEVEL SECURITY');

# --- policies that change ----------------------------------------------------

my $policies = q{SELECT string_agg(DISTINCT tablename, ',') || ' ' || string_agg(DISTINCT policyname || ' ' || permissive, ',') FROM pg_policies WHERE schemaname = 'shop'};
is(sql($policies), 'activity,calibration,content_creator_counts,content_item_counts,content_role_counts,experiment_looks_e,experiment_states_e,fitted,growth,identity_ids,identity_moves,identity_states,item_affinity_posts,item_baskets_posts,item_counts_posts,item_neighbours_posts,item_quality_posts,journeys,journeys_large,points,propensity_backtest,propensity_fit,recommendations_posts,referral_states,segment_history,survey_states_s,transition_log all of it PERMISSIVE,closed RESTRICTIVE,members PERMISSIVE,own PERMISSIVE', 'the policies for reading were taken');
as('owner', q{DROP POLICY own ON store.orders; CREATE POLICY more ON store.orders FOR SELECT TO nobody USING (org = 'bob')});
fails('auditor', q{SELECT user_ops.refresh('shop')}, qr/42501.*the policies of shop.* are not those of store\.orders.*HINT.*owner/s, 'another than the owner cannot take over what changed');
is((as('owner', q{SELECT updated FROM user_ops.refresh('shop')}))[1], '', '... he can');
is(join(' ', map { scalar as($_, 'SELECT count(DISTINCT org) FROM shop.users') . scalar as($_, 'SELECT count(DISTINCT org) FROM shop.transitions') } qw(anna nobody boss)), '00 11 44',
	'and the views obey');

for my $bad (q{USING (customer < 5)}, q{USING (org = current_user AND country = 'fr')}, q{USING (EXISTS (SELECT FROM store.members AS m WHERE m.org = orders.org))},
	q{USING (orders IS NOT NULL)})
{
	as('owner', "CREATE POLICY bad ON store.orders FOR SELECT TO bob $bad");
	fails('owner', q{SELECT user_ops.refresh('shop')}, qr/0A000.*policy "bad" of store\.orders is about more than the tenant column "org".*HINT/s, "$bad is refused");
	fails('owner', "SELECT user_ops.create_views($options, target_schema => 'other')", qr/0A000.*policy "bad"/s, '... by create_views too');
	as('owner', 'DROP POLICY bad ON store.orders');
}
is(as('owner', q{SELECT to_regnamespace('other') IS NULL}), 't', '... which leaves nothing behind');
# a column of the stored tables that the source has too is another column
as('owner', q{ALTER TABLE store.orders ADD user_id text; CREATE POLICY bad ON store.orders FOR SELECT TO bob USING (user_id = 'bob')});
fails('owner', q{SELECT user_ops.refresh('shop')}, qr/0A000.*policy "bad"/s, 'so is a column that happens to be named like a stored one');
as('owner', 'DROP POLICY bad ON store.orders');

as('owner', 'CREATE VIEW store.through AS SELECT * FROM store.orders');
fails('owner', q{SELECT user_ops.create_views('store.through', 'customer', 'at', tenant => 'org')}, qr/0A000.*whose policies a stored copy does not take over.*HINT.*stored => false/s,
	'a view over a guarded table is refused');
fails('owner', q{SELECT user_ops.create_views('store.orders', 'customer', 'at')}, qr/0A000.*has row-level security.*HINT.*tenant =>/s, '... and a guarded table without a tenant');
fails('anna', qq{SELECT user_ops.create_views($options)}, qr/42501/, 'a tenant makes no views');

# policies come later
as('owner', q{CREATE TABLE store.late AS SELECT * FROM store.orders; GRANT SELECT ON store.late TO PUBLIC;
	SELECT user_ops.create_views('store.late', 'customer', 'at', target_schema => 'late', tenant => 'org');
	GRANT USAGE ON SCHEMA late TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA late TO PUBLIC});
is(as('bob', 'SELECT count(DISTINCT org) FROM late.users'), 4, 'without policies a tenant is only a column');
as('owner', q{ALTER TABLE store.late ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON store.late USING (org = current_user)});
is((as('owner', q{SELECT user_ops.refresh('late')}))[1], '', 'the next refresh takes policies over');
is(as('bob', 'SELECT string_agg(DISTINCT org, $$,$$) FROM late.users'), 'bob', '... and they hold');

# policies that go: what is stored does not open by itself
as('owner', 'ALTER TABLE store.late DISABLE ROW LEVEL SECURITY');
my ($open_up) = (as('owner', q{SET client_min_messages = notice; SELECT user_ops.refresh('late')}))[1] =~ /NOTICE:  store\.late no longer has row-level security, but what "late" stores keeps its policies.*HINT:  If all readers may see all tenants: (.*;)/s;
ok(defined $open_up, 'a refresh says that what is stored keeps its policies');
is(as('bob', 'SELECT string_agg(DISTINCT org, $$,$$) FROM late.users'), 'bob', '... and they hold');
is((as('owner', $open_up))[1], '', '... and it says how to open it');
is(as('bob', 'SELECT count(DISTINCT org) FROM late.users'), 4, '... to all');
is((as('owner', q{SET client_min_messages = notice; SELECT user_ops.refresh('late')}))[1], '', '... and is silent then');

# one that takes policies over lets others read while it scans
as('owner', q{CREATE TABLE store.parted (LIKE store.orders) PARTITION BY LIST (org);
	CREATE TABLE store.part PARTITION OF store.parted DEFAULT; INSERT INTO store.parted SELECT * FROM store.orders;
	SELECT user_ops.create_views('store.parted', 'customer', 'at', target_schema => 'parted', tenant => 'org');
	GRANT USAGE ON SCHEMA parted TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA parted TO PUBLIC;
	ALTER TABLE store.parted ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON store.parted USING (org = current_user)});
my $scan_gate = $node->background_psql('postgres');
$scan_gate->query_safe('BEGIN; LOCK TABLE store.part');
my ($refreshed, $complaint) = ('', '');
my $refresh = IPC::Run::start([ 'psql', '-XAt', '-U', 'owner', '-d', $node->connstr('postgres'), '-c', q{SELECT updated FROM user_ops.refresh('parted')} ],
	'<', \'', '>', \$refreshed, '2>', \$complaint);
my $waits = q{FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'user_ops.refresh %parted'};
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 $waits"), 'a refresh that has policies to take over waits in its scan');
is(sql("SELECT application_name $waits"), 'user_ops.refresh 1/4 reading parted', '... and tells others how far it is');
my $orgs_seen = q{SET lock_timeout = '5s'; SELECT count(DISTINCT org) FROM parted.users};
is(join(' ', as('bob', $orgs_seen)), '4 ', '... while a reader does not, and sees what the old ones let him see');
my $late_reader = $node->background_psql('postgres');
$late_reader->query_safe('BEGIN; SELECT count(*) FROM parted.users');
$scan_gate->query_safe('COMMIT');
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 $waits AND application_name LIKE '%4/4%'"), 'at its end it waits for who still reads');
$late_reader->query_safe('COMMIT');
$refresh->finish;
is("$refreshed$complaint", "0\n", '... and comes to its end');
is(join(' ', as('bob', $orgs_seen)), '1 ', '... and the views obey the new ones');
$_->quit for $scan_gate, $late_reader;

# a dump carries all of it
sql('CREATE DATABASE copy');
my $dir = PostgreSQL::Test::Utils::tempdir();
command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', "$dir/dump" ], 'pg_dump');
command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy'), '-f', "$dir/dump" ], '... restored');
is($node->safe_psql('copy', $policies), sql($policies), '... with the policies');
is($node->safe_psql('copy', q{SET ROLE cleo; SELECT string_agg(DISTINCT org, ',') FROM shop.lifecycle_month_by_country}), 'anna', '... which hold');

# all of it goes
is((as('owner', q{SELECT count(*) > 30 FROM user_ops.drop_views('shop')}))[0], 't', 'drop_views');
is(sql(q{SELECT count(*) FROM pg_policies WHERE schemaname = 'shop'}), 0, '... with the policies');

$node->stop;
done_testing();
