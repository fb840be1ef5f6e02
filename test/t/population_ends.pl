# How a population ends: read to the end or not, in cursors, interrupted, with the
# disk full. It leaves nothing behind: no memory, no temporary file, no handle that works.
#
# Runs alone: how late an interrupted query is, is measured.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Populations qw(population_server make_big is_clean peak $small $parallel);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = population_server('population_ends');
my ($all, $n_users) = make_big($node);
my $gather = "$parallel SET max_parallel_workers_per_gather = 3;";

# --- cursors --------------------------------------------------------------------

my $stream = 'SELECT (x).user_id, (x).activity FROM (SELECT users(p, NULL::int) AS x FROM (SELECT population_agg(u, day, amount) AS p FROM big) AS s OFFSET 0) AS t';
for my $settings ('', $small)
{
	my $how = $settings ? 'spilling' : 'in memory';

	is($node->safe_psql('postgres', <<"EOS"), "$n_users\n$n_users\n1", "cursors, $how");
$settings
BEGIN;
CREATE TEMP TABLE got (u int, activity activity);
CREATE PROCEDURE fetch_some(c refcursor, n int) LANGUAGE plpgsql AS \$\$
DECLARE r record;
BEGIN
	FOR i IN 1 .. n LOOP FETCH c INTO r; EXIT WHEN NOT FOUND; INSERT INTO got VALUES (r.user_id, r.activity); END LOOP;
END \$\$;
DECLARE a CURSOR FOR $stream;
DECLARE b CURSOR FOR $stream;
CALL fetch_some('a', 10);
CALL fetch_some('b', 700);
MOVE 10 IN b;
CLOSE b;
CALL fetch_some('a', 100000);
DECLARE c CURSOR FOR $stream;
MOVE 1 IN c;
SELECT count(DISTINCT u) FROM got JOIN everyone AS e USING (u) WHERE e.activity = got.activity;
DECLARE h CURSOR WITH HOLD FOR $stream;
COMMIT;
TRUNCATE got;
CALL fetch_some('h', 2000);
SELECT count(*) FROM got JOIN everyone AS e USING (u) WHERE e.activity = got.activity;
CLOSE h;
DROP PROCEDURE fetch_some;
BEGIN;
DECLARE d CURSOR FOR $stream;
MOVE 3 IN d;
ROLLBACK;
SELECT 1;
EOS
	is_clean($node, "cursors, $how", 10);
}

# Reading within subtransactions that are rolled back.
$node->safe_psql('postgres', <<'EOS');
CREATE FUNCTION fails_midway(p population, n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
	seen int := 0;
BEGIN
	BEGIN
		FOR r IN SELECT (x).user_id FROM (SELECT users(p, NULL::int) AS x OFFSET 0) AS s LOOP
			seen := seen + 1;
			IF seen > n THEN RAISE division_by_zero; END IF;
		END LOOP;
	EXCEPTION WHEN division_by_zero THEN
		seen := -seen;
	END;
	RETURN seen || ' ' || digest(p);
END $$;
EOS
for my $settings ('', $small)
{
	is($node->safe_psql('postgres', "$settings SELECT fails_midway(p, n) FROM (SELECT population_agg(u, day, amount) AS p FROM big) AS s, unnest('{0,700,1400,2000}'::int[]) AS n"),
		"-1 $all\n-701 $all\n-1401 $all\n$n_users $all", 'an exception while reading');
	is($node->safe_psql('postgres', <<"EOS"), "$all\n$all", 'a savepoint rolled back while reading');
$settings
BEGIN;
DECLARE c CURSOR FOR SELECT population_agg(u, day, amount)::text AS handle FROM big;
FETCH c \\gset
SAVEPOINT s;
DECLARE d CURSOR FOR SELECT users(:'handle'::population, NULL::int);
MOVE 10 IN d;
ROLLBACK TO s;
SELECT digest(:'handle');
SAVEPOINT t;
DECLARE d CURSOR FOR SELECT users(:'handle'::population, NULL::int);
MOVE 10 IN d;
RELEASE t;
MOVE 10 IN d;
SELECT digest(:'handle');
COMMIT;
EOS
	is_clean($node, 'subtransactions', 10);
}

# --- interrupts and errors ------------------------------------------------------

# How many milliseconds after statement_timeout the statement ended; its SQLSTATE, if it was another end.
$node->safe_psql('postgres', <<'EOS');
CREATE FUNCTION how_late(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz := clock_timestamp();
BEGIN
	EXECUTE statement;
	RETURN 'ended';
EXCEPTION
	WHEN query_canceled THEN RETURN round(1000 * extract(epoch FROM clock_timestamp() - started - current_setting('statement_timeout')::interval))::int;
	WHEN OTHERS THEN RETURN 'SQLSTATE ' || SQLSTATE;
END $$;
CREATE FUNCTION files() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM pg_ls_dir('base/pgsql_tmp', true, false) $$;
EOS
my $endless = 'FROM big, generate_series(1, 2000) AS n';
my $handle = "SET work_mem = '64MB'; BEGIN; DECLARE c CURSOR FOR SELECT population_agg(u + 1500 * n, day, amount)::text AS handle FROM big, generate_series(1, 4) AS n; FETCH c \\gset\n";
my @interrupted = (
	[ 'transition', q{SET work_mem = '1GB';}, "SELECT population_agg(u, day) $endless" ],
	[ 'transition of text ids', q{SET work_mem = '1GB';}, "SELECT population_agg(u::text, day, amount) $endless" ],
	[ 'spilling', $small, "SELECT population_agg(u, day, amount) $endless" ],
	[ 'spilling at 4 MB', q{SET work_mem = '4MB';}, "SELECT population_agg(u * n, day, amount) $endless" ],
	[ 'groups', $small, "SELECT g, population_agg(u, day, amount) $endless GROUP BY g" ],
	[ 'parallel', "$gather $small", "SELECT population_agg(u, day, amount) $endless" ],
	[ 'reading users()', $handle, q{SELECT sum(n) FROM generate_series(1, 20000) AS i, LATERAL (SELECT count(*) + 0 * i AS n FROM users(%s::population, NULL::int)) AS s} ],
	[ 'streaming users()', $handle, q{SELECT count(*) FROM (SELECT users(%s::population, NULL::int) FROM generate_series(1, 20000) OFFSET 0) AS s} ],
	[ 'reading retention', $handle, q{SELECT count(retention(%s::population, 'day', date '2025-03-01' + i)) FROM generate_series(1, 20000) AS i} ],
	[ 'reading lifecycle', $handle, q{SELECT count(lifecycle(%s::population, 'day', date '2025-03-01' + i)) FROM generate_series(1, 20000) AS i} ],
	[ 'reading rfm_model', $handle, q{SELECT count(rfm_model(%s::population, date '2025-03-01' + i)) FROM generate_series(1, 20000) AS i} ],
	[ 'reading engagement', $handle, q{SELECT count(engagement(%s::population, date '2025-03-01' + i)) FROM generate_series(1, 20000) AS i} ],
	[ 'reading rfm_scores', $handle, q{SELECT sum(n) FROM generate_series(1, 20000) AS i, LATERAL (SELECT count(*) + 0 * i AS n FROM rfm_scores(%1$s, rfm_model(%1$s::population, date '2025-03-01'), '2025-03-01', NULL::int)) AS s} ],
	[ 'reading purchase_model', $handle, q{SELECT count(purchase_model(%s::population, date '2025-03-01' + i)) FROM generate_series(1, 20000) AS i} ],
	[ 'reading runs', $handle =~ s/64MB/64kB/r, q{SELECT count(*) FROM (SELECT users(%s::population, NULL::int) FROM generate_series(1, 20000) OFFSET 0) AS s} ]);
for my $case (@interrupted)
{
	my ($name, $settings, $query) = @$case;
	my $late;

	for (1 .. 3)    # others may need the processors
	{
		my $quoted = "'" . ($query =~ s/'/''/gr) . "'";
		my $statement = $query =~ /%/ ? 'format(' . ($quoted =~ s/%(1\$|)s/%$1L/gr) . ", :'handle')" : $quoted;
		my $answer = $node->safe_psql('postgres', <<"EOS");
$settings
SELECT files();
SET statement_timeout = '200ms';
SELECT how_late($statement);
SELECT files();
SET statement_timeout = 0;
SELECT digest(population_agg(u, day, amount)) FROM big;
SELECT files();
EOS
		my @lines = split /\n/, $answer;

		# a cursor's files stay
		$late = $lines[1];
		is("@lines[2 .. 4]", "$lines[0] $all $lines[0]", "$name: the session goes on, without the file") or last;
		last if $late =~ /^-?\d+$/ && $late <= 500;
	}
	like($late, qr/^-?\d+$/, "$name: interrupted");
	cmp_ok($late =~ /^-?\d+$/ ? $late : 99999, '<=', 500, "$name: at once");
	is_clean($node, "$name, interrupted", 10);
}
# At any moment from the first row to the last user: a statement that takes its time is
# interrupted at eight places of it.
$node->safe_psql('postgres', <<'EOS');
CREATE UNLOGGED TABLE much WITH (parallel_workers = 2) AS SELECT CASE WHEN n % 2 = 0 THEN u + 1500 * n ELSE 7 END AS u, day, amount FROM big, generate_series(1, 20) AS n;
ANALYZE much;
EOS
my $everyone = 'SELECT count(x) FROM (SELECT users(p, NULL::int) AS x FROM (SELECT population_agg(u, day, amount) AS p FROM much) AS s OFFSET 0) AS t';

# moments(SCRIPT, MILLISECONDS): what a script says with each of these timeouts; nothing,
# if its last statement had just ended.
sub moments
{
	my ($script, @timeouts) = @_;
	my ($code, $said) = $node->psql('postgres', $script =~ s/^(?=SELECT how_late)(.*)/join '', map { sprintf "SET statement_timeout = %d;\n%s\n", $_, $1 } @timeouts/mer, on_error_stop => 0);

	return split "\n", $said;
}

for my $case (
	[ 'in memory', q{SET work_mem = '1GB';}, qr/Aggregate\s+->  Seq Scan/ ],
	[ 'spilling', q{SET work_mem = '1MB';}, qr/Aggregate\s+->  Seq Scan/ ],
	[ 'in parallel', "$gather SET work_mem = '1GB';", qr/Finalize Aggregate.*Gather.*Partial Aggregate/s ],
	[ 'in parallel, spilling', "$gather SET work_mem = '1MB';", qr/Finalize Aggregate.*Gather.*Partial Aggregate/s ])
{
	my ($name, $settings, $plan) = @$case;
	my ($whole, @late, @interrupted);

	like($node->safe_psql('postgres', "$settings EXPLAIN (COSTS OFF) $everyone"), $plan, "$name: the plan");
	for (1 .. 3)    # others may need the processors
	{
		my $started = time;
		$node->safe_psql('postgres', "$settings $everyone");
		$whole = 1000 * (time - $started);
		@late = moments("$settings\nSELECT how_late('$everyone');", map { $whole * ($_ + 0.5) / 8 } 0 .. 7);
		@interrupted = grep { /^-?\d+$/ } @late;
		last if @interrupted >= 5 && !grep { $_ > 500 } @interrupted;
	}

	note(sprintf '%s: %d ms; late by %s', $name, $whole, "@late");
	cmp_ok(scalar(@interrupted), '>=', 5, "$name: interrupted at most places");
	is(scalar(grep { $_ ne 'ended' && !/^-?\d+$/ } @late), 0, "$name: or ended");
	is(scalar(grep { $_ > 500 } @interrupted), 0, "$name: at once") or diag("@late");
	is_clean($node, "$name, interrupted", 10);
}
# The first sort of ten million rows of one user.
{
	my @late = moments(<<'EOS' . "SET statement_timeout = 0;\nSELECT count(*), sum(events(activity)) FROM users(:'handle'::population, NULL::int);", 10, 30, 60, 90);
SET work_mem = '1GB';
BEGIN;
DECLARE c CURSOR FOR SELECT population_agg(7, day)::text AS handle FROM much, generate_series(1, 8);
FETCH c \gset
SELECT how_late(format('SELECT count(*) FROM users(%L::population, NULL::int)', :'handle'));
EOS

	is(pop @late, '1|9600000', 'the first sort, after it was interrupted: right');
	note("the first sort: late by @late");
	cmp_ok(scalar(grep { /^-?\d+$/ && $_ <= 500 } @late), '>=', 2, 'the first sort: at once');
	is(scalar(grep { $_ ne 'ended' && !(/^-?\d+$/ && $_ <= 500) } @late), 0, 'the first sort: or ended') or diag("@late");
}
# Not caught, too; and the connection lost meanwhile.
for my $settings (q{SET work_mem = '1GB';}, $small)
{
	my ($code, $said, $errors) = $node->psql('postgres',
		"$settings SET statement_timeout = '200ms';\nSELECT population_agg(u * n, day, amount) $endless;\nSET statement_timeout = 0;\nSELECT files();\nSELECT digest(population_agg(u, day, amount)) FROM big;", on_error_stop => 0);
	is($said, "0\n$all", 'interrupted: the session goes on');
	like($errors, qr/statement timeout/, 'interrupted, not caught');
	$node->psql('postgres', "$settings\nBEGIN;\nDECLARE c CURSOR FOR $stream;\nMOVE 3 IN c;\nSELECT pg_terminate_backend(pg_backend_pid())");
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'});
	is_clean($node, 'interrupted and terminated', 10);
}

# The disk is full, so to say: an error each time, caught or not, and nothing stays.
my $too_much = 'SELECT digest(population_agg(u * n, day, amount)) FROM big, generate_series(1, 20) AS n';
my $limited = "$small SET temp_file_limit = '500kB';";
is($node->safe_psql('postgres', "$limited SELECT how_late('$too_much') FROM generate_series(1, 3); SELECT files(); RESET temp_file_limit; SELECT digest(population_agg(u, day, amount)) FROM big"),
	"SQLSTATE 53400\nSQLSTATE 53400\nSQLSTATE 53400\n0\n$all", 'temp_file_limit, caught');
{
	my ($code, $said, $errors) = $node->psql('postgres',
		"\\set VERBOSITY sqlstate\n$limited\n$too_much;\n$too_much;\nRESET temp_file_limit;\nSELECT files();\nSELECT digest(population_agg(u, day, amount)) FROM big;", on_error_stop => 0);
	is($said, "0\n$all", 'temp_file_limit: the session goes on');
	is(scalar(() = $errors =~ /ERROR:  53400/g), 2, 'temp_file_limit: two errors') or diag($errors);
}
is_clean($node, 'temp_file_limit', 10);
# An inner query that cannot write spares the outer one's population.
$node->safe_psql('postgres', <<'EOS');
CREATE FUNCTION inner_fails() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('temp_file_limit', '1', true);
	RETURN digest(population_agg(u * n, day, amount)) FROM big, generate_series(1, 20) AS n;
EXCEPTION WHEN configuration_limit_exceeded THEN
	RETURN SQLSTATE;
END $$;
EOS
is($node->safe_psql('postgres', "$small SELECT digest(population_agg(u, day, amount)), max(x), count(x) FROM (SELECT *, CASE WHEN n % 7000 = 0 THEN inner_fails() END AS x FROM (SELECT *, row_number() OVER () AS n FROM big) AS s OFFSET 0) AS t"),
	"$all|53400|8", 'a query within the query fails to spill');
is_clean($node, 'a query within the query', 10);

# --- handles --------------------------------------------------------------------

# Half of them come in as text, half in binary, while populations of two queries are there.
my $binary = $node->basedir . '/handles';
is($node->safe_psql('postgres', <<"EOS"), "100000\n$all\n$all", '100 000 handles made up: 55000 each');
CREATE TABLE made_up (handle population, n serial);
COPY (SELECT hashint8extended(n, 5) FROM generate_series(1, 50000) AS n) TO '$binary' (FORMAT binary);
COPY made_up (handle) FROM '$binary' (FORMAT binary);
INSERT INTO made_up SELECT ('population:' || substr(md5(n::text), 1, 16))::population FROM generate_series(1, 50000) AS n;
CREATE FUNCTION refused() RETURNS int LANGUAGE plpgsql AS \$\$
DECLARE
	refused int := 0;
	handle population;
	n int;
BEGIN
	FOR handle, n IN SELECT m.handle, m.n FROM made_up AS m LOOP
		BEGIN
			CASE n % 8
				WHEN 0 THEN PERFORM users(handle, NULL::int);
				WHEN 1 THEN PERFORM * FROM users(handle, NULL::text);
				WHEN 2 THEN PERFORM retention(handle, 'day', '2024-01-01');
				WHEN 3 THEN PERFORM lifecycle(handle, 'day', '2024-01-01');
				WHEN 4 THEN PERFORM engagement(handle, '2024-01-01');
				WHEN 5 THEN PERFORM rfm_model(handle, '2024-01-01');
				WHEN 6 THEN PERFORM * FROM rfm_scores(handle, make_rfm_model('{1}', '{1}'), '2024-01-01', NULL::int);
				ELSE PERFORM purchase_model(handle, '2024-01-01');
			END CASE;
		EXCEPTION WHEN object_not_in_prerequisite_state THEN
			refused := refused + 1;
		END;
	END LOOP;
	RETURN refused;
END \$\$;
BEGIN;
DECLARE c CURSOR FOR SELECT population_agg(u, day, amount)::text AS one FROM big;
DECLARE d CURSOR FOR SELECT population_agg(u, day, amount)::text AS two, population_agg(u::text, day)::text AS three FROM big;
FETCH c \\gset
FETCH d \\gset
SELECT refused();
SELECT digest(:'one');
SELECT digest(:'two');
EOS

# --- memory ---------------------------------------------------------------------

SKIP:
{
	skip 'no /proc here', 1 unless -r '/proc/self/status';
	$node->safe_psql('postgres', q{CREATE FUNCTION memory() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'RssAnon:\s+(\d+) kB')::int $$});

	# The same query again and again: 1 000 times, with workers less often.
	$node->safe_psql('postgres', 'CREATE TABLE few WITH (parallel_workers = 1) AS SELECT * FROM big WHERE g < 2; ANALYZE few');
	for my $case (
		[ 'users()', 'SELECT count(*) FROM (SELECT population_agg(u, day, amount) AS p FROM few) AS s, users(p, NULL::int)' ],
		[ 'text ids, spilling', 'SELECT count(*) FROM (SELECT population_agg(u::text, day, amount) AS p FROM few, generate_series(1, 2)) AS s, users(p, NULL::text)', $small ],
		[ 'stopped early', 'SELECT users(p, NULL::int) FROM (SELECT population_agg(u, day, amount) AS p FROM few, generate_series(1, 2)) AS s LIMIT 3', $small ],
		[ 'retention', q{SELECT retention(population_agg(u, day), 'week', '2025-01-01') FROM few} ],
		[ 'models', q{SELECT rfm_model(p, '2025-01-01'), purchase_model(p, '2025-01-01'), engagement(p, '2025-01-01'), lifecycle(p, 'week', '2025-01-01') FROM (SELECT population_agg(u, day, amount) AS p FROM few) AS s}, '', 200 ],
		[ 'an error', 'SELECT 1 / (user_id - user_id) FROM (SELECT population_agg(u, day, amount) AS p FROM few, generate_series(1, 2)) AS s, users(p, NULL::int)', $small ],
		[ 'in parallel', 'SELECT count(*) FROM (SELECT population_agg(u, day, amount) AS p FROM few) AS s, users(p, NULL::int)', $gather, 200 ])
	{
		my ($name, $query, $settings, $times) = @$case;
		my $script = ($settings // '') . "\n";

		$times //= 1000;
		for my $n (1 .. $times)
		{
			$script .= "$query \\g /dev/null\n";
			$script .= "SELECT 'memory ' || memory();\n" if $n == $times / 4 || $n == $times;
		}
		like($node->safe_psql('postgres', "$settings EXPLAIN (COSTS OFF) $query"), qr/Gather/, "$name: the plan") if $name =~ /parallel/;
		my ($code, $said) = $node->psql('postgres', $script, on_error_stop => 0);
		my @at = $said =~ /memory (\d+)/g;
		cmp_ok(@at == 2 ? $at[1] - $at[0] : 99999, '<=', 512, "$name, $times times: no growth") or diag("@at kB");
	}

	# Readers that stop early, and are started again, in one query.
	my ($first, $last) = split /\n/, $node->safe_psql('postgres', <<'EOS');
SELECT max(m) FROM (SELECT CASE WHEN i = 10 THEN memory() END AS m FROM (SELECT population_agg(u, day) AS p FROM big OFFSET 0) AS s, generate_series(1, 10) AS i, LATERAL (SELECT users(p, NULL::int), i AS j LIMIT 1) AS t) AS x;
SELECT max(m) FROM (SELECT CASE WHEN i = 10000 THEN memory() END AS m FROM (SELECT population_agg(u, day) AS p FROM big OFFSET 0) AS s, generate_series(1, 10000) AS i, LATERAL (SELECT users(p, NULL::int), i AS j LIMIT 1) AS t) AS x;
EOS
	cmp_ok($last - $first, '<=', 4096, '10 000 readers that stop early take no more than ten');

	# A thousand populations at once.
	for my $rows (50, 600)
	{
		my ($right, $peak) = peak($node, q{SET work_mem = '1MB'; SET hash_mem_multiplier = 1; SET enable_sort = off;}, <<"EOS");
WITH p AS MATERIALIZED (SELECT n % 1000 AS g, population_agg(n * 7919::bigint % 100003, date '2024-01-01' + n % 50) AS p FROM generate_series(1, $rows * 1000) AS n GROUP BY 1),
	 sums AS MATERIALIZED (SELECT g, sum(events(activity)) AS events FROM p, users(p, NULL::bigint) GROUP BY g)
SELECT count(*) FROM sums WHERE events = $rows
EOS
		is($right, "1000\n", "a thousand populations of $rows events: right");
		note(sprintf 'a thousand populations of %d events: %.1f MB', $rows, $peak / 1024);
		cmp_ok($peak, '<=', (4 + 48) * 1024, 'and small');
	}
	is_clean($node, 'a thousand populations', 10);
}

my $log = slurp_file($node->logfile);
unlike($log, qr/file leak|not closed|leaked|WARNING/, 'no warning in the log');
unlike($log, qr/PANIC|terminated by signal|was terminated|XX000/, 'no process died');
is_clean($node, 'at the end', 10);
$node->stop;
done_testing();
