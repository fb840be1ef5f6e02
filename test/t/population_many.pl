# Thousands of small populations in one query: as right as activity_agg, in time and
# memory that go with their rows, and with one temporary file.
#
# Runs alone: processor time and memory are measured.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use List::Util qw(min);
use Populations qw(population_server is_clean peak $small $parallel);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = population_server('population_many', "log_temp_files = 0\n");

# 8 000 groups of ten users with one event each, and a few groups that are larger.
$node->safe_psql('postgres', <<'EOS');
CREATE TABLE many WITH (parallel_workers = 2) AS
SELECT n % 8000 AS g, n / 8000 AS u, date '2024-01-01' + (n % 50) AS day, (n % 10007) / 100.0 AS amount
FROM generate_series(1, 80000) AS n
UNION ALL
SELECT 8000 + n % 4, n * 7919 % 5003 - 2500, date '2024-01-01' + (n * 104729::bigint % 400)::int, n % 700 / 10.0
FROM generate_series(1, 120000) AS n;
CREATE TABLE one_by_one AS SELECT g, u, activity_agg(day) AS visits, activity_agg(day, amount) AS activity FROM many GROUP BY g, u;
ANALYZE;
-- Processor time of this session so far, in ms.
CREATE FUNCTION used() RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT sum(f::int)::int * 10 FROM unnest((string_to_array(regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/stat'), '.*\) ', ''), ' '))[12:13]) AS f $$;
EOS

# temporary_files(): how many the log has told of since it was asked last.
my $seen = 0;

sub temporary_files
{
	my $log = slurp_file($node->logfile, $seen);

	$seen += length $log;
	return scalar(() = $log =~ /temporary file: path/g);
}

# --- right ----------------------------------------------------------------------

my $digest = 'md5(string_agg(g || \' \' || user_id || activity::text, \' \' ORDER BY g, user_id COLLATE "C"))';
my %expected = map { $_ => $node->safe_psql('postgres', "SELECT $digest FROM (SELECT g, u::text AS user_id, $_ AS activity FROM one_by_one) AS s") } qw(visits activity);

for my $ids (qw(int text))
{
	for my $what (qw(visits activity))
	{
		my $arguments = "u::$ids, day" . ($what eq 'activity' ? ', amount' : '');
		my $query = "SELECT $digest FROM (SELECT g, (x).user_id::text, (x).activity FROM (SELECT g, users(p, NULL::$ids) AS x FROM (SELECT g, population_agg($arguments) AS p FROM many GROUP BY g) AS s OFFSET 0) AS t) AS r";

		for my $case (
			[ 'hashed', '', 4 ],
			[ 'sorted', 'SET enable_hashagg = off;', 4 ],
			[ 'hashed, spilling', "$small", 100 ],
			[ 'sorted, spilling', "$small SET enable_hashagg = off;", 100 ],
			[ 'in parallel', "$parallel SET max_parallel_workers_per_gather = 2;", 8 ],
			[ 'in parallel, spilling', "$parallel SET max_parallel_workers_per_gather = 2; $small", 100 ])
		{
			my ($how, $settings, $most) = @$case;

			temporary_files();
			is($node->safe_psql('postgres', "$settings $query"), $expected{$what}, "$what of $ids ids, $how: right");
			cmp_ok(temporary_files(), '<=', $most, '... with few temporary files');
		}
	}
}
like($node->safe_psql('postgres', "$parallel SET max_parallel_workers_per_gather = 2; EXPLAIN (COSTS OFF) SELECT g, population_agg(u, day) FROM many GROUP BY g"), qr/Finalize.*Gather.*Partial/s, 'the plan with workers');
is_clean($node, 'right', 10);

# --- in time --------------------------------------------------------------------

SKIP:
{
	skip 'no /proc here', 1 unless -r '/proc/self/stat';

	# milliseconds(GROUPS, SETTINGS): the least processor time of three runs.
	sub milliseconds
	{
		my ($groups, $settings) = @_;
		my $query = "SELECT sum(n) FROM (SELECT (SELECT count(*) FROM users(p, NULL::int)) AS n FROM (SELECT population_agg(u, day, amount) AS p FROM many WHERE g < $groups GROUP BY g OFFSET 0) AS s) AS t";

		return min(map {
			my ($before, $n, $after) = split /\n/, $node->safe_psql('postgres', "$settings SELECT used(); $query; SELECT used()");

			$n == $groups * 10 ? $after - $before : die "$n users of $groups groups";
		} 1 .. 3);
	}

	for my $case ([ 'in memory', q{SET work_mem = '64MB';} ], [ 'work_mem as it comes', '' ], [ 'spilling', $small ])
	{
		my ($how, $settings) = @$case;
		my ($some, $all) = map { milliseconds($_, $settings) } 2000, 8000;

		note("$how: 2 000 populations $some ms, 8 000 $all ms");
		cmp_ok($all, '<=', 500, "8 000 populations, $how: at most 500 ms of processor time");
		cmp_ok($all, '<=', 8 * ($some + 20), '... which goes with their number');
	}

	# 8 000 of three rows, which all are there at once.
	my ($right, $peak) = peak($node, q{SET work_mem = '64MB';},
		'WITH p AS MATERIALIZED (SELECT population_agg(u, day) AS p FROM many WHERE g < 8000 AND u < 3 GROUP BY g) SELECT count(*) FROM p, users(p, NULL::int)');
	is($right, "23999\n", '8 000 populations of three rows: right');
	note(sprintf '8 000 populations of three rows: %.1f MB', $peak / 1024);
	cmp_ok($peak, '<=', 8000 * 1.5 + 6 * 1024, '... in 1.5 kB each');
}

my $log = slurp_file($node->logfile);
unlike($log, qr/file leak|not closed|leaked|WARNING/, 'no warning in the log');
unlike($log, qr/PANIC|terminated by signal|was terminated|XX000/, 'no process died');
is_clean($node, 'at the end', 10);
$node->stop;
done_testing();
