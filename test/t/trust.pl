# The model of trust in docs/guide/privileges.md: role by role, table by table, right by
# right, what one role can make another run or lose.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('trust');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nlog_statement = none\n");
$node->start;

# As a role: a connection of its own, not SET ROLE.
sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql", extra_params => [ '-U', $role ], on_error_stop => 1);
	return wantarray ? ($out, $err) : $out;
}
sub sql { return $node->safe_psql('postgres', $_[0]) }

sub fails
{
	my ($role, $sql, $expected, $name) = @_;
	like((as($role, $sql))[1], $expected, $name);
}

sql('CREATE ROLE owner LOGIN; CREATE ROLE evil LOGIN; CREATE ROLE helper LOGIN; GRANT CREATE ON DATABASE postgres TO owner, evil; CREATE EXTENSION user_ops');
# whatever of evil's runs tells as whom
as('evil', <<'SQL');
CREATE SCHEMA lair;
GRANT USAGE ON SCHEMA lair TO PUBLIC;
CREATE TABLE lair.ran (role name);
GRANT ALL ON lair.ran TO PUBLIC;
CREATE FUNCTION lair.spring() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO lair.ran VALUES (current_user); RETURN true; END $$;
CREATE FUNCTION lair.triggered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM lair.spring(); RETURN NULL; END $$;
CREATE VIEW lair.trap AS SELECT 666 AS customer, timestamptz '2024-05-05' AS at, 1::numeric AS total, 'pay' AS what WHERE lair.spring();
GRANT SELECT ON lair.trap TO PUBLIC;
SQL
as('owner', <<'SQL');
CREATE SCHEMA store;
CREATE TABLE store.orders (customer bigint, at timestamptz, total numeric, what text DEFAULT 'pay');
INSERT INTO store.orders SELECT i % 20, '2024-01-01 UTC'::timestamptz + i * interval '5 hours', i FROM generate_series(1, 500) AS i;
CREATE TABLE store.arms AS SELECT c::bigint AS customer, (ARRAY['control', 'mail'])[1 + c % 2] AS variant, date '2024-02-01' AS day FROM generate_series(0, 19) AS c;
CREATE TABLE store.moves AS SELECT c % 20 AS customer, date '2024-02-01' + c AS day, c % 7 - 2 AS points FROM generate_series(0, 199) AS c;
CREATE TABLE store.invited AS SELECT (c / 2)::bigint AS inviter, c::bigint AS customer, date '2024-02-01' AS day FROM generate_series(1, 19) AS c;
CREATE TABLE store.reads AS SELECT (c % 20)::bigint AS customer, c * n % 7 AS post, date '2024-02-01' + n * 9 AS day, (1 + c * n % 7)::bigint AS author, (ARRAY['view', 'react', 'contribute'])[1 + n % 3] AS role FROM generate_series(1, 20) AS c, generate_series(1, 8) AS n;
CREATE TABLE store.logins AS SELECT 'device ' || c / 2 AS device, c::bigint AS customer, date '2024-02-01' AS day FROM generate_series(0, 19) AS c;
CREATE TABLE store.answers AS SELECT n % 11 AS score, date '2024-02-01' + n AS day FROM generate_series(1, 40) AS n;
SQL

my @options = (q{'store.orders', 'customer', 'at', 'total', 'shop', as_of => '2024-09-01', rfm_ntile => true});
my $make = "SELECT count(*) FROM user_ops.create_views($options[0])";
my ($made, $complaint) = as('owner', $make);
is($complaint, '', 'the owner makes views, and hears nothing about its own source');
# each by itself: in one FROM they would be joined
my $add = q{SELECT FROM user_ops.create_session_view('shop', 'visits', event => 'what');
	SELECT FROM user_ops.create_path_view('shop', 'ways');
	SELECT FROM user_ops.create_attribution_view('shop', 'paid', '{pay}', models => '{last,markov}');
	SELECT FROM user_ops.create_funnel_view('shop', 'large', within => '1 day', conditions => '{total > 5}');
	SELECT FROM user_ops.create_experiment_views('shop', 'e', 'store.arms', 'customer', 'variant', 'day', 'control');
	SELECT FROM user_ops.create_points_views('shop', 'store.moves', 'customer', 'day', 'points', valid_months => 3);
	SELECT FROM user_ops.create_tier_views('shop', 'store.arms', 'customer', 'day', 'customer', user_ops.make_tier_rules('{silver,gold}', '{5,15}'));
	SELECT FROM user_ops.create_referral_views('shop', 'store.invited', 'inviter', 'customer', 'day');
	SELECT FROM user_ops.create_identity_views('shop', 'store.logins', 'device', 'customer', 'day');
	SELECT FROM user_ops.create_survey_views('shop', 's', 'store.answers', 'score', 'day');
	SELECT FROM user_ops.create_alert_views('shop');
	SELECT FROM user_ops.set_goal('shop', 'purchases', 100, '2024-03-01', '2024-04-01');
	SELECT FROM user_ops.create_propensity_views('shop');
	SELECT FROM user_ops.create_tag_views('shop', 'store.arms', 'customer', 'variant', 'day');
	SELECT FROM user_ops.create_content_views('shop', 'store.reads', 'customer', 'post', 'day', 'author', 'role');
	SELECT FROM user_ops.create_item_views('shop', 'store.reads', 'customer', 'post', 'day', 'posts', stored_recommendations => true)};
is((as('owner', $add))[1], '', '... and add-ons');
is(sql(q{SELECT string_agg(k.kind, ' ') FROM user_ops_internal.addon_kinds() AS k WHERE k.kind NOT IN (SELECT a.kind FROM user_ops.addons('shop') AS a) AND k.kind <> 'forgotten'}), '', '... of each kind: what forget_user makes is in forget.pl');
my @tables = split /\n/, sql(q{SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' ORDER BY 1});
my @views = split /\n/, sql(q{SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'v' ORDER BY 1});
cmp_ok(scalar @tables, '>=', 6, "tables: @tables");
cmp_ok(scalar @views, '>=', 24, scalar(@views) . ' views');

# --- the matrix: each right on each table, given to evil alone ---------------

# What can be tried with a right on a table.  What fails is tried in vain.
my %attacks = (
	SELECT => sub { "BEGIN; SELECT * FROM $_[0] LIMIT 1; COMMIT" },
	INSERT => sub { "INSERT INTO $_[0] SELECT (jsonb_populate_record(NULL::$_[0], to_jsonb(t) || '{\"source\": \"lair.trap\"}')).* FROM $_[0] AS t; INSERT INTO $_[0] DEFAULT VALUES" },
	UPDATE => sub { "UPDATE $_[0] SET source = 'lair.trap'; UPDATE $_[0] SET user_id = 666; UPDATE $_[0] SET journey = NULL" },
	DELETE => sub { "DELETE FROM $_[0]" },
	TRUNCATE => sub { "TRUNCATE $_[0]" },
	REFERENCES => sub { "CREATE TABLE lair.hung (customer bigint REFERENCES $_[0] ON DELETE CASCADE); INSERT INTO lair.hung SELECT user_id FROM $_[0];
		CREATE CONSTRAINT TRIGGER later AFTER DELETE ON lair.hung DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lair.triggered()" },
	TRIGGER => sub { "CREATE TRIGGER hung AFTER INSERT OR UPDATE OR DELETE ON $_[0] FOR EACH ROW EXECUTE FUNCTION lair.triggered();
		CREATE TRIGGER hung_too AFTER INSERT OR UPDATE OR DELETE ON $_[0] FOR EACH STATEMENT EXECUTE FUNCTION lair.triggered()" },
);
# What a table keeps that no refresh makes anew, and the source and settings.
my $kept = q{SELECT md5(concat((SELECT string_agg(o::text, ',' ORDER BY o) FROM store.orders AS o), (SELECT to_jsonb(s) FROM shop.settings AS s),
	(SELECT string_agg(viewname || definition, ',' ORDER BY viewname) FROM pg_views WHERE schemaname = 'shop')))};
my $users = 'SELECT count(*) || md5(string_agg(user_id || activity::text, $$,$$ ORDER BY user_id)) FROM shop.activity';
my ($before, $users_before) = (sql($kept), sql($users));
my $cells = 0;
my @ran;
# Gives evil rights on relations, lets it do its worst, and the owner go on as every day.
sub attack
{
	my ($relations, @rights) = @_;
	my $name = join(', ', @rights) . ' on ' . (@$relations > 1 ? scalar(@$relations) . ' views' : "@$relations");
	as('owner', join '; ', 'GRANT USAGE ON SCHEMA shop TO evil', map { my $right = $_; map { "GRANT SELECT, $right ON $_ TO evil" } @$relations } @rights);
	$node->psql('postgres', join(";\n", map { my $right = $_; map { $attacks{$right}->($_) } @$relations } @rights), extra_params => [ '-U', 'evil' ], on_error_stop => 0);
	my (undef, $err) = as('owner', q{BEGIN; INSERT INTO store.orders VALUES (21, '2024-05-05', 1); SELECT user_ops.refresh('shop', true); DELETE FROM store.orders WHERE customer = 21;
		SELECT user_ops.refresh('shop', true); SELECT count(*) FROM user_ops.verify('shop'); SELECT count(*) FROM shop.users; COMMIT});
	push @ran, $name if sql('SELECT count(*) FROM lair.ran WHERE role <> $$evil$$') > 0;
	if ("@$relations" eq 'shop.settings' && "@rights" ne 'SELECT')
	{
		like($err, qr/42501.*more than its owner may write to shop\.settings.*evil.*REVOKE|55000.*has lost its settings/s, "a refresh refuses to run: $name");
	}
	elsif ($err ne '' && grep { /TRIGGER|REFERENCES/ } @rights)
	{
		like($err, qr/42501.*trigger or foreign key of role evil.*HINT.*REVOKE/s, "a refresh refuses to run what evil hung there: $name");
	}
	else
	{
		is($err, '', "a refresh goes on: $name");
	}
	as('owner', 'REVOKE ALL ON ALL TABLES IN SCHEMA shop FROM evil');
	sql(join '; ', 'DROP TABLE IF EXISTS lair.hung CASCADE; TRUNCATE lair.ran', map { "DROP TRIGGER IF EXISTS hung ON $_; DROP TRIGGER IF EXISTS hung_too ON $_" } @$relations);
	# and the owner's word is enough to mend it
	(undef, $err) = as('owner', "@$relations" eq 'shop.settings' ? "$make; $add" : q{SELECT users FROM user_ops.refresh('shop', true)});
	is($err, '', '... and another');
	$cells += @rights * @$relations;
}
# Tables of add-ons are made and written by the same functions: of each two rights, in turn.
my %of_schema = map { $_ => 1 } split /\n/, sql(q{SELECT DISTINCT object FROM user_ops.view_catalog()}), 'settings';
my @rights = sort keys %attacks;
my $turn = 0;
for my $table (@tables)
{
	attack([ "shop.$table" ], $_) for $of_schema{$table} ? @rights : map { $rights[ $turn++ % @rights ] } 1, 2;
}
attack([ map { "shop.$_" } @views ], $_) for grep { !/TRUNCATE|REFERENCES/ } sort keys %attacks;
is(join(', ', @ran), '', "$cells rights on tables and views: none made another role run code");
is(sql($kept), $before, '... nor changed the source, the settings or a view');
is(sql($users), $users_before, '... and a full scan brings back who is stored');

# what the log says was read is no order to read it: not even where the source has another name for a while
as('owner', 'GRANT USAGE ON SCHEMA shop TO evil; GRANT SELECT, UPDATE ON shop.refresh_log TO evil; ALTER TABLE store.orders RENAME TO orders_before');
as('evil', q{UPDATE shop.refresh_log SET source = 'lair.trap'});
is(join('', as('owner', q{SELECT user_ops.refresh('shop', true) IS NOT NULL})), 't', 'evil rewrites the log, and the source is renamed: a refresh goes on');
is(sql('SELECT count(*) FROM lair.ran WHERE role <> $$evil$$'), 0, '... and runs nothing of evil');
is(sql($users), $users_before, '... but reads the same table');
as('owner', 'REVOKE ALL ON shop.refresh_log FROM evil; ALTER TABLE store.orders_before RENAME TO orders');

# nor what it puts among the add-ons, whose conditions are SQL: nothing runs while it may write there, and what it wrote can be looked at and dropped
as('owner', 'GRANT USAGE ON SCHEMA shop TO evil; GRANT SELECT, UPDATE ON shop.settings TO evil');
is((as('evil', q{UPDATE shop.settings SET addons = addons || ROW('funnel', 'trap', NULL, (SELECT a.settings || '{"conditions": ["lair.spring()"], "labels": ["x"]}' FROM unnest(addons) AS a WHERE a.name = 'large'))::user_ops_internal.addon,
	made_tables = made_tables || 'journeys_trap'::name}))[1], '', 'evil slips an add-on into the settings');
fails('owner', $_, qr/42501.*more than its owner may write to shop\.settings/s, "while it may, this is refused: $_")
  for q{SELECT user_ops.refresh('shop')}, q{SELECT count(*) FROM user_ops.verify('shop')}, $make, $add, q{SELECT user_ops.drop_addon('shop', 'funnel', 'trap')};
as('owner', 'REVOKE ALL ON shop.settings FROM evil');
is(as('owner', q{SELECT string_agg(name, ',' ORDER BY name) FROM user_ops.addons('shop')}), 'alerts,content,e,goals,identity,journeys,large,paid,points,posts,propensity,referral,s,tags,tiers,trap,visits,ways', 'then the owner sees what is there');
is(join('', as('owner', q{SELECT user_ops.drop_addon('shop', 'funnel', 'trap')})), '', '... and drops it');
is(join('', as('owner', q{SELECT count(*) FROM user_ops.verify('shop')})), '0', '... and goes on');
is(sql('SELECT count(*) FROM lair.ran WHERE role <> $$evil$$'), 0, '... and nothing of evil ran');

# --- the roles of the page ---------------------------------------------------

my ($grants) = grep { /refresher/ } slurp_file('docs/guide/privileges.md') =~ /```sql\n(.*?)```/sg;
ok(defined $grants, 'the page has the grants for a refresher');
$grants .= 'GRANT INSERT, UPDATE, DELETE ON shop.journeys, shop.journeys_large, shop.experiment_states_e, shop.experiment_looks_e, shop.points, shop.growth, shop.referral_states, shop.identity_states, shop.identity_ids, shop.identity_moves,
	shop.survey_states_s, shop.propensity_fit, shop.propensity_backtest, shop.content_item_counts, shop.content_creator_counts, shop.content_role_counts,
	shop.item_baskets_posts, shop.item_affinity_posts, shop.item_counts_posts, shop.item_neighbours_posts, shop.recommendations_posts, shop.item_quality_posts TO refresher;
	GRANT SELECT ON store.arms, store.moves, store.invited, store.logins, store.answers, store.reads TO refresher;';
as('owner', $grants =~ s/CREATE ROLE \w+;//r =~ s/refresher/helper/gr =~ s/\borders\b/store.orders/r =~ s/ON DATABASE \w+/ON DATABASE postgres/r);
sql('GRANT TEMPORARY ON DATABASE postgres TO helper');
as('owner', q{GRANT USAGE ON SCHEMA store TO helper; INSERT INTO store.orders VALUES (22, '2024-05-05', 1)});
is(join('', as('helper', q{SELECT inserted FROM user_ops.refresh('shop')})), '1', 'with them a role refreshes');
is((as('helper', q{CALL user_ops.scheduled_refresh('shop', true)}))[1], '', '... on a schedule too');
is(join('', as('helper', q{SELECT count(*) FROM user_ops.verify('shop')})), '0', '... and verifies');
as('owner', q{CREATE TABLE store.other AS SELECT * FROM store.orders});
fails('helper', $_->[0], $_->[1], "it cannot: $_->[0]") for
	[ q{UPDATE shop.settings SET source = 'lair.trap'}, qr/permission denied for table settings/ ],
	[ q{DELETE FROM shop.settings}, qr/permission denied for table settings/ ],
	[ q{TRUNCATE shop.settings}, qr/permission denied for table settings/ ],
	[ q{BEGIN; LOCK TABLE shop.settings}, qr/permission denied for table settings/ ],
	[ q{CREATE TRIGGER t AFTER DELETE ON shop.activity EXECUTE FUNCTION lair.triggered()}, qr/permission denied for table activity/ ],
	[ q{CREATE TABLE shop.mine ()}, qr/permission denied for schema shop/ ],
	[ q{CREATE OR REPLACE VIEW shop.users AS SELECT 1}, qr/(must be owner|permission denied)/ ],
	[ $make, qr/42501.*was made by role owner/ ],
	[ q{SELECT user_ops.drop_views('shop')}, qr/42501.*was made by role owner/ ];

# a scheduled refresh tells why it failed, whatever becomes of its log
# (amounts that count each, and whose sum of a user has no scale)
as('owner', q{INSERT INTO store.orders VALUES (1, '2024-05-05', 999999999999999), (1, '2024-05-05', 0.000000001)});
my $cause = qr/ERROR:  22003: amount out of range.*/s;
fails('helper', q{CALL user_ops.scheduled_refresh('shop')}, qr/${cause}It is written in shop\.refresh_log/, 'a failed refresh tells its error, and where it is written');
fails('helper', q{BEGIN; CALL user_ops.scheduled_refresh('shop')}, qr/${cause}not written in shop\.refresh_log: a call within a transaction block/, '... in a transaction block too');
is(sql(q{SELECT count(*) FROM shop.refresh_log WHERE status = 'failed'}), 1, '... one of them is written');
as('owner', 'REVOKE INSERT ON shop.refresh_log FROM helper');
fails('helper', q{CALL user_ops.scheduled_refresh('shop')}, qr/${cause}could not be written in shop\.refresh_log: permission denied/, '... where it may not write the log');
as('owner', q{GRANT INSERT ON shop.refresh_log TO helper; ALTER TABLE shop.refresh_log ADD CHECK (status <> 'failed') NOT VALID});
fails('helper', q{CALL user_ops.scheduled_refresh('shop')}, qr/${cause}could not be written in shop\.refresh_log: new row/, '... where the log takes no such row');
as('owner', 'REVOKE USAGE ON SCHEMA shop FROM helper');
fails('helper', q{CALL user_ops.scheduled_refresh('shop')}, qr/ERROR:  42501: permission denied for schema shop.*could not be written/s, '... where it may not even look for the log');
fails('owner', q{SET default_transaction_read_only = on; CALL user_ops.scheduled_refresh('shop')}, qr/ERROR:  25006.*could not be written/s, '... and where nothing may be written');
as('owner', q{GRANT USAGE ON SCHEMA shop TO helper; ALTER TABLE shop.refresh_log DROP CONSTRAINT refresh_log_status_check; DELETE FROM store.orders WHERE total IN (999999999999999, 0.000000001)});

# a stranger cannot keep anybody waiting
my $stranger = $node->background_psql('postgres', extra_params => [ '-U', 'evil' ]);
$stranger->query_safe(q{BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('user_ops.create_views shop', 0))});
is((as('owner', "SET statement_timeout = '60s'; $make"))[1], '', 'nobody blocks create_views with a lock that anybody may take');
is((as('owner', q{SET statement_timeout = '60s'; SELECT user_ops.refresh('shop')}))[1], '', '... nor a refresh');
$stranger->query_safe('COMMIT');
$stranger->quit;

# lost settings
for my $loss ('DELETE FROM', 'TRUNCATE')
{
	as('owner', "$loss shop.settings");
	fails('owner', $_, qr/55000.*schema "shop" has lost its settings.*HINT.*create_views/s, "$loss the settings: $_")
	  for q{SELECT user_ops.refresh('shop')}, q{SELECT user_ops.verify('shop')};
	my ($out, $err) = as('owner', "$make; SELECT updated FROM user_ops.refresh('shop')");
	is($out, "$made\n0", '... and create_views mends it');
}

# whose source it is
as('evil', q{CREATE VIEW lair.through AS SELECT * FROM lair.trap; CREATE TABLE lair.plain AS SELECT 1 AS customer, timestamptz '2024-05-05' AS at; GRANT SELECT ON lair.plain, lair.through TO PUBLIC});
as('owner', 'CREATE VIEW store.over AS SELECT * FROM lair.plain');
for my $source (qw(lair.plain store.over))
{
	fails('owner', "SELECT count(*) FROM user_ops.create_views('$source', 'customer', 'at', target_schema => 'theirs')",
		qr/NOTICE.*\Q$source\E is, or reads, what belongs to: evil.*HINT/s, "create_views names whose source $source is");
	as('owner', q{SELECT user_ops.drop_views('theirs')});
}
fails('owner', q{SELECT count(*) FROM user_ops.create_views('lair.through', 'customer', 'at', 'total', 'theirs')}, qr/NOTICE.*belongs to: evil/s, '... before anything of it runs again');
isnt(sql('SELECT count(*) FROM lair.ran WHERE role = $$owner$$'), 0, '(the trap is set: who makes views over it springs it)');
is((as('postgres', q{SELECT count(*) FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'dba')}))[1] =~ /belongs to: owner/, 1, 'a superuser hears it too');

$node->stop;
done_testing();
