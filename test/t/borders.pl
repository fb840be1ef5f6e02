# The ends of what each argument of each function and aggregate can be: numbers and durations at
# the borders of their types and of our limits, one to each side; NaN and infinities; and a time or
# day that is infinite, in each place that takes one. What comes is an answer without nonsense in
# it, or an error of class 22 or 54 that says what to do. The list is the catalogue's: lib/asked.sql and
# lib/asked_functions.sql know what the other arguments are; a function that they do not know fails here.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $lib = "$FindBin::RealBin/../lib";
my $node = PostgreSQL::Test::Cluster->new('borders');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nautovacuum = off\nlog_statement = none\nlog_min_messages = fatal\nsearch_path = 'user_ops, public'\nmax_parallel_workers_per_gather = 0\ntimezone = 'UTC'\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }
sub none { my ($query, $name) = @_; return is(sql($query), '', $name) }

sql('CREATE EXTENSION user_ops');
sql(slurp_file("$lib/$_.sql")) for qw(split asked asked_functions);

# --- every function is asked ----------------------------------------------------

# what makes views takes a source: test/sql/{arguments,addons,own_tables}.sql; and what has no argument
none(q{SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang WHERE p.pronamespace = 'user_ops'::regnamespace AND p.prokind IN ('f', 'w') AND p.pronargs > 0 AND p.proname !~ '^(split|asked)_'
	AND NOT EXISTS (SELECT FROM asked_functions AS f WHERE f.oid = p.oid) AND NOT (l.lanname = 'plpgsql' AND p.provolatile = 'v' OR p.proname IN ('addons', 'distribute', 'verify', 'backtest', 'backtest_summary', 'recommendation_backtest'))},
	'every function is asked, or makes and reads views');
sql('CREATE TABLE right_answers AS SELECT f.oid, (asked_answer(asked_call(f, expressions))).* FROM asked_functions AS f');
cmp_ok(sql('SELECT count(*) FROM right_answers'), '>', 380, 'functions');
none(q{SELECT oid::regprocedure, answer FROM right_answers WHERE answer LIKE 'ERROR%'}, '... which have an answer');

# --- the values -----------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE borders (type regtype, value text);
-- our limits are among them, with one to each side
INSERT INTO borders SELECT t, v FROM unnest('{integer,bigint}'::regtype[]) AS t,
	unnest('{-2147483648,-1,0,1,2,12,13,25,26,32,33,63,64,65,100,101,1000,1001,10000,10001,36525,36526,1000000,1000001,2147483647}'::text[]) AS v;
INSERT INTO borders SELECT 'bigint', v FROM unnest('{-9223372036854775808,1000000000,1000000001,274877906944,9007199254740992,2305843009213693951,4611686018427387904,9223372036854775807}'::text[]) AS v;
INSERT INTO borders SELECT 'smallint', v FROM unnest('{-32768,-1,0,1,32767}'::text[]) AS v;
INSERT INTO borders SELECT 'double precision', v FROM unnest('{NaN,Infinity,-Infinity,-1.7976931348623157e308,-1e18,-1,-1e-9,-5e-324,0,5e-324,1e-300,1e-9,0.5,0.999999999999,1,1.000000000001,2,100,101,9223372036854774784,9223372036854775808,1e18,1e300,1.7976931348623157e308}'::text[]) AS v;
INSERT INTO borders SELECT 'numeric', v FROM unnest('{NaN,Infinity,-Infinity,0,-1,1,0.5,1e-9,1e-10,1e-1000,9223372036.854775807,9223372036.854775808,-9223372036.854775809,9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,1e100,-1e1000}'::text[]) AS v;
INSERT INTO borders SELECT 'interval', v FROM unnest('{0,1 microsecond,-1 microsecond,1 day,-1 day,1 month -30 days,1 month,-1 month,36525 days,36526 days,2147483647 months,-2147483648 months,2147483647 days,-2147483648 days,2562047788:00:54.775807,-2562047788:00:54.775807,178956970 years 2147483647 days 2562047788:00:54.775807}'::text[]) AS v;
INSERT INTO borders SELECT 'double precision[]', v FROM unnest(ARRAY['{}', '{NULL}', '{NaN}', '{1,NaN,2}', '{Infinity,1,2}', '{-Infinity,0,1}', '{0,0,0}', '{{1,2},{3,4}}', '[0:2]={1,2,3}', '{1e308,1e308,-1e308}', '{5e-324,1,2}', '{-1,0,1}']) AS v;
INSERT INTO borders SELECT t, v FROM unnest('{integer[],bigint[]}'::regtype[]) AS t, unnest(ARRAY['{}', '{NULL}', '{1,NULL,3}', '{0}', '{-1}', '{2,1}', '{1,1}', '{{1,2},{3,4}}', '[0:2]={1,8,31}', '{1,2147483647}', '{-2147483648,1}']) AS v;
INSERT INTO borders SELECT 'bigint[]', v FROM unnest(ARRAY['{1,9223372036854775807}', '{-9223372036854775808,1}']) AS v;
INSERT INTO borders SELECT 'numeric[]', v FROM unnest(ARRAY['{}', '{NULL}', '{NaN}', '{1,NaN}', '{Infinity}', '{0,0}', '{2,1}', '{-1,1}', '{{1,2},{3,4}}', '[0:1]={0.1,0.2}', '{1e1000,1}', '{0.5,1}', '{1e-10,0.5}']) AS v;
INSERT INTO borders SELECT 'interval[]', v FROM unnest(ARRAY['{}', '{NULL}', '{-1 day}', '{1 day,0}', '{178956970 years}', '{1 day,1 day,1 day}']) AS v;
INSERT INTO borders SELECT 'text', v FROM unnest(ARRAY['', ' ', repeat('x', 64), repeat('x', 1025), '{', E'\n', '🦔']) AS v;
INSERT INTO borders SELECT 'text[]', v FROM unnest(ARRAY['{}', '{NULL}', '{""}', '{a,a}', '{{a,b},{c,d}}', '[0:1]={a,b}', '{' || repeat('x', 1025) || '}']) AS v;
INSERT INTO borders SELECT t, v FROM unnest('{date,timestamp,timestamptz}'::regtype[]) AS t, unnest('{infinity,-infinity,4714-11-24 BC,0001-01-01 BC,1999-12-31,9999-12-31}'::text[]) AS v;
INSERT INTO borders SELECT 'date', v FROM unnest('{5874897-12-31}'::text[]) AS v;
INSERT INTO borders SELECT t, '294276-12-31 23:59:59.999999' FROM unnest('{timestamp,timestamptz}'::regtype[]) AS t;
-- so far from the others as an infinite one is, to either side
CREATE FUNCTION finite(value text) RETURNS text LANGUAGE sql AS $$ SELECT CASE value WHEN 'infinity' THEN '2150-01-01' ELSE '1850-01-01' END $$;

-- aggregates are many of the same kind: of them the ends, and what is no number
ALTER TABLE borders ADD few boolean DEFAULT false;
UPDATE borders SET few = value ~ 'inf|Inf|NaN|BC|^-?[0-9]{5,}$|^-?(1e1?000|1.79.*|0|1)$|^-1 |months|294276' OR type::text LIKE '%[]' AND value IN ('{}', '{NULL}', '{1,NULL,3}') OR type = 'text'::regtype AND length(value) <> 1;
-- calls: of a function, one argument after the other; of an aggregate, for all rows if it is the same for all, and for one of them
CREATE TABLE border_calls (place serial, signature text, argument integer, type regtype, value text, rows_of text, query text, answer text, hint text, ms double precision);
INSERT INTO border_calls (signature, argument, type, value, rows_of, query)
SELECT f.signature, i, b.type, b.value, 'function', asked_call(f, f.expressions[:i - 1] || format('%L::%s', b.value, b.type) || f.expressions[i + 1:])
FROM asked_functions AS f, generate_subscripts(f.types, 1) AS i JOIN borders AS b ON true WHERE b.type = f.types[i];
INSERT INTO border_calls (signature, argument, type, value, rows_of, query)
SELECT a.signature, i, b.type, b.value, r, format('SELECT asked_text(%s(%s)) FROM asked WHERE u <= 60', a.called, asked_list(a.prefix, a.arguments[:i - 1] || format(CASE r WHEN 'all' THEN '%L::%s' ELSE 'CASE WHEN u = 7 THEN %L::%s ELSE %s END' END, b.value, b.type, a.arguments[i]) || a.arguments[i + 1:]))
FROM asked_aggregates AS a, generate_subscripts(a.types, 1) AS i JOIN borders AS b ON true, unnest('{all,one}'::text[]) AS r
WHERE b.type = a.types[i] AND b.few AND (CASE WHEN a.constant[i] THEN 'all' ELSE 'one' END = r OR b.value ~ 'inf|Inf|NaN');
-- what an infinite time is compared with
INSERT INTO border_calls (signature, argument, type, value, rows_of, query)
SELECT signature, argument, type, 'finite ' || value, rows_of, replace(query, quote_literal(value), quote_literal(finite(value))) FROM border_calls
WHERE value IN ('infinity', '-infinity') AND type IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype);
INSERT INTO border_calls (signature, argument, type, value, rows_of, query)
SELECT a.signature, i, a.types[i], 'left out', 'one', format('SELECT asked_text(%s(%s) FILTER (WHERE u <> 7)) FROM asked WHERE u <= 60', a.called, asked_list(a.prefix, a.arguments))
FROM asked_aggregates AS a, generate_subscripts(a.types, 1) AS i WHERE a.types[i] IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype);
CREATE FUNCTION timed_answer(query text, OUT answer text, OUT hint text, OUT ms double precision) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	SELECT a.answer, a.hint INTO answer, hint FROM asked_answer(query) AS a;
	-- so much of it is enough to see what it is
	answer := left(answer, 100000);
	ms := extract(epoch FROM clock_timestamp() - began) * 1000;
END $$;
EOS
my $calls = sql('SELECT count(*) FROM border_calls');
cmp_ok($calls, '>', 10000, "$calls calls");

# --- are asked, some at a time: one that takes for ever is seen -----------------------

my $seconds = 10;

# asks(FROM, TO): whether they came to an end
sub asks
{
	my ($from, $to) = @_;

	return 0 == $node->psql('postgres', "SET statement_timeout = '${seconds}s'; UPDATE border_calls AS c SET answer = a.answer, hint = a.hint, ms = a.ms FROM (SELECT c.place, a.* FROM border_calls AS c, timed_answer(c.query) AS a WHERE place BETWEEN $from AND $to) AS a WHERE a.place = c.place");
}
for (my $from = 1; $from <= $calls; $from += 100)
{
	# which of them it was
	asks($from, $from + 99) or map { asks($_, $_) } $from .. $from + 99;
}
none("SELECT signature, argument, value FROM border_calls WHERE ms IS NULL", "every call comes to its end in $seconds s");
note('the longest: ' . sql(q{SELECT string_agg(format('%s(%s) %s ms', signature, value, round(ms)), '; ') FROM (SELECT * FROM border_calls ORDER BY ms DESC NULLS LAST LIMIT 5) AS s}));
note(sql(q{SELECT format('%s answers, %s refused, of these %s with a hint', count(answer), count(*) FILTER (WHERE answer ~ '^ERROR'), count(*) FILTER (WHERE answer ~ '^ERROR' AND hint <> '')) FROM border_calls}));

# --- what they must be ----------------------------------------------------------

none(q{SELECT signature, argument, value, answer FROM border_calls WHERE answer ~ '^ERROR' AND answer !~ '^ERROR (22|54)'}, 'what is refused is of class 22 or 54');
# a day that is no timestamp is the server's error
none(q{SELECT signature, argument, value, answer FROM border_calls WHERE answer ~ '^ERROR (22|54)' AND coalesce(hint, '') = '' AND answer <> 'ERROR 22008: date out of range for timestamp'}, '... with a hint');
# moment_of says of which it is infinite, and winsorize is of the server's numerics
none(q{SELECT signature, argument, value, left(answer, 100) FROM border_calls WHERE answer !~ '^ERROR' AND answer ~* '(^|[^a-z])(nan|infinity)($|[^a-z])' AND value !~ 'inf' AND signature !~ '^(moment_of|winsorize)\('}, 'no answer is no number');
# An infinite time is refused, left out, or one after, or before, all others. Rows without a time are counted by left_out_agg; and moment_of,
# options and states keep what was asked, of which the readings say the same.
none(q{SELECT c.signature, c.argument, c.value, left(c.answer, 100) FROM border_calls AS c
	JOIN border_calls AS f ON f.signature = c.signature AND f.argument = c.argument AND f.rows_of = c.rows_of AND f.value = 'finite ' || c.value
	LEFT JOIN border_calls AS l ON l.signature = c.signature AND l.argument = c.argument AND l.value = 'left out'
	WHERE c.value IN ('infinity', '-infinity') AND c.answer !~ '^ERROR 22' AND c.answer IS DISTINCT FROM f.answer AND c.answer IS DISTINCT FROM l.answer
	  AND NOT (c.signature ~ '^left_out_' AND c.answer ~ '^(without_time|\(0,(1,4|60,0),0,0\))$') AND NOT (c.signature ~ '^moment_of\(' AND c.answer = c.value)
	  AND c.signature !~ '^(funnel|path_edges|transitions|(funnel|retention)_options)\('}, 'infinite times are refused, left out, or as any that is late enough');
for my $state ([ 'steps', q{funnel(by_conditions, '2', '20 days', %s)} ], [ 'edges', q{path_edges(by_name, '1 day', %s)} ], [ 'cells', q{transitions(by_name, '1 day', %s)} ])
{
	for my $type (qw(date timestamptz))
	{
		my ($infinite, $late) = map { sql("SELECT count(*), string_agg(x::text, ' ' ORDER BY x::text COLLATE \"C\") FROM (SELECT " . sprintf($state->[1], "$type '$_'") . " AS v FROM kept) AS s, $state->[0](v) AS x") } 'infinity', '2150-01-01';
		is($infinite, $late, "$state->[0] of $state->[1] as of an infinite $type are those of a late one");
		like($late, qr/^[1-9]/, '... and are some');
	}
}
note(sql(q{SELECT string_agg(format('%s: %s', what, n), ', ') FROM (SELECT CASE WHEN c.answer ~ '^ERROR' THEN 'refused' WHEN c.answer IS NOT DISTINCT FROM l.answer AND l.place IS NOT NULL THEN 'left out' ELSE 'late or early' END AS what, count(*) AS n
	FROM border_calls AS c LEFT JOIN border_calls AS l ON l.signature = c.signature AND l.argument = c.argument AND l.value = 'left out' WHERE c.value IN ('infinity', '-infinity') AND c.type::text ~ 'date|time' GROUP BY 1 ORDER BY 1) AS s}));
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|was terminated/, 'no process died');

$node->stop;
done_testing();
