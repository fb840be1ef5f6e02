# Journeys of all users in one scan say what GROUP BY and journey_agg say, on every road and
# in every plan, with names that each worker meets in an order of its own; and nothing is
# left behind.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Populations qw(population_server is_clean $small $parallel);
use PostgreSQL::Test::Utils;
use Roads qw(along_roads most);
use Test::More;
use Time::HiRes qw(time);

my $tables = $ENV{USER_OPS_TABLES} || 252;
my $node = population_server('journeys', "max_parallel_maintenance_workers = 0\nclient_min_messages = warning\nlog_line_prefix = '%b '\n");

# --- on generated tables ------------------------------------------------------

$node->safe_psql('postgres', <<'EOS');
CREATE TYPE step AS ENUM ('pay', 'cart', 'view', 'other', 'search');
CREATE DOMAIN code AS text CHECK (value <> 'nobody');
EOS
my @ids = (
	[ 'int', 'u * 7919 - 5' ],
	[ 'bigint', '(u::bigint << 33) - 7' ],
	[ 'text', q{repeat(chr(945 + u % 20), u % 5) || u} ],
	[ 'uuid', 'md5(u::text)::uuid' ],
	[ 'smallint', '(u - 5)::smallint' ],
	[ 'varchar(20)', q{nullif('v' || u, 'v3')} ],
	[ 'date', q{date '2000-01-01' - u} ],
	[ 'step', '(enum_range(NULL::step))[1 + u % 5]' ],
	[ 'code', q{'c' || u} ],
	[ 'numeric', 'round(u / 4.0, 2 + floor(random() * 5)::int)' ],
	[ 'float8', q{CASE WHEN u = 0 AND random() < 0.5 THEN '-0'::float8 ELSE u / 8.0 END} ]);
# Arguments behind the user and the time, and how many distinct names and labels there are.
my @forms = (
	[ 'e', 5 ],
	[ 'e, x', 2000 ],
	[ q{e, '{name 1,name 2,name 3}'}, 5 ],
	[ 'i', 5 ],
	[ 'k', 5 ],
	[ q{e = 'name 1', e = 'name 2', i > 2}, 5 ],
	[ 'e, x, b, l', 700 ],
	[ 'i, x::int', 3000 ],
	[ q{e, journey_steps('{name 3,name 1}', keep_others => true), x, b, l}, 5 ],
	[ q{x, b, l, e = 'name 4', k < 'view'}, 700 ],
	[ q{k, '{cart,pay}'}, 5 ],
	[ q{i, ARRAY[[1, NULL], [3, 4]], x, b, l}, 300 ],
	[ 'lower(e) || i % 2', 1000 ],
	[ q{coalesce(e, 'none'), x * 2}, 5 ],
	[ q{substr(e, 6)::bigint, '{1,4}'}, 5 ],
	[ 'VARIADIC c', 5 ],
	[ 'k, x, b, l', 5 ]);
my @times = ('timestamptz', 'timestamp', 'date');
my @shapes = ('any', 'one user', 'all distinct', 'heavy', 'sorted by user', 'sorted by time', 'many');
my @roads = (
	[ 'serial', '' ],
	[ 'spilling', $small ],
	[ 'parallel', $parallel ],
	[ 'parallel and spilling', "$parallel $small SET parallel_leader_participation = off;" ],
	[ 'partitionwise', 'SET enable_partitionwise_aggregate = on;' ],
	[ 'parallel and partitionwise, leader idle', "$parallel SET enable_partitionwise_aggregate = on; SET parallel_leader_participation = off;" ],
	[ 'parallel, leader idle', "$parallel SET parallel_leader_participation = off;" ]);

sub workers
{
	my ($n) = @_;

	return $roads[ $n % @roads ][1] =~ /leader_participation/ ? 2 + $n / @roads % 4 : 1 + $n % 5;
}

sub table_script
{
	my ($n) = @_;
	my ($type, $id) = @{ $ids[ $n % @ids ] };
	my ($form, $names) = @{ $forms[ $n % @forms ] };
	my $shape = $shapes[ ($n / 3) % @shapes ];
	my $time = $times[ ($n / 2) % @times ];
	my ($road, $settings) = @{ $roads[ $n % @roads ] };
	my $workers = workers($n);
	my $in_parallel = $road =~ /parallel/;
	my $spills = $road =~ /spilling/;
	# at 64 kB every process comes to its limit, even if not all have as many rows
	my $copies = $spills && $in_parallel ? $workers + 1 : 1;
	my $rows = $n % 60 == 0 ? 0 : $spills ? 8000 : $shape eq 'many' ? 3000 : ($in_parallel ? 200 : 40) + $n * 37 % 400;
	my $users = $shape eq 'one user' ? 1 : $shape eq 'many' ? 2000 : 1 + $n * 13 % 60;
	my $u = $shape eq 'all distinct' ? 'n' : 'floor(random() ' . ($shape eq 'heavy' ? '^ 6 ' : '') . "* $users)::int";
	my $order = $shape eq 'sorted by user' ? 'ORDER BY u' : $shape eq 'sorted by time' ? 'ORDER BY at' : '';
	my $span = (3, 400, 40000, 2000000)[ $n % 4 ];
	# for few rows many pages, so that there is something for every worker
	my $storage = "parallel_workers = $workers" . ($in_parallel && !$spills ? ', fillfactor = 10' : '');
	my $slow = $in_parallel ? "WHERE pause IS NULL OR pg_sleep(pause)::text = ''" : '';
	my $pause = int($rows * $copies / 64) || 1;
	my $quoted = $form =~ s/'/''/gr;
	my $script = <<"EOS";
RESET ALL;
SET max_parallel_workers_per_gather = 0;
SELECT 'begin $n';
SELECT setseed($n / 1000.0);
DROP TABLE IF EXISTS events, truth, answer;
CREATE @{[ $road =~ /partitionwise/ ? '' : 'UNLOGGED ' ]}TABLE events (id $type, at $time, e text, i int, k step, c boolean[], x numeric, b bigint, l text, part int, pause float8)
EOS

	if ($road =~ /partitionwise/)
	{
		$script .= "PARTITION BY LIST (part);\n";
		$script .= "CREATE UNLOGGED TABLE events_$_ PARTITION OF events FOR VALUES IN ($_) WITH ($storage);\n" for 0 .. 2;
	}
	else
	{
		$script .= "WITH ($storage);\n";
	}
	# names come as rows do: each page has others, and each worker its own
	$script .= <<"EOS";
INSERT INTO events
SELECT CASE WHEN random() > 0.03 THEN $id END,
	   CASE WHEN random() > 0.03 THEN at AT TIME ZONE 'UTC' END,
	   CASE WHEN random() > 0.05 THEN 'name ' || name END, CASE WHEN random() > 0.05 THEN name END, (enum_range(NULL::step))[1 + name % 5], ARRAY[name % 2 = 0, NULL, name % 3 = 0],
	   CASE WHEN random() > 0.3 THEN round(((random() - 0.2) * 1000)::numeric, (random() * 9)::int) END, CASE WHEN random() > 0.5 THEN floor(random() * 5)::int - 2 END,
	   CASE WHEN random() > 0.3 THEN 'label ' || (name + n) % $names END, u % 3, CASE WHEN n % $pause = 0 THEN 0.001 * $workers END
FROM (SELECT $u AS u, n, (n * ${names}::bigint / $rows + floor(random() * 3)::int)::int % $names AS name,
			 timestamptz '2024-03-10 00:00+00' + floor(random() * $span * 8) * interval '3 hours 7 s' / 97 - interval '1 microsecond' * floor(random() * 2) AS at
	  FROM generate_series(1, $rows) AS n) AS s $order;
INSERT INTO events SELECT e.* FROM events AS e, generate_series(2, $copies);
CREATE UNLOGGED TABLE truth WITH (parallel_workers = 0) AS
SELECT * FROM (SELECT id, journey_agg(at, $form) AS journey FROM events WHERE id IS NOT NULL GROUP BY id) AS s WHERE journey IS NOT NULL;
ANALYZE events, truth;
SELECT count(*) AS n_events FROM events \\gset
SELECT 'rows ' || :n_events;
$settings
SET max_parallel_workers_per_gather = $workers;
DO 'BEGIN RAISE LOG ''table $n''; END';
SET log_temp_files = 0;
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, FORMAT JSON)
CREATE UNLOGGED TABLE answer AS SELECT (u).* FROM (SELECT users(j, NULL::$type) AS u FROM (SELECT journeys_agg(id, at, $form) AS j FROM events $slow) AS s OFFSET 0) AS s;
RESET log_temp_files;
SET search_path = user_ops, public;
SELECT 'table $n ($road, $type, $shape, $quoted): ' || concat_ws(' ',
	(SELECT count(*) FROM answer AS u FULL JOIN truth AS t ON t.id = u.user_id WHERE u.journey IS DISTINCT FROM t.journey OR t.id IS NULL OR u.user_id IS NULL),
	(SELECT count(*) FROM answer) - (SELECT count(*) FROM truth), :n_events - $rows * $copies,
	(SELECT count(*) FROM (SELECT id, journey_agg(at, $form) AS journey FROM events WHERE id IS NOT NULL GROUP BY id) AS u FULL JOIN truth AS t USING (id) WHERE u.journey IS DISTINCT FROM t.journey),
	(SELECT count(*) FROM (SELECT rollup(piece) AS journey, id FROM (SELECT id, part, journey_agg(at, $form) AS piece FROM events WHERE id IS NOT NULL GROUP BY id, part) AS p GROUP BY id) AS u FULL JOIN truth AS t USING (id) WHERE u.journey IS DISTINCT FROM t.journey));
EOS
	return $script;
}

along_roads($node, \@roads, $tables, \&table_script, '0 0 0 0 0', sub {
	my ($name, $settings, $table, $files, $numbers, $some) = @_;

	most(0.7, "$name: a file of most tables", sub { $files->{ $_[0] }{'client backend'} }, @$some) if $name eq 'spilling';
	return unless $name =~ /parallel/;

	most(0.5, "$name: several workers have rows", sub { keys %{ $table->{ $_[0] }{plan}{rows} } > 1 }, @$some);
	most(0.7, "$name: a worker writes a file", sub { $files->{ $_[0] }{'parallel worker'} }, @$some) if $name =~ /spilling/;
});

# --- plans --------------------------------------------------------------------

$node->safe_psql('postgres', <<'EOS');
CREATE TABLE big WITH (parallel_workers = 3) AS
SELECT floor(random() * 700)::int AS u, n * 7919 % 40 AS g, timestamptz '2024-01-01 00:00Z' + (n * 104729::bigint % 9000000) * interval '1 s' AS at,
	   (ARRAY['view', 'cart', 'pay', 'search'])[1 + n % 4] AS e, 'label ' || n * 7919 % 40 || ' ' || n % 97 AS l, n % 700 / 10.0 AS amount
FROM (SELECT setseed(0.3)) AS s, generate_series(1, 60000) AS n;
CREATE INDEX ON big (g);
CREATE FUNCTION digest(j journeys) RETURNS text LANGUAGE sql PARALLEL RESTRICTED AS
	$$ SELECT md5(string_agg(user_id || journey::text, ' ' ORDER BY user_id)) FROM users(j, NULL::int) $$;
CREATE TABLE groups AS
SELECT g, md5(string_agg(u || journey::text, ' ' ORDER BY u)) AS digest FROM (SELECT g, u, journey_agg(at, e, amount, 0, l) AS journey FROM big GROUP BY g, u) AS s GROUP BY g;
CREATE TABLE everyone AS SELECT u, journey_agg(at, e, amount, 0, l) AS journey FROM big GROUP BY u;
ANALYZE;
EOS
my ($all, $n_users) = split /\|/, $node->safe_psql('postgres', q{SELECT md5(string_agg(u || journey::text, ' ' ORDER BY u)), count(*) FROM everyone});
my $n_groups = $node->safe_psql('postgres', 'SELECT count(*) FROM groups');

sub plan_of
{
	my ($settings, $query) = @_;
	return $node->safe_psql('postgres', "$settings EXPLAIN (COSTS OFF) $query");
}

# A query of groups, each with the digest of its journeys; in a plan with these marks.
sub is_grouped
{
	my ($name, $settings, $query, @marks) = @_;
	my $plan = plan_of($settings, $query);

	like($plan, $_, "$name: the plan has $_") for @marks;
	is($node->safe_psql('postgres', "$settings SELECT count(*), count(*) FILTER (WHERE a.digest = g.digest) FROM ($query) AS a (g, digest) JOIN groups AS g USING (g)"),
		"$n_groups|$n_groups", $name);
}

# All labels of a group are its own: each reader has other texts.
my $by_group = 'SELECT g, journeys_agg(u, at, e, amount, 0, l) AS j FROM big GROUP BY g';
my $together = q{md5(string_agg(x.user_id || x.journey::text, ' ' ORDER BY x.user_id))};
my $gather = "$parallel SET max_parallel_workers_per_gather = 3;";
for my $settings ('', $small)
{
	my $how = $settings ? 'spilling' : 'in memory';

	is_grouped("hash aggregate, $how", "$settings SET enable_sort = off; SET enable_indexscan = off;", "SELECT g, digest(j) FROM ($by_group) AS s", qr/HashAggregate/);
	is_grouped("group aggregate, $how", "$settings SET enable_hashagg = off;", "SELECT g, digest(j) FROM ($by_group) AS s", qr/GroupAggregate/);
	is_grouped("LATERAL, $how", $settings, "SELECT g, $together FROM ($by_group) AS s, LATERAL users(j, NULL::int) AS x GROUP BY g");
	is_grouped("in a select list, $how", $settings, "SELECT g, md5(string_agg((x).user_id || (x).journey::text, ' ' ORDER BY (x).user_id)) FROM (SELECT g, users(j, NULL::int) AS x FROM ($by_group) AS s OFFSET 0) AS t GROUP BY g", qr/ProjectSet/);
	is_grouped("correlated subplan, $how", $settings, 'SELECT g, (SELECT digest(journeys_agg(u, at, e, amount, 0, l)) FROM big AS b WHERE b.g = o.g) FROM groups AS o', qr/SubPlan/);
	is_grouped("users of a rescanned aggregate, $how", $settings, "SELECT o.g, $together FROM groups AS o, LATERAL (SELECT journeys_agg(u, at, e, amount, 0, l) AS j FROM big AS b WHERE b.g = o.g OFFSET 0) AS s, LATERAL users(j, NULL::int) AS x GROUP BY o.g");
	is_grouped("materialized CTE, $how", $settings, "WITH j AS MATERIALIZED ($by_group) SELECT a.g, CASE WHEN digest(a.j) = digest(b.j) THEN digest(b.j) END FROM j AS a JOIN j AS b USING (g)", qr/CTE Scan/);
	is_grouped("grouping sets, hashed, $how", "$settings SET enable_sort = off;", 'SELECT g, digest(j) FROM (SELECT g, u % 2 AS h, journeys_agg(u, at, e, amount, 0, l) AS j FROM big GROUP BY GROUPING SETS ((g), (2), ())) AS s');
	is_grouped("in workers, hashed, $how", "$gather $settings SET enable_sort = off; SET enable_indexscan = off;", "SELECT g, digest(j) FROM ($by_group) AS s", qr/Finalize HashAggregate.*Partial HashAggregate/s);
	is_grouped("in workers, sorted, $how", "$gather $settings SET enable_hashagg = off;", "SELECT g, digest(j) FROM ($by_group) AS s", qr/Finalize GroupAggregate.*Gather Merge/s);
	is($node->safe_psql('postgres', "$_ $settings SELECT digest(j) FROM (SELECT journeys_agg(u, at, e, amount, 0, l) AS j FROM big) AS s"), $all, "no grouping, $how") for '', $gather, "$gather SET parallel_leader_participation = off;";
	is($node->safe_psql('postgres', "$settings SELECT digest(journeys_agg(u, at, e, amount, 0, l ORDER BY amount DESC)) FROM big"), $all, "with an order of its own, $how");
	is($node->safe_psql('postgres', "$settings SELECT sum(events(journey)) FROM (SELECT journeys_agg(DISTINCT u, at::date, e) AS j FROM big) AS s, users(j, NULL::int)"),
		$node->safe_psql('postgres', 'SELECT count(DISTINCT (u, (at AT TIME ZONE current_setting($$TimeZone$$))::date, e)) FROM big'), "DISTINCT, $how");
	is($node->safe_psql('postgres', "$_ $settings SELECT count(*) FROM (SELECT (x).* FROM (SELECT users(j, NULL::int) AS x FROM (SELECT journeys_agg(u, at, e, amount, 0, l) FILTER (WHERE g < 7) AS j FROM big) AS s OFFSET 0) AS t) AS r
		FULL JOIN (SELECT u, journey_agg(at, e, amount, 0, l) AS right FROM big WHERE g < 7 GROUP BY u) AS w ON u = user_id WHERE journey IS DISTINCT FROM w.right"), 0, "FILTER, $how") for '', $gather;
	is_clean($node, $how);
}

# --- cursors, prepared statements, handles -------------------------------------

my $stream = 'SELECT (x).user_id, (x).journey FROM (SELECT users(j, NULL::int) AS x FROM (SELECT journeys_agg(u, at, e, amount, 0, l) AS j FROM big) AS s OFFSET 0) AS t';
for my $settings ('', $small)
{
	is($node->safe_psql('postgres', <<"EOS"), "$n_users\n300\n$n_users", 'cursors' . ($settings && ', spilling'));
$settings
BEGIN;
CREATE TEMP TABLE got (u int, journey journey);
CREATE PROCEDURE fetch_some(c refcursor, n int) LANGUAGE plpgsql AS \$\$
DECLARE r record;
BEGIN
	FOR i IN 1 .. n LOOP FETCH c INTO r; EXIT WHEN NOT FOUND; INSERT INTO got VALUES (r.user_id, r.journey); END LOOP;
END \$\$;
DECLARE a CURSOR FOR $stream;
DECLARE b CURSOR FOR $stream;
CALL fetch_some('a', 10);
CALL fetch_some('b', 300);
MOVE 10 IN b;
CLOSE b;
CALL fetch_some('a', 100000);
SELECT count(DISTINCT u) FROM got JOIN everyone AS e USING (u) WHERE e.journey = got.journey;
SELECT count(*) - $n_users FROM got JOIN everyone AS e USING (u) WHERE e.journey = got.journey;
DECLARE h CURSOR WITH HOLD FOR $stream;
COMMIT;
TRUNCATE got;
CALL fetch_some('h', 2000);
SELECT count(*) FROM got JOIN everyone AS e USING (u) WHERE e.journey = got.journey;
CLOSE h;
DROP PROCEDURE fetch_some;
BEGIN;
DECLARE d CURSOR FOR $stream;
MOVE 3 IN d;
ROLLBACK;
EOS
	is_clean($node, 'cursors', 10);
}

# Steps as a parameter, beyond the fifth execution, with others in turn; in workers, too.
for my $mode (qw(auto force_generic_plan force_custom_plan))
{
	for my $how ('', $gather)
	{
		my $executions = join ';', map { "EXECUTE q('{" . ($_ % 2 ? 'view,pay' : 'search,cart,view') . "}', $_)" } 1 .. 8;

		is($node->safe_psql('postgres', <<"EOS"), join("\n", ('t|0') x 8), "steps as a parameter, $mode" . ($how && ', in workers'));
SET plan_cache_mode = $mode; $how
PREPARE q (journey_steps, int) AS
SELECT count(*) > 600, count(*) FILTER (WHERE journey IS DISTINCT FROM w.right)
FROM users((SELECT journeys_agg(u, at, e, \$1) FROM big WHERE g < 10 + \$2), NULL::int) FULL JOIN (SELECT u, journey_agg(at, e, \$1) AS right FROM big WHERE g < 10 + \$2 GROUP BY u) AS w ON u = user_id;
$executions
EOS
	}
}

# answer(STATEMENT): the SQLSTATE, message and hint of what is wrong with it.
sub answer
{
	my ($statement) = @_;
	my ($status, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$statement");

	return $status == 0 ? $out : join ': ', map { $error =~ /$_/m ? $1 : 'none' } qr/ERROR:  (.*)/, qr/HINT:  (.*)/;
}

my $gone = qr/^55000: the journeys no longer exist, or were made in another process: Journeys can be read only in the query that made them\./;
my $journeys = '(SELECT journeys_agg(u, at, e) AS j FROM big) AS s';
$node->safe_psql('postgres', 'CREATE TABLE kept (j journeys); INSERT INTO kept SELECT journeys_agg(u, at, e) FROM big');
like(answer('SELECT count(*) FROM kept, users(j, NULL::int)'), $gone, 'a handle that was stored');
like(answer(q{SELECT count(*) FROM users('journeys:0123456789abcdef'::journeys, NULL::int)}), $gone, 'a forged handle');
like(answer(q{SELECT 'journeys:12'::journeys}), qr/^22P02: invalid input syntax for type journeys: "journeys:12": Journeys are made by journeys_agg\.$/, 'what is no handle');
like(answer(q{SELECT 'population:0123456789abcdef'::journeys}), qr/^22P02: /, '... nor is one of another type');
is($node->safe_psql('postgres', "SELECT j::text ~ '^journeys:[0-9a-f]{16}\$', j::text::journeys::text = j::text, (SELECT count(*) FROM users(j::text::journeys, NULL::int)) FROM $journeys"), "t|t|$n_users", 'a handle as text and back, within the query');
like(answer("SELECT count(*) FROM $journeys, users(j, NULL::$_)"), qr/^42804: /, "ids that are no $_") for qw(text uuid boolean);
is(answer("SELECT count(*) FROM $journeys, users(j, NULL::bigint)"), $n_users, 'int ids as bigint');
is(answer('SELECT count(*) FROM users(NULL::journeys, NULL::int)'), 0, 'no journeys have no users');
$node->safe_psql('postgres', 'CREATE CAST (journeys AS population) WITHOUT FUNCTION; CREATE CAST (population AS journeys) WITHOUT FUNCTION');
is(answer("SELECT count(*) FROM $journeys, users(j::population, NULL::int)"), '42804: a handle of type journeys is no handle of type population: Handles cannot be cast to another type.', 'journeys are no population');
is(answer("SELECT count(*) FROM (SELECT population_agg(u, at) AS p FROM big) AS s, users(p::journeys, NULL::int)"), '42804: a handle of type population is no handle of type journeys: Handles cannot be cast to another type.', '... nor the other way round');
is(answer("SELECT (SELECT count(*) FROM users(j, NULL::int)) + (SELECT count(*) FROM users(p, NULL::int)) FROM (SELECT journeys_agg(u, at, e) AS j, population_agg(u, at) AS p FROM big) AS s"), 2 * $n_users, 'both in one scan');

# --- rows of one journey, made by workers with other steps ----------------------

# Each worker sees one partition, in which all is well.
$node->safe_psql('postgres', <<'EOS');
CREATE TABLE varied (u int, at timestamptz, c boolean[], s journey_steps, part int) PARTITION BY LIST (part);
CREATE TABLE varied_1 PARTITION OF varied FOR VALUES IN (1) WITH (parallel_workers = 0);
CREATE TABLE varied_2 PARTITION OF varied FOR VALUES IN (2) WITH (parallel_workers = 0);
INSERT INTO varied SELECT n % 50, timestamptz '2024-01-01 00:00Z' + n * interval '7 s', array_fill(true, ARRAY[7 + p]), CASE p WHEN 1 THEN '{a,b}'::journey_steps ELSE '{b,a}' END, p FROM generate_series(1, 30000) AS n, generate_series(1, 2) AS p;
ANALYZE varied;
EOS
my $apart = "$parallel SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;";
for my $case ([ 'VARIADIC c', 'different numbers of conditions' ], [ q{'a'::text, s}, 'different steps' ])
{
	my ($form, $what) = @$case;

	like(plan_of($apart, "SELECT journeys_agg(u, at, $form) FROM varied"), qr/Gather.*Partial Aggregate.*Parallel Append/s, "$what: each worker has a partition");
	for my $settings ('', $apart, "$apart $small")
	{
		like(answer("$settings SELECT journeys_agg(u, at, $form) FROM varied"), qr/^22023: the rows of one journey have $what: Give /, "$what: refused");
		like(answer("$settings SELECT max(events(j)) FROM (SELECT journey_agg(at, $form) AS j FROM varied GROUP BY u) AS s"), qr/^22023: (?:the rows of one journey have $what|cannot merge journeys of different kinds): /, '... by journey_agg, too');
	}
	is($node->safe_psql('postgres', "$apart SELECT count(*), sum(events(journey)) FROM (SELECT part, journeys_agg(u, at, $form) AS j FROM varied GROUP BY part) AS s, users(j, NULL::int)"), '100|60000', '... but each group may have its own');
}

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|terminated by signal|was terminated|XX000/, 'no process died');
is_clean($node, 'at the end', 10);
$node->stop;
done_testing();
