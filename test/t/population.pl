# A population says what GROUP BY and activity_agg say, in every plan; and it
# leaves nothing behind: no memory, no temporary file, no handle that works.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Populations qw(population_server make_big is_clean $small $parallel);
use PostgreSQL::Test::Utils;
use Roads qw(along_roads most);
use Test::More;
use Time::HiRes qw(time);

my $tables = $ENV{USER_OPS_TABLES} || 504;
my $node = population_server('population', <<'EOC');
max_parallel_maintenance_workers = 0
client_min_messages = warning
log_line_prefix = '%b '
EOC

# --- on generated tables ------------------------------------------------------

my $icu = $node->safe_psql('postgres', q{SELECT count(*) > 0 FROM pg_collation WHERE collprovider = 'i'}) eq 't';
$node->safe_psql('postgres', <<'EOS');
CREATE TYPE color AS ENUM ('red', 'green', 'blue', 'grey', 'white');
CREATE DOMAIN code AS text CHECK (value <> 'nobody');
CREATE TYPE pair AS (shop int, name text);
-- Text whose hash is its first byte.
CREATE TYPE clumsy;
CREATE FUNCTION clumsy_in(cstring) RETURNS clumsy LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION clumsy_out(clumsy) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE clumsy (INPUT = clumsy_in, OUTPUT = clumsy_out, LIKE = text);
CREATE FUNCTION clumsy_equal(clumsy, clumsy) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaeq';
CREATE FUNCTION clumsy_hash(clumsy) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'ascii';
CREATE FUNCTION clumsy_hash(clumsy, bigint) RETURNS bigint LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaGetByte';
CREATE OPERATOR = (LEFTARG = clumsy, RIGHTARG = clumsy, FUNCTION = clumsy_equal, COMMUTATOR = =, HASHES);
CREATE OPERATOR CLASS clumsy_ops DEFAULT FOR TYPE clumsy USING hash AS OPERATOR 1 =, FUNCTION 1 clumsy_hash(clumsy), FUNCTION 2 clumsy_hash(clumsy, bigint);
EOS
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT clumsy_hash(id, 0)) FROM (SELECT (chr(97 + u % 4) || u)::clumsy AS id FROM generate_series(1, 2000) AS u) AS s}), '2000|4', 'a type with four hashes');
$node->safe_psql('postgres', q{CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)}) if $icu;
note('no ICU here') unless $icu;

# How a user number looks as an id; values that are equal, not identical, are among them.
my @ids = (
	[ 'smallint',    '(u - 5)::smallint' ],
	[ 'int',         'u * 7919 - 5' ],
	[ 'bigint',      '(u::bigint << 33) - 7' ],
	[ 'uuid',        'md5(u::text)::uuid' ],
	[ 'text',        q{repeat(chr(945 + u % 20), u % 5) || u} ],
	[ 'varchar(20)', q{nullif('v' || u, 'v3')} ],
	[ 'date',        q{date '2000-01-01' - u} ],
	[ 'numeric',     'round(u / 4.0, 2 + floor(random() * 5)::int)' ],
	$icu
	? [ 'text COLLATE nocase', q{CASE WHEN random() < 0.5 THEN 'user' ELSE 'USER' END || u} ]
	: [ 'text COLLATE "C"', q{'user' || u} ],
	[ 'char(12)',    q{u::text || repeat(' ', floor(random() * 3)::int)} ],
	[ 'bytea',       q{decode(md5(u::text), 'hex')} ],
	[ 'color',       '(enum_range(NULL::color))[1 + u % 5]' ],
	[ 'float8',      q{CASE WHEN u = 0 AND random() < 0.5 THEN '-0'::float8 ELSE u / 8.0 END} ],
	[ 'inet',        q{inet '10.0.0.0' + u} ],
	[ 'code',        q{'c' || u} ],
	[ 'clumsy',      q{(chr(97 + u % 4) || repeat('x', u % 9) || u % 200)::clumsy} ],
	[ 'pair',        q{ROW(u % 7, repeat('p', u % 90) || u / 90)::pair} ],
	[ 'jsonb',       q{jsonb_build_object('id', u, 'x', round(1, floor(random() * 3)::int))} ],
	[ 'timestamptz', q{timestamptz '2024-01-01 00:00+00' + u * interval '1 second'} ]);
my @shapes = ('any', 'one user', 'all distinct', 'heavy', 'sorted by user', 'any', 'sorted by time', 'many');
my @times = ([ 'date', '' ], [ 'timestamp', '' ], [ 'timestamptz', '' ], [ 'timestamptz', q{, 'America/New_York'::text} ]);
my @roads = (
	[ 'serial', '' ],
	[ 'spilling', $small ],
	[ 'parallel', $parallel ],
	[ 'parallel and spilling', "$parallel $small " . 'SET parallel_leader_participation = off;' ],
	[ 'partitionwise', 'SET enable_partitionwise_aggregate = on;' ],
	[ 'parallel and partitionwise, leader idle', $parallel . 'SET enable_partitionwise_aggregate = on; SET parallel_leader_participation = off;' ],
	[ 'parallel, leader idle', $parallel . 'SET parallel_leader_participation = off;' ]);
my @options = (
	'retention_options()',
	q{retention_options(cohort => 'recurring', mode => 'streak')},
	q{retention_options(mode => 'on_or_after', max_periods => 5)},
	q{retention_options(week_start => 'sunday', min_occurrences => 2)},
	q{retention_options(brackets => '{1,3,4}')});

# For the planner a worker beside an idle leader is no gain.
sub workers
{
	my ($n) = @_;

	return $roads[ $n % @roads ][1] =~ /leader_participation/ ? 2 + $n / @roads % 7 : 1 + $n % 8;
}

sub table_script
{
	my ($n) = @_;
	my ($type, $id) = @{ $ids[ $n % @ids ] };
	my $shape = $shapes[ ($n / 3) % @shapes ];
	my ($time, $zone) = @{ $times[ ($n / 5) % @times ] };
	my ($road, $settings) = @{ $roads[ $n % @roads ] };
	my $workers = workers($n);
	my $in_parallel = $road =~ /parallel/;
	my $spills = $road =~ /spilling/;
	# at 64 kB every process comes to its limit, even if not all have as many rows
	my $copies = $spills && $in_parallel ? $workers + 1 : 1;
	my $rows = $n % 60 == 0 ? 0 : $spills ? ($shape eq 'one user' ? 24000 : 10000) : $shape eq 'many' ? 3000 : ($in_parallel ? 200 : 40) + $n * 37 % 400;
	my $users = $shape eq 'one user' ? 1 : $shape eq 'many' ? 2000 : 1 + $n * 13 % 60;
	my $u = $shape eq 'all distinct' ? 'n' : 'floor(random() ' . ($shape eq 'heavy' ? '^ 6 ' : '') . "* $users)::int";
	my $order = $shape eq 'sorted by user' ? 'ORDER BY u' : $shape eq 'sorted by time' ? 'ORDER BY at' : '';
	my $amount = $n % 4 == 3 ? '' : ', amount';
	my $decimals = $n % 10;
	my $span = (3, 40, 400, 2000)[ $n % 4 ];
	my $bare = $type =~ s/ COLLATE.*//r;
	my $period = (qw(day week month quarter year))[ $n % 5 ];
	my $as_of = ("'2024-02-20'", "'2024-03-15'", "'2030-01-01'", "'2025-01-06'")[ ($n / 2) % 4 ];
	my $option = $options[ ($n / 2) % @options ];
	my $bins = (5, 2, 7, 100)[ $n % 4 ];
	my $kind = (qw(mbg_nbd bg_nbd mbg_cnbd))[ $n % 3 ];
	my $aggregate = "population_agg(id, at$amount$zone) AS p FROM events";
	# for few rows many pages, so that there is something for every worker
	my $storage = "parallel_workers = $workers" . ($in_parallel && !$spills ? ', fillfactor = 10' : '');
	my $slow = $in_parallel ? "WHERE pause IS NULL OR pg_sleep(pause)::text = ''" : '';
	my $pause = int($rows * $copies / 64) || 1;
	my $script = <<"EOS";
RESET ALL;
SET max_parallel_workers_per_gather = 0;
SELECT 'begin $n';
SELECT setseed($n / 1000.0);
DROP TABLE IF EXISTS events, truth, answer;
CREATE @{[ $road =~ /partitionwise/ ? '' : 'UNLOGGED ' ]}TABLE events (id $type, at $time, amount numeric, part int, pause float8)
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
	$script .= <<"EOS";
INSERT INTO events
SELECT CASE WHEN random() > 0.03 THEN $id END,
	   CASE WHEN random() > 0.03 THEN at AT TIME ZONE 'UTC' END,
	   CASE WHEN random() > 0.3 THEN round(((random() - 0.2) * 1000)::numeric, CASE WHEN random() < 0.5 THEN $decimals ELSE (random() * $decimals)::int END) END,
	   u % 3, CASE WHEN n % $pause = 0 THEN 0.001 * $workers END
FROM (SELECT $u AS u, n, timestamptz '2024-03-10 00:00+00' + floor(random() * $span * 8) * interval '3 hours' - interval '1 microsecond' * floor(random() * 2) AS at
	  FROM generate_series(1, $rows) AS n) AS s $order;
INSERT INTO events SELECT e.* FROM events AS e, generate_series(2, $copies);
CREATE UNLOGGED TABLE truth WITH (parallel_workers = 0) AS
SELECT id, activity_agg(at$amount$zone) AS activity FROM events WHERE id IS NOT NULL AND at IS NOT NULL GROUP BY id;
ANALYZE events, truth;
SELECT count(*) AS n_events FROM events \\gset
SELECT 'rows ' || :n_events;
$settings
SET max_parallel_workers_per_gather = $workers;
DO 'BEGIN RAISE LOG ''table $n''; END';
SET log_temp_files = 0;
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, FORMAT JSON)
CREATE UNLOGGED TABLE answer AS SELECT (u).* FROM (SELECT users(p, NULL::$bare) AS u FROM (SELECT $aggregate $slow) AS s OFFSET 0) AS s;
RESET log_temp_files;
ANALYZE answer;
WITH scan AS MATERIALIZED (SELECT $aggregate)
SELECT 'table $n ($road, $type, $shape): ' || concat_ws(' ',
	(SELECT count(*) FROM answer AS u FULL JOIN truth AS t ON t.id = u.user_id
	 WHERE u.activity IS DISTINCT FROM t.activity OR t.id IS NULL OR u.user_id IS NULL),
	(SELECT count(*) FROM answer) - (SELECT count(*) FROM truth), :n_events - $rows * $copies,
	(SELECT count(*) FROM (SELECT u.user_id, u.activity FROM scan, users(p, NULL::$bare) AS u) AS u FULL JOIN truth AS t ON t.id = u.user_id
	 WHERE u.activity IS DISTINCT FROM t.activity OR t.id IS NULL OR u.user_id IS NULL),
	(SELECT count(*) FROM scan
	 WHERE retention(p, '$period', $as_of, $option) IS DISTINCT FROM (SELECT retention(activity, '$period', $as_of, $option) FROM truth)
		OR lifecycle(p, '$period', $as_of, 'sunday') IS DISTINCT FROM (SELECT lifecycle(activity, '$period', $as_of, 'sunday') FROM truth)
		OR engagement(p, $as_of) IS DISTINCT FROM (SELECT engagement(activity, $as_of) FROM truth)
		OR purchase_model(p, $as_of, '$kind') IS DISTINCT FROM (SELECT purchase_model(activity, $as_of, '$kind') FROM truth)
		OR rfm_model(p, $as_of, $bins) IS DISTINCT FROM (SELECT rfm_model(activity, $as_of, $bins) FROM truth)),
	(SELECT count(*)
	 FROM (SELECT r.* FROM scan, rfm_scores(p, rfm_model(p, $as_of, $bins), $as_of, NULL::$bare) AS r) AS r
	 FULL JOIN (SELECT id, (rfm(model, activity, $as_of)).* FROM truth, (SELECT rfm_model(activity, $as_of, $bins) AS model FROM truth) AS m WHERE active_days(activity, $as_of) > 0) AS t ON t.id = r.user_id
	 WHERE t.id IS NULL OR r.user_id IS NULL
		OR (t.recency_days, t.frequency, t.monetary, t.r_score, t.f_score, t.m_score) IS DISTINCT FROM (r.recency_days, r.frequency, r.monetary, r.r_score, r.f_score, r.m_score)));
EOS
	return $script;
}

along_roads($node, \@roads, $tables, \&table_script, '0 0 0 0 0 0', sub {
	my ($name, $settings, $table, $files, $numbers, $some) = @_;

	most(1, "$name: a file of each table", sub { $files->{ $_[0] }{'client backend'} }, @$some) if $name eq 'spilling';
	return unless $name =~ /parallel/;

	if ($name =~ /spilling/)
	{
		most(1, "$name: a worker writes a file", sub { $files->{ $_[0] }{'parallel worker'} }, @$some);
		most(0.5, "$name: several workers do", sub { ($files->{ $_[0] }{'parallel worker'} // 0) > 1 }, @$some);
		most(1, "$name: and so does their leader", sub { $files->{ $_[0] }{'client backend'} }, @$some);
	}
	for my $workers (($settings =~ /leader_participation/ ? 2 : 1) .. 8)
	{
		my @tables = grep { $workers == workers($_) } @$some;

		most(0.9, "$name: $workers workers are launched", sub { $table->{ $_[0] }{plan}{launched} == $workers }, @tables);
		most(0.3, "$name: $workers workers have rows", sub { keys %{ $table->{ $_[0] }{plan}{rows} } == $workers }, @tables);
	}
});

# --- plans --------------------------------------------------------------------

my ($all, $n_users) = make_big($node);
$node->safe_psql('postgres', <<'EOS');
CREATE TABLE groups AS
SELECT g, retention(activity, 'week', '2025-01-01') AS matrix, md5(string_agg(u || activity::text, ' ' ORDER BY u)) AS digest
FROM (SELECT g, u, activity_agg(day) AS activity FROM big GROUP BY g, u) AS s GROUP BY g;
CREATE FUNCTION careful(p population) RETURNS text LANGUAGE plpgsql PARALLEL RESTRICTED AS $$
BEGIN
	RETURN digest(p);
EXCEPTION WHEN object_not_in_prerequisite_state THEN
	RETURN '55000';
END $$;
ANALYZE groups;
EOS
my $n_groups = $node->safe_psql('postgres', 'SELECT count(*) FROM groups');

sub plan_of
{
	my ($settings, $query, $more) = @_;
	return $node->safe_psql('postgres', "$settings EXPLAIN (COSTS OFF" . ($more ? ", $more" : '') . ") $query");
}

# A query of groups, each with the digest of its population.
sub is_grouped
{
	my ($name, $query, $rows, $settings, @marks) = @_;
	my $plan = plan_of($settings, $query);

	like($plan, $_, "$name: the plan has $_") for @marks;
	is($node->safe_psql('postgres', "$settings SELECT count(*), count(*) FILTER (WHERE a.digest = g.digest) FROM ($query) AS a (g, digest) JOIN groups AS g USING (g)"),
		"$rows|$rows", $name);
}

my $by_group = 'SELECT g, population_agg(u, day) AS p FROM big GROUP BY g';
my $above_sort = 'SELECT g, digest(population_agg(u, day)) FROM big GROUP BY g ORDER BY count(*), g DESC LIMIT 11';
my $together = q{md5(string_agg(x.user_id || x.activity::text, ' ' ORDER BY x.user_id))};
for my $settings ('', $small)
{
	my $how = $settings ? 'spilling' : 'in memory';

	is_grouped("hash aggregate, $how", "SELECT g, digest(p) FROM ($by_group) AS s", $n_groups, "$settings SET enable_sort = off; SET enable_indexscan = off;", qr/HashAggregate/);
	is_grouped("group aggregate, $how", "SELECT g, digest(p) FROM ($by_group) AS s", $n_groups, "$settings SET enable_hashagg = off;", qr/GroupAggregate/);
	is_grouped("above a Sort, $how", $above_sort, 11,
		"$settings SET enable_hashagg = off;", qr/Sort.*GroupAggregate/s);
	like(plan_of($settings, $above_sort, 'VERBOSE'),
		qr/Output: g, \(?digest\(.*->  Sort\n(?!.*digest\().*Output: g, \(count.*population_agg\(/s, "the reader stands above the Sort, $how");
	is_grouped("LATERAL, $how", "SELECT g, $together FROM ($by_group) AS s, LATERAL users(p, NULL::int) AS x GROUP BY g", $n_groups, $settings);
	is_grouped("in a select list, $how", "SELECT g, md5(string_agg((x).user_id || (x).activity::text, ' ' ORDER BY (x).user_id)) FROM (SELECT g, users(p, NULL::int) AS x FROM ($by_group) AS s OFFSET 0) AS t GROUP BY g",
		$n_groups, $settings, qr/ProjectSet/);
	is_grouped("correlated subplan, $how", 'SELECT g, (SELECT digest(population_agg(u, day)) FROM big AS b WHERE b.g = o.g) FROM groups AS o', $n_groups, $settings, qr/SubPlan/);
	is_grouped("inner side of a nested loop, $how", 'SELECT o.g, digest(p) FROM groups AS o, LATERAL (SELECT population_agg(u, day) AS p FROM big AS b WHERE b.g = o.g OFFSET 0) AS s',
		$n_groups, $settings, qr/Nested Loop/);
	is_grouped("users of a rescanned aggregate, $how", "SELECT o.g, $together FROM groups AS o, LATERAL (SELECT population_agg(u, day) AS p FROM big AS b WHERE b.g = o.g OFFSET 0) AS s, LATERAL users(p, NULL::int) AS x GROUP BY o.g",
		$n_groups, $settings);
	is_grouped("materialized CTE, $how", "WITH p AS MATERIALIZED ($by_group) SELECT a.g, CASE WHEN digest(a.p) = digest(b.p) THEN digest(b.p) END FROM p AS a JOIN p AS b USING (g)", $n_groups, $settings, qr/CTE Scan/);
	is_grouped("CTE folded in, $how", "WITH p AS NOT MATERIALIZED ($by_group) SELECT a.g, CASE WHEN digest(a.p) = digest(b.p) THEN digest(b.p) END FROM p AS a JOIN p AS b USING (g)", $n_groups, $settings);
	is_grouped("grouping sets, hashed, $how", 'SELECT g, digest(p) FROM (SELECT g, u % 2 AS h, population_agg(u, day) AS p FROM big GROUP BY GROUPING SETS ((g), (2), ())) AS s', $n_groups, "$settings SET enable_sort = off;");
	is_grouped("grouping sets, sorted, $how", 'SELECT g, digest(p) FROM (SELECT g, u % 2 AS h, population_agg(u, day) AS p FROM big GROUP BY ROLLUP (1, 2)) AS s WHERE h IS NULL',
		$n_groups, "$settings SET enable_hashagg = off;", qr/GroupAggregate/);
	is_grouped("a window above, $how", "SELECT g, digest(p) FROM (SELECT g, p, lag(p) OVER (ORDER BY g) AS before FROM ($by_group) AS s) AS t WHERE before IS NULL OR digest(before) IS NOT NULL", $n_groups, $settings, qr/WindowAgg/);
	is_grouped("hash join above, $how", "SELECT o.g, digest(p) FROM ($by_group) AS s JOIN groups AS o ON o.g = s.g", $n_groups, "$settings SET enable_nestloop = off; SET enable_mergejoin = off;", qr/Hash Join/);
	is_grouped("an exception block, $how", "SELECT g, careful(p) FROM ($by_group) AS s", $n_groups, $settings);
	is($node->safe_psql('postgres', "$settings SELECT count(*) FILTER (WHERE retention(p, 'week', '2025-01-01') = matrix) FROM ($by_group) AS s JOIN groups USING (g)"), $n_groups, "retention of each group, $how");
	is($node->safe_psql('postgres', "$settings SELECT digest(population_agg(u, day, amount)) FROM big"), $all, "no grouping, $how");
	is($node->safe_psql('postgres', "$settings SELECT digest(population_agg(u, day, amount ORDER BY amount DESC)) FROM big"), $all, "with an order of its own, $how");
	is($node->safe_psql('postgres', "$settings SELECT count(*) FROM (SELECT population_agg(DISTINCT u, day) AS p FROM big) AS s, users(p, NULL::int) WHERE events(activity) <> active_days(activity)"), 0, "DISTINCT, $how");
	is_clean($node, $how);
}
{
	my ($code, $said, $errors) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT population_agg(u, day) OVER (PARTITION BY g) FROM big");
	like($errors, qr/0A000.*window function/, 'no window aggregate');
}

# Parallel: each worker hands over what it gathered.
my $gather = "$parallel SET max_parallel_workers_per_gather = 3;";
for my $settings ($gather, "$gather $small", "$gather SET parallel_leader_participation = off;")
{
	# a reader beside the aggregate keeps the planner from it: it may not run in a worker
	my $query = 'SELECT digest(p) FROM (SELECT population_agg(u, day, amount) AS p FROM big) AS s';

	like(plan_of($settings, $query), qr/Finalize Aggregate.*Gather.*Partial Aggregate/s, 'a parallel plan');
	is($node->safe_psql('postgres', "$settings $query"), $all, 'parallel, no grouping');
	is_grouped('parallel hash aggregate', "SELECT g, digest(p) FROM ($by_group) AS s", $n_groups, "$settings SET enable_sort = off; SET enable_indexscan = off;", qr/Finalize HashAggregate.*Partial HashAggregate/s);
	is_grouped('parallel sort', "SELECT g, digest(p) FROM ($by_group) AS s", $n_groups, "$settings SET enable_hashagg = off;", qr/Finalize GroupAggregate.*Gather Merge/s);
}
is_clean($node, 'parallel');

# A handle made by another process cannot be followed; the hint says what to do.
$node->safe_psql('postgres', <<'EOS');
CREATE TABLE parts (LIKE big) PARTITION BY RANGE (g);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES FROM (0) TO (20) WITH (parallel_workers = 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (20) TO (40) WITH (parallel_workers = 0);
INSERT INTO parts SELECT * FROM big;
ANALYZE parts;
ALTER TABLE big SET (parallel_workers = 0);
EOS
my $union = 'SELECT population_agg(u, day, amount) AS p FROM big WHERE g < 20 UNION ALL SELECT population_agg(u, day, amount) FROM big WHERE g >= 20';
my @in_workers = (
	[ 'UNION ALL', "SELECT count(DISTINCT user_id), sum(events(activity)) FROM ($union) AS s, users(p, NULL::int)", "$n_users|60000" ],
	[ 'UNION ALL in a CTE', "WITH s AS MATERIALIZED ($union) SELECT count(DISTINCT user_id), sum(events(activity)) FROM s, users(p, NULL::int)", "$n_users|60000" ],
	[ 'partitions', "SELECT sum(events(activity)) FROM (SELECT g, population_agg(u, day) AS p FROM parts GROUP BY g) AS s, users(p, NULL::int)", 60000 ]);
for my $case (@in_workers)
{
	my ($name, $query, $right) = @$case;
	my $settings = "$gather SET parallel_leader_participation = off; SET parallel_tuple_cost = 0.05; SET enable_partitionwise_aggregate = on;";
	my ($code, $said, $errors) = $node->psql('postgres', "\\set VERBOSITY verbose\n$settings\n$query");

	like(plan_of($settings, $query), qr/Gather.*Parallel Append.*Aggregate/s, "$name: populations made in workers");
	like($errors, qr/55000.*HINT:.*enable_parallel_append/s, "$name: are refused");
	is($node->safe_psql('postgres', "$settings SET enable_parallel_append = off; $query"), $right, "$name: what the hint says helps");
}
is($node->safe_psql('postgres', "$gather SET parallel_tuple_cost = 0; WITH a AS MATERIALIZED (SELECT population_agg(u, day) AS p FROM big WHERE g < 20), b AS MATERIALIZED (SELECT population_agg(u, day) AS p FROM big WHERE g >= 20)
	SELECT count(DISTINCT user_id), sum(events(activity)) FROM (SELECT p FROM a UNION ALL SELECT p FROM b) AS s, users(p, NULL::int)"), "$n_users|60000", 'or a CTE for each');
$node->safe_psql('postgres', 'ALTER TABLE big RESET (parallel_workers)');

# Prepared statements, beyond the fifth execution, with changing parameters.
for my $mode (qw(auto force_generic_plan force_custom_plan))
{
	my $executions = join ';', map { "EXECUTE q(" . ($_ % 5) . ')' } 1 .. 8;
	is($node->safe_psql('postgres', "SET plan_cache_mode = $mode; PREPARE q (int) AS SELECT count(*) FILTER (WHERE digest(p) = digest) FROM ($by_group) AS s JOIN groups USING (g) WHERE g % 5 = \$1; $executions"),
		join("\n", (8) x 8), "prepared: $mode");
}

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|terminated by signal|was terminated|XX000/, 'no process died');
$node->stop;
done_testing();
