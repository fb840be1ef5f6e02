# The memory of a population: three million events of one user, and three million
# of 300 000 users, with a work_mem of 4 MB and of 512 MB.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc here' unless -r '/proc/self/status';

my $node = PostgreSQL::Test::Cluster->new('population_memory');
$node->init;
$node->append_conf('postgresql.conf', <<'EOC');
fsync = off
jit = off
autovacuum = off
log_statement = none
max_wal_size = 4GB
wal_level = minimal
max_wal_senders = 0
shared_buffers = 512MB
max_parallel_workers_per_gather = 0
search_path = 'user_ops, public'
EOC
$node->start;
$node->safe_psql('postgres', <<'EOS');
CREATE EXTENSION user_ops;
CREATE UNLOGGED TABLE events AS
SELECT n * 7919::bigint % 300000 AS u, date '2015-01-01' + (random() * 3000)::int AS day, (n % 10007) / 100.0 AS amount
FROM generate_series(1, 3000000) AS n;
SELECT count(*) FROM events;
EOS

# What a query says, and the kB of private memory that its backend had at most
# beyond what it had while idle: sampled every few milliseconds.
sub peak
{
	my ($settings, $query) = @_;
	my $samples = $node->basedir . '/samples';
	my $script = "$settings\nSELECT pg_backend_pid();\n\\! sleep 0.3\n$query;\nSELECT 'done';\n";
	my $answer = '';
	my $peak = 0;
	my $idle;
	my $pid;
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-v', 'ON_ERROR_STOP=1' ], '<', \$script, '>', \$answer, '2>', \my $errors);

	for (1 .. 20000)
	{
		$psql->pump_nb;
		($pid) = $answer =~ /^(\d+)\n/ unless $pid;
		if ($pid && open my $status, '<', "/proc/$pid/status")
		{
			my ($now) = join('', <$status>) =~ /RssAnon:\s+(\d+)/;

			$idle //= $now;
			$peak = $now if defined $now && $now > $peak;
		}
		last if $answer =~ /done\n/ || !$psql->pumpable;
		select undef, undef, undef, 0.005;
	}
	$psql->finish;
	$answer =~ s/^\d+\n//;
	$answer =~ s/done\n\z//;
	diag($errors) if $errors;
	return ($answer, $peak - $idle);
}

my $digest = "count(*), sum(active_days(activity)), sum(events(activity)), sum(hashtextextended(user_id || activity::text, 0))";
my %queries = (
	'one user, visits'      => 'SELECT (SELECT md5(activity::text) FROM users(p, NULL::int)) FROM (SELECT population_agg(1, day) AS p FROM events) AS s',
	'one user, amounts'     => 'SELECT (SELECT md5(activity::text) FROM users(p, NULL::int)) FROM (SELECT population_agg(1, day, amount) AS p FROM events) AS s',
	'300 000 users'         => "SELECT $digest FROM (SELECT (x).* FROM (SELECT users(p, NULL::bigint) AS x FROM (SELECT population_agg(u, day) AS p FROM events) AS s OFFSET 0) AS t OFFSET 0) AS r",
	'300 000 users with amounts' => "SELECT $digest FROM (SELECT (x).* FROM (SELECT users(p, NULL::bigint) AS x FROM (SELECT population_agg(u, day, amount) AS p FROM events) AS s OFFSET 0) AS t OFFSET 0) AS r",
	'300 000 users, text ids'    => "SELECT $digest FROM (SELECT (x).* FROM (SELECT users(p, NULL::text) AS x FROM (SELECT population_agg('user number ' || u, day) AS p FROM events) AS s OFFSET 0) AS t OFFSET 0) AS r",
	'retention of 300 000 users' => q{SELECT md5(retention(p, 'month', '2024-01-01')::text) FROM (SELECT population_agg(u, day) AS p FROM events) AS s});
for my $name (sort keys %queries)
{
	my ($right, $unbounded) = peak(q{SET work_mem = '512MB';}, $queries{$name});
	my ($answer, $more) = peak(q{SET work_mem = '4MB'; SET hash_mem_multiplier = 2;}, $queries{$name});

	isnt($answer, '', "$name: an answer");
	is($answer, $right, "$name: the same with 4 MB as with 512 MB");
	note(sprintf '%s: %.1f MB, with room for all of it %.1f MB', $name, $more / 1024, $unbounded / 1024);
	cmp_ok($unbounded, '>', $more, "$name: it went to a file");
	cmp_ok($more, '<=', (4 * 4 * 2 + 48) * 1024, "$name: 4 × (work_mem × hash_mem_multiplier) + 48 MB are enough");
}
$node->stop;
done_testing();
