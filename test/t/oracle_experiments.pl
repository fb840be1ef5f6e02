# Experiments against the same question in plain SQL, on many small generated tables, in one
# piece and merged of parts; states in 2 to 16 parts, through text and binary, merged in any
# order; the text input of the types under mutated values; and what it costs.
# Runs alone: it compares times.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use List::Util qw(min);
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = oracle_server('experiments');
sub sql { return $node->safe_psql('postgres', "SET search_path = public, user_ops;\n$_[0]") }

# --- the same in plain SQL ----------------------------------------------------------

# Some users of each arm; few, alike, or with values of many decimals.
sub users
{
	my ($kind) = @_;
	my @rows;

	for my $user (1 .. $kind eq 'few' ? 3 + int rand 4 : 5 + int rand 60)
	{
		my $variant = rand() < 0.03 ? 'NULL' : "'" . pick('control', 'control', 'a', 'b') . "'";
		my @numbers = map { rand() < 0.3 ? 0 : sprintf '%.*f', $kind eq 'decimals' ? int rand 10 : 2, rand(100) - ($kind eq 'losses' ? 60 : 0) } 1 .. 4;

		@numbers[ 0, 2 ] = $kind eq 'alike' ? (7, 3) : @numbers[ 0, 2 ];
		@numbers = map { rand() < 0.05 ? 'NULL' : $_ } @numbers;
		push @rows, sprintf '(%d, %s, %s, %s)', $user, $variant, join(', ', @numbers), pick('true', 'false', 'false', 'NULL');
	}
	push @rows, map { "(0, 'control', 1, 1, 1, 1, true)" } 1, 2;
	return @rows;
}

sub rounded { return join ', ', map { "round(($_)::numeric, 6)" } @_ }

my $rows = 'SELECT variant, y, d, coalesce(x, 0) AS x, coalesce(e, 0) AS e, converted FROM events WHERE variant IS NOT NULL';
my $difference = q{FROM arms AS c, arms AS t WHERE c.variant = 'control' AND t.variant <> 'control'};
my @welch = ('sqrt(c.v / c.n + t.v / t.n)',
	'(c.v / c.n + t.v / t.n) ^ 2 / nullif((c.v / c.n) ^ 2 / nullif(c.n - 1, 0) + (t.v / t.n) ^ 2 / nullif(t.n - 1, 0), 0)',
	'(t.m - c.m) / nullif(c.m, 0)', 'CASE WHEN c.m <> 0 THEN sqrt(t.v / t.n / c.m ^ 2 + c.v / c.n * t.m ^ 2 / c.m ^ 4) END');
my @ours = qw(mean control_mean effect std_error df lift lift_std_error);

# Over a query of variant, n users, m their mean or ratio and v the variance of one; those of @welch that are asked for.
sub welch
{
	my ($arms, @which) = @_;
	return "WITH arms AS MATERIALIZED ($arms) SELECT t.variant, t.n, " . rounded('t.m', 'c.m', 't.m - c.m', @which ? @welch[@which] : @welch) . " $difference";
}

# A pair of arms by least squares over 1, arm and covariate; v is what is left of a user's value.
my $regression = <<"SQL" =~ s/\s+/ /gr;
WITH users AS MATERIALIZED ($rows AND y IS NOT NULL),
	pairs AS (SELECT v.variant AS pair, u.y, u.x, (u.variant <> 'control')::int AS z, count(*) OVER w AS n, avg(y) OVER w AS my, avg(x) OVER w AS mx, avg((u.variant <> 'control')::int) OVER w AS mz
		FROM (SELECT DISTINCT variant FROM users WHERE variant <> 'control') AS v JOIN users AS u ON u.variant IN ('control', v.variant) WINDOW w AS (PARTITION BY v.variant)),
	sums AS (SELECT pair, sum((z - mz) * (y - my)) AS zy, sum((z - mz) * (x - mx)) AS zx, sum((z - mz) ^ 2) AS zz, sum((x - mx) ^ 2) AS xx, sum((x - mx) * (y - my)) AS xy FROM pairs GROUP BY pair),
	slopes AS (SELECT pair, zz, zy, zx, round(zz * xx - zx ^ 2, 8) AS det, CASE WHEN round(zz * xx - zx ^ 2, 8) <> 0 THEN (xy * zz - zx * zy) / (zz * xx - zx ^ 2) ELSE 0 END AS theta FROM sums),
	arms AS (SELECT pair, z, theta, (zy - theta * zx) / zz AS effect, count(*) AS n, var_samp(y - theta * x) AS v FROM pairs JOIN slopes USING (pair) GROUP BY pair, z, theta, zy, zx, zz)
SELECT pair, t.n, ${\rounded('t.effect', 'sqrt(c.v / c.n + t.v / t.n)', 't.theta')} FROM arms AS c JOIN arms AS t USING (pair) WHERE c.z = 0 AND t.z = 1
SQL

my %made = (
	mean  => 'experiment_mean(variant, y, x)',
	ratio => 'experiment_ratio(variant, y, d, x, e)',
	rate  => 'experiment_rate(variant, converted)');
my $script = ask_about('user_id bigint, variant text, y numeric, d numeric, x numeric, e numeric, converted boolean');
my @kinds = qw(any few alike losses decimals);

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my $n = 2 + int rand 6;

	$script .= "TRUNCATE events;\nINSERT INTO events VALUES " . join(', ', users($kind)) . ";\n";
	for my $way ("(SELECT %s FROM events)", "(SELECT rollup(s) FROM (SELECT %s AS s FROM events GROUP BY user_id % $n) AS p)")
	{
		my ($mean, $ratio, $rate) = map { $way =~ s/%s/$made{$_}/r } qw(mean ratio rate);

		$script .= compare("arms, table $i, $kind", 'SELECT variant, users, total, ' . rounded(qw(mean variance)) . ", no_covariate FROM arms($mean)",
			'SELECT variant, count(*), sum(y), ' . rounded(qw(avg(y) var_samp(y))) . ', count(*) FILTER (WHERE x IS NULL) FROM events WHERE variant IS NOT NULL AND y IS NOT NULL GROUP BY variant');
		$script .= compare("mean, table $i, $kind", "SELECT variant, users, " . rounded(@ours) . " FROM compare($mean, 'control')",
			welch("SELECT variant, count(*) AS n, avg(y) AS m, var_samp(y) AS v FROM ($rows AND y IS NOT NULL) AS u GROUP BY variant"));
		$script .= compare("cuped, table $i, $kind", 'SELECT variant, users, ' . rounded(qw(effect std_error theta)) . " FROM compare($mean, 'control', 'cuped')", $regression);
		$script .= compare("ratio, table $i, $kind", "SELECT variant, users, " . rounded(@ours) . " FROM compare($ratio, 'control')",
			welch("SELECT variant, count(*) AS n, r AS m, var_samp((y - r * d) / md) AS v FROM (SELECT *, sum(y) OVER w / nullif(sum(d) OVER w, 0) AS r, nullif(avg(d) OVER w, 0) AS md FROM ($rows AND y IS NOT NULL AND d IS NOT NULL) AS u WINDOW w AS (PARTITION BY variant)) AS l GROUP BY variant, r"))
			unless $kind eq 'losses';    # a sum of denominators may be anything
		$script .= compare("rate, table $i, $kind", 'SELECT variant, users, ' . rounded(qw(mean control_mean effect std_error lift)) . " FROM compare($rate, 'control')",
			welch("SELECT variant, count(*) AS n, avg(converted::int) AS m, var_samp(converted::int) AS v FROM ($rows AND converted IS NOT NULL) AS u GROUP BY variant", 0, 2));
		$script .= compare("quantiles, table $i, $kind", 'SELECT p, ' . rounded('quantile(v, p)') . ", quantile(v, p, 'lowest') FROM (SELECT value_sample(y) AS v FROM events) AS s, unnest('{0,0.01,0.25,0.5,0.875,0.999,1}'::float8[]) AS p",
			'SELECT p, ' . rounded('percentile_cont(p) WITHIN GROUP (ORDER BY y)') . ", percentile_disc(p) WITHIN GROUP (ORDER BY y) FROM events, unnest('{0,0.01,0.25,0.5,0.875,0.999,1}'::float8[]) AS p GROUP BY p");
	}
}
answers_agree($node, $script, 1.5);

# --- parts ----------------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE users AS
SELECT n, 'arm ' || n * 7919 % 5 AS variant, n * 104729::bigint % 100003 / (10 ^ (n % 4))::numeric AS y, CASE n % 7 WHEN 0 THEN NULL ELSE (n * 31::bigint % 20011 - 2000) / (10 ^ (n % 3))::numeric END AS x, n % 3 AS d, n % 4 = 0 AS converted
FROM generate_series(1, 20000) AS n;
EOS
my $all = 'experiment_mean(variant, y, x) AS a, experiment_ratio(variant, y, d, x, d) AS b, experiment_rate(variant, converted, x) AS c, value_sample(y) AS d';
my %type = (a => 'experiment', b => 'experiment', c => 'experiment', d => 'value_sample');
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0777, $directory;
sql("CREATE TABLE whole AS SELECT $all FROM users");
for my $n (2 .. 16)
{
	my $columns = join ', ', sort keys %type;
	my ($merged, $text) = map { my $cast = $_; join ', ', map { "rollup($_" . ($cast ? "::text::$type{$_}" : '') . ' ORDER BY random())::bytea' } sort keys %type } 0, 1;
	my $bytes = join ', ', map { "$_\::bytea" } sort keys %type;

	is(sql(<<"EOS"), "t\nt\nt", "$n parts at random, through text and binary");
CREATE TEMP TABLE parts AS SELECT $all FROM (SELECT *, floor(random() * $n) AS part FROM users OFFSET 0) AS u GROUP BY part;
SELECT ($merged) = (SELECT $bytes FROM whole) FROM parts;
SELECT ($text) = (SELECT $bytes FROM whole) FROM parts;
COPY (SELECT $columns FROM parts ORDER BY random()) TO '$directory/$n' (FORMAT binary);
CREATE TEMP TABLE arrived AS TABLE parts WITH NO DATA;
COPY arrived FROM '$directory/$n' (FORMAT binary);
SELECT ($merged) = (SELECT $bytes FROM whole) FROM arrived;
EOS
}

# --- mutated states ---------------------------------------------------------------

sql(q{CREATE FUNCTION user_ops.median_of(value_sample) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN quantile($1, 0.5)});
mutated_values($node, 'experiment', <<'SQL', 'arms');
WITH valid AS (
	SELECT experiment_mean(variant, y, x)::text AS v FROM users WHERE n < 50 GROUP BY n % 4
	UNION ALL SELECT experiment_ratio(variant, y, d, x, d)::text FROM users WHERE n < 60 GROUP BY n % 3
	UNION ALL SELECT experiment_rate(variant, converted)::text FROM users WHERE n < 90 GROUP BY n % 2
	UNION ALL SELECT experiment_mean('', 9223372036854775807)::text)
SQL
mutated_values($node, 'value_sample', <<'SQL', 'median_of');
WITH valid AS (SELECT value_sample(y)::text AS v FROM users WHERE n < 60 GROUP BY n % 5 UNION ALL SELECT value_sample(-9223372036.854775808)::text)
SQL

# --- what it costs -----------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE many AS
SELECT n, 'arm ' || n * 7919::bigint % 3 AS variant, round((n * 104729::bigint % 20011)::numeric / 100, 2) AS y, CASE WHEN n % 2 = 0 THEN 0 ELSE round((n * 31::bigint % 20011)::numeric / 100, 2) END AS x
FROM generate_series(1, 1000000) AS n;
ALTER TABLE many ADD y_float double precision, ADD x_float double precision;
UPDATE many SET y_float = y, x_float = x;
VACUUM FULL ANALYZE many;
EOS
my %asked = (theirs => 'avg(y_float), var_samp(y_float), covar_samp(x_float, y_float)', ours => 'experiment_mean(variant, y, x)');
my %best;
for (1 .. 9)
{
	for my $who (sort keys %asked)
	{
		my ($ms) = sql("SET max_parallel_workers_per_gather = 0; EXPLAIN (ANALYZE, TIMING OFF) SELECT $asked{$who} FROM many") =~ /Execution Time: ([\d.]+) ms/;
		$best{$who} = min(grep { defined } $best{$who}, $ms);
	}
}
my $times = $best{ours} / $best{theirs};
cmp_ok($times, '<=', 1.3, sprintf 'a million users with a covariate: %.0f ms, %.2f times as long as avg, var_samp and covar_samp of doubles', $best{ours}, $times);

$node->stop;
done_testing();
