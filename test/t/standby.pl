# A hot standby, and transactions that may only read: every view, every function that reads, and
# every aggregate gives there what it gives on the primary; what writes says that it cannot.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$primary->start;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

sub sql { return $primary->safe_psql('postgres', $_[0]) }

sql("SET client_min_messages = error; CREATE EXTENSION user_ops; SET search_path = public, user_ops;\n" . slurp_file("$FindBin::RealBin/../lib/split.sql"));
sql(<<'SQL');
SET client_min_messages = error;
CREATE TABLE events (u int, t timestamptz, e text, a numeric, country text);
INSERT INTO events SELECT i % 60, timestamptz '2024-01-01 UTC' + i * interval '5 hours', (ARRAY['view', 'cart', 'pay'])[1 + i % 3], i % 20, 'c' || i % 60 % 2 FROM generate_series(1, 900) AS i;
CREATE TABLE moves AS SELECT i % 60 AS u, date '2024-01-01' + i AS day, i % 9 - 2 AS points FROM generate_series(1, 150) AS i;
CREATE TABLE reads AS SELECT i % 60 AS u, i % 7 AS item, date '2024-01-01' + i % 100 AS day FROM generate_series(1, 500) AS i;
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-07-01', rfm_ntile => true);
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', 'live', as_of => '2024-07-01', stored => false);
SELECT user_ops.create_session_view(s, 'n', event => 'e'), user_ops.create_path_view(s, 'n'), user_ops.create_funnel_view(s, 'n', '{view,pay}', '1 day'), user_ops.create_funnel_view(s, 'c', within => '1 day', conditions => '{a > 3}'),
	   user_ops.create_attribution_view(s, 'n', '{pay}', models => '{last,markov}'), user_ops.create_alert_views(s) FROM unnest('{shop,live}'::name[]) AS s;
SELECT user_ops.create_points_views('shop', 'moves', 'u', 'day', 'points'), user_ops.create_item_views('shop', 'reads', 'u', 'item', 'day', min_users => 1), user_ops.create_propensity_views('shop'), user_ops.forget_user('shop', '5');
-- asked where nothing can be written
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	EXECUTE query INTO said;
	RETURN coalesce(said, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE VIEW all_views AS
	SELECT c.oid::regclass::text AS name, answer(format('SELECT md5(string_agg(r::text, $$,$$ ORDER BY r::text)) FROM %s AS r', c.oid::regclass)) AS said
	FROM pg_class AS c WHERE c.relnamespace IN ('shop'::regnamespace, 'live'::regnamespace) AND c.relkind IN ('v', 'r') AND c.oid::regclass::text NOT IN ('live.fitted', 'live.models');
CREATE VIEW all_aggregates AS SELECT signature AS name, answer(format('SELECT md5((%s)::text) FROM %s', whole, people)) AS said FROM split_calls();
SQL
my %asked = (
	views      => 'SELECT name, said FROM all_views ORDER BY name',
	aggregates => 'SET search_path = public, user_ops; SELECT name, said FROM all_aggregates ORDER BY name',
	verify     => q{SELECT (SELECT count(*) FROM user_ops.verify('shop')), (SELECT count(*) FROM user_ops.addons('shop')), (SELECT count(*) FROM user_ops.view_catalog())},
	rows       => q{SELECT count(*), sum(m) FROM (SELECT user_ops.monetary(user_ops.activity_agg(t, a, 'UTC'), '2024-07-01') AS m FROM events GROUP BY u) AS x});
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
for my $name (sort keys %asked)
{
	my $here = sql($asked{$name});
	is((grep { /\|[0-9A-Z]{5} / } split /\n/, $here), 0, "$name: " . (my $n = () = $here =~ /\n/g) . ' lines, none an error');
	is($standby->safe_psql('postgres', $asked{$name}), $here, '... the same on the standby');
	is(sql("SET default_transaction_read_only = on; BEGIN; $asked{$name}; COMMIT"), $here, '... and where a transaction may only read');
}
for my $statement (q{user_ops.refresh('shop')}, q{user_ops.create_views('events', 'u', 't', 'a', 'shop')}, q{user_ops.drop_views('shop')}, q{user_ops.create_session_view('shop', 'm')}, q{user_ops.forget_user('shop', '6')}, q{user_ops.create_public_views('shop', 'p')})
{
	my (undef, undef, $error) = $standby->psql('postgres', "SELECT count(*) FROM $statement");
	like($error, qr/ERROR:  cannot .*(during recovery|read-only transaction)/, "$statement: not on a standby");
	(undef, undef, $error) = $primary->psql('postgres', "SET default_transaction_read_only = on; SELECT count(*) FROM $statement");
	like($error, qr/ERROR:  cannot .*read-only transaction/, '... nor read-only');
}
# it follows
sql(q{INSERT INTO events SELECT 99, '2024-06-01', 'pay', 1000, 'c1'; SELECT user_ops.refresh('shop')});
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', q{SELECT monetary FROM shop.users WHERE user_id = 99}), '1000', 'what a refresh writes is there');
is($standby->safe_psql('postgres', $asked{views}), sql($asked{views}), '... in all views');
$standby->promote;
is($standby->safe_psql('postgres', q{INSERT INTO events VALUES (98, '2024-06-01', 'pay', 5); SELECT inserted FROM user_ops.refresh('shop'); SELECT count(*) FROM user_ops.verify('shop')}), "1\n0", 'promoted, it goes on by itself');
$_->stop for $standby, $primary;
done_testing();
