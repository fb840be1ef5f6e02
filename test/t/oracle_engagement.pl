# Engagement against the same question in plain SQL, on many small generated
# tables, in one piece, in parts that are merged, and in parallel; the text input
# of its type under mutated values.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use Test::More;

my $node = oracle_server('engagement', qw(engagement));

# A table of a few users over a span of days before 2024-03-05; gaps of a window's
# length, a day less and a day more.
sub events
{
	my ($kind) = @_;
	my $users = $kind eq 'one user' ? 1 : 1 + int(rand(12));
	my $span = pick(5, 20, 60, 200);
	my @rows;

	return () if $kind eq 'empty';
	for my $user (1 .. $users)
	{
		my $source = $kind eq 'visits' || ($kind eq 'mixed' && $user % 2) ? 'visits' : 'shop';
		for (1 .. 1 + int(rand(pick(2, 6, 25))))
		{
			my $day = int(rand($span)) - 5;
			$day = pick(-1, 0, 1, 6, 7, 8, 13, 14, 15, 29, 30, 31, 37, 59, 60, 61) if $kind eq 'windows';
			$day += 365 * int(rand(3)) if $kind eq 'gaps';
			my $amount = 'NULL';
			$amount = sprintf('%.*f', int(rand(4)), rand(100)) if rand() < 0.6;
			$amount = '0' if rand() < 0.05;
			$amount = sprintf('%.2f', -rand(50)) if $kind eq 'refunds' && rand() < 0.4;
			my $copies = $kind eq 'ties' ? 1 + int(rand(3)) : 1;
			my $row = sprintf("(%s, date '2024-02-29' - %d, %s, '%s')",
				rand() < 0.03 ? 'NULL' : $user,
				$day, $amount, $source);
			$row = "($user, NULL, $amount, '$source')" if rand() < 0.03;
			push @rows, ($row) x $copies;
		}
	}
	return @rows;
}

# Users and their activities; a part of them, if one is named.
sub users
{
	my ($part) = @_;
	my $where = defined $part ? "AND user_id % 3 = $part" : '';
	my $all = "FROM events WHERE source = '%s' AND user_id IS NOT NULL $where GROUP BY user_id";
	return '(SELECT activity_agg(day) AS a ' . sprintf($all, 'visits')
	  . ' UNION ALL SELECT activity_agg(day, amount) ' . sprintf($all, 'shop') . ') s';
}

my @kinds = ('any', 'ties', 'one user', 'empty', 'refunds', 'gaps', 'windows', 'visits', 'mixed');
my $script = ask_about('user_id bigint, day date, amount numeric, source text');

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my @rows = events($kind);

	$script .= "TRUNCATE events;\n";
	$script .= 'INSERT INTO events VALUES ' . join(', ', @rows) . ";\n" if @rows;
	for my $as_of (map { "date '2024-03-01' + $_" } 0, pick(1, 7, 8, 30, 31, 45, -1, -20, -100))
	{
		my $whole = '(SELECT engagement(a, ' . $as_of . ') FROM ' . users() . ')';
		my $parts = join ' || ',
		  map { "(SELECT engagement(a, $as_of) FROM " . users($_) . ')' } (0 .. 2);

		$script .= compare("table $i ($kind): engagement $as_of",
			"SELECT * FROM cells($whole)",
			"SELECT * FROM oracle.engagement_cells($as_of)");
		$script .= "INSERT INTO differences SELECT 'table $i ($kind), parts' "
		  . "WHERE $whole IS DISTINCT FROM ($parts);\n";
	}
}
answers_agree($node, $script, 20);

# 20 000 users with 10 days each: every plan gives the bytes of the serial one.
$node->safe_psql('postgres', <<'SQL');
SET search_path = user_ops, public;
CREATE TABLE crowd AS
	SELECT u, activity_agg(date '2023-01-01' + (u * 7919 + g * g * 31) % 400, ((u * g) % 997)::numeric / 4) AS a
	FROM generate_series(1, 20000) u, generate_series(1, 10) g GROUP BY u;
ANALYZE crowd;
SQL
my $settings = 'SET search_path = user_ops, public;';
my $parallel = "$settings SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;"
  . ' SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;'
  . ' SET parallel_leader_participation = off;';
my $question = "SELECT engagement(a, '2024-02-01') FROM crowd";
like($node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) $question"),
	qr/Finalize Aggregate.*Gather.*Partial Aggregate/s, 'the aggregate is split among workers');
my $serial = $node->safe_psql('postgres', "$settings SET max_parallel_workers_per_gather = 0; $question");
is($node->safe_psql('postgres', "$parallel $question"), $serial, 'and gives the same bytes');
my $file = $node->basedir . '/parts.bin';
is($node->safe_psql('postgres', <<"SQL"), $serial, 'as do parts sent in binary and merged');
$settings
CREATE TABLE parts AS SELECT u % 5 AS part, engagement(a, '2024-02-01') AS counts FROM crowd GROUP BY part;
COPY parts (counts) TO '$file' (FORMAT binary);
CREATE TABLE received (counts engagement_counts);
COPY received FROM '$file' (FORMAT binary);
SELECT rollup(counts) FROM received;
SQL
is($node->safe_psql('postgres', <<"SQL"), 't', 'and their cells are those of the plain SQL');
$settings
CREATE TEMP TABLE events AS
	SELECT u AS user_id, date '2023-01-01' + (u * 7919 + g * g * 31) % 400 AS day,
		   ((u * g) % 997)::numeric / 4 AS amount, 'shop' AS source
	FROM generate_series(1, 2000) u, generate_series(1, 10) g;
WITH ours AS (SELECT * FROM cells((SELECT engagement(a, '2024-02-01') FROM crowd WHERE u <= 2000))),
	theirs AS (SELECT * FROM oracle.engagement_cells('2024-02-01'))
SELECT NOT EXISTS (TABLE ours EXCEPT ALL TABLE theirs) AND NOT EXISTS (TABLE theirs EXCEPT ALL TABLE ours);
SQL

mutated_values($node, 'engagement_counts', <<'SQL');
WITH users AS (
	SELECT u % 2 = 0 AS paying, activity_agg(date '2024-01-01' + (u * g * 7) % 40) AS visits,
		   activity_agg(date '2024-01-01' + (u * g * 7) % 40, (u * g - 9)::numeric / 4) AS amounts
	FROM generate_series(1, 6) u, generate_series(1, 5) g GROUP BY u
), valid AS (
	SELECT engagement(CASE WHEN k = 'amounts' OR (k = 'mixed' AND paying) THEN amounts ELSE visits END, o)
	FROM users, unnest('{amounts,visits,mixed}'::text[]) k,
		 unnest('{2024-01-02,2024-01-09,2024-02-01,2024-03-20}'::date[]) o GROUP BY k, o
)
SQL

$node->stop;
done_testing();
