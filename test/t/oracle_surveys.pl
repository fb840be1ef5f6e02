# Surveys and alerts against the same question in plain SQL, on many small generated tables, in
# one piece and merged of parts; surveys in 2 to 16 parts, through text and binary, and in
# parallel; the text input of the type under mutated values.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = oracle_server('surveys');
sub sql { return $node->safe_psql('postgres', "SET search_path = public, user_ops;\n$_[0]") }
sub rounded { return join ', ', map { "round(($_)::numeric, 6)" } @_ }

my $z = 1.959963984540054;

# --- the same in plain SQL ----------------------------------------------------------

# Answers of a scale; few, alike, at one end, or everywhere.
sub answers
{
	my ($kind, $low, $high) = @_;
	my $one = $low + int rand $high - $low + 1;
	my $n = $kind eq 'few' ? int rand 4 : 5 + int rand 80;

	return map { "($_, " . (rand() < 0.05 ? 'NULL' : $kind eq 'alike' ? $one : $kind eq 'end' && rand() < 0.8 ? $high : $low + int rand $high - $low + 1) . ')' } 0 .. $n;
}

# Wilson's interval of k of n.
sub wilson
{
	my ($k, $n, $width) = @_;
	my $middle = "($k + $width ^ 2 / 2.0) / ($n + $width ^ 2)";
	my $reach = "$width * sqrt($k * ($n - $k) / $n\::numeric + $width ^ 2 / 4.0) / ($n + $width ^ 2)";

	return ("CASE WHEN $k > 0 THEN $middle - $reach ELSE 0 END", "CASE WHEN $k < $n THEN $middle + $reach ELSE 1 END");
}

# Of a value for each answer, by its mean and variance over all: a score, its error and bounds.
my $net = '(score > 8)::int - (score < 7)::int';
my $plain_nps = 'SELECT count(*), count(*) FILTER (WHERE score > 8), count(*) FILTER (WHERE score < 7), ' . rounded("100 * avg($net)", "100 * stddev_pop($net) / sqrt(count(*))",
	"greatest(-100, 100 * avg($net) - $z * 100 * stddev_pop($net) / sqrt(count(*)))", "least(100, 100 * avg($net) + $z * 100 * stddev_pop($net) / sqrt(count(*)))") . ' FROM events WHERE score IS NOT NULL';
# The adjusted one as if there were more answers: a quarter of an answer is a row.
my $quarters = q{(SELECT v FROM events, LATERAL (SELECT (score > 8)::int - (score < 7)::int AS v) AS net, generate_series(1, 4) WHERE score IS NOT NULL UNION ALL SELECT unnest('{1,1,1,-1,-1,-1,0,0,0,0,0,0}'::int[])) AS q};
my $adjusted = 'SELECT ' . rounded("greatest(-100, 100 * avg(v) - $z * 100 * stddev_pop(v) / sqrt(count(*) / 4.0))", "least(100, 100 * avg(v) + $z * 100 * stddev_pop(v) / sqrt(count(*) / 4.0))") . " FROM $quarters";

my $script = ask_about('user_id bigint, score int') . "CREATE TEMP TABLE history (at int, v float8);\n";
my @kinds = qw(any few alike end);
my @scales = ([ 0, 10 ], [ 1, 5 ], [ 0, 10 ], [ 1, 7 ], [ -3, 3 ], [ 0, 100 ]);

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my ($low, $high) = @{ $scales[ $i % @scales ] };
	my $parts = 2 + int rand 6;
	my $boxes = 1 + int rand $high - $low;
	my $about = "table $i, $kind";
	my $made = "survey(score, $low, $high)";

	$script .= "TRUNCATE events;\nINSERT INTO events VALUES " . join(', ', answers($kind, $low, $high)) . ";\n";
	for my $survey ("(SELECT $made FROM events)", "(SELECT rollup(s) FROM (SELECT $made AS s FROM events GROUP BY user_id % $parts) AS p)")
	{
		if ($high == 10)
		{
			$script .= compare("nps, $about", 'SELECT n, promoters, detractors, ' . rounded(qw(nps std_error lower upper)) . " FROM nps($survey, band => 'wald')", $plain_nps);
			$script .= compare("adjusted, $about", 'SELECT ' . rounded(qw(lower upper)) . " FROM nps($survey) WHERE n > 0", "$adjusted WHERE EXISTS (SELECT FROM events WHERE score IS NOT NULL)");
		}
		$script .= compare("top box, $about", 'SELECT n, top, ' . rounded(qw(share lower upper)) . " FROM top_box($survey, $boxes)",
			'SELECT n, k, ' . rounded('avg', wilson('k', 'nullif(n, 0)', $z)) . " FROM (SELECT count(*) AS n, count(*) FILTER (WHERE score > $high - $boxes) AS k, avg((score > $high - $boxes)::int) FROM events WHERE score IS NOT NULL) AS c")
			unless $kind eq 'few';
		$script .= compare("mean, $about", 'SELECT n, ' . rounded(qw(mean std_error)) . " FROM mean_score($survey)",
			'SELECT count(score), ' . rounded('avg(score)', 'stddev_samp(score) / sqrt(count(score))') . ' FROM events');
		$script .= compare("shares, $about", 'SELECT score, answers, ' . rounded('share') . " FROM score_shares($survey) WHERE answers > 0",
			'SELECT score, count(*), ' . rounded('count(*)::numeric / sum(count(*)) OVER ()') . ' FROM events WHERE score IS NOT NULL GROUP BY score');
	}
	my @values = map { $kind eq 'alike' && rand() < 0.7 ? 7 : sprintf '%.3f', rand 20 } 1 .. 4 + int rand 12;
	my $value = pick(7, 90, -3, 11.5);
	my $asked = 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM history';

	$script .= 'TRUNCATE history; INSERT INTO history VALUES ' . join(', ', map { "($_, $values[$_])" } 0 .. $#values) . ";\n";
	$script .= compare("robust z, $about", 'SELECT status, ' . rounded(qw(expected z lower upper)) . " FROM robust_z($value, ARRAY(SELECT v FROM history ORDER BY random()))",
		"SELECT CASE WHEN scale = 0 THEN CASE WHEN m = $value THEN 'ok' ELSE 'alert' END WHEN abs(($value - m) / scale) > 3.5 THEN 'alert' ELSE 'ok' END, "
		  . rounded('m', "CASE WHEN scale > 0 THEN ($value - m) / scale WHEN m = $value THEN 0 END", 'm - 3.5 * scale', 'm + 3.5 * scale')
		  . " FROM (SELECT m, coalesce(nullif(1.482602218505602 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(v - m)), 0), sqrt(pi() / 2) * avg(abs(v - m))) AS scale FROM history, ($asked) AS a (m) GROUP BY m) AS s");
}
answers_agree($node, $script, 1.5);

# --- parts ----------------------------------------------------------------------

my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0777, $directory;
sql(<<'EOS');
CREATE TABLE answers AS SELECT n, CASE WHEN n % 13 > 0 THEN (n * 104729::bigint % 1009 * n % 101)::int END AS score FROM generate_series(1, 40000) AS n;
CREATE TABLE whole AS SELECT survey(score, 0, 100) AS s FROM answers;
EOS
for my $n (2 .. 16)
{
	is(sql(<<"EOS"), "t\nt\nt", "$n parts at random, through text and binary");
CREATE TEMP TABLE parts AS SELECT survey(score, 0, 100) AS s FROM (SELECT *, floor(random() * $n) AS part FROM answers OFFSET 0) AS a GROUP BY part;
SELECT (SELECT rollup(s ORDER BY random()) FROM parts) = s FROM whole;
SELECT (SELECT rollup(s::text::survey ORDER BY random()) FROM parts) = s FROM whole;
COPY (SELECT s FROM parts ORDER BY random()) TO '$directory/$n' (FORMAT binary);
CREATE TEMP TABLE arrived AS TABLE parts WITH NO DATA;
COPY arrived FROM '$directory/$n' (FORMAT binary);
SELECT (SELECT rollup(s) FROM arrived) = s FROM whole;
EOS
}
is(sql(<<'EOS'), "Partial Aggregate\nt", 'in parallel');
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 3;
CREATE FUNCTION pg_temp.plan() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) SELECT survey(score, 0, 100) FROM answers'; END $$;
SELECT substring(line FROM 'Partial Aggregate') FROM pg_temp.plan() AS line WHERE line ~ 'Partial Aggregate';
SELECT (SELECT survey(score, 0, 100) FROM answers) = s FROM whole;
EOS

# --- mutated states ---------------------------------------------------------------

mutated_values($node, 'survey', <<'SQL', 'score_shares');
WITH valid AS (
	SELECT survey(score, 0, 100)::text AS v FROM answers WHERE n < 3000 GROUP BY n % 3
	UNION ALL SELECT survey(score % 11, 0, 10)::text FROM answers GROUP BY n % 4
	UNION ALL SELECT survey(NULL, low, low + 4)::text FROM unnest('{1,-2147483648,2147483643}'::int[]) AS low GROUP BY low)
SQL

$node->stop;
done_testing();
