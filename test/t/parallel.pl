# One answer on every road: parallel, partitionwise, spilled and sorted plans
# give what the serial plan gives, and memory stays bounded.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('parallel');
$node->init;
$node->append_conf('postgresql.conf', <<'EOC');
fsync = off
jit = off
log_statement = none
max_worker_processes = 8
max_parallel_workers = 8
search_path = 'user_ops, public'
EOC
$node->start;

# 120 000 events of 3 000 users in no order, in a table and in a partitioned one.
$node->safe_psql('postgres', <<'EOS');
CREATE EXTENSION user_ops;
CREATE TABLE events AS
SELECT n * 7919 % 3001 AS user_id,
	   timestamptz '2023-01-01 00:00+00' + n * 104729::bigint % 60000000 * interval '1 second' AS event_time,
	   CASE n % 4 WHEN 0 THEN NULL ELSE (n * 31 % 20011 - 2000) / (10 ^ (n % 3))::numeric END AS amount
FROM generate_series(1, 120000) AS n;
UPDATE events SET event_time = NULL WHERE user_id % 100 = 7 OR amount = 0.5;
CREATE TABLE parts (LIKE events) PARTITION BY HASH (user_id);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO parts SELECT * FROM events;
CREATE TABLE months (LIKE events) PARTITION BY RANGE (event_time);
CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM (MINVALUE) TO ('2023-07-01');
CREATE TABLE months_2 PARTITION OF months FOR VALUES FROM ('2023-07-01') TO ('2024-02-01');
CREATE TABLE months_3 PARTITION OF months FOR VALUES FROM ('2024-02-01') TO (MAXVALUE);
CREATE TABLE months_4 PARTITION OF months DEFAULT;
INSERT INTO months SELECT * FROM events;
ANALYZE;
EOS

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = <<'EOS';
SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EOS

my %asked = (
	'visits'         => 'activity_agg(event_time)',
	'amounts'        => 'activity_agg(event_time, amount)',
	'visits in zone' => q{activity_agg(event_time, 'America/New_York'::text)},
	'amounts in zone' => q{activity_agg(event_time, amount, 'Asia/Kathmandu')},
	'float8'         => 'activity_agg(event_time::timestamp, amount::float8)',
	'bigint'         => 'activity_agg(event_time::date, amount::bigint)');

sub per_user
{
	my ($aggregate, $table) = @_;
	return "SELECT user_id, $aggregate AS activity FROM $table GROUP BY user_id";
}

# All answers in one line: how many users, and a digest of every value.
sub digest
{
	my ($settings, $query) = @_;
	return $node->safe_psql('postgres',
		"$settings\nSELECT count(*), count(activity), md5(string_agg(coalesce(activity::text, '-'), ' ' ORDER BY user_id)) FROM ($query) AS s");
}

sub plan_of
{
	my ($settings, $query) = @_;
	return $node->safe_psql('postgres', "$settings\nEXPLAIN (COSTS OFF) $query");
}

my %right;
for my $name (sort keys %asked)
{
	$right{$name} = digest($serial, per_user($asked{$name}, 'events'));
	like($right{$name}, qr/^3001\|2971\|/, "$name: users with and without days");
}
isnt($right{'visits'}, $right{'visits in zone'}, 'the zone matters');

my @roads = (
	[ 'parallel hash', $parallel . 'SET enable_sort = off;', 'events',
		[ qr/Finalize HashAggregate/, qr/Gather\b/, qr/Partial HashAggregate/ ] ],
	[ 'parallel sort', $parallel . 'SET enable_hashagg = off;', 'events',
		[ qr/Finalize GroupAggregate/, qr/Gather Merge/, qr/Partial GroupAggregate/ ] ],
	[ 'parallel, leader idle', $parallel . 'SET enable_sort = off; SET parallel_leader_participation = off;', 'events',
		[ qr/Finalize HashAggregate/, qr/Partial HashAggregate/ ] ],
	[ 'partitionwise by user', $serial . 'SET enable_partitionwise_aggregate = on;', 'parts',
		[ qr/Append.*HashAggregate.*HashAggregate/s ] ],
	[ 'partitionwise by time', $serial . 'SET enable_partitionwise_aggregate = on; SET enable_sort = off;', 'months',
		[ qr/Finalize HashAggregate.*Append.*Partial HashAggregate.*Partial HashAggregate/s ] ],
	[ 'partitionwise and parallel', $parallel . 'SET enable_partitionwise_aggregate = on; SET enable_sort = off; SET parallel_tuple_cost = 0.01;', 'months',
		[ qr/Finalize HashAggregate.*Gather.*Parallel Append.*Partial HashAggregate/s ] ],
	[ 'spilled hash', $serial . q{SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;}, 'events',
		[ qr/HashAggregate/ ] ],
	[ 'parallel spilled hash', $parallel . q{SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;}, 'events',
		[ qr/Partial HashAggregate/ ] ],
	[ 'group aggregate', $serial . q{SET enable_hashagg = off; SET work_mem = '64kB';}, 'events',
		[ qr/GroupAggregate.*Sort/s ] ]);

for my $road (@roads)
{
	my ($name, $settings, $table, $marks) = @$road;
	my $plan = plan_of($settings, per_user($asked{amounts}, $table));

	like($plan, $_, "$name: the plan has $_") for @$marks;
	for my $kind (sort keys %asked)
	{
		is(digest($settings, per_user($asked{$kind}, $table)), $right{$kind}, "$name: $kind");
	}
}

# HashAggregate really went to disk above.
like($node->safe_psql('postgres', $serial . q{SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;}
		. 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' . per_user($asked{amounts}, 'events')),
	qr/Batches: (?:[2-9]|\d\d+).*Disk Usage/, 'the hash table spilled');

# rollup() and no grouping at all.
my $all = 'SELECT 1 AS user_id, rollup(activity) AS activity FROM stored';
$node->safe_psql('postgres', 'CREATE TABLE stored AS ' . per_user($asked{amounts}, 'events') . '; ANALYZE stored');
my $everyone = digest($serial, 'SELECT 1 AS user_id, activity_agg(event_time, amount) AS activity FROM events');
is(digest($serial, $all), $everyone, 'rollup of all users is the activity of all events');
like(plan_of($parallel, $all), qr/Finalize Aggregate.*Partial Aggregate/s, 'rollup: a parallel plan');
is(digest($parallel, $all), $everyone, 'rollup: parallel');
like(plan_of($parallel, 'SELECT activity_agg(event_time, amount) FROM events'), qr/Finalize Aggregate.*Partial Aggregate/s, 'no grouping: a parallel plan');
is(digest($parallel, 'SELECT 1 AS user_id, activity_agg(event_time, amount) AS activity FROM events'), $everyone, 'no grouping: parallel');

# Combining with nothing: some partitions and some workers see no row that counts.
my $empty = 'SET enable_partitionwise_aggregate = on; SET enable_sort = off;';
for my $mode ([ serial => $serial ], [ parallel => $parallel ])
{
	my ($name, $settings) = @$mode;
	for my $where (q{event_time >= '2024-02-01'}, q{event_time < '2023-07-01'}, 'event_time IS NULL', 'user_id = 7', 'user_id = 5', 'false')
	{
		my $groups = "SELECT user_id, activity_agg(event_time, amount) FILTER (WHERE $where) AS activity FROM %s GROUP BY user_id";
		my $one = "SELECT 1 AS user_id, activity_agg(event_time, amount) AS activity FROM %s WHERE $where";
		my $rolled = "SELECT 1 AS user_id, rollup(CASE WHEN $where THEN '{2024-01-03:1}'::activity END) AS activity FROM %s";
		for my $query ($groups, $one, $rolled)
		{
			is(digest($settings . $empty, sprintf $query, 'months'), digest($serial, sprintf $query, 'events'),
				"$name, NULL states where $where");
		}
	}
}

# One group of a million events on 4 000 random days: the state is bounded by the
# days, not by the events.  VmHWM is the peak of this backend, shared pages and the
# library included, so the same without a large group is taken off; of shared pages
# there are few, as their number varies.
$node->safe_psql('postgres', <<'EOS');
CREATE TABLE large AS
SELECT n % 1000 AS user_id, date '2010-01-01' + floor(random() * 4000)::int AS day, (n % 997) / 100.0 AS amount
FROM generate_series(1, 1000000) AS n;
ANALYZE large;
EOS
like(plan_of('', per_user('activity_agg(day, amount)', 'large')), qr/Gather.*Partial HashAggregate/s,
	'left to itself the planner takes the parallel hash plan');
$node->append_conf('postgresql.conf', 'shared_buffers = 1MB');
$node->restart;
SKIP:
{
	skip 'no /proc here', 2 unless -r '/proc/self/status';
	for my $aggregate ('activity_agg(day)', 'activity_agg(day, amount)')
	{
		my %peak;
		for my $rows (10, 1000000)
		{
			($peak{$rows}) = $node->safe_psql('postgres', <<"EOS") =~ /VmHWM:\s+(\d+) kB/;
$serial
SELECT count(day), count(amount), $aggregate FILTER (WHERE n <= $rows) FROM (SELECT *, row_number() OVER () AS n FROM large) AS s;
SELECT pg_read_file('/proc/' || pg_backend_pid() || '/status');
EOS
		}
		my $more = $peak{1000000} - $peak{10};
		note("$aggregate: $more kB");
		cmp_ok($more, '<', 1024, "$aggregate: a million events in one group need less than 1 MB");
	}
}

# A million groups would be too many for a quick test; 200 000 show the size of one.
my ($bytes) = $node->safe_psql('postgres', <<'EOS') =~ /Memory Usage: (\d+)kB/;
SET max_parallel_workers_per_gather = 0; SET work_mem = '1GB'; SET enable_sort = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT n % 200000, activity_agg(date '2024-01-01' + n / 200000) FROM generate_series(0, 599999) AS n GROUP BY 1;
EOS
cmp_ok($bytes * 1024 / 200000, '<', 300, 'a group of three days needs less than 300 bytes of the hash table');

$node->stop;
done_testing();
