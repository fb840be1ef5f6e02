# The memory of journeys: three million events of a million users, with a work_mem of 4 MB and
# of 512 MB, serially and by workers; thousands of journeys in one query, with texts of their
# own; and what a user's events take, stored.
#
# Runs alone: it takes gigabytes, and processor time is measured.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Bounds qw(keeps_bound keeps_bound_in_parallel);
use List::Util qw(min);
use Populations qw(population_server is_clean peak $small $parallel);
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc here' unless -r '/proc/self/status';

my $node = population_server('journeys_memory', <<'EOC');
max_wal_size = 4GB
wal_level = minimal
max_wal_senders = 0
shared_buffers = 512MB
log_line_prefix = '%b '
EOC
$node->safe_psql('postgres', <<'EOS');
CREATE TYPE step AS ENUM ('view', 'search', 'cart', 'pay');
CREATE UNLOGGED TABLE events AS
SELECT n * 7919::bigint % 1000000 AS u, timestamptz '2024-01-01 00:00Z' + (random() * 20000000)::int * interval '1 s' AS at, (ARRAY['view', 'search', 'cart', 'pay'])[1 + n % 4] AS e,
	   (enum_range(NULL::step))[1 + n % 4] AS k, (n % 10007) / 100.0 AS amount, 'campaign ' || n % 300 AS l
FROM generate_series(1, 3000000) AS n;
SELECT count(*) FROM events;
EOS

my $workers = "$parallel SET max_parallel_workers_per_gather = 2;";

# Each user's journey, of journeys over these arguments.
sub everyone
{
	my ($arguments, $type) = @_;
	return "SELECT count(*), sum(events(journey)), sum(hashtextextended(user_id || journey::text, 0)) FROM (SELECT (x).* FROM (SELECT users(j, NULL::$type) AS x FROM (SELECT journeys_agg($arguments) AS j FROM events) AS s OFFSET 0) AS t OFFSET 0) AS r";
}

my %queries = (
	'by name'             => everyone('u, at, e', 'bigint'),
	'by name, text ids'   => everyone(q{'user number ' || u, at, e}, 'text'),
	'by steps'            => everyone(q{u, at, k, '{view,cart,pay}'}, 'bigint'),
	'by conditions'       => everyone(q{u, at, e = 'view', e = 'cart', e = 'pay'}, 'bigint'),
	'by name, with labels' => everyone('u, at, e, amount, 0, l', 'bigint'));
my %right;
for my $name (sort keys %queries)
{
	($right{$name}) = keeps_bound($node, $name, $queries{$name});
}
keeps_bound_in_parallel($node, $_, $queries{$_}, $right{$_}) for 'by name, text ids', 'by name, with labels';

# --- many journeys in one query -----------------------------------------------------

# 8 000 groups of ten events, each of which has labels of its own.
$node->safe_psql('postgres', <<'EOS');
CREATE UNLOGGED TABLE many WITH (parallel_workers = 2) AS
SELECT n % 8000 AS g, n / 8000 % 4 AS u, timestamptz '2024-01-01 00:00Z' + n * interval '7 s' AS at, (ARRAY['view', 'search', 'cart', 'pay'])[1 + n % 4] AS e, 'campaign ' || n % 8000 || ' ' || n / 8000 AS l
FROM generate_series(0, 79999) AS n;
ANALYZE many;
-- Processor time of this session so far, in ms.
CREATE FUNCTION used() RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT sum(f::int)::int * 10 FROM unnest((string_to_array(regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/stat'), '.*\) ', ''), ' '))[12:13]) AS f $$;
EOS
my $digest = 'md5(string_agg(g || \' \' || user_id || journey::text, \' \' ORDER BY g, user_id))';
my $expected = $node->safe_psql('postgres', "SELECT $digest FROM (SELECT g, u AS user_id, journey_agg(at, e, NULL, 0, l) AS journey FROM many GROUP BY g, u) AS s");

sub each_group
{
	my ($groups) = @_;
	return "(SELECT g, (x).* FROM (SELECT g, users(j, NULL::int) AS x FROM (SELECT g, journeys_agg(u, at, e, NULL, 0, l) AS j FROM many WHERE g < $groups GROUP BY g) AS s OFFSET 0) AS t) AS r";
}

for my $case (
	[ 'hashed', '' ],
	[ 'sorted', 'SET enable_hashagg = off;' ],
	[ 'hashed, spilling', $small ],
	[ 'sorted, spilling', "$small SET enable_hashagg = off;" ],
	[ 'in parallel', $workers ],
	[ 'in parallel, spilling', "$workers $small" ])
{
	my ($how, $settings) = @$case;

	is($node->safe_psql('postgres', "$settings SELECT $digest FROM " . each_group(8000)), $expected, "8 000 journeys, $how: right");
}

# milliseconds(GROUPS, SETTINGS): the least processor time of three runs.
sub milliseconds
{
	my ($groups, $settings) = @_;

	return min(map {
		my ($before, $n, $after) = split /\n/, $node->safe_psql('postgres', "$settings SELECT used(); SELECT count(*) FROM " . each_group($groups) . '; SELECT used()');

		$n == $groups * 4 ? $after - $before : die "$n users of $groups groups";
	} 1 .. 3);
}

for my $case ([ 'in memory', q{SET work_mem = '64MB';} ], [ 'spilling', $small ], [ 'in parallel', $workers ])
{
	my ($how, $settings) = @$case;
	my ($some, $all) = map { milliseconds($_, $settings) } 2000, 8000;

	note("$how: 2 000 journeys $some ms, 8 000 $all ms");
	cmp_ok($all, '<=', 1500, "8 000 journeys with 80 000 labels, $how: at most 1.5 s of processor time");
	cmp_ok($all, '<=', 8 * ($some + 20), '... which goes with their number');
}

# --- stored sizes -------------------------------------------------------------------

# Visits within half a year, of a few events each, up to some minutes apart: ten events of a user.
$node->safe_psql('postgres', <<'EOS');
SELECT setseed(0.5);
CREATE UNLOGGED TABLE shop AS
SELECT * FROM (
	SELECT u, at, e, row_number() OVER (PARTITION BY u ORDER BY at) AS n, count(*) OVER (PARTITION BY u) AS of
	FROM (SELECT u, date_trunc('second', start + (i - 1) * interval '1 minute' + random() * i * interval '2 minutes') AS at,
				 (ARRAY['view', 'search', 'cart', 'checkout', 'purchase'])[1 + floor(random() * 5)::int] AS e
		  FROM (SELECT u, timestamptz '2024-01-01 00:00Z' + random() * interval '180 days' AS start, 1 + floor(random() * 5)::int AS events FROM generate_series(1, 5000) AS u, generate_series(1, 10) AS visit) AS v,
			   generate_series(1, events) AS i) AS s) AS s
WHERE n <= 10 AND of >= 10;
CREATE UNLOGGED TABLE spread AS
SELECT u, date_trunc('second', timestamptz '2024-01-01 00:00Z' + random() * interval '180 days') AS at, (ARRAY['view', 'search', 'cart', 'checkout', 'purchase'])[1 + floor(random() * 5)::int] AS e
FROM generate_series(1, 5000) AS u, generate_series(1, 10);
EOS
for my $case ([ 'shop', 'e', 6 ], [ 'shop', q{e, '{view,search,cart,checkout,purchase}'}, 4 ], [ 'spread', 'e', 6.5 ], [ 'spread', q{e, '{view,search,cart,checkout,purchase}'}, 5 ])
{
	my ($table, $arguments, $most) = @$case;
	my $bytes = $node->safe_psql('postgres', "SELECT round(avg(octet_length(j::bytea)) / 10, 2) FROM (SELECT journey_agg(at, $arguments) AS j FROM $table GROUP BY u) AS s WHERE events(j) = 10");

	note("$table, $arguments: $bytes bytes an event");
	cmp_ok($bytes, '<=', $most, "$table, $arguments: at most $most bytes an event of ten");
}

# --- stored journeys with names of their own, which are kept while those of others are read --

$node->safe_psql('postgres', <<'EOS');
CREATE UNLOGGED TABLE stories AS
SELECT u, journey_agg(timestamptz '2024-01-01 00:00Z' + n * interval '1 s', u || ' ' || n || repeat(' and so on', 50)) AS journey
FROM generate_series(1, 300) AS u, generate_series(1, 1000) AS n GROUP BY u;
EOS
my ($none, $memory) = peak($node, '', q{SELECT max(funnel_level(journey, '{view,cart}', interval '1 day')) FROM stories});
is($none, "0\n", 'half a megabyte of names of each user');
cmp_ok($memory, '<', 20000, '... and those of few are kept');

is_clean($node, 'at the end', 10);
$node->stop;
done_testing();
