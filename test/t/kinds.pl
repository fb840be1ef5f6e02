# Kinds of grouped rows beside populations: one registry, one budget, one hand-over of
# workers; and a handle is good for its own kind only. The other kind is a module of the
# test's own (test/server/other_kind.c), linked to what the library shows.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Populations qw(population_server make_big is_clean $small $parallel);
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $directory = PostgreSQL::Test::Utils::tempdir;
my $cc = $ENV{CC} || 'cc';
my ($server, $library) = map { chomp(my $said = `$ENV{PG_CONFIG} --$_`); $said } 'includedir-server', 'pkglibdir';

plan skip_all => "no C compiler: $cc" if system("$cc --version >/dev/null 2>&1") != 0;
# From 16 on a library shows only what SQL calls.
plan skip_all => 'the library hides what it is made of' unless `nm -D $library/user_ops.so 2>/dev/null` =~ /T grouped_begin$/m;
is(system("$cc -std=gnu11 -O1 -Wall -fPIC -shared -I$root/src -I$server -o $directory/other_kind.so $root/test/server/other_kind.c >$directory/log 2>&1"),
	0, 'another kind compiles') or diag(slurp_file("$directory/log"));
chmod 0755, $directory;

my $node = population_server('kinds', "shared_preload_libraries = 'user_ops'");
my ($everyone) = make_big($node);
my $module = "'$directory/other_kind'";

$node->safe_psql('postgres', <<"EOS");
CREATE TYPE steps;
CREATE FUNCTION steps_in(cstring) RETURNS steps LANGUAGE internal IMMUTABLE STRICT AS 'int8in';
CREATE FUNCTION steps_out(steps) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int8out';
CREATE TYPE steps (INPUT = steps_in, OUTPUT = steps_out, LIKE = bigint);
CREATE FUNCTION steps_add(internal, bigint, timestamp) RETURNS internal LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION steps_serialize(internal) RETURNS bytea LANGUAGE c STRICT PARALLEL SAFE AS $module;
CREATE FUNCTION steps_deserialize(bytea, internal) RETURNS internal LANGUAGE c STRICT PARALLEL SAFE AS $module;
CREATE FUNCTION steps_combine(internal, internal) RETURNS internal LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION steps_final(internal) RETURNS steps LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION steps_said(steps) RETURNS text LANGUAGE c STRICT PARALLEL RESTRICTED AS $module;
CREATE AGGREGATE steps_agg(bigint, timestamp) (SFUNC = steps_add, STYPE = internal, COMBINEFUNC = steps_combine, SERIALFUNC = steps_serialize,
	DESERIALFUNC = steps_deserialize, FINALFUNC = steps_final, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE);
CREATE CAST (steps AS population) WITHOUT FUNCTION;
CREATE CAST (population AS steps) WITHOUT FUNCTION;
CREATE CAST (bigint AS steps) WITHOUT FUNCTION;
CREATE CAST (bigint AS population) WITHOUT FUNCTION;
CREATE TABLE stepped WITH (parallel_workers = 2) AS SELECT n % 500 AS u, timestamp '2024-01-01' + n * 7919::bigint % 90001 * interval '37 seconds' AS at FROM generate_series(1, 60000) AS n;
ANALYZE stepped;
EOS

my $seconds = $node->safe_psql('postgres', "SELECT sum(extract(epoch FROM at - timestamp '2000-01-01'))::bigint FROM stepped");
my $both = 'SELECT steps_said(s), digest(p) FROM (SELECT steps_agg(u, at) AS s FROM stepped) AS a, (SELECT population_agg(u, day, amount) AS p FROM big) AS b';

is($node->safe_psql('postgres', $both), "500 users, 60000 of 60000 rows, $seconds seconds, in memory|$everyone", 'two kinds in one query');
is($node->safe_psql('postgres', "$small $both"), "500 users, 60000 of 60000 rows, $seconds seconds, from a file|$everyone", '... share one budget and one file');
like($node->safe_psql('postgres', "$parallel SET max_parallel_workers_per_gather = 2; EXPLAIN $both"), qr/Gather.*Gather/s, 'workers gather both');
# How much memory that takes depends on which worker gets which rows: there is enough of it.
is($node->safe_psql('postgres', "$parallel SET work_mem = '64MB'; SET max_parallel_workers_per_gather = 2; $both"),
	"500 users, 60000 of 60000 rows, $seconds seconds, in memory|$everyone", '... and hand over kind, options and counts');

# answer(STATEMENT): the SQLSTATE, message and hint of what is wrong with it.
sub answer
{
	my ($statement) = @_;
	my ($status, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$statement");

	return $status == 0 ? $out : join ': ', map { $error =~ /$_/m ? $1 : 'none' } qr/ERROR:  (.*)/, qr/HINT:  (.*)/;
}

my $another = 'Handles cannot be cast to another type.';
my $steps = '(SELECT steps_agg(u, at) AS s FROM stepped) AS a';
my $population = '(SELECT population_agg(u, day) AS p FROM big) AS b';

is(answer("SELECT $_"), "42804: a handle of type steps is no handle of type population: $another", "steps are refused: $_") for
	"retention(s::population, 'week', '2024-06-01') FROM $steps", "users(s::population, NULL::bigint) FROM $steps", "population_rows(s::population) FROM $steps",
	"rfm_model(s::population, '2024-06-01') FROM $steps", "purchase_model(s::text::bigint::population, '2024-06-01') FROM $steps";
is(answer("SELECT steps_said(p::steps) FROM $population"), "42804: a handle of type population is no handle of type steps: $another", 'and so is a population');
is(answer('SELECT steps_said(5::bigint::steps)'), '55000: there are no such steps: Ask in the query that made them.', 'a forged handle of one kind');
like(answer('SELECT users(5::bigint::population, NULL::bigint)'), qr/^55000: the population no longer exists/, '... and of the other');
is($node->safe_psql('postgres', "SELECT steps_said(s::population::steps) FROM $steps"), "500 users, 60000 of 60000 rows, $seconds seconds, in memory", 'back as what it is, it is good');
is_clean($node, 'no file is left', 10);
done_testing();
