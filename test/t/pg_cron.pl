# Scheduling with pg_cron, in a server of its own: a run that works, and one that
# fails and says so.  It knows minutes only, so this takes two.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $library = `$ENV{PG_CONFIG} --pkglibdir`);
plan skip_all => 'pg_cron is not installed for this PostgreSQL' if !-e "$library/pg_cron.so";

my $node = PostgreSQL::Test::Cluster->new('pg_cron');
$node->init;
my $socket = $node->host;
$node->append_conf('postgresql.conf', <<"CONF");
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.host = '$socket'
fsync = off
autovacuum = off
CONF
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql(<<'SQL');
CREATE EXTENSION pg_cron;
CREATE EXTENSION user_ops;
CREATE TABLE orders AS SELECT i % 7 AS u, timestamptz '2024-01-01' + i * interval '1 day' AS t, i::numeric AS a FROM generate_series(1, 50) AS i;
CREATE TABLE bad AS TABLE orders;
SELECT user_ops.create_views('orders', 'u', 't', 'a', 'shop');
SELECT user_ops.create_views('bad', 'u', 't', 'a', 'broken');
INSERT INTO orders VALUES (100, '2024-05-05', 1);
INSERT INTO bad VALUES (100, '2024-05-05', 999999999999999), (100, '2024-05-05', 0.000000001);
SELECT cron.schedule('shop', '* * * * *', $$CALL user_ops.scheduled_refresh('shop')$$);
SELECT cron.schedule('broken', '* * * * *', $$CALL user_ops.scheduled_refresh('broken')$$);
SELECT cron.schedule('plain', '* * * * *', $$SELECT user_ops.refresh('shop')$$);
SQL

ok($node->poll_query_until('postgres', q{SELECT count(DISTINCT jobid) = 3 FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')}),
	'the jobs ran');
sql('SELECT cron.unschedule(jobid) FROM cron.job');
is(sql(q{SELECT count(*) FROM shop.users WHERE user_id = 100}), 1, 'the refresh brought the new user');
is(sql(q{SELECT string_agg(DISTINCT d.status, ' ') FROM cron.job_run_details d WHERE d.command LIKE '%shop%'}), 'succeeded', '... and pg_cron says so');
is(sql(q{SELECT count(*) >= 3 AND bool_and(status = 'done') FROM shop.refresh_log}), 't', '... the log too');
is(sql(q{SELECT count(*) FROM broken.users}), 7, 'one that fails leaves the state before');
is(sql(q{SELECT string_agg(DISTINCT d.status, ' ') FROM cron.job_run_details d WHERE d.command LIKE '%broken%'}), 'failed', '... pg_cron says that it failed');
like(sql(q{SELECT max(d.return_message) FROM cron.job_run_details d WHERE d.command LIKE '%broken%'}), qr/amount out of range/, '... and why');
like(sql(q{SELECT status || ': ' || error FROM broken.refresh_log ORDER BY finished_at DESC LIMIT 1}), qr/^failed: amount out of range\nIt is the sum of user 100\./, '... the log too');

$node->stop;
done_testing();
