# The memory of a population: ten million events of one user, three million of a
# million users, with a work_mem of 4 MB and of 512 MB; and of what workers hand over.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Bounds qw(keeps_bound keeps_bound_in_parallel $little);
use Populations qw(population_server peak $parallel);
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc here' unless -r '/proc/self/status';

my $node = population_server('population_memory', <<'EOC');
max_wal_size = 4GB
wal_level = minimal
max_wal_senders = 0
shared_buffers = 512MB
log_line_prefix = '%b '
EOC
$node->safe_psql('postgres', <<'EOS');
CREATE UNLOGGED TABLE events AS
SELECT n * 7919::bigint % 1000000 AS u, date '2015-01-01' + (random() * 3000)::int AS day, (n % 10007) / 100.0 AS amount
FROM generate_series(1, 3000000) AS n;
CREATE UNLOGGED TABLE one AS SELECT 1 AS u, day, amount FROM events, generate_series(1, 4) LIMIT 10000000;
SELECT count(*) FROM events;
SELECT count(*) FROM one;
EOS

my $digest = "count(*), sum(active_days(activity)), sum(events(activity)), sum(hashtextextended(user_id || activity::text, 0))";

# Each user's activity, of a population over these arguments.
sub everyone
{
	my ($arguments, $type) = @_;
	return "SELECT $digest FROM (SELECT (x).* FROM (SELECT users(p, NULL::$type) AS x FROM (SELECT population_agg($arguments) AS p FROM events) AS s OFFSET 0) AS t OFFSET 0) AS r";
}

my %queries = (
	'one user, visits'           => 'SELECT (SELECT md5(activity::text) FROM users(p, NULL::int)) FROM (SELECT population_agg(u, day) AS p FROM one) AS s',
	'one user, amounts'          => 'SELECT (SELECT md5(activity::text) FROM users(p, NULL::int)) FROM (SELECT population_agg(u, day, amount) AS p FROM one) AS s',
	'a million users'            => everyone('u, day', 'bigint'),
	'a million users with amounts' => everyone('u, day, amount', 'bigint'),
	'a million users, text ids'  => everyone(q{'user number ' || u, day}, 'text'),
	'retention of a million users' => q{SELECT md5(retention(p, 'month', '2024-01-01')::text) FROM (SELECT population_agg(u, day) AS p FROM events) AS s});
my %right;
for my $name (sort keys %queries)
{
	($right{$name}, my $more) = keeps_bound($node, $name, $queries{$name});
	next unless $name =~ /one user/;

	(undef, my $half) = peak($node, $little, $queries{$name} =~ s/FROM one/FROM (SELECT * FROM one LIMIT 5000000) AS half/r);
	# where rows were kept, it would be 20 MB and more
	cmp_ok($more - $half, '<=', 8192, "$name: ten million events take what five million do") or diag("$half and $more kB");
}

keeps_bound_in_parallel($node, $_, $queries{$_}, $right{$_}) for 'a million users with amounts', 'a million users, text ids';
# More than 1 GB, which no row could carry: one worker, of the two that were planned, gets all rows.
{
	my $count = 'SELECT count(*), count(DISTINCT id) FROM (SELECT (user_ops.users(p, NULL::text)).user_id AS id FROM (SELECT population_agg(repeat(\'x\', 8000) || u, day) AS p FROM events WHERE u < 47000) AS s) AS t';

	is($node->safe_psql('postgres', "$little $parallel SET max_parallel_workers_per_gather = 2; SET max_parallel_workers = 1; SET parallel_leader_participation = off; $count"),
		$node->safe_psql('postgres', "SELECT count(DISTINCT u), count(DISTINCT u) FROM events WHERE u < 47000"), 'a worker with more than 1 GB');
}
$node->stop;
done_testing();
