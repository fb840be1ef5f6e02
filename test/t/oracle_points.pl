# Ledgers of points against the same question in plain SQL, on many small generated tables, in one
# piece and merged of parts; ledgers in 2 to 16 parts, through text and binary, merged in any
# order; parallel plans; long ledgers; and the text input of the type under mutated values.
# Takes minutes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = oracle_server('points', 'points');
sub sql { return $node->safe_psql('postgres', "SET search_path = public, user_ops;\n$_[0]") }

# --- the same in plain SQL ----------------------------------------------------------

# Rows of some users: of one validity, of dates to the end of a month, without dates, with debts, or in few days.
sub rows_of
{
	my ($kind) = @_;
	my $days = $kind eq 'crowded' ? 3 : 60;
	my $validity = 1 + int rand 40;
	my @rows;

	for my $user (1 .. 2 + int rand 5)
	{
		for (1 .. 1 + int rand 25)
		{
			my $day = int rand $days;
			my $what = pick(qw(earn earn earn spend spend reverse expire), $kind eq 'debts' ? qw(spend spend) : ());
			my $points = rand() < 0.05 ? 'NULL' : rand() < 0.05 ? 0 : sprintf '%.*f', rand() < 0.3 ? int rand 10 : 0, rand 50;
			my $expires = $what ne 'earn' || $kind eq 'never' || rand() < 0.1 ? 'NULL'
				: rand() < 0.2 ? "date '2024-01-01' + " . ($day + 1 + int rand 30)
				: $kind eq 'months' ? "date '2024-01-01' + " . (30 * (1 + int($day / 30)))
				: "date '2024-01-01' + " . ($day + $validity);

			push @rows, "($user, date '2024-01-01' + $day, '$what', $points, $expires)";
		}
	}
	return @rows;
}

my @kinds = qw(validity months never debts crowded);
my $script = ask_about('user_id bigint, day date, kind text, points numeric, expires_on date');

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my $n = 2 + int rand 6;

	$script .= "TRUNCATE events;\nINSERT INTO events VALUES " . join(', ', rows_of($kind)) . ";\n";
	for my $order (qw(expiring_first oldest_first))
	{
		my $inactive = rand() < 0.6 ? 'NULL' : int rand 40;
		my $as_of = "date '2024-01-01' + " . int rand 100;
		my $within = int rand 40;
		my $options = "points_options('$order', $inactive)";
		my $oldest = $order eq 'oldest_first' ? 'true' : 'false';
		my $agg = 'points_agg(day, kind::points_kind, points, expires_on)';
		my $asked = "table $i, $kind, $as_of, $order, inactive $inactive";

		$script .= "DROP TABLE IF EXISTS told;\nCREATE TEMP TABLE told AS SELECT * FROM points_oracle($as_of, $oldest, $inactive);\n";
		for my $ledgers ("SELECT user_id, $agg AS l FROM events GROUP BY user_id",
			"SELECT user_id, rollup(l::text::points) AS l FROM (SELECT user_id, $agg AS l FROM events GROUP BY user_id, hashtext(ctid::text) % $n) AS p GROUP BY user_id")
		{
			$script .= compare("lots, $asked", "SELECT user_id, l.* FROM ($ledgers) AS u (user_id, ledger), lots(ledger, $as_of, $options) AS l",
				'SELECT user_id, earn_day, expires_on, earned, used, expired, remaining FROM told WHERE earn_day IS NOT NULL');
			$script .= compare("totals, $asked", "SELECT user_id, t.*, balance(ledger, $as_of, $options), expiring(ledger, $as_of, $within, $options) FROM ($ledgers) AS u (user_id, ledger), points_totals(ledger, $as_of, $options) AS t WHERE ledger IS NOT NULL", <<"SQL");
SELECT user_id, coalesce(r.earned, 0), coalesce(r.spent, 0), coalesce(r.reversed, 0), coalesce(r.earned, 0) - coalesce(r.spent, 0) - coalesce(r.reversed, 0) - balance, debt, balance, balance, expiring
FROM (SELECT user_id, coalesce(sum(remaining) FILTER (WHERE earn_day IS NOT NULL), 0) - sum(remaining) FILTER (WHERE earn_day IS NULL) AS balance, sum(remaining) FILTER (WHERE earn_day IS NULL) AS debt,
		coalesce(sum(remaining) FILTER (WHERE ends_on > $as_of AND ends_on <= $as_of + $within), 0) AS expiring FROM told GROUP BY user_id) AS t
LEFT JOIN (SELECT user_id, sum(points) FILTER (WHERE kind = 'earn') AS earned, sum(points) FILTER (WHERE kind = 'spend') AS spent, sum(points) FILTER (WHERE kind = 'reverse') AS reversed FROM events WHERE day < $as_of GROUP BY user_id) AS r USING (user_id)
WHERE EXISTS (SELECT FROM events AS e WHERE e.user_id = t.user_id AND points IS NOT NULL)
SQL
			$script .= compare("uses, $asked", "SELECT user_id, s.earn_day, s.expires_on, sum(s.points) FROM ($ledgers) AS u (user_id, ledger), uses(ledger, $as_of, $options) AS s GROUP BY 1, 2, 3",
				'SELECT user_id, earn_day, expires_on, used FROM told WHERE used > 0');
		}
	}
}
answers_agree($node, $script, 3);

# --- parts, types and plans ---------------------------------------------------------

sql(<<'EOS');
CREATE TABLE rows AS
SELECT n % 500 AS user_id, date '2023-01-01' + (n * 7919::bigint % 700)::integer AS day, (enum_range(NULL::points_kind))[1 + CASE WHEN n % 9 < 5 THEN 0 ELSE n % 4 END] AS kind, n * 31::bigint % 200 AS points,
	   CASE WHEN n % 9 < 5 OR n % 4 = 0 THEN CASE n % 3 WHEN 0 THEN NULL ELSE date '2023-01-01' + (n * 7919::bigint % 700)::integer + 365 END END AS expires_on
FROM generate_series(1, 20000) AS n;
CREATE TABLE whole AS SELECT user_id, points_agg(day, kind, points / 4.0, expires_on) AS l FROM rows GROUP BY user_id;
EOS
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0777, $directory;
for my $n (2 .. 16)
{
	is(sql(<<"EOS"), "500\n500\n500", "$n parts at random, through text and binary");
CREATE TEMP TABLE parts AS SELECT user_id, points_agg(day, kind, points / 4.0, expires_on) AS l FROM (SELECT *, floor(random() * $n) AS part FROM rows OFFSET 0) AS r GROUP BY user_id, part;
SELECT count(*) FROM whole AS w JOIN (SELECT user_id, rollup(l ORDER BY random()) AS l FROM parts GROUP BY user_id) AS p USING (user_id, l);
SELECT count(*) FROM whole AS w JOIN (SELECT user_id, rollup(l::text::points) AS l FROM parts GROUP BY user_id) AS p USING (user_id, l);
COPY (SELECT user_id, l FROM parts ORDER BY random()) TO '$directory/$n' (FORMAT binary);
CREATE TEMP TABLE arrived AS TABLE parts WITH NO DATA;
COPY arrived FROM '$directory/$n' (FORMAT binary);
SELECT count(*) FROM whole AS w JOIN (SELECT user_id, rollup(l) AS l FROM arrived GROUP BY user_id) AS p USING (user_id, l);
EOS
}

my %times = (
	"day" => '', "day::timestamp + time '23:59:59'" => '', "(day + time '23:59:59') AT TIME ZONE 'UTC'" => '', "(day + time '23:59:59') AT TIME ZONE 'Asia/Shanghai'" => ", 'Asia/Shanghai'");
for my $time (sort keys %times)
{
	for my $type (qw(integer bigint numeric))
	{
		is(sql(<<"EOS"), "500\n500", "$time, $type");
SELECT count(*) FROM (SELECT user_id, points_agg(day, kind, points, expires_on) AS l FROM rows GROUP BY user_id) AS a
JOIN (SELECT user_id, points_agg($time, kind, points::$type, expires_on$times{$time}) AS l FROM rows GROUP BY user_id) AS b USING (user_id, l);
SELECT count(*) FROM (SELECT user_id, points_agg(day, kind, points, expires_on) AS l FROM rows WHERE kind IN ('earn', 'spend') GROUP BY user_id) AS a
JOIN (SELECT user_id, points_agg($time, (CASE WHEN kind = 'earn' THEN points WHEN points > 0 THEN -points END)::$type, expires_on$times{$time}) AS l FROM rows WHERE kind IN ('earn', 'spend') GROUP BY user_id) AS b USING (user_id)
WHERE balance(a.l, '2024-06-01') = balance(b.l, '2024-06-01');
EOS
	}
}

my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 4;';
my $pooled = 'SELECT points_agg(day, kind, points / 4.0, expires_on)::bytea FROM rows';
like(sql("$parallel EXPLAIN $pooled"), qr/Partial Aggregate/, 'a parallel plan');
is(sql("$parallel $pooled"), sql("SET max_parallel_workers_per_gather = 0; $pooled"), '... gives the same ledger');
is(sql("$parallel SELECT sum(balance(l, '2024-06-01')) FROM whole"), sql("SELECT sum(balance(l, '2024-06-01')) FROM whole"), '... and the same balance');

# --- long ledgers -------------------------------------------------------------------

# A pool of 100,000 entries takes as long for each of them as one of 10,000, about.
sql(<<'EOS');
CREATE TABLE pools AS
SELECT n, points_agg(day, kind, points, CASE kind WHEN 'earn' THEN day + 1 + (i * 7919::bigint % 900)::integer END) AS l
FROM (VALUES (10000), (100000)) AS p (n), generate_series(1, n) AS i,
	LATERAL (SELECT date '1900-01-01' + i / 2 AS day, CASE i % 2 WHEN 0 THEN 'earn' ELSE 'spend' END::points_kind AS kind, (10 + i % 13)::integer AS points) AS r
GROUP BY n;
EOS
for my $order (qw(expiring_first oldest_first))
{
	my %ms;
	for my $n (10_000, 100_000)
	{
		my $query = "SELECT balance(l, '2100-01-01', points_options('$order')), expiring(l, '2000-01-01', 30, points_options('$order')) FROM pools, generate_series(1, 10) WHERE n = $n";
		my @all = sort { $a <=> $b } map { sql("EXPLAIN (ANALYZE, TIMING OFF) $query") =~ /Execution Time: ([\d.]+) ms/ } 1 .. 3;
		$ms{$n} = $all[0];
	}
	cmp_ok($ms{100_000} / $ms{10_000}, '<', 40, sprintf '%s: 100,000 entries in %.1f ms, 10,000 in %.1f ms', $order, map { $ms{$_} / 20 } 100_000, 10_000);
}

# --- mutated values -----------------------------------------------------------------

sql("CREATE FUNCTION user_ops.read_points(points) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN (SELECT sum(earned - used - expired - remaining) FROM lots(\$1, '2024-06-01'))");
mutated_values($node, 'points', <<'SQL', 'read_points');
WITH valid AS (
	SELECT l::text AS v FROM whole WHERE user_id < 5
	UNION ALL SELECT points_agg(day, points::integer, expires_on)::text FROM (SELECT * FROM rows WHERE kind = 'earn' AND user_id < 9 ORDER BY day LIMIT 60) AS r GROUP BY user_id
	UNION ALL SELECT points_agg(d, 9223372036.854775807, d + 1)::text FROM (VALUES (date '4714-11-24 BC'), ('5874897-12-30')) AS v (d))
SQL

$node->stop;
done_testing();
