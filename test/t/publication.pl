# Logical replication: a publication of all tables, and a subscriber that follows
# what refreshes write.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($publisher, $subscriber) = map { PostgreSQL::Test::Cluster->new($_) } qw(publisher subscriber);
$publisher->init(allows_streaming => 'logical');
$subscriber->init;
for my $node ($publisher, $subscriber)
{
	$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nmax_wal_size = 4GB\nlog_statement = none\n");
	$node->start;
}

sub sql { return $publisher->safe_psql('postgres', $_[0]) }

sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE TABLE events (id int PRIMARY KEY, tenant text, u int, t timestamptz, a numeric, changed timestamptz DEFAULT now());
ALTER TABLE events REPLICA IDENTITY FULL;
INSERT INTO events SELECT i, 't' || i % 3, i % 40, timestamptz '2024-01-01 UTC' + i * interval '5 hours', i % 20 FROM generate_series(1, 600) AS i;
CREATE TABLE moves AS SELECT i % 40 AS u, date '2024-01-01' + i AS day, i % 9 - 2 AS points, i % 7 AS item FROM generate_series(1, 150) AS i;
CREATE TABLE met AS SELECT i / 2 AS inviter, i AS u, 'device ' || i / 2 AS device, date '2024-01-01' + i AS day FROM generate_series(1, 39) AS i;
ALTER TABLE moves REPLICA IDENTITY FULL;
SQL
my %schemas = (plain => q{as_of => '2024-06-01'}, changes => q{as_of => '2024-06-01', changed_at => 'changed'}, apart => q{as_of => '2024-06-01', tenant => 'tenant'});
my $make = join '; ', map { "SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', '$_', $schemas{$_})" } sort keys %schemas;
$make .= join '', map { "; SELECT user_ops.create_session_view('$_', 'n', event => 'tenant'), user_ops.create_funnel_view('$_', 'c', within => '1 day', conditions => '{a > 3}', breakdown => 'tenant', label => 'tenant')" } sort keys %schemas;
# tables of sums, and of values that stand in tables of their own
$make .= join '', map { "; SELECT user_ops.create_points_views('$_', 'moves', 'u', 'day', 'points'), user_ops.create_item_views('$_', 'moves', 'u', 'item', 'day', min_users => 1, stored_recommendations => true),
	user_ops.create_referral_views('$_', 'met', 'inviter', 'u', 'day'), user_ops.create_identity_views('$_', 'met', 'device', 'u', 'day'), user_ops.create_survey_views('$_', 's', 'moves', 'item', 'day'), user_ops.create_propensity_views('$_')" } qw(plain changes);
# it makes tables, which a subscriber must have before they are published
$make .= q{; SELECT user_ops.forget_user('plain', '10')};
my ($status, $out, $err) = $publisher->psql('postgres', $make);
is($err =~ s/^(psql:\S+ )?(NOTICE|HINT):.*\n?//mgr, '', 'create_views where a publication is of all tables');

# the subscriber has the same tables and views, and not yet a row
my $dir = PostgreSQL::Test::Utils::tempdir();
command_ok([ 'pg_dump', '--schema-only', '--no-publications', '-d', $publisher->connstr('postgres'), '-f', "$dir/schema" ], 'the schema is dumped');
command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $subscriber->connstr('postgres'), '-f', "$dir/schema" ], '... and restored');
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION follower CONNECTION '" . $publisher->connstr . " dbname=postgres' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($publisher, 'follower') if $subscriber->can('wait_for_subscription_sync');
$subscriber->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')}) or die 'no synchronisation';

my @relations = split /\n/, sql(q{SELECT c.oid::regclass FROM pg_class c WHERE relnamespace IN ('plain'::regnamespace, 'changes'::regnamespace, 'apart'::regnamespace) AND relkind IN ('r', 'v') ORDER BY 1});
cmp_ok(scalar @relations, '>=', 180, scalar(@relations) . ' tables and views');
my $said = join ' UNION ALL ', map { "SELECT '$_' AS name, (SELECT count(*) || ' ' || coalesce(md5(string_agg(r::text, ',' ORDER BY r::text)), '') FROM $_ AS r) AS said" } @relations;

sub follows
{
	my $name = shift;
	$publisher->wait_for_catchup('follower');
	my ($there, $here) = map { $_->safe_psql('postgres', "SELECT * FROM ($said) AS s ORDER BY name") } $publisher, $subscriber;
	is($here, $there, "the subscriber follows: $name");
	return;
}
sub refresh { return join '; ', map { "SELECT user_ops.refresh('$_'$_[0])" } sort keys %schemas }

follows('the first state');
sql(q{INSERT INTO events SELECT 1000 + i, 't' || i % 3, i % 60, '2024-05-20', 100 FROM generate_series(1, 50) AS i; } . refresh(''));
follows('users come and change');
sql(q{DELETE FROM events WHERE u < 5; UPDATE moves SET points = 50, item = 3 WHERE u = 7; DELETE FROM moves WHERE u = 8; } . refresh(', full_scan => true'));
sql(q{SELECT user_ops.forget_user('plain', '9')});
follows('users go');
sql(refresh(''));
follows('nothing changed');
sql($make =~ s/2024-06-01/2024-07-01/gr);
follows('create_views with another date');
sql($make =~ s/2024-06-01', /2024-07-01', history_days => 1, horizon_days => 30, /gr);
sql($make =~ s/2024-06-01', /2024-08-01', history_days => 1, /gr =~ s/2024-06-01'\)/2024-08-01', history_days => 1)/gr);
follows('the history is cut off');
is(sql(q{SELECT count(*) FROM plain.segment_history WHERE as_of < '2024-08-01'}), 0, '... as it is where it was made');
is($subscriber->safe_psql('postgres', 'SELECT count(*) > 0 FROM plain.users'), 't', '... and has rows');
is(sql(q{SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ('plain'::regnamespace, 'apart'::regnamespace)
	AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AND c.relreplident = 'd'}), '', 'every stored table has a key or another identity');

$_->stop for $subscriber, $publisher;
done_testing();
