# Sessions and paths against the same questions in plain SQL, on many small generated
# tables: in one piece, in parts that are merged, directly over a handle, and in parallel;
# what enters a name leaves it; the text input of their types under mutated values.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use Test::More;

my $node = oracle_server('paths', qw(paths));
my @names = ('home', 'list', 'item', 'cart', 'pay', '', 'Home', "\xc3\xa9");

# A few users, each with some visits: rows seconds or minutes apart, many of them simultaneous.
sub events
{
	my ($kind) = @_;
	my @rows;
	my $id = 0;

	return () if $kind eq 'empty';
	for my $user (1 .. ($kind eq 'one user' ? 1 : 1 + int(rand(10))))
	{
		my $at = 710_000_000 + int(rand(400_000));
		for (1 .. 1 + int(rand(pick(2, 8, 25))))
		{
			my $name = $names[ int(rand($kind eq 'few names' ? 2 : @names) * ($kind eq 'skewed' ? rand() : 1)) ];
			my $amount = rand() < 0.5 ? 'NULL' : sprintf('%.*f', int(rand(3)), rand(100) - 20);
			my $cut = rand() < 0.1 ? 'true' : rand() < 0.5 ? 'false' : 'NULL';
			my $key = rand() < 0.6 ? 'NULL' : q{'} . pick('ads', 'mail', '') . q{'};
			my $time = rand() < 0.03 ? 'NULL' : "timestamptz '2000-01-01 UTC' + $at * interval '1 second'";

			$time .= " + interval '" . int(rand(1e6)) . " microseconds'" if $kind eq 'microseconds' && $time ne 'NULL';
			push @rows, sprintf("(%d, %s, %s, '%s', %s, %s, %s)", ++$id, rand() < 0.02 ? 'NULL' : $user, $time, $name, $amount, $cut, $key);
			$at += pick(0, 0, 1, 30, 600, 1799, 1800, 1801, 3600, 3601, 40_000, $kind eq 'far' ? 2_000_000_000 : 5);
		}
	}
	return sort { rand() <=> 0.5 } @rows;
}

sub literal { my ($value) = @_; return defined $value ? "'$value'" : 'NULL'; }

my @kinds = ('any', 'one user', 'empty', 'few names', 'skewed', 'microseconds', 'far');
my $journeys = '(SELECT user_id, journey_agg(at, name, amount) AS j FROM events WHERE user_id IS NOT NULL %s GROUP BY user_id) AS s';
my $handle = '(SELECT journeys_agg(user_id, at, name) AS js FROM events WHERE user_id IS NOT NULL) AS s';
my $script = "SET timezone = 'UTC';\n" . ask_about('id bigint, user_id bigint, at timestamptz, name text, amount numeric, cut boolean, key text');

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my @rows = events($kind);
	my $table = "table $i ($kind)";
	my $gap = "'" . pick(0, 60, 1799, 1800, 3600, 100_000) . " seconds'";
	my $length = rand() < 0.5 ? 'NULL' : "'" . pick(0, 1800, 3600, 5000) . " seconds'";
	my $zone = literal(rand() < 0.5 ? undef : pick('UTC', 'Asia/Shanghai', 'America/New_York'));
	my $as_of = "timestamptz '2000-01-01 UTC' + " . (710_000_000 + int(rand(500_000))) . " * interval '1 second'";

	$as_of = "timestamptz '2300-01-01 UTC'" if rand() < 0.6;
	$script .= "TRUNCATE events;\n";
	$script .= 'INSERT INTO events VALUES ' . join(', ', @rows) . ";\n" if @rows;
	my $order = 'PARTITION BY user_id ORDER BY at, name COLLATE "C", amount NULLS FIRST, id';
	$script .= compare("$table: session_id $gap", "SELECT id, session_id(at, $gap) OVER (PARTITION BY user_id ORDER BY at) AS s FROM events WHERE user_id IS NOT NULL AND at IS NOT NULL", "SELECT * FROM oracle.session_numbers($gap)");
	$script .= compare("$table: session_id $gap $length $zone",
		"SELECT user_id, at, name, amount, session_id(at, session_options($gap, $length, $zone), cut, key) OVER ($order) FROM events WHERE user_id IS NOT NULL AND at IS NOT NULL",
		"SELECT user_id, at, name, amount, session FROM oracle.session_rows($gap, $length, $zone, true)");
	# as_of leaves rows out, but numbers of sessions are from the front
	$script .= compare("$table: sessions $gap $length $zone $as_of",
		'SELECT user_id, x.* FROM ' . sprintf($journeys, '') . ", sessions(j, $gap, $as_of, $length, $zone) AS x",
		"SELECT * FROM oracle.sessions($gap, $length, $zone, $as_of)");

	$gap = 'NULL' if rand() < 0.3;
	for (1 .. 2)
	{
		my ($collapse, $reverse, $exits) = map { pick('true', 'false') } 1 .. 3;
		my $depth = pick(1, 2, 3, 5, 40);
		my ($start, $end) = map { literal(rand() < 0.6 ? undef : pick(@names[ 0 .. 5 ])) } 1 .. 2;
		my $asked = "$gap, $as_of, path_options($depth, $collapse, $start, $end, $reverse, $exits)";
		my $whole = "(SELECT path_edges(j, $asked) FROM " . sprintf($journeys, '') . ')';
		my $parts = join ' || ', map { "(SELECT path_edges(j, $asked) FROM " . sprintf($journeys, "AND user_id % 3 = $_") . ')' } 0 .. 2;

		$script .= compare("$table: edges $asked", "SELECT * FROM edges($whole)", "SELECT * FROM oracle.path_edges($gap, $as_of, $depth, $collapse, $start, $end, $reverse, $exits)");
		$script .= compare("$table: some edges $asked", "SELECT * FROM edges($whole, 2)", "SELECT * FROM oracle.path_edges($gap, $as_of, $depth, $collapse, $start, $end, $reverse, $exits) WHERE users >= 2");
		$script .= "INSERT INTO differences SELECT '$table, parts' WHERE $whole IS DISTINCT FROM ($parts);\n";
		$script .= "INSERT INTO differences SELECT '$table, handle' WHERE $whole <> (SELECT path_edges(js, $asked) FROM $handle);\n";
		$script .= <<"EOS" if $exits eq 'true' && $reverse eq 'false' && $end eq 'NULL';
INSERT INTO differences SELECT '$table, flow' FROM (
	SELECT depth, target AS name, sessions FROM edges($whole) WHERE target IS NOT NULL AND depth < $depth UNION ALL SELECT depth - 1, source, -sessions FROM edges($whole) WHERE depth > 1) AS f
GROUP BY depth, name HAVING sum(sessions) <> 0;
EOS
		$asked = "$gap, $as_of, $collapse";
		$whole = "(SELECT transitions(j, $asked) FROM " . sprintf($journeys, '') . ')';
		$parts = join ' || ', map { "(SELECT transitions(j, $asked) FROM " . sprintf($journeys, "AND user_id % 3 = $_") . ')' } 0 .. 2;
		$script .= compare("$table: transitions $asked", "SELECT * FROM cells($whole)", "SELECT * FROM oracle.transitions($gap, $as_of, $collapse)");
		$script .= "INSERT INTO differences SELECT '$table, transitions of parts' WHERE $whole IS DISTINCT FROM ($parts);\n";
		$script .= "INSERT INTO differences SELECT '$table, transitions of a handle' WHERE $whole <> (SELECT transitions(js, $asked) FROM $handle);\n";
	}
}
answers_agree($node, $script, 8);

# 20 000 users with 10 rows each: every plan gives the bytes of the serial one.
$node->safe_psql('postgres', <<'SQL');
SET search_path = user_ops, public;
CREATE TABLE crowd AS
	SELECT u, journey_agg(timestamptz '2024-01-01 UTC' + ((u * 7919 + g * g * 31) % 400) * interval '1 minute', 'name ' || (u * g) % 41) AS j
	FROM generate_series(1, 20000) u, generate_series(1, 10) g GROUP BY u;
ANALYZE crowd;
SQL
my $settings = 'SET search_path = user_ops, public;';
my $parallel = "$settings SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;"
  . ' SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;'
  . ' SET parallel_leader_participation = off;';
my $question = "SELECT path_edges(j, '30 minutes', '2025-01-01'), transitions(j, '30 minutes', '2025-01-01') FROM crowd";
like($node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) $question"),
	qr/Finalize Aggregate.*Gather.*Partial Aggregate/s, 'the aggregates are split among workers');
my $serial = $node->safe_psql('postgres', "$settings SET max_parallel_workers_per_gather = 0; $question");
cmp_ok(length $serial, '>', 6_600, 'many edges');
is($node->safe_psql('postgres', "$parallel $question"), $serial, '... and give the same bytes');
my $file = $node->basedir . '/parts.bin';
is($node->safe_psql('postgres', <<"SQL"), $serial, 'as do parts sent in binary and merged');
$settings
CREATE TABLE parts AS SELECT path_edges(j, '30 minutes', '2025-01-01') AS p, transitions(j, '30 minutes', '2025-01-01') AS t FROM crowd GROUP BY u % 5;
COPY parts TO '$file' (FORMAT binary);
CREATE TABLE received (p path_edges, t transitions);
COPY received FROM '$file' (FORMAT binary);
SELECT rollup(p), rollup(t) FROM received;
SQL

my $valid = <<'SQL';
WITH users AS (
	SELECT u, journey_agg(timestamptz '2024-01-01 UTC' + (u * g * 7) % 40 * interval '1 minute', chr(97 + (u + g * g) % 5)) AS j FROM generate_series(1, 6) u, generate_series(1, 8) g GROUP BY u
), valid AS (
	SELECT %s FROM users, unnest('{5 minutes,NULL}'::interval[]) gap, unnest('{true,false}'::boolean[]) one, unnest('{a,NULL}'::text[]) anchor GROUP BY gap, one, anchor
)
SQL
mutated_values($node, 'path_edges', sprintf($valid, "path_edges(j, gap, '2024-01-01 00:35+00', path_options(4, one, anchor, nullif(anchor, 'a'), NOT one))"), 'edges');
mutated_values($node, 'transitions', sprintf($valid, "transitions(j, gap, '2024-01-01 00:35+00', one)"));

$node->stop;
done_testing();
