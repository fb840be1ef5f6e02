# A million of the same: a session that asks one thing again and again, and one that makes and drops the
# extension, does not grow. Every function and aggregate is asked; what its memory contexts hold is the
# same after many calls as after few, and so is what the process has, but for what the server's own caches take.
#
# USER_OPS_GROWTH says how many calls of each, USER_OPS_REMADE how often the extension is made.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $calls = $ENV{USER_OPS_GROWTH} || 1000;
my $remade = $ENV{USER_OPS_REMADE} // 200;
my $few = $calls > 300 ? 100 : int($calls / 3);
my $lib = "$FindBin::RealBin/../../lib";
my $node = PostgreSQL::Test::Cluster->new('growth');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nautovacuum = off\nlog_statement = none\nsearch_path = 'user_ops, public'\nmax_parallel_workers_per_gather = 0\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql('CREATE EXTENSION user_ops');
sql(slurp_file("$lib/$_.sql")) for qw(split asked asked_functions);
sql(<<'EOS');
CREATE FUNCTION held() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts WHERE name NOT IN ('CacheMemoryContext', 'index info', 'relation rules', 'CachedPlan', 'CachedPlanSource', 'CachedPlanQuery', 'SPI Plan') $$;
CREATE FUNCTION resident() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'RssAnon:\s+(\d+)')::bigint * 1024 $$;
CREATE TABLE grown (signature text, few bigint, many bigint, resident_few bigint, resident_many bigint);
CREATE TABLE growth_calls AS
SELECT signature, asked_call(f, expressions) AS query FROM asked_functions AS f
UNION ALL SELECT signature, format('SELECT asked_text(%s(%s)) FROM asked WHERE u <= 20', called, asked_list(prefix, arguments)) FROM asked_aggregates;
-- one statement after the other, each with a plan of its own, as a client has it
CREATE PROCEDURE ask(c growth_calls, few integer, many integer) LANGUAGE plpgsql AS $$
DECLARE
	at_few bigint;
	at_many bigint;
	resident_few bigint;
	resident_many bigint;
BEGIN
	FOR i IN 1 .. many LOOP
		EXECUTE c.query;
		IF i = few THEN
			at_few := held();
			resident_few := resident();
		ELSIF i = many THEN
			at_many := held();
			resident_many := resident();
		END IF;
	END LOOP;
	INSERT INTO grown VALUES (c.signature, at_few, at_many, resident_few, resident_many);
END $$;
EOS
# twice in one session: what is loaded once is not growth
sql("DO \$\$ DECLARE c growth_calls; BEGIN FOR c IN SELECT * FROM growth_calls LOOP CALL ask(c, 1, 2); END LOOP; TRUNCATE grown; FOR c IN SELECT * FROM growth_calls LOOP CALL ask(c, $few, $calls); END LOOP; END \$\$");
my $n = sql('SELECT count(*) FROM grown');
cmp_ok($n, '>', 800, "$n functions and aggregates, $calls calls of each in one session");
# 100 bytes a call would be a leak of all that is smaller than a page
is(sql("SELECT signature, many - few FROM grown WHERE many - few > 100 * ($calls - $few) ORDER BY many - few DESC LIMIT 10"), '', '... what they hold does not grow with the calls');
my $resident = sql('SELECT max(resident_many) - min(resident_few) FROM grown');
note(sprintf 'the session grew by %.1f MB over all of it', $resident / 2**20);
cmp_ok($resident, '<', 64 * 2**20, '... nor does the process');

my ($grew, $per) = (0, 0);
if ($remade)
{
	my $half = int($remade / 2);
	my $again = join ';', map { "DROP EXTENSION user_ops; CREATE EXTENSION user_ops" } 1 .. $half;
	my $size = q{SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'RssAnon:\s+(\d+)')};

	$node->safe_psql('postgres', 'CREATE DATABASE remade');
	my ($before, $after) = grep { /^\d+$/ } split /\n/, $node->safe_psql('remade', "SET client_min_messages = warning; CREATE EXTENSION user_ops; $again; $size; $again; $size");
	$grew = $after - $before;
	$per = $grew / $half;
	cmp_ok($per, '<', 20, sprintf 'the extension made %d times in one session: from the %dth on it grows by %.1f MB', $remade, $half, $grew / 1024);
}
note(sprintf 'figure: %d functions and aggregates, %d calls of each, none grows; the extension made %d times, %.1f kB more each time', $n, $calls, $remade, $per);
$node->stop;
done_testing();
