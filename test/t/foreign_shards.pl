# Shards behind postgres_fdw, as partitions of a table: users are grouped there, views
# are those over one table, and what comes here is a row for each user, or a state for
# each shard, never a row for each event.
use strict;
use warnings;
use lib 'test/lib';
use Split qw($columns $rows %schemas @changes same_rows both);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('foreign_shards');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nclient_min_messages = error\n");
$node->start;
sub sql { return $node->safe_psql($_[1] // 'split', $_[0]) }

plan skip_all => 'no postgres_fdw or pg_stat_statements'
  if sql(q{SELECT count(*) FROM pg_available_extensions WHERE name IN ('postgres_fdw', 'pg_stat_statements')}, 'postgres') < 2;
$node->append_conf('postgresql.conf', "shared_preload_libraries = pg_stat_statements\n");
$node->restart;

my @both = qw(whole split);
my @shards = qw(shard_0 shard_1);
for my $database (@both, @shards)
{
	sql("CREATE DATABASE $database", 'postgres');
	sql('CREATE EXTENSION user_ops', $database);
}
sql('CREATE EXTENSION pg_stat_statements; CREATE EXTENSION postgres_fdw');
sql("CREATE TABLE events ($columns) PARTITION BY HASH (\"Who\")");
my ($host, $port) = ($node->host, $node->port);
for my $i (0, 1)
{
	sql("CREATE TABLE events ($columns); CREATE TABLE buys ($columns)", $shards[$i]);
	sql("CREATE SERVER $shards[$i] FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname '$shards[$i]', extensions 'user_ops');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $shards[$i];
		CREATE FOREIGN TABLE events_$i PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER $i) SERVER $shards[$i] OPTIONS (table_name 'events')");
}
sql("CREATE TABLE events ($columns)", 'whole');
sql("INSERT INTO events $rows", $_) for @both;
is(sql('SELECT count(*) > 0 FROM events_0') . sql('SELECT count(*) > 0 FROM events_1'), 'tt', 'both shards have events');

# The rows that shards sent since they were last asked.
sub rows_fetched
{
	return sql(q{SELECT coalesce(sum(s.rows), 0) FROM pg_stat_statements AS s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname LIKE 'shard%' AND s.query LIKE 'FETCH%'});
}
sub forget_rows { return sql('SELECT pg_stat_statements_reset()') }

my ($users, $events) = map { sql("SELECT count($_) FROM events", 'whole') } 'DISTINCT "Who"', '*';

# --- how it is done ----------------------------------------------------------

sub make { return "SELECT count(*) > 20 FROM user_ops.create_views('events', 'Who', 'at', 'amount', '$_[0]', $_[1])" }
my $on = 'SET enable_partitionwise_aggregate = on;';

forget_rows();
is(sql(make('early', $schemas{plain})), 't', 'views over foreign partitions');
is(sql('SELECT spread FROM early.settings'), 'foreign', 'their source is grouped elsewhere');
# the activity of each user, and how many of the amounts are 0
is(rows_fetched(), 2 * $users, 'two rows for each user came here');
forget_rows();
is(sql(q{SELECT users || ' ' || inserted + updated + deleted FROM user_ops.refresh('early')}), "$users 0", 'a refresh that changes nothing');
is(rows_fetched(), $users, '... fetched a row for each user');
forget_rows();
cmp_ok(sql('SELECT count(*) FROM early.retention_week'), '>', 50, 'a view');
is(rows_fetched(), 0, '... fetches none');
my $live = make('live', "$schemas{firsts}, stored => false") =~ s/keep_history => true, //r;
sql($live);
forget_rows();
sql("$on SELECT count(*) FROM live.retention_week_by_channel");
is(rows_fetched(), $users, 'a view that reads the source fetches a row for each user');
my $plan = sql("$on EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM live.retention_week_by_channel");
is(() = $plan =~ /Remote SQL: SELECT [^\n]*user_ops\.lenient_activity_agg\([^\n]*array_agg\(channel ORDER BY[^\n]* GROUP BY/g, 2, '... which both shards have grouped');
my $zone = sql("$on EXPLAIN (VERBOSE, COSTS OFF) SELECT \"Who\", user_ops.lenient_activity_agg(at, NULL::date, 'Asia/Shanghai'::user_ops.zone) FROM events GROUP BY 1");
is(() = $zone =~ /Remote SQL: SELECT [^\n]*'Asia\/Shanghai'::user_ops\.zone/g, 2, 'a zone goes along');

# without the option the same has to fetch each event: so the counts above can tell
sql("ALTER SERVER $_ OPTIONS (SET extensions '')") for @shards;
forget_rows();
is(sql(make('fetched', $schemas{plain})), 't', 'views where servers have no such option');
is(sql('SELECT spread IS NULL FROM fetched.settings'), 't', '... are made here');
cmp_ok(rows_fetched(), '>=', $events, '... and fetch every event');
sql("SELECT user_ops.drop_views('fetched'); ALTER SERVER shard_0 OPTIONS (SET extensions 'user_ops'); ALTER SERVER shard_1 OPTIONS (SET extensions 'user_ops')");

# --- the same answers --------------------------------------------------------

# by two columns users cannot be asked for: every refresh reads all, which is told so, and fits anew
delete $schemas{each};

for my $schema (sort keys %schemas)
{
	both($node, \@both, make($schema, $schemas{$schema}), "$schema is made");
	both($node, \@both, "SELECT count(*) FROM user_ops.create_funnel_view('$schema', 'buy', '{view,cart,pay}', '60 days');
		SELECT count(*) FROM user_ops.create_funnel_view('$schema', 'dear', conditions => '{amount > 20,amount > 50}', within => '90 days')", "$schema has funnels");
	same_rows($node, \@both, $schema, $schema);
}
sql($live, 'whole');
same_rows($node, \@both, 'live', 'live');
for my $change (@changes)
{
	my ($name, $statements) = @$change;
	sql($statements, $_) for @both;
	for my $schema (sort keys %schemas)
	{
		both($node, \@both, "SELECT * FROM user_ops.refresh('$schema')", "$name: $schema is refreshed");
		both($node, \@both, "SELECT count(*) FROM user_ops.verify('$schema')", '... and verified');
		same_rows($node, \@both, $schema, "$name: $schema");
	}
}
sql(q{UPDATE events SET changed_at = '2024-01-01 UTC'; UPDATE events SET changed_at = now(), amount = 7 WHERE "Who" = 7}, $_) for 'whole', @shards;
forget_rows();
is(sql(q{SELECT updated FROM user_ops.refresh('changed')}), 1, 'a refresh by changed_at');
# who has changed, twice, the activity, and the journeys of two funnels
cmp_ok(rows_fetched(), '<', 20, '... fetches only who changed');

# --- states of shards --------------------------------------------------------

for my $i (0, 1)
{
	sql(make('plain', $schemas{plain}), $shards[$i]);
	sql("CREATE FOREIGN TABLE activity_$i (user_id bigint, activity user_ops.activity) SERVER $shards[$i] OPTIONS (schema_name 'plain', table_name 'activity')");
}
sql(q{SELECT user_ops.refresh('plain')}, $_) for @both;
my %metrics = (
	retention => [ "retention(a.activity, 'week', '2023-11-20')", 'cells' ], lifecycle => [ "lifecycle(a.activity, 'month', '2023-11-20')", 'cells' ],
	engagement => [ "engagement(a.activity, '2023-11-20')", 'cells' ], gap_histogram => [ "gap_histogram(a.activity, '2023-11-20', '{1,2,4,8}')", 'cells' ]);
for my $metric (sort keys %metrics)
{
	my ($call, $accessor) = @{ $metrics{$metric} };
	forget_rows();
	my $merged = sql("SELECT c::text FROM (SELECT user_ops.rollup(s.state) AS state FROM (SELECT user_ops.$call AS state FROM activity_0 AS a
		UNION ALL SELECT user_ops.$call FROM activity_1 AS a) AS s) AS m CROSS JOIN LATERAL user_ops.$accessor(m.state) AS c");
	is(rows_fetched(), 2, "$metric: one state for each shard comes here");
	is($merged, sql("SELECT c::text FROM (SELECT user_ops.$call AS state FROM plain.activity AS a) AS m CROSS JOIN LATERAL user_ops.$accessor(m.state) AS c", 'whole'),
		'... and they merge to the same answer');
}

$node->stop;
done_testing();
