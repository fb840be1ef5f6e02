# Every aggregate of the catalogue, in every place that SQL has for one: NULL rows, no rows, FILTER,
# one row, workers, partitions, frames of windows, GROUPING SETS, DISTINCT, ORDER BY, twice in
# one query, beside another that has its transitions, and with parameters that differ between
# rows and partitions. It says what it says on the plain road, or is refused there too.
# lib/asked.sql knows what each is called with; one that it does not know fails here.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $lib = "$FindBin::RealBin/../lib";
my $node = PostgreSQL::Test::Cluster->new('aggregates');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nautovacuum = off\nlog_statement = none\nmax_parallel_workers = 8\nsearch_path = 'user_ops, public'\nmax_parallel_workers_per_gather = 0\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }
sub none { my ($query, $name) = @_; return is(sql($query), '', $name) }

sql('CREATE EXTENSION user_ops');
sql(slurp_file("$lib/$_.sql")) for qw(split asked);
is(sql('SELECT count(*) FROM asked_aggregates'),
	sql(q{SELECT count(*) FROM pg_aggregate AS a JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = a.aggfnoid AND d.deptype = 'e' JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'user_ops'}),
	'every aggregate of the catalogue is asked');
cmp_ok(sql('SELECT count(*) FROM asked_aggregates'), '>', 430, '... and these are many');

# An aggregate over rows in an order, which takes them as they come.
my $ordered = q{'sparkline'};

# --- the calls: %T stands for the table ----------------------------------------

sql(<<'EOS');
CREATE TABLE asked_calls (signature text, test text, everywhere boolean, query text, same_as text);
CREATE TABLE asked_answers (road text, signature text, test text, answer text, hint text);
DO $$
DECLARE
	a asked_aggregates;
	args text;
	call text;
	frame text;
	rows_of text;
	other text;
BEGIN
	FOR a IN SELECT * FROM asked_aggregates LOOP
		args := asked_list(a.prefix, a.arguments);
		call := format('%s(%s)', a.called, args);
		-- the plain road: of each row of a window the rows of its frame; of each set its groups
		frame := 'SELECT string_agg(x, chr(10) ORDER BY u) FROM (SELECT u, asked_text(' || call || ' OVER (%s)) AS x FROM %%T WHERE u <= 12) AS s';
		rows_of := 'SELECT string_agg(x, chr(10) ORDER BY n) FROM generate_series(1, 12) AS n, LATERAL (SELECT asked_text(' || call || ') AS x FROM %%T WHERE u <= 12 AND %s) AS s';
		INSERT INTO asked_calls
		SELECT a.signature, test, everywhere, query, same_as
		FROM (VALUES
			('all', true, format('SELECT asked_text(%s) FROM %%T', call), NULL),
			('none', true, format('SELECT asked_text(%s) FROM %%T WHERE u < 0', call), NULL),
			('filtered', true, format('SELECT asked_text(%s FILTER (WHERE false)) FROM %%T', call), 'none'),
			('one', true, format('SELECT asked_text(%s) FROM %%T WHERE u = 7', call), NULL),
			('part', true, format('SELECT asked_text(%s FILTER (WHERE part = 1)) FROM %%T', call), NULL),
			('groups', true, format('SELECT md5(string_agg(concat(part, x), chr(10) ORDER BY part)) FROM (SELECT part, asked_text(%s) AS x FROM %%T GROUP BY part) AS s', call), NULL),
			('nulls', true, format('SELECT asked_text(%s(%s)) FROM %%T', a.called, asked_list(a.prefix, ARRAY(SELECT format('CASE WHEN u < 0 THEN %s END', x) FROM unnest(a.arguments) AS x))), NULL),
			('half nulls', true, format('SELECT asked_text(%s(%s)) FROM %%T', a.called, asked_list(a.prefix, ARRAY(SELECT format('CASE WHEN u %% 2 = 0 THEN %s END', x) FROM unnest(a.arguments) AS x))), NULL),
			('backwards', false, format('SELECT asked_text(%s(%s ORDER BY -u)) FROM %%T', a.called, args), 'all'),
			('shuffled', false, format('SELECT asked_text(%s(%s ORDER BY md5(u::text))) FROM %%T', a.called, args), 'all'),
			('distinct', false, format('SELECT asked_text(%s(DISTINCT %s)) FROM %%T', a.called, CASE WHEN a.prefix = '' THEN args ELSE asked_spread(a.arguments) END), 'distinct rows'),
			('distinct rows', false, format('SELECT asked_text(%s(%s)) FROM (SELECT DISTINCT %s FROM %%T) AS s', a.called, asked_list(a.prefix, ARRAY(SELECT 'a' || n FROM generate_subscripts(a.arguments, 1) AS n)),
				(SELECT string_agg(format('%s AS a%s', x, n), ', ') FROM unnest(a.arguments) WITH ORDINALITY AS v (x, n))), NULL),
			('running', false, format(frame, 'ORDER BY u'), 'rows up to here'),
			('rows up to here', false, format(rows_of, 'u <= n'), NULL),
			('sliding', false, format(frame, 'ORDER BY u ROWS BETWEEN 5 PRECEDING AND 2 PRECEDING'), 'rows before'),
			('rows before', false, format(rows_of, 'u BETWEEN n - 5 AND n - 2'), NULL),
			('around', false, format(frame, 'ORDER BY u RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW'), 'neighbours'),
			('neighbours', false, format(rows_of, 'u IN (n - 1, n + 1)'), NULL),
			('two frames', false, format('SELECT string_agg(x || y, chr(10) ORDER BY u) FROM (SELECT u, asked_text(%1$s OVER (ORDER BY u)) AS x, asked_text(%1$s OVER (ORDER BY u ROWS BETWEEN 5 PRECEDING AND 2 PRECEDING)) AS y FROM %%T WHERE u <= 12) AS s', call), 'two frames one by one'),
			('two frames one by one', false, format('SELECT string_agg(s.x || t.x, chr(10) ORDER BY n) FROM generate_series(1, 12) AS n, LATERAL (SELECT asked_text(%1$s) AS x FROM %%T WHERE u <= n) AS s, LATERAL (SELECT asked_text(%1$s) AS x FROM %%T WHERE u BETWEEN n - 5 AND n - 2) AS t', call), NULL),
			('twice', false, format('SELECT concat(asked_text(%1$s), asked_text(%1$s FILTER (WHERE part = 1)), asked_text(%2$s(%3$s ORDER BY u)), asked_text(%1$s)) FROM %%T', call, a.called, args), 'one by one'),
			('one by one', false, format('SELECT concat((SELECT asked_text(%1$s) FROM %%T), (SELECT asked_text(%1$s) FROM %%T WHERE part = 1), (SELECT asked_text(%1$s) FROM (SELECT * FROM %%T ORDER BY u) AS s), (SELECT asked_text(%1$s) FROM %%T))', call), NULL),
			('rolled up', false, format('SELECT string_agg(concat_ws(chr(9), part, third, x), chr(10) ORDER BY part, third) FROM (SELECT part, third, asked_text(%1$s) AS x FROM %%T GROUP BY ROLLUP (part, third)) AS s', call), 'groups of each set'),
			('grouping sets', false, format('SELECT string_agg(concat_ws(chr(9), part, third, x), chr(10) ORDER BY part, third) FROM (SELECT part, third, asked_text(%1$s) AS x FROM %%T GROUP BY GROUPING SETS ((part, third), (), (part))) AS s', call), 'groups of each set'),
			('groups of each set', false, format('SELECT string_agg(concat_ws(chr(9), part, third, x), chr(10) ORDER BY part, third) FROM (SELECT part, third, asked_text(%1$s) AS x FROM %%T GROUP BY part, third UNION ALL SELECT part, NULL, asked_text(%1$s) FROM %%T GROUP BY part UNION ALL SELECT NULL, NULL, asked_text(%1$s) FROM %%T) AS s', call), NULL))
			AS v (test, everywhere, query, same_as);
		FOR i IN 1 .. coalesce(cardinality(a.arguments), 0) LOOP
			INSERT INTO asked_calls VALUES (a.signature, 'half nulls ' || i, true, format('SELECT asked_text(%s(%s)) FROM %%T', a.called,
				asked_list(a.prefix, a.arguments[:i - 1] || format('CASE WHEN u %% 2 = 0 THEN %s END', a.arguments[i]) || a.arguments[i + 1:])), NULL);
			other := asked_other(a.arguments[i], a.types[i]);
			CONTINUE WHEN other IS NULL;
			INSERT INTO asked_calls VALUES (a.signature, CASE WHEN a.constant[i] THEN 'unlike ' ELSE 'other ' END || i, true, format('SELECT asked_text(%s(%s)) FROM %%T', a.called,
				asked_list(a.prefix, a.arguments[:i - 1] || format('CASE WHEN part = 1 THEN %s ELSE %s END', other, a.arguments[i]) || a.arguments[i + 1:])), NULL);
		END LOOP;
	END LOOP;
	-- two that have the state of their rows in common: what one makes of it must leave it as it was
	FOR a IN SELECT * FROM asked_aggregates LOOP
		INSERT INTO asked_calls
		SELECT a.signature, test || b.signature, false, format(query, a.called, asked_list(a.prefix, a.arguments), b.called), CASE test WHEN 'beside ' THEN 'not beside ' || b.signature END
		FROM asked_aggregates AS b JOIN pg_aggregate AS x ON x.aggfnoid = a.oid JOIN pg_aggregate AS y ON y.aggfnoid = b.oid,
			 (VALUES ('beside ', 'SELECT concat_ws(chr(10), asked_text(%1$s(%2$s)), asked_text(%3$s(%2$s)), asked_text(%1$s(%2$s))) FROM %%T'),
					 ('not beside ', 'SELECT concat_ws(chr(10), (SELECT asked_text(%1$s(%2$s)) FROM %%T), (SELECT asked_text(%3$s(%2$s)) FROM %%T), (SELECT asked_text(%1$s(%2$s)) FROM %%T))')) AS v (test, query)
		WHERE x.aggtransfn = y.aggtransfn AND a.oid <> b.oid AND a.arguments = b.arguments;
	END LOOP;
END $$;
CREATE TABLE asked_parts (LIKE asked) PARTITION BY LIST (part);
EOS
# two of the partitions have no row
sql(join ';', (map { "CREATE TABLE asked_part_$_ PARTITION OF asked_parts FOR VALUES IN ($_)" } 0 .. 6), 'INSERT INTO asked_parts SELECT * FROM asked', 'ANALYZE asked, asked_parts');

# --- the roads ------------------------------------------------------------------

my $ask = 'INSERT INTO asked_answers SELECT $$%s$$, c.signature, c.test, a.* FROM asked_calls AS c, asked_answer(replace(c.query, $$%%T$$, $$%s$$)) AS a WHERE %s';
my $workers = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;';
my $partitionwise = 'SET enable_partitionwise_aggregate = on;';

like(sql("$partitionwise EXPLAIN (COSTS OFF) SELECT survey(u::int, 0, 500) FROM asked_parts"), qr/Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate/s, 'partitions have states of their own');
like(sql("$workers EXPLAIN (COSTS OFF) SELECT survey(u::int, 0, 500) FROM asked"), qr/Finalize Aggregate.*Gather.*Partial Aggregate/s, 'so have workers');
sql(sprintf $ask, 'plain', 'asked', 'true');
sql($partitionwise . sprintf $ask, 'partitionwise', 'asked_parts', 'everywhere');
# an INSERT has no workers
sql("$workers DO \$DO\$ DECLARE c record; a record; BEGIN FOR c IN SELECT * FROM asked_calls WHERE test IN ('all', 'none', 'filtered', 'one', 'part', 'groups', 'half nulls') OR test LIKE 'unlike %' LOOP
	SELECT * INTO a FROM asked_answer(replace(c.query, '%T', 'asked')); INSERT INTO asked_answers VALUES ('workers', c.signature, c.test, a.answer, a.hint); END LOOP; END \$DO\$");
sql('ANALYZE asked_answers');

note(sql('SELECT string_agg(format($$%s: %s calls, %s refused$$, road, n, refused), $$; $$ ORDER BY road) FROM (SELECT road, count(*) AS n, count(*) FILTER (WHERE answer LIKE $$ERROR%$$) AS refused FROM asked_answers GROUP BY road) AS s'));
cmp_ok(sql('SELECT count(*) FROM asked_answers'), '>', 20000, 'answers');

# --- what they must be ----------------------------------------------------------

my $answers = "(SELECT * FROM asked_answers JOIN asked_aggregates USING (signature)) AS a";
none("SELECT signature, answer FROM asked_answers WHERE test = 'all' AND answer LIKE 'ERROR%' ORDER BY 1", 'every aggregate has an answer to its rows');
none("SELECT signature FROM asked_answers WHERE test = 'all' AND answer IS NULL", '... which is something');
none("SELECT a.signature FROM asked_answers AS a JOIN asked_answers AS b ON b.signature = a.signature AND b.road = a.road AND b.test = 'all' JOIN asked_aggregates AS k ON k.signature = a.signature
	WHERE a.road = 'plain' AND a.test = 'part' AND a.answer = b.answer AND k.result NOT IN ('boolean'::regtype, 'bigint'::regtype, 'integer'::regtype, 'double precision'::regtype)", '... and not that to a part of them');
# refusals: of values and parameters with a hint; and PostgreSQL's own, of final functions that need the state for themselves, and of types without an order
# (states are hashed, so that there are distinct rows of them; DISTINCT within an aggregate sorts)
none("SELECT signature, test, answer FROM asked_answers WHERE answer ~ '^ERROR' AND answer !~ '^ERROR 22' AND NOT (test IN ('distinct', 'distinct rows') AND answer ~ '^ERROR 42883: could not identify an (equality|ordering) operator')
	AND NOT (test IN ('running', 'sliding', 'around', 'two frames') AND answer ~ '^ERROR 0A000: aggregate function .* does not support use as a window function' AND
		(SELECT g.aggfinalmodify FROM pg_aggregate AS g JOIN asked_aggregates AS k ON k.oid = g.aggfnoid WHERE k.signature = asked_answers.signature) = 'w')", 'what is refused is of class 22');
none("SELECT signature, test, answer FROM asked_answers WHERE answer ~ '^ERROR 22' AND coalesce(hint, '') = ''", '... with a hint');
none("SELECT a.signature, a.test FROM asked_answers AS a JOIN asked_calls AS c ON c.signature = a.signature AND c.test = a.test JOIN asked_answers AS b ON b.road = a.road AND b.signature = a.signature AND b.test = c.same_as
	JOIN asked_aggregates AS k ON k.signature = a.signature WHERE a.road = 'plain' AND a.answer IS DISTINCT FROM b.answer AND k.proname NOT IN ($ordered)
	AND NOT a.answer ~ '^ERROR 0A000.*window function' AND NOT (a.test = 'distinct' AND a.answer ~ '^ERROR 42883: could not identify an ordering operator')", 'frames, groupings, orders and neighbours change nothing');
none("SELECT a.road, a.signature, a.test FROM asked_answers AS a JOIN asked_answers AS b ON b.signature = a.signature AND b.test = a.test JOIN asked_aggregates AS k ON k.signature = a.signature
	WHERE b.road = 'plain' AND a.road <> 'plain' AND a.answer IS DISTINCT FROM b.answer AND NOT (a.answer ~ '^ERROR 22' AND b.answer ~ '^ERROR 22') AND k.proname NOT IN ($ordered)", 'partitions and workers change nothing');
none("SELECT signature, answer FROM asked_answers WHERE test IN ('none', 'filtered') AND answer IS NOT NULL", 'of no rows nothing is said');
# what is counted there is rows, whatever is in them
none("SELECT signature, answer FROM $answers WHERE test = 'nulls' AND answer !~ '^ERROR 22' AND proname NOT IN ('left_out_agg', $ordered)", '... nor of rows of NULLs, or they are refused');
is(sql("SELECT DISTINCT answer FROM $answers WHERE test = 'nulls' AND proname = 'left_out_agg'"), '(0,400,0,0,0)', '... but that they were left out');
# a parameter that differs makes states of different kinds
my @refused = split /\n/, sql("SELECT DISTINCT proname FROM $answers WHERE test LIKE 'unlike %' AND answer ~ '^ERROR 22'");
cmp_ok(scalar @refused, '>=', 25, "parameters that differ between partitions are refused: @refused");
for my $state (qw(retention lifecycle engagement gap_counts gap_histogram rfm_sample purchase_sample funnel rolling_retention path_edges transitions survey item_affinity journey_agg))
{
	ok(scalar(grep { $_ eq $state } @refused), "... those of $state");
}
cmp_ok(sql("SELECT count(*) FROM asked_answers WHERE test LIKE 'beside %'"), '>', 20, 'pairs that have their transitions in common');
is(join(' ', split /\n/, sql(q{SELECT DISTINCT a.proname FROM asked_aggregates AS a JOIN pg_aggregate AS g ON g.aggfnoid = a.oid WHERE g.aggfinalmodify <> 'r' ORDER BY 1})), 'baskets_agg journeys_agg lenient_population_agg population_agg',
	'final functions that modify the state say so');

$node->stop;
done_testing();
